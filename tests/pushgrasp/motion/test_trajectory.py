"""Sampling, merging and refusal of trajectories."""

import dataclasses

import numpy as np
import pytest
import torch
from scipy.spatial.transform import Rotation

from pushgrasp.motion.trajectory import Phase, Trajectory


def line() -> Trajectory:
    """One gripper that goes 0.3 m along x and opens 0.1 m in one leg of 2 s with a point at 1 s, then waits 1 s."""
    times = torch.tensor([[[0.0, 1.0, 2.0, 3.0]]])
    positions = torch.zeros(1, 1, 4, 3)
    positions[..., 0] = torch.tensor([0.0, 0.1, 0.3, 0.3])
    angles = torch.zeros(1, 1, 4, 3)
    angles[..., 2] = torch.tensor([0.0, 1.0, 2.0, 2.0])
    return Trajectory(
        times=times,
        positions=positions,
        angles=angles,
        widths=torch.tensor([[[0.0, 0.05, 0.1, 0.1]]]),
        phases=torch.tensor([[[0, 9, 9, 5]]]),
        leg_starts=torch.tensor([[[0.0, 0.0, 0.0, 2.0]]]),
        leg_ends=torch.tensor([[[0.0, 2.0, 2.0, 3.0]]]),
        reachable=torch.tensor([True]),
    )


@pytest.mark.parametrize(
    ("t", "x", "width", "phase"),
    [
        # At a quarter of the leg 1/6 of it is covered, 1/3 of its first half; at three quarters 2/3 of its second half.
        # The second half begins as slowly as the first one goes, 0.1 m per half less than on average: it is behind a
        # straight one by u (1 - u)^2 0.1 m.
        (-1.0, 0.0, 0.0, Phase.HOME),
        (0.5, 0.1 / 3, 0.05 / 3, Phase.PUSH),
        (1.0, 0.1, 0.05, Phase.PUSH),
        (1.5, 0.1 + 0.2 * 2 / 3 - 0.1 * 2 / 27, 0.05 + 0.05 * 2 / 3, Phase.PUSH),
        (2.5, 0.3, 0.1, Phase.HOLD),
        (9.0, 0.3, 0.1, Phase.HOLD),
    ],
)
def test_sample_follows_the_trapezoid(t: float, x: float, width: float, phase: Phase) -> None:
    targets = line().sample(torch.tensor([t]))
    torch.testing.assert_close(targets.position, torch.tensor([[[x, 0.0, 0.0]]]))
    torch.testing.assert_close(targets.width, torch.tensor([[width]]))
    assert targets.phase.tolist() == [[phase]]


def test_quaternion_belongs_to_the_angles() -> None:
    # jaw angle 1 rad: the half turn about x followed, in the world, by 1 rad about z: (cos 1/2, sin 1/2, 0, 0)
    expected = torch.tensor([[[0.877583, 0.479426, 0.0, 0.0]]])
    torch.testing.assert_close(line().sample(torch.tensor([1.0])).quaternion, expected, atol=1e-6, rtol=0)
    assert line().quaternions.shape == (1, 1, 4, 4)


def test_phase_end_and_duration() -> None:
    assert line().duration.tolist() == [3.0]
    assert [line().phase_end(phase).item() for phase in (Phase.PUSH, Phase.HOLD, Phase.LIFT)] == [2.0, 3.0, 0.0]


def test_many_samples_equal_single_ones(random_grasps: Trajectory) -> None:
    times = torch.rand(200, 5, generator=torch.Generator().manual_seed(1), dtype=torch.float64) * 8
    many = random_grasps.sample_many(times)
    for column in range(5):
        single = random_grasps.sample(times[:, column])
        torch.testing.assert_close(many.position[:, :, column], single.position)
        assert torch.equal(many.phase[:, :, column], single.phase)


def test_grippers_come_from_either_trajectory(random_grasps: Trajectory, random_pushes: Trajectory) -> None:
    some = {f.name: getattr(random_grasps, f.name)[:100] for f in dataclasses.fields(random_grasps) if f.init}
    grasps, is_grasp = Trajectory(**some), torch.arange(200).view(100, 2) % 3 == 0
    merged = grasps.where(is_grasp, random_pushes)
    for t in (0.7, 2.9, 20.0):
        clock = torch.full((100,), t, dtype=torch.float64)
        found, first, second = (plan.sample(clock) for plan in (merged, grasps, random_pushes))
        torch.testing.assert_close(found.position[is_grasp], first.position[is_grasp])
        torch.testing.assert_close(found.position[~is_grasp], second.position[~is_grasp])
        assert torch.equal(found.phase[~is_grasp], second.phase[~is_grasp])
    torch.testing.assert_close(merged.measure_time[is_grasp], grasps.measure_time[is_grasp])
    assert torch.equal(merged.working[~is_grasp], random_pushes.working[~is_grasp])
    assert torch.equal(merged.reachable, grasps.reachable & random_pushes.reachable)


def test_delayed_gripper_waits_at_its_start(random_grasps: Trajectory) -> None:
    delay = torch.tensor([0.0, 0.7], dtype=torch.float64).expand(200, 2)
    late, clock = random_grasps.delayed(delay), torch.rand(200, 9, dtype=torch.float64) * 9
    before = random_grasps.sample_many(torch.stack((clock, clock - 0.7), dim=1))
    found = late.sample_many(clock)
    torch.testing.assert_close(found.position, before.position)
    torch.testing.assert_close(late.times[..., -1], random_grasps.times[..., -1] + delay * random_grasps.working)


def test_resting_grippers_stay_where_they_start(random_grasps: Trajectory) -> None:
    rest = random_grasps.resting()
    assert not rest.working.any() and rest.duration.eq(0.0).all() and rest.measure_time.eq(0.0).all()
    there = rest.sample(torch.full((200,), 2.0, dtype=torch.float64)).position
    assert torch.equal(there, random_grasps.positions[:, :, 0])


def test_wrong_shapes_are_named(random_grasps: Trajectory) -> None:
    plan = line()
    with pytest.raises(ValueError, match="widths has shape"):
        dataclasses.replace(plan, widths=torch.zeros(1, 1, 3))
    with pytest.raises(ValueError, match="reachable has shape"):
        dataclasses.replace(plan, reachable=torch.ones(2, dtype=torch.bool))
    with pytest.raises(ValueError, match="t has shape"):
        plan.sample(torch.zeros(2))
    with pytest.raises(ValueError, match=r"\(\(1, 1\), \(1, 1\), \(200, 2\)\) worlds and grippers"):
        plan.where(torch.ones(1, 1, dtype=torch.bool), random_grasps)


def test_one_of_many_times_with_its_approach(random_grasps: Trajectory) -> None:
    clocks = torch.tensor([0.3, 0.8, 1.4]).expand(len(random_grasps.times), -1)
    many = random_grasps.sample_many(clocks)
    for index in range(3):
        one, alone = many.at(index), random_grasps.sample(clocks[:, index])
        torch.testing.assert_close(one.position, alone.position, atol=1e-6, rtol=0)
        torch.testing.assert_close(one.quaternion, alone.quaternion, atol=1e-6, rtol=0)
        turned = Rotation.from_quat(one.quaternion.flatten(0, 1).numpy()).apply([0.0, 0.0, 1.0])
        np.testing.assert_allclose(one.approach.flatten(0, 1).numpy(), turned, atol=1e-6)
