"""Actions tried in copies of a world, which stays as it is.

The copies go through the same plans, set-points, stops and latches as the world itself would, and MuJoCo repeats to the
bit: what is foreseen is what happens.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from pg_tasks.app.errors import UserError
from pg_tasks.assets.objects import slot_name
from pg_tasks.envs.push_grasp_env import PushGraspEnv
from pg_tasks.physics.mujoco_solver import SolverMuJoCoThreads
from pg_tasks.physics.world_ticks import WorldCopies
from pushgrasp.interface.action import Action
from pushgrasp.interface.outcome import LIFTED, lost_slots, moved_slots


@dataclass(frozen=True)
class Foreseen:
    """What C actions lead to; S slots. Grasps that do not lift the target alone are watched up to the lift only.

    Attributes:
        reachable: Whether the rig can carry the action out, shape (C,), bool.
        lifted: Which slots a grasp lifts, shape (C, S), bool; none for pushes.
        moved: Which slots lie elsewhere at the end, shape (C, S), bool.
        lost: Which slots are outside the workspace at the end, shape (C, S), bool.
        position: Body frames at the end [m], the world's own frame, shape (C, S, 3).
        quaternion: Orientations there (x, y, z, w), shape (C, S, 4).
    """

    reachable: torch.Tensor
    lifted: torch.Tensor
    moved: torch.Tensor
    lost: torch.Tensor
    position: torch.Tensor
    quaternion: torch.Tensor

    def lifts_only(self, slot: int) -> torch.Tensor:
        """Which grasps lift one slot and no other, and lose nothing, shape (C,), bool."""
        return _alone(self.lifted, slot) & ~self.lost.any(dim=1)


class LookAhead:
    """Tries actions in copies of the worlds of an environment."""

    def __init__(self, env: PushGraspEnv) -> None:
        """Look ahead in ``env``.

        Raises:
            UserError: If its physics cannot be copied.
        """
        solver = getattr(env.sim.physics_manager, "_solver", None)
        if not isinstance(solver, SolverMuJoCoThreads):
            raise UserError("the oracle tries its actions in copies of MuJoCo's state: it needs physics=mujoco")
        self._env, self._solver = env, solver
        self._copies: dict[int, WorldCopies] = {}
        model = solver.models[0]
        names = [model.joint(index).name for index in range(model.njnt)]
        slots = range(env.objects.active.shape[1])
        joints = [next(i for i, name in enumerate(names) if f"_{slot_name(slot)}_" in name) for slot in slots]
        self._coordinates = model.jnt_qposadr[joints][:, None] + np.arange(7)
        self._origins = torch.as_tensor(env.scene.env_origins, dtype=torch.float32)

    def __call__(self, world: int, actions: Action) -> Foreseen:
        """Return what each of C actions would lead to in a world."""
        env, copies = self._env, self._copies_of(world, len(actions.kind))
        motion = env.rig.plan(env.plan(actions))
        ticks = self._ticks(motion.duration).clamp(min=1)
        judged = self._ticks(motion.measure_time).amax(dim=1) - 1
        clocks = env.physics_dt * torch.arange(1, int(ticks.max()) + 1, dtype=torch.float64)
        targets = env.rig.sample(motion, clocks.expand(len(ticks), -1))
        rig = env.rig.on(copies, world)
        rig.begin_action()
        lifted, start = torch.zeros(len(ticks), len(self._coordinates), dtype=torch.bool), 0
        for stop in judged[judged > 0].unique().tolist():
            rig.run(targets, start, stop, ticks)
            now, start = judged == stop, stop
            lifted[now] = self._lifted(world, copies)[now]
            missed = now & ~_alone(lifted, int(env.objects.target[world]))
            ticks = torch.where(missed, stop, ticks)
        rig.run(targets, start, int(ticks.max()), ticks)
        return self._foreseen(world, copies, motion.reachable, lifted)

    def _ticks(self, seconds: torch.Tensor) -> torch.Tensor:
        """Ticks until given times (C,) [s], long."""
        return (seconds.double() / self._env.physics_dt).ceil().long()

    def _copies_of(self, world: int, count: int) -> WorldCopies:
        """So many copies of a world as it is now."""
        if count not in self._copies:
            self._copies[count] = WorldCopies(self._solver, count)
        copies = self._copies[count]
        copies.take(world)
        return copies

    def _lifted(self, world: int, copies: WorldCopies) -> torch.Tensor:
        """Which slots are higher now than in the world itself, shape (C, S), bool."""
        objects = self._env.objects
        up = self._poses(world, copies)[..., 2] - objects.position[world, :, 2] > LIFTED
        return up & objects.active[world]

    def _poses(self, world: int, copies: WorldCopies) -> torch.Tensor:
        """Position [m] and orientation (x, y, z, w) of all slots in every copy now, shape (C, S, 7)."""
        poses = torch.from_numpy(np.stack([data.qpos[self._coordinates] for data in copies.datas])).float()
        return torch.cat((poses[..., :3] - self._origins[world], poses[..., [4, 5, 6, 3]]), dim=-1)

    def _foreseen(self, world: int, copies: WorldCopies, reachable: torch.Tensor, lifted: torch.Tensor) -> Foreseen:
        poses = self._poses(world, copies)
        objects, position = self._env.objects, poses[..., :3]
        active = objects.active[world]
        moved, lost = moved_slots(objects.position[world], position, active), lost_slots(position, active)
        return Foreseen(reachable, lifted, moved, lost, position, poses[..., 3:])


def _alone(lifted: torch.Tensor, slot: int) -> torch.Tensor:
    """Which rows of (C, S) hold one slot and no other, shape (C,), bool."""
    return lifted[:, slot] & (lifted.sum(dim=1) == 1)
