"""The force-limited descent, against a rigid surface (by hand) and a sprung mass on a drive (simulated)."""

import pytest
import torch

from pushgrasp.motion.follower import ForceLimitedFollower
from pushgrasp.motion.limits import MotionLimits
from pushgrasp.motion.trajectory import GripperTargets, Phase, Trajectory

from .conftest import grasp_plan, push_plan

LIMITS, DT, STIFFNESS = MotionLimits(), 0.02, 1500.0
PRESS = 15.0 / STIFFNESS
"""Lag at which the drive presses with 15 N: 10 mm."""


def follow(
    plan: Trajectory, surface: torch.Tensor
) -> tuple[ForceLimitedFollower, list[GripperTargets], list[GripperTargets]]:
    """Follow a plan with a weightless gripper that stops at a rigid surface of height (N,) and else follows at once."""
    follower = ForceLimitedFollower(len(surface), plan.times.shape[1], LIMITS, STIFFNESS, dt=DT)
    measured, wanted, sent = plan.sample(torch.zeros(len(surface))).position, [], []
    for tick in range(int(plan.duration.max() / DT) + 5):
        wanted.append(plan.sample(torch.full((len(surface),), tick * DT)))
        sent.append(follower.step(wanted[-1], measured))
        position = sent[-1].position
        height = torch.maximum(position[..., 2], surface[:, None])
        measured = torch.cat((position[..., :2], height[..., None]), dim=-1)
    return follower, wanted, sent


@pytest.fixture(scope="module")
def top_down() -> Trajectory:
    """The same grasp at 0.03 m in three worlds."""
    return grasp_plan(torch.tensor([[0.15, 0.0, 0.03]] * 3), torch.zeros(3, 3), torch.full((3,), 0.06))


def test_rigid_surface_by_hand(top_down: Trajectory) -> None:
    # surfaces: none; at 0.07 m, met half way down; at 0.025 m, below the grasp
    follower, wanted, sent = follow(top_down, torch.tensor([-1.0, 0.07, 0.025]))
    assert follower.stopped.tolist() == [[False, False], [False, True], [False, False]]
    height = torch.stack([targets.position[:, 1, 2] for targets in sent])
    phase = torch.stack([targets.phase[:, 1] for targets in wanted])
    free = torch.stack([targets.position[:, 1, 2] for targets in wanted])
    torch.testing.assert_close(height[:, [0, 2]], free[:, [0, 2]])
    # the command rests 10 mm below the surface, so that the drive presses with 15 N; lift and place start from there
    closed = phase[:, 1] == Phase.CLOSE
    torch.testing.assert_close(height[closed, 1], torch.full((int(closed.sum()),), 0.07 - PRESS), atol=1e-5, rtol=0)
    held = phase[:, 1] == Phase.HOLD
    assert height[held, 1].max().item() == pytest.approx(0.07 - PRESS + 0.15, abs=1e-5)
    opened = phase[:, 1] == Phase.OPEN
    assert height[opened, 1].max().item() == pytest.approx(0.07 - PRESS + 0.005, abs=1e-5)


def test_home_is_reached_and_no_command_jumps(top_down: Trajectory) -> None:
    _, wanted, sent = follow(top_down, torch.tensor([0.07, 0.09, 0.11]))
    torch.testing.assert_close(sent[-1].position, wanted[-1].position, atol=1e-6, rtol=0)
    position = torch.stack([targets.position for targets in sent])
    step = position.diff(dim=0).norm(dim=-1)
    # travel at 1 m/s plus the fading of the offset at 0.25 m/s; stopping takes back what was too much in one tick: 5 mm
    assert step.max() <= (LIMITS.free_speed + LIMITS.approach_speed) * DT + 1e-6


def test_tilted_descent_yields_along_the_approach() -> None:
    plan = grasp_plan(torch.tensor([[0.15, 0.0, 0.03]]), torch.tensor([[0.6, 0.0, 0.0]]), torch.tensor([0.06]))
    follower = ForceLimitedFollower(1, 2, LIMITS, STIFFNESS, dt=DT)
    axis = torch.tensor([0.0, 0.564642, -0.825336])  # (0, sin 0.6, -cos 0.6)
    grasp = plan.positions[0, 1, plan.phases[0, 1] == Phase.DESCEND][0]
    stuck = grasp - 0.04 * axis  # what holds the gripper 40 mm before the grasp
    position = plan.sample(torch.zeros(1)).position
    for tick in range(int(plan.phase_end(Phase.CLOSE)[0, 1] / DT)):
        targets = plan.sample(torch.tensor([tick * DT]))
        command = follower.step(targets, position)
        beyond = ((command.position[0, 1] - stuck) * axis).sum().clamp(min=0.0)
        late = targets.phase[0, 1] in (Phase.DESCEND, Phase.CLOSE)
        position = command.position.clone()
        position[0, 1] -= beyond * axis if late else 0.0
    torch.testing.assert_close(command.position[0, 1], stuck + PRESS * axis, atol=1e-5, rtol=0)


def test_offset_of_a_stopped_push_lifts_the_path() -> None:
    paths = torch.zeros(1, 1, 2, 3)
    paths[0, 0, :, 0], paths[..., 2] = torch.tensor([-0.2, -0.1]), 0.02
    plan = push_plan(paths, torch.zeros(1, 1, 2))
    _, wanted, sent = follow(plan, torch.tensor([0.06]))
    pushing = [tick for tick, targets in enumerate(wanted) if targets.phase[0, 0] == Phase.PUSH]
    for tick in pushing:
        expected = wanted[tick].position[0, 0] + torch.tensor([0.0, 0.0, 0.06 - PRESS - 0.02])
        torch.testing.assert_close(sent[tick].position[0, 0], expected, atol=1e-5, rtol=0)


def test_reset_forgets_the_marked_worlds(top_down: Trajectory) -> None:
    follower, _, _ = follow(top_down, torch.tensor([0.07, 0.07, 0.07]))
    follower.reset(torch.tensor([True, False, True]))
    assert follower.stopped[:, 1].tolist() == [False, True, False]
    follower.reset()
    assert not follower.stopped.any()


def simulate(plan: Trajectory, surface: float, yielding: bool = True) -> tuple[ForceLimitedFollower, list[float]]:
    """Follow with a 1.5 kg gripper on a damped drive limited to 25 N; return a sprung surface's force in CLOSE [N]."""
    mass, damping, contact = 1.5, 80.0, 2.0e4
    follower = ForceLimitedFollower(1, 1, LIMITS, STIFFNESS, damping, DT)
    place, speed, forces = plan.sample(torch.zeros(1)).position.clone(), torch.zeros(1, 1, 3), []
    for tick in range(int(plan.phase_end(Phase.CLOSE).max() / DT)):
        targets = plan.sample(torch.tensor([tick * DT]))
        command = follower.step(targets, place, speed).position if yielding else targets.position
        for _ in range(20):
            depth = (surface - place[..., 2]).clamp(min=0.0)
            push = contact * depth - 40.0 * speed[..., 2] * (depth > 0.0)
            force = (STIFFNESS * (command - place) - damping * speed).clamp(-25.0, 25.0)
            force[..., 2] += push
            speed = speed + force / mass * DT / 20
            place = place + speed * DT / 20
        forces += [push.item()] * int(targets.phase[0, 0] == Phase.CLOSE)
    return follower, forces


def test_damped_drive_presses_with_the_limit_and_travels_freely() -> None:
    plan = grasp_plan(torch.tensor([[-0.15, 0.0, 0.03]]), torch.zeros(1, 3), torch.tensor([0.06]), num_arms=1)
    follower, forces = simulate(plan, surface=-1.0)
    # the drive lags by 0.25 m/s * 80 / 1500 = 13 mm, more than 10 mm, but nothing resists
    assert not follower.stopped.any()
    assert max(forces) == 0.0
    follower, forces = simulate(plan, surface=0.08)
    assert follower.stopped.all()
    # the surface gives way by 15 N / 20 kN/m = 0.75 mm on impact, which is 1.1 N of the drive
    assert forces[-1] == pytest.approx(15.0, abs=1.2)
    # without yielding the drive would ask for 50 mm * 1500 N/m and press with all its 25 N
    assert simulate(plan, surface=0.08, yielding=False)[1][-1] == pytest.approx(25.0, abs=0.1)


def test_bad_input_is_refused(top_down: Trajectory) -> None:
    targets = top_down.sample(torch.zeros(3))
    with pytest.raises(ValueError, match="stiffness is 0"):
        ForceLimitedFollower(3, 2, LIMITS, 0.0)
    with pytest.raises(ValueError, match="velocity is missing"):
        ForceLimitedFollower(3, 2, LIMITS, STIFFNESS, 10.0).step(targets, targets.position)
    with pytest.raises(ValueError, match="measured has shape"):
        ForceLimitedFollower(3, 2, LIMITS, STIFFNESS).step(targets, targets.position[:, :1])


def test_until_a_gripper_stops_set_points_pass_unchanged(top_down: Trajectory) -> None:
    follower, wanted, sent = follow(top_down, torch.tensor([-1.0, -1.0, -1.0]))
    assert all(torch.equal(one.position, two.position) for one, two in zip(wanted, sent, strict=True))
    follower, *_ = follow(top_down, torch.tensor([-1.0, 0.07, -1.0]))
    assert follower.stopped.any()
    follower.reset(torch.tensor([False, True, False]))
    assert not follower.stopped.any()


def test_periods_after_the_descent_can_be_taken_at_once(top_down: Trajectory) -> None:
    """A stopped gripper's set-points after the descent are, to the bit, those of one period after the other."""
    surface = torch.tensor([0.07, -1.0, 0.09])
    _, wanted, sent = follow(top_down, surface)
    clocks = torch.arange(len(sent), dtype=torch.float64) * DT
    targets = top_down.sample_many(clocks.expand(3, -1))
    last = max(index for index, one in enumerate(wanted) if bool((one.phase == Phase.DESCEND).any()))
    follower, measured = ForceLimitedFollower(3, 2, LIMITS, STIFFNESS, dt=DT), wanted[0].position
    for tick in range(last + 2):
        position = follower.step(targets.at(tick), measured).position
        height = torch.maximum(position[..., 2], surface[:, None])
        measured = torch.cat((position[..., :2], height[..., None]), dim=-1)
    ahead = follower.ahead(targets, last + 2, len(sent))
    expected = torch.stack([one.position for one in sent[last + 2 :]], dim=2)
    assert torch.equal(ahead, expected)
    assert not torch.equal(ahead, targets.position[:, :, last + 2 :])
    with pytest.raises(ValueError, match="a gripper descends"):
        follower.ahead(targets, last, last + 2)
