"""The push primitive: durations by hand, two arms in step, yaw and refusals."""

import math

import pytest
import torch

from pushgrasp.motion.trajectory import Phase, Trajectory

from .conftest import push_plan


def straight(length: float = 0.1, points: int = 2) -> torch.Tensor:
    """Paths of the left arm from (-0.2, 0) rightwards and of the right one from (0.2, 0) leftwards, 15 mm up."""
    share = torch.linspace(0.0, 1.0, points)
    paths = torch.zeros(1, 2, points, 3)
    paths[0, 0, :, 0], paths[0, 1, :, 0] = -0.2 + length * share, 0.2 - length * share
    paths[..., 2] = 0.015
    return paths


def test_durations_by_hand() -> None:
    plan = push_plan(straight(points=21), torch.zeros(1, 2, 21), torch.tensor([[True, False]]))
    # travel (-0.75, 0, 0.35) -> (-0.2, 0, 0.25): 0.559017 m: sqrt(4/3 * 0.559017) = 0.863341 (the acceleration decides)
    # descend 0.235 m at 0.25 m/s: 1.253333; push 0.1 m at 0.2 m/s: 0.666667; back 0.02 m: sqrt(4/3 * 0.02) = 0.163299;
    # rise 0.235 m at 0.3 m/s: 1.044444; home from (-0.12, 0, 0.25): 0.637887 m: 0.922235; settle 0.2
    ends = [plan.phase_end(phase)[0, 0].item() for phase in (Phase.APPROACH, Phase.DESCEND, Phase.PUSH, Phase.RETREAT)]
    assert ends == pytest.approx([0.863341, 2.116674, 2.783341, 3.991084], abs=1e-4)
    assert plan.duration.item() == pytest.approx(5.113319, abs=1e-4)
    assert (plan.measure_time == 0.0).all()  # nothing is lifted
    assert plan.times[0, 1].abs().max() == 0.0


def test_goes_back_along_its_path_before_it_rises() -> None:
    # the left one pushes 10 cm along x in steps of 5 mm, the right one 1.5 cm against it, less than the way back
    paths = straight(points=21)
    paths[0, 1, :, 0] = 0.2 - torch.linspace(0.0, 0.015, 21)
    plan = push_plan(paths, torch.zeros(1, 2, 21))
    retreat = plan.positions[0][plan.phases[0] == Phase.RETREAT].view(2, 2, 3)
    low = torch.tensor([[-0.12, 0.0, 0.015], [0.2, 0.0, 0.015]])
    torch.testing.assert_close(retreat[:, 0], low, atol=1e-6, rtol=0)
    torch.testing.assert_close(retreat[:, 1, :2], low[:, :2], atol=1e-6, rtol=0)
    assert (retreat[:, 1, 2] == 0.25).all()


def test_does_not_stop_between_points() -> None:
    few, many = (push_plan(straight(points=n), torch.zeros(1, 2, n)) for n in (2, 30))
    clock = torch.linspace(0.0, float(few.duration), 300)[None]
    torch.testing.assert_close(few.sample_many(clock).position, many.sample_many(clock).position, atol=1e-4, rtol=0)


def test_both_arms_keep_the_same_times(random_pushes: Trajectory) -> None:
    both = random_pushes.reachable.clone()
    both[:25] = False
    for phase in (Phase.APPROACH, Phase.DESCEND, Phase.PUSH, Phase.RETREAT, Phase.HOME):
        ends = random_pushes.phase_end(phase)[both]
        torch.testing.assert_close(ends[:, 0], ends[:, 1])
    assert torch.equal(random_pushes.leg_starts[both][:, 0], random_pushes.leg_starts[both][:, 1])


def test_passes_through_every_point_with_its_yaw(random_pushes: Trajectory) -> None:
    pushing = random_pushes.phases[0, 0] == Phase.PUSH
    assert pushing.sum() == 15
    for k in pushing.nonzero()[:, 0].tolist():
        targets = random_pushes.sample(random_pushes.times[:, 1, k])
        torch.testing.assert_close(targets.position[:, 1], random_pushes.positions[:, 1, k], atol=1e-6, rtol=0)
        torch.testing.assert_close(targets.angles[:, 1], random_pushes.angles[:, 1, k], atol=1e-5, rtol=0)
    assert (random_pushes.widths == 0.0).all()


def test_yaw_is_folded_once_and_passes_a_quarter_turn() -> None:
    # tangents from 100 to 280 degrees: folded at the start to -80, then on to +100 degrees without a jump
    yaw = torch.linspace(math.radians(100), math.radians(280), 19).expand(1, 2, 19)
    plan = push_plan(straight(points=19), yaw)
    jaw = plan.angles[0, 0, plan.phases[0, 0] == Phase.PUSH, 2]
    torch.testing.assert_close(jaw, torch.linspace(math.radians(-80), math.radians(100), 19), atol=1e-5, rtol=0)
    wrapped = torch.atan2(yaw.sin(), yaw.cos())
    torch.testing.assert_close(push_plan(straight(points=19), wrapped).angles, plan.angles, atol=1e-5, rtol=0)


def test_closing_direction_follows_the_yaw() -> None:
    plan = push_plan(straight(), torch.full((1, 2, 2), 0.4))
    x, y, z, w = plan.sample(plan.phase_end(Phase.PUSH)[:, 0]).quaternion[0, 0]
    # first column of the rotation matrix of a unit quaternion = closing direction (cos, sin, 0)
    closing = torch.stack((1 - 2 * (y * y + z * z), 2 * (x * y + w * z), 2 * (x * z - w * y)))
    torch.testing.assert_close(closing, torch.tensor([math.cos(0.4), math.sin(0.4), 0.0]), atol=1e-6, rtol=0)


def test_repeated_points_are_harmless() -> None:
    paths = torch.cat((straight(points=5), straight(points=5)[:, :, -1:].expand(-1, -1, 4, -1)), dim=2)
    plan = push_plan(paths, torch.zeros(1, 2, 9))
    torch.testing.assert_close(plan.duration, push_plan(straight(points=5), torch.zeros(1, 2, 5)).duration)


@pytest.mark.parametrize("offset", [[0.0, 0.5, 0.0], [-0.3, 0.0, 0.0], [0.0, 0.0, -0.02], [0.0, 0.0, 0.6]])
def test_one_path_outside_the_limits_holds_both_arms(offset: list[float]) -> None:
    paths = straight().repeat(2, 1, 1, 1)
    paths[1, 0, 0] += torch.tensor(offset)
    plan = push_plan(paths, torch.zeros(2, 2, 2))
    assert plan.reachable.tolist() == [True, False]
    assert plan.times[1].abs().max() == 0.0


def test_repeated_points_within_a_curve_change_nothing() -> None:
    angle = torch.linspace(0.0, 1.5, 9)
    paths, yaw = straight(points=9), (angle + math.pi / 2).expand(1, 2, 9)
    paths[0, :, :, 0] = torch.tensor([[-0.3], [0.2]]) + 0.05 * angle.cos()
    paths[0, :, :, 1] = 0.05 * angle.sin()
    twice = [0, 1, 2, 2, 2, 3, 4, 5, 6, 6, 7, 8]
    one, other = push_plan(paths, yaw), push_plan(paths[:, :, twice], yaw[:, :, twice])
    clock = torch.linspace(0.0, float(one.duration), 200)[None]
    torch.testing.assert_close(one.sample_many(clock).position, other.sample_many(clock).position, atol=1e-6, rtol=0)


def test_path_that_would_dip_into_the_table_between_its_points_is_not_followed() -> None:
    # down to the table and along it: smoothed, it would swing below before it goes level
    paths = straight(points=4)
    paths[0, :, :, 2] = torch.tensor([0.03, 0.0, 0.0, 0.03])
    assert not push_plan(paths, torch.zeros(1, 2, 4)).reachable.item()
    paths[0, :, :, 2] = 0.0
    assert push_plan(paths, torch.zeros(1, 2, 4)).reachable.item()


def test_inactive_arms_may_hold_anything() -> None:
    paths = straight()
    paths[0, 0] = float("nan")
    plan = push_plan(paths, torch.zeros(1, 2, 2), torch.tensor([[False, True]]))
    assert plan.reachable.item()
    assert torch.isfinite(plan.sample(torch.tensor([2.0])).position).all()
    with pytest.raises(ValueError, match=r"paths .* worlds \[0\]"):
        push_plan(paths, torch.zeros(1, 2, 2))


def test_wrong_shapes_are_refused() -> None:
    with pytest.raises(ValueError, match="P >= 2"):
        push_plan(straight()[:, :, :1], torch.zeros(1, 2, 1))
    with pytest.raises(ValueError, match="yaw has shape"):
        push_plan(straight(), torch.zeros(1, 2, 3))
