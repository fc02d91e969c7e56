"""Two grippers, or the arms that carry them, kept apart at every time: one of them waits where it is needed."""

from dataclasses import replace

import torch

from pushgrasp.gripper import GripperGeometry
from pushgrasp.motion.arm.capsules import Capsules, gripper_capsules
from pushgrasp.motion.arm.collision import arm_distance
from pushgrasp.motion.arm.forward import Frames
from pushgrasp.motion.gimbal import gimbal_to_rotation
from pushgrasp.motion.limits import MotionLimits
from pushgrasp.motion.trajectory import Trajectory

INSTANT = 0.01
"""Time between the instants at which the distance is looked at [s]."""

WAIT = 10
"""Instants by which the wait grows from one try to the next."""

CLEARANCE = 0.03
"""Least distance of two free grippers [m]; between two instants they come 2 cm nearer to each other at most."""


def keep_apart(
    trajectory: Trajectory, worlds: torch.Tensor, geometry: GripperGeometry, limits: MotionLimits
) -> Trajectory:
    """Return a trajectory whose two grippers keep apart in some worlds, in which one waits at its start if need be.

    Their TCPs keep the separation of the limits, their bodies :data:`CLEARANCE`. Jaws count as open as they ever are.
    Where no wait helps, because one comes too near to the other's start, the world is not reachable.

    Args:
        trajectory: of two grippers.
        worlds: in which worlds the grippers may come near to each other, shape (N,), bool.
        geometry: the gripper.
        limits: the separation.
    """
    index = worlds.nonzero()[:, 0]
    if len(index) == 0:
        return trajectory
    clock = instants(trajectory.duration[index]).to(trajectory.times)
    targets = trajectory.sample_many(clock.expand(len(worlds), -1))
    tcp = Frames(gimbal_to_rotation(targets.angles[index]), targets.position[index])
    width = trajectory.widths[index].amax(dim=-1, keepdim=True).expand(tcp.position.shape[:3])
    shapes = gripper_capsules(tcp, width, geometry)
    delay = torch.zeros_like(trajectory.times[..., 0])
    waits, apart = least_waits(shapes, tcp.position, CLEARANCE, limits.separation)
    delay[index] = INSTANT * waits.to(delay)
    reachable = trajectory.reachable.index_put((index[~apart],), torch.zeros_like(apart[:1]))
    later = replace(trajectory.delayed(delay), reachable=reachable)
    return later.where(reachable[:, None].expand_as(delay), later.resting())


def instants(duration: torch.Tensor) -> torch.Tensor:
    """Return the times [s], shape (T,), at which motions that last (N,) [s] are looked at, to past their end."""
    return INSTANT * torch.arange(int(duration.max() / INSTANT) + 2, device=duration.device)


def least_waits(
    shapes: Capsules, tcp: torch.Tensor, clearance: float, separation: float
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return how many instants each of two movers waits at its start so that they keep apart, and whether they do.

    The second one waits where either may. After the longest wait one moves when the other is back at its start.

    Args:
        shapes: capsules at T instants, from rest to rest, end points of shape (N, 2, T, C, 2, 3).
        tcp: TCPs [m], shape (N, 2, T, 3).
        clearance: least distance of the capsules [m].
        separation: least distance of the TCPs [m].

    Returns:
        Waits, shape (N, 2), long, and whether there are such, shape (N,), bool.
    """
    count = tcp.shape[2]
    waits = torch.zeros(*tcp.shape[:2], dtype=torch.long, device=tcp.device)
    pending = torch.arange(len(tcp), device=tcp.device)
    tries = [(wait, mover) for wait in range(0, count + WAIT, WAIT) for mover in ((1, 0) if wait else (1,))]
    for wait, mover in tries:
        if len(pending) == 0:
            break
        clock = torch.arange(count + wait, device=tcp.device)
        late, early = (clock - wait).clamp(min=0), clock.clamp(max=count - 1)
        near = _near(shapes, tcp, pending, (late, early) if mover == 0 else (early, late), clearance, separation)
        waits[pending, mover] = torch.where(near, 0, wait)
        pending = pending[near]
    apart = torch.ones_like(waits[:, 0], dtype=torch.bool)
    apart[pending] = False
    return waits, apart


def _near(
    shapes: Capsules,
    tcp: torch.Tensor,
    worlds: torch.Tensor,
    times: tuple[torch.Tensor, torch.Tensor],
    clearance: float,
    separation: float,
) -> torch.Tensor:
    """Tell in which of some worlds, shape (W,), two movers come too near, each on its own clock ``times``."""
    ends = [shapes.ends[worlds, mover][:, times[mover]] for mover in (0, 1)]
    points = [tcp[worlds, mover][:, times[mover]] for mover in (0, 1)]
    gap = arm_distance(*(Capsules(end, shapes.radius) for end in ends))
    return ((gap < clearance) | ((points[0] - points[1]).norm(dim=-1) < separation)).any(dim=1)
