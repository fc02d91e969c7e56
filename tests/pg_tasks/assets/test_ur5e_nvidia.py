"""NVIDIA's arm in the place of the generated one: base, drives and the joint of its jaws."""

from __future__ import annotations

from math import cos, pi, sin

import pytest
import torch

from pg_tasks.assets.jaws import SlidingJaws, TurningJaws
from pg_tasks.assets.ur5e import ARM_JOINTS, ur5e_cfg
from pg_tasks.assets.ur5e_nvidia import nvidia_ur5e_cfg
from pushgrasp.motion.arm.model import BasePose

BASE = BasePose((-0.75, 0.1, 0.3), 0.4)


def test_base_link_is_turned_by_half_a_turn() -> None:
    cfg = nvidia_ur5e_cfg("/World/arm", BASE)
    assert cfg.init_state.pos == (-0.75, 0.1, 0.3)
    angle = 0.4 + pi
    assert cfg.init_state.rot == pytest.approx((0.0, 0.0, sin(angle / 2), cos(angle / 2)))
    assert cfg.init_state.joint_pos == ur5e_cfg("/World/arm", BASE).init_state.joint_pos
    with pytest.raises(ValueError, match="home has 5 angles"):
        nvidia_ur5e_cfg("/World/arm", BASE, home=(0.0,) * 5)


def test_file_and_variant_are_nvidias() -> None:
    spawn = nvidia_ur5e_cfg("/World/arm", BASE).spawn
    assert spawn.usd_path.endswith("/Isaac/Robots/UniversalRobots/ur5e/ur5e.usd")
    assert spawn.variants == {"Gripper": "Robotiq_2f_140"}


def test_arm_is_driven_as_the_generated_one() -> None:
    theirs, ours = nvidia_ur5e_cfg("/World/arm", BASE).actuators, ur5e_cfg("/World/arm", BASE).actuators
    for name in ("large", "small"):
        assert theirs[name].to_dict() == ours[name].to_dict()
    assert sorted(j for name in ("large", "small") for j in theirs[name].joint_names_expr) == sorted(ARM_JOINTS)


def test_jaw_grips_as_hard_as_two_fingers() -> None:
    # One finger goes 7 cm in 0.7 rad, 0.1 m/rad: 20 N on each of two take 4 N m, 2 * 20000 N/m take 400 N m/rad.
    jaw = nvidia_ur5e_cfg("/World/arm", BASE).actuators["jaw"]
    assert jaw.joint_names_expr == ["finger_joint"]
    assert (jaw.stiffness, jaw.damping, jaw.joint_effort_limit) == pytest.approx((400.0, 4.0, 4.0))


@pytest.mark.parametrize(("finger", "angle"), [(0.07, 0.0), (0.0, 0.7), (0.035, 0.35)])
def test_jaw_turns_from_open_to_closed(finger: float, angle: float) -> None:
    jaws, fingers = TurningJaws(), torch.full((3, 2, 2), finger)
    position, velocity = jaws.commands(fingers, torch.full_like(fingers, -0.1))
    torch.testing.assert_close(position, torch.full((3, 2, 1), angle))
    torch.testing.assert_close(velocity, torch.full((3, 2, 1), 1.0))  # 20 cm/s of closing over 0.2 m/rad
    back, speed = jaws.fingers(position, velocity)
    torch.testing.assert_close(back, fingers)
    torch.testing.assert_close(speed, torch.full_like(fingers, -0.1))


def test_jaw_stays_within_its_joint() -> None:
    position, _ = TurningJaws().commands(torch.tensor([[0.08, 0.08], [-0.002, -0.002]]), torch.zeros(2, 2))
    assert position[:, 0].tolist() == pytest.approx([0.0, 0.7])


def test_sliding_jaws_are_the_identity() -> None:
    position, velocity = torch.rand(2, 2), torch.rand(2, 2)
    for convert in (SlidingJaws().fingers, SlidingJaws().commands):
        assert convert(position, velocity)[0] is position
        assert convert(position, velocity)[1] is velocity
