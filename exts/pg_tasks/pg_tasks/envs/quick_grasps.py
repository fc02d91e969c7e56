"""Grasps from above tried in copies of a world, for labels: from the standoff, and no longer than they are in doubt."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from pushgrasp.interface.action import Action
from pushgrasp.interface.outcome import LIFTED
from pushgrasp.motion.trajectory import Phase, Trajectory
from pushgrasp.physics.executor import ticks_until
from pushgrasp.physics.free_grippers import FreeGrippers
from pushgrasp.physics.world_ticks import WorldCopies
from pushgrasp.program import UserError

if TYPE_CHECKING:
    from .push_grasp_env import PushGraspEnv

EMPTY = 0.004
"""Jaws that are closed further than this hold nothing [m]."""


class QuickGrasps:
    """Tries grasps in copies of the worlds of an environment with free grippers.

    The gripper appears over the standoff with open jaws, and a try ends when the jaws have closed on nothing.
    """

    def __init__(self, env: PushGraspEnv) -> None:
        """Copy the worlds of ``env``.

        Raises:
            UserError: If its physics cannot be copied, or its grippers are not free.
        """
        if not isinstance(env.rig, FreeGrippers):
            raise UserError("grasps are tried by free grippers: it needs env.rig=training")
        self._env, self._imagination = env, env.imagine

    def __call__(self, world: int, actions: Action) -> tuple[torch.Tensor, torch.Tensor]:
        """Return which slots each of C grasps lifts, (C, S), bool, and whether it can be carried out, (C,), bool."""
        return self._tried(self._imagination.copies_of(world, len(actions.kind)), world, actions)

    def _tried(self, copies: WorldCopies, world: int, actions: Action) -> tuple[torch.Tensor, torch.Tensor]:
        """Try each grasp in the copy of its number, as that is now."""
        env, dt = self._env, self._env.physics_dt
        motion = env.plan(actions)
        rig = env.rig.on(copies, world)
        begin = _end(motion, Phase.APPROACH) - dt
        closed, judged = (ticks_until(_end(motion, phase) - begin, dt) - 1 for phase in (Phase.CLOSE, Phase.HOLD))
        clocks = begin[:, None].double() + dt * torch.arange(1, int(judged.max()) + 1, dtype=torch.float64)
        set_points = rig.sample(motion, clocks)
        rig.put(set_points.at(0))
        before = self._imagination.poses(world, copies)[..., 2]
        now, ticks = 0, judged.clone()
        for stop in sorted({*closed.tolist(), *judged.tolist()}):
            rig.run(set_points, now, stop, ticks)
            now = stop
            ticks = torch.where((closed == stop) & (rig.opening.amax(dim=1) < EMPTY), stop, ticks)
        rise = self._imagination.poses(world, copies)[..., 2] - before
        return env.objects.active[world] & (rise > LIFTED) & (ticks == judged)[:, None], motion.reachable


def _end(motion: Trajectory, phase: Phase) -> torch.Tensor:
    """When a phase of the arm that works ends [s], shape (C,)."""
    return motion.phase_end(phase).amax(dim=1)
