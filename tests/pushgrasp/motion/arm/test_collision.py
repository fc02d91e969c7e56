"""Capsules of the arms and their distances."""

import math

import torch

from pushgrasp.gripper import GripperGeometry
from pushgrasp.motion.arm.capsules import LEFT_FINGER, LINKS, NUM_CAPSULES, PALM, RIGHT_FINGER, Capsules, capsules
from pushgrasp.motion.arm.collision import arm_distance, distance_bound, self_distance, table_margin, tips
from pushgrasp.motion.arm.forward import Frames, flange_pose
from pushgrasp.motion.arm.inverse import inverse
from pushgrasp.motion.arm.model import ArmsCfg

DOWN = torch.diag(torch.tensor([1.0, -1.0, -1.0], dtype=torch.float64))


def shapes(joints: torch.Tensor, arms: ArmsCfg, width: float = 0.0) -> Capsules:
    return capsules(joints[:, None], torch.full((len(joints), 1), width, dtype=joints.dtype), arms)


def posture(arms: ArmsCfg, *points: tuple[float, float, float]) -> torch.Tensor:
    """Top-down joint angles of every arm, branch 2: elbow up, wrist outwards."""
    position = torch.tensor(points, dtype=torch.float64)[:, None]
    return inverse(flange_pose(Frames(DOWN.expand(len(points), 1, 3, 3), position), arms))[:, 0, 2]


def one(arm: Capsules, index: int) -> Capsules:
    return Capsules(arm.ends[index], arm.radius)


def test_links_of_a_standing_arm() -> None:
    # Joint 2 at -90 degrees, the rest 0: upper arm from the shoulder (0.4625 m high) to the elbow (0.8875 m), 0.138 m
    # beside the plane of the arm (towards -y at the left arm), the forearm on to 1.2797 m, 0.007 m beside it.
    arms = ArmsCfg()
    joints = torch.tensor([[0.0, -math.pi / 2, 0.0, 0.0, 0.0, 0.0]] * 2, dtype=torch.float64)
    ends = dict(zip([link.name for link in LINKS], shapes(joints, arms).ends[0, 0], strict=False))
    upper = torch.tensor([[-0.70, -0.138, 0.4625], [-0.70, -0.138, 0.8875]], dtype=torch.float64)
    fore = torch.tensor([[-0.70, -0.007, 0.8875], [-0.70, -0.007, 1.2797]], dtype=torch.float64)
    torch.testing.assert_close(ends["upper arm"], upper)
    torch.testing.assert_close(ends["forearm"], fore)


def test_fingers_are_as_far_apart_as_the_jaws_are_open() -> None:
    arms, geometry = ArmsCfg(), GripperGeometry()
    arm = shapes(posture(arms, (-0.2, 0.1, 0.05), (0.2, 0.1, 0.05)), arms, width=0.1)
    assert arm.ends.shape == (2, 1, NUM_CAPSULES, 2, 3)
    gap = (arm.ends[0, 0, RIGHT_FINGER, 1] - arm.ends[0, 0, LEFT_FINGER, 1]).norm()
    torch.testing.assert_close(gap, torch.tensor(0.1 + geometry.pad_thickness, dtype=torch.float64))
    torch.testing.assert_close(tips(arm)[0, 0, :, 2], torch.full((2,), 0.05, dtype=torch.float64))
    top, bottom = 0.05 + geometry.reach, 0.05 + geometry.pad_length
    palm = arm.ends[0, 0, PALM, :, 2]
    assert ((palm < top) & (palm > bottom)).all()


def test_the_bound_is_never_over_the_distance() -> None:
    joints = 2.0 * math.pi * torch.rand(2, 2000, 6, generator=torch.Generator().manual_seed(0)) - math.pi
    arms = capsules(joints, torch.zeros(2, 2000), ArmsCfg())
    left, right = one(arms, 0), one(arms, 1)
    bound, distance = distance_bound(left, right), arm_distance(left, right)
    assert bool((bound <= distance + 1e-6).all())
    assert int((bound > 0.1).sum()) > 400  # it tells something of many postures


def test_arms_touch_where_their_grippers_meet() -> None:
    arms = ArmsCfg()
    apart = shapes(posture(arms, (-0.2, 0.0, 0.1), (0.2, 0.0, 0.1)), arms)
    # Palms 0.40 m apart from middle to middle, each 0.08 m half as long: about 0.24 m of air, the capsules' ends less.
    assert 0.18 < float(arm_distance(one(apart, 0), one(apart, 1))) < 0.24
    touching = shapes(posture(arms, (-0.05, 0.0, 0.1), (0.05, 0.0, 0.1)), arms)
    assert float(arm_distance(one(touching, 0), one(touching, 1))) < 0.0


def test_home_is_clear_and_out_of_the_picture() -> None:
    arms = ArmsCfg()
    home = shapes(arms.home_joints(), arms)
    assert (self_distance(home) > 0.03).all()
    assert (table_margin(home, arms) > 0.0).all()
    inner = home.ends[..., 0].abs().amin(dim=-1) - home.radius
    assert (inner > 0.5).all()


def test_folded_arm_touches_itself() -> None:
    arms = ArmsCfg()
    joints = torch.tensor([[0.0, -math.pi / 2, 3.1, 0.0, 0.0, 0.0]] * 2, dtype=torch.float64)
    assert (self_distance(shapes(joints, arms)) < 0.0).all()


def test_an_elbow_on_the_table_breaks_the_clearance() -> None:
    # Upper arm level towards the table (joint 2 at 180 degrees), shoulder at 0.4625 m: margin 0.4625 - 0.06 - 0.12 =
    # 0.2825 m at most; tilted down by 60 degrees the elbow is 0.425 sin(60) = 0.368 m lower, under the clearance.
    arms = ArmsCfg()
    level = torch.tensor([[0.0, math.pi, 0.0, 0.0, -math.pi / 2, 0.0]] * 2, dtype=torch.float64)
    sunk = torch.tensor([[0.0, math.pi - math.pi / 3, math.pi / 3, 0.0, -math.pi / 2, 0.0]] * 2, dtype=torch.float64)
    assert (table_margin(shapes(sunk, arms), arms) < 0.0).all()
    assert (table_margin(shapes(level, arms), arms) < 0.283).all()
