"""The grasp primitive: durations by hand, phases, reach and refusals."""

import itertools
import math

import numpy as np
import pytest
import torch
from scipy.spatial.transform import Rotation, Slerp

from pushgrasp.motion.limits import MotionLimits
from pushgrasp.motion.trajectory import Phase, Trajectory

from .conftest import grasp_plan

LEVEL = torch.zeros(1, 3)


def test_durations_by_hand() -> None:
    plan = grasp_plan(torch.tensor([[0.15, 0.0, 0.05]]), LEVEL, torch.tensor([0.06]))
    # A leg lasts max(4/3 * length / speed, sqrt(16/3 * length / 4 m/s^2)).
    # travel (0.75, 0, 0.35) -> (0.15, 0, 0.25): 0.608276 m: max(0.811035, sqrt(0.811035) = 0.900575)
    # down 0.10 m to the standoff and 0.10 m to the grasp at 0.25 m/s: 0.533333 each
    # close: each finger 0.03 m at 0.12 m/s: 4/3 * 0.25 = 0.333333, then 0.15; lift 0.15 m at 0.3 m/s: 0.666667; hold
    judged = 0.900575 + 2 * 0.533333 + 0.333333 + 0.15 + 0.666667 + 0.3
    # place 0.145 m: 0.773333; open 0.333333; retreat 0.095 m and 0.10 m at 0.3 m/s: 0.422222, 0.444444; home; settle
    whole = judged + 0.773333 + 0.333333 + 0.422222 + 0.444444 + 0.900575 + 0.2
    assert plan.measure_time.tolist() == [[0.0, pytest.approx(judged, abs=1e-4)]]
    assert plan.duration.item() == pytest.approx(whole, abs=1e-4)
    assert plan.times[0, 0, -1] == 0.0


def test_rotation_can_set_the_duration() -> None:
    limits = MotionLimits(rotation_speed=0.5)
    plan = grasp_plan(
        torch.tensor([[0.15, 0.0, 0.05]]), torch.tensor([[0.0, 0.0, 1.0]]), torch.tensor([0.06]), limits=limits
    )
    # 1 rad at 0.5 rad/s on the way to above the standoff: 4/3 * 2 s, longer than the 0.900575 s of the travel
    travel = plan.times[0, 1][plan.phases[0, 1] == Phase.APPROACH][1]
    assert travel == pytest.approx(8 / 3, abs=1e-4)


def test_phases_come_in_order_at_the_right_places() -> None:
    plan = grasp_plan(torch.tensor([[0.15, 0.1, 0.05]]), torch.tensor([[0.5, 0.0, 0.3]]), torch.tensor([0.06]))
    order = torch.unique_consecutive(plan.phases[0, 1]).tolist()
    assert order == [0, 1, 2, 3, 4, 5, 6, 7, 8, 0]
    # approach = (0, sin 0.5, -cos 0.5); the standoff lies 0.1 m back along it
    ends = {phase: plan.sample(plan.phase_end(phase)[:, 1]) for phase in Phase if phase not in (Phase.PUSH, Phase.HOME)}
    tilt = torch.tensor([0.0, math.sin(0.5), -math.cos(0.5)])
    grasp = torch.tensor([0.15, 0.1, 0.05])
    close = {
        Phase.APPROACH: (grasp - 0.1 * tilt, 0.06),
        Phase.DESCEND: (grasp, 0.06),
        Phase.CLOSE: (grasp, 0.0),
        Phase.LIFT: (grasp + torch.tensor([0.0, 0.0, 0.15]), 0.0),
        Phase.HOLD: (grasp + torch.tensor([0.0, 0.0, 0.15]), 0.0),
        Phase.PLACE: (grasp + torch.tensor([0.0, 0.0, 0.005]), 0.0),
        Phase.OPEN: (grasp + torch.tensor([0.0, 0.0, 0.005]), 0.06),
        Phase.RETREAT: (torch.tensor([0.15, 0.1 - 0.1 * math.sin(0.5), 0.25]), 0.06),
    }
    for phase, (position, width) in close.items():
        torch.testing.assert_close(ends[phase].position[0, 1], position, atol=1e-5, rtol=0)
        assert ends[phase].width[0, 1] == pytest.approx(width, abs=1e-6)


def test_turning_about_one_axis_is_slerp() -> None:
    target = torch.tensor([[0.0, 0.7, 0.0]], dtype=torch.float64)
    position = torch.tensor([[0.2, 0.1, 0.05]], dtype=torch.float64)
    plan = grasp_plan(position, target, torch.tensor([0.06], dtype=torch.float64))
    begin, end = plan.positions[0, 1, 1], plan.positions[0, 1, 2]
    clock = torch.linspace(0.0, float(plan.times[0, 1, 2]), 50, dtype=torch.float64)[None]
    sampled = plan.sample_many(clock)
    share = ((sampled.position[0, 1] - begin).norm(dim=-1) / (end - begin).norm()).clamp(0, 1).numpy()
    keys = Rotation.from_matrix(
        np.stack((np.diag([1.0, -1.0, -1.0]), Rotation.from_euler("y", 0.7).as_matrix() @ np.diag([1.0, -1.0, -1.0])))
    )
    difference = Slerp([0.0, 1.0], keys)(share).inv() * Rotation.from_quat(sampled.quaternion[0, 1].numpy())
    assert difference.magnitude().max() < 1e-6


def test_swapped_fingers_plan_the_same_motion() -> None:
    position, width = torch.tensor([[0.15, 0.1, 0.05]]), torch.tensor([0.06])
    one = grasp_plan(position, torch.tensor([[0.1, 0.2, 0.4]]), width)
    other = grasp_plan(position, torch.tensor([[0.1, 0.2, 0.4 - math.pi]]), width)
    torch.testing.assert_close(one.angles, other.angles, atol=1e-5, rtol=0)
    assert one.angles[..., 2].abs().max() <= math.pi / 2


def test_only_the_chosen_arm_moves() -> None:
    plan = grasp_plan(torch.tensor([[-0.15, 0.0, 0.05], [0.15, 0.0, 0.05]]), torch.zeros(2, 3), torch.full((2,), 0.06))
    assert (plan.times[:, :, -1] > 0).tolist() == [[True, False], [False, True]]
    assert torch.equal(plan.positions[0, 1], plan.positions[0, 1, :1].expand(plan.positions.shape[2], 3))


@pytest.mark.parametrize(
    ("position", "angles", "width", "reachable"),
    [
        ([0.40, 0.0, 0.05], [0.0, 0.0, 0.0], 0.14, True),
        ([0.49, 0.0, 0.05], [0.0, 0.0, 0.0], 0.06, False),  # outside in x
        ([0.0, 0.1, -0.001], [0.0, 0.0, 0.0], 0.06, False),  # below the table
        ([0.0, 0.1, 0.5], [0.0, 0.0, 0.0], 0.06, False),  # lifted to 0.65 m
        ([0.0, 0.45, 0.05], [-0.8, 0.0, 0.0], 0.06, False),  # standoff at y = 0.45 + 0.1 sin 0.8 = 0.522
        ([0.0, 0.45, 0.05], [0.8, 0.0, 0.0], 0.06, True),  # the same, tilted the other way
        ([0.0, 0.1, 0.05], [0.0, 0.0, 0.0], 0.15, False),  # wider than the stroke
        ([0.0, 0.1, 0.05], [0.0, 0.0, 0.0], -0.01, False),
    ],
)
def test_waypoints_outside_the_limits_are_marked_and_not_followed(position, angles, width, reachable) -> None:
    plan = grasp_plan(torch.tensor([position]), torch.tensor([angles]), torch.tensor([width]))
    assert plan.reachable.tolist() == [reachable]
    assert (plan.duration > 0).tolist() == [reachable]
    assert (plan.measure_time > 0).any(dim=1).tolist() == [reachable]


@pytest.mark.parametrize(
    ("height", "angles", "width", "reachable"),
    [
        # Leaning 0.6 rad along the closing direction: the outer corner of a pad is 0.082 m sin(0.6) = 46.3 mm lower.
        (0.045, [0.0, 0.6, 0.0], 0.14, False),
        (0.047, [0.0, 0.6, 0.0], 0.14, True),
        # The same for the breadth of a pad, half of 24 mm: 0.012 m sin(0.6) = 6.8 mm.
        (0.006, [0.6, 0.0, 0.0], 0.14, False),
        (0.007, [0.6, 0.0, 0.0], 0.14, True),
        (0.0, [0.0, 0.0, 0.7], 0.14, True),
        # Leaning 1.2 rad with narrow jaws, the palm is lower than the pads: 0.08 sin(1.2) - 0.07 cos(1.2) = 49.2 mm.
        (0.030, [0.0, 1.2, 0.0], 0.0, False),
        (0.050, [0.0, 1.2, 0.0], 0.0, True),
    ],
)
def test_no_corner_goes_below_the_table(height: float, angles: list, width: float, reachable: bool) -> None:
    plan = grasp_plan(torch.tensor([[0.1, 0.0, height]]), torch.tensor([angles]), torch.tensor([width]))
    assert plan.reachable.tolist() == [reachable]
    assert (plan.duration > 0).tolist() == [reachable]


def test_gripper_does_not_lean_over_into_the_table_on_its_way() -> None:
    # From a home 30 mm up, pads opened by 140 mm would be pressed 0.083 m sin(0.6) = 47 mm down while they lean over.
    grasp = torch.tensor([[0.1, 0.0, 0.06]]), torch.tensor([[0.0, 0.6, 0.0]]), torch.tensor([0.14])
    low = MotionLimits(home=(0.75, 0.0, 0.03), travel_height=0.03)
    assert grasp_plan(*grasp).reachable.item()
    assert not grasp_plan(*grasp, limits=low).reachable.item()


def test_all_corners_of_followed_grasps_stay_above_the_table(random_grasps: Trajectory) -> None:
    clock = torch.linspace(0.0, 9.0, 300, dtype=torch.float64).expand(len(random_grasps.times), -1)
    targets = random_grasps.sample_many(clock)
    turn = Rotation.from_quat(targets.quaternion.reshape(-1, 4).numpy())
    opening = 0.5 * targets.width.reshape(-1).numpy()
    lowest = np.inf
    for x, y, z in itertools.product((0.0, 0.012), (-0.012, 0.012), (-0.07, 0.0)):
        for side in (-1.0, 1.0):
            corner = np.stack((side * (opening + x), np.full_like(opening, y), np.full_like(opening, z)), axis=-1)
            lowest = min(lowest, (targets.position.reshape(-1, 3).numpy() + turn.apply(corner))[:, 2].min())
    assert 0.5 < random_grasps.reachable.double().mean() < 1.0
    assert -1e-6 <= lowest < 0.01


def test_invalid_grasps_stay_at_home_whatever_they_hold() -> None:
    position = torch.tensor([[0.1, 0.0, 0.05], [float("nan")] * 3])
    angles, width = torch.tensor([[0.0] * 3, [float("nan")] * 3]), torch.tensor([0.06, float("inf")])
    plan = grasp_plan(position, angles, width, valid=torch.tensor([True, False]))
    assert plan.reachable.tolist() == [True, True]
    assert plan.duration[1] == 0.0
    assert torch.isfinite(plan.sample(torch.tensor([1.0, 1.0])).position).all()


def test_valid_nan_is_refused_by_name() -> None:
    position = torch.tensor([[0.1, 0.0, 0.05], [0.1, float("nan"), 0.05]])
    with pytest.raises(ValueError, match=r"position .* worlds \[1\]"):
        grasp_plan(position, torch.zeros(2, 3), torch.full((2,), 0.06))
    with pytest.raises(ValueError, match="width"):
        grasp_plan(position[:1], LEVEL, torch.tensor([float("nan")]))


def test_wrong_shapes_are_refused() -> None:
    with pytest.raises(ValueError, match=r"width has shape \(2, 2\)"):
        grasp_plan(torch.tensor([[0.1, 0.0, 0.05]]), LEVEL, torch.zeros(2))


def test_keeps_float32_and_one_arm_works() -> None:
    plan = grasp_plan(torch.tensor([[0.3, 0.0, 0.05]]), LEVEL, torch.tensor([0.06]), num_arms=1)
    assert plan.times.shape[1] == 1
    assert plan.sample(torch.tensor([1.0])).position.dtype == torch.float32
