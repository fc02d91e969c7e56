"""Curved pushes and turns keep the limits at every time; what is straight stays as it is."""

from __future__ import annotations

import dataclasses
import math

import pytest
import torch

from pushgrasp.motion.bends import bends, offset, velocities
from pushgrasp.motion.gimbal import gimbal_to_rotation
from pushgrasp.motion.limits import MotionLimits, arm_rig_limits, training_rig_limits
from pushgrasp.motion.trajectory import Phase, Trajectory

from .conftest import grasp_plan, push_plan

DT, SLACK = 1.0e-3, 1.0 + 1.0e-4
RIGS = {"training": training_rig_limits(), "full": arm_rig_limits()}


def arcs(worlds: int, points: int = 32) -> tuple[torch.Tensor, torch.Tensor]:
    """Paths (N, 2, P, 3) of 5 to 30 cm that turn by up to 3 rad either way, and the yaw along them."""
    rng = torch.Generator().manual_seed(8)
    heading, bend, length = torch.rand(3, worlds, 2, 1, generator=rng, dtype=torch.float64)
    yaw = 2 * math.pi * heading + 6.0 * (bend - 0.5) * torch.linspace(0.0, 1.0, points, dtype=torch.float64)
    step = (0.05 + 0.25 * length) / (points - 1) * torch.stack((yaw.cos(), yaw.sin()))
    return laid(step[..., :-1].cumsum(dim=-1)), yaw


def corners(worlds: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Zigzags of three straight runs, at whose corners the gripper turns within one step."""
    rng = torch.Generator().manual_seed(9)
    yaw = (4.0 * torch.rand(worlds, 2, 3, generator=rng, dtype=torch.float64)).repeat_interleave(10, dim=-1)
    step = 0.004 * torch.stack((yaw.cos(), yaw.sin()))
    return laid(step[..., :-1].cumsum(dim=-1)), yaw


def laid(steps: torch.Tensor) -> torch.Tensor:
    """Paths from the sums of their steps (2, N, 2, P - 1), 40 cm apart, 2 cm up."""
    places = torch.nn.functional.pad(steps, (1, 0))
    places = places - places.mean(dim=-1, keepdim=True)
    places[0] += torch.tensor([-0.25, 0.25], dtype=torch.float64)[:, None]
    return torch.stack((*places, torch.full_like(places[0], 0.02)), dim=-1)


def leaning_grasps(worlds: int, limits: MotionLimits) -> Trajectory:
    """Grasps that lean and turn as far as the decoder lets them."""
    rng = torch.Generator().manual_seed(10)
    uniform = torch.rand(worlds, 6, generator=rng, dtype=torch.float64) - 0.5
    position = torch.cat((0.6 * uniform[:, :2], 0.15 + 0.1 * uniform[:, 2:3]), dim=-1)
    angles = uniform[:, 3:] * torch.tensor([1.5, 1.5, math.pi])
    return grasp_plan(position, angles, torch.full((worlds,), 0.08, dtype=torch.float64), limits=limits)


def peaks(plan: Trajectory, limits: MotionLimits) -> dict[str, float]:
    """Largest speeds and accelerations from one millisecond to the next, in units of their limits."""
    found: dict[str, float] = {}
    for some in torch.arange(len(plan.times)).split(25):
        entries = {entry.name: getattr(plan, entry.name)[some] for entry in dataclasses.fields(plan) if entry.init}
        part = Trajectory(**entries)
        clock = DT * torch.arange(int(part.duration.max() / DT) + 5, dtype=torch.float64)
        targets = part.sample_many(clock.expand(len(some), -1))
        speed = targets.position.diff(dim=2) / DT
        rotation = gimbal_to_rotation(targets.angles)
        turn = rotation[:, :, 1:] @ rotation[:, :, :-1].mT
        skew = (turn - turn.mT) / (2.0 * DT)
        spin = torch.stack((skew[..., 2, 1], skew[..., 0, 2], skew[..., 1, 0]), dim=-1)
        pushing = (targets.phase[:, :, 1:] == Phase.PUSH) & (targets.phase[:, :, :-1] == Phase.PUSH)
        values = {
            "push_speed": torch.where(pushing, speed.norm(dim=-1), 0.0),
            "free_speed": speed.norm(dim=-1),
            "acceleration": speed.diff(dim=2).norm(dim=-1) / DT,
            "rotation_speed": spin.norm(dim=-1),
            "rotation_acceleration": spin.diff(dim=2).norm(dim=-1) / DT,
        }
        for name, value in values.items():
            found[name] = max(found.get(name, 0.0), float(value.max()) / getattr(limits, name))
    return found


@pytest.mark.parametrize("rig", RIGS)
@pytest.mark.parametrize(("shape", "worlds"), [(arcs, 125), (corners, 12)])
def test_curved_pushes_keep_every_limit_at_every_millisecond(rig: str, shape, worlds: int) -> None:
    limits = RIGS[rig]
    plan = push_plan(*shape(worlds), limits=limits)
    assert plan.reachable.double().mean() > 0.8
    found = peaks(plan, limits)
    assert all(value <= SLACK for value in found.values()), found
    assert found["push_speed"] > 0.2


@pytest.mark.parametrize("rig", RIGS)
def test_leaning_grasps_keep_every_limit_too(rig: str) -> None:
    found = peaks(leaning_grasps(60, RIGS[rig]), RIGS[rig])
    assert all(value <= SLACK for name, value in found.items()), found
    assert found["rotation_acceleration"] > 0.3


def test_speed_on_a_circle_is_what_its_centripetal_acceleration_allows() -> None:
    # A quarter of a circle of 5 cm at 0.5 m/s^2: v^2 / r <= a allows 0.158 m/s, and straight, the same length would be
    # passed at 4/3 * 0.0785 m / sqrt(16/3 * 0.0785 m / 0.5 m/s^2) = 0.114 m/s. Both together ask for less.
    angle = torch.linspace(0.0, math.pi / 2, 32, dtype=torch.float64)
    circle = 0.05 * torch.stack((angle.cos(), angle.sin(), 0.4 + 0.0 * angle), dim=-1)
    plan = push_plan(circle.expand(1, 2, -1, -1) + 0.0, (angle + math.pi / 2).expand(1, 2, -1), ONE, SLOW)
    clock = DT * torch.arange(int(plan.duration / DT), dtype=torch.float64)[None]
    targets = plan.sample_many(clock)
    pushing = targets.phase[0, 0, 1:] == Phase.PUSH
    speed = (targets.position[0, 0].diff(dim=0).norm(dim=-1) / DT)[pushing]
    assert 0.07 < speed.max() < 0.114
    radius = targets.position[0, 0, 1:, :2][pushing].norm(dim=-1)
    assert (radius - 0.05).abs().max() < 1e-4


ONE, SLOW = torch.tensor([[True, False]]), MotionLimits(push_speed=0.3, acceleration=0.5)


def test_hairpin_comes_to_rest_at_its_tip() -> None:
    path = torch.zeros(1, 2, 5, 3, dtype=torch.float64)
    path[0, 0, :, 0] = torch.tensor([-0.3, -0.25, -0.2, -0.25, -0.3], dtype=torch.float64)
    path[..., 2] = 0.02
    plan = push_plan(path, torch.zeros(1, 2, 5, dtype=torch.float64), ONE)
    tip = int((plan.phases[0, 0] == Phase.PUSH).nonzero()[2, 0])
    clock = plan.times[0, 0, tip] + torch.tensor([[-DT, 0.0, DT]], dtype=torch.float64)
    x = plan.sample_many(clock).position[0, 0, :, 0]
    assert x[1] == pytest.approx(-0.2, abs=1e-9)
    assert x.diff().abs().max() / DT < 0.01


def test_bends_by_hand() -> None:
    # 1 m, then 2 m to the side, each in half of the leg: velocities (2, 0) and (0, 4) per leg, the parabola's (1, 2);
    # 2.24 is faster than 2, so it is passed with (0.894, 1.789), half of that in a segment
    change = torch.zeros(2, 7)
    change[0, 0], change[1, 1] = 1.0, 2.0
    start, end = bends(change, torch.tensor([0.5, 0.5]), torch.tensor([True]))
    torch.testing.assert_close(end[0, :2], torch.tensor([0.4472 - 1.0, 0.8944]), atol=1e-4, rtol=0)
    torch.testing.assert_close(start[1, :2], torch.tensor([0.4472, 0.8944 - 2.0]), atol=1e-4, rtol=0)
    assert not start[0].any() and not end[1].any()
    torch.testing.assert_close(velocities(change, start, end)[2, 0], velocities(change, start, end)[0, 1])
    # half way a segment is beside a straight one by an eighth of the difference of its bends
    torch.testing.assert_close(offset(start, end, torch.tensor([0.5, 0.5])), (start - end) / 8.0)


def test_straight_segments_have_no_bends() -> None:
    change = torch.tensor([0.1, -0.05, 0.0, 0.0, 0.0, 0.2, 0.01]) * torch.tensor([[1.0], [3.0], [0.5]])
    share = torch.tensor([1.0, 3.0, 0.5]) / 4.5
    noise = 1.0e-7 * torch.randn(3, 7, generator=torch.Generator().manual_seed(1))
    for found in bends(change + noise, share, torch.tensor([True, True])):
        assert not found.any()
    change[1] = change[1].flip(0)
    for found in bends(change, share, torch.tensor([False, False])):
        assert not found.any()
