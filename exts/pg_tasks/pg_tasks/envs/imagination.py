"""Actions tried in copies of a world, which stays as it is.

The copies go through the same plans, set-points, stops and latches as the world itself would, and MuJoCo repeats to the
bit: what is imagined is what happens.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch

from pg_tasks.assets.objects import slot_name
from pg_tasks.physics.mujoco_solver import SolverMuJoCoThreads
from pushgrasp.interface.action import Action
from pushgrasp.interface.outcome import lost_slots, moved_slots
from pushgrasp.interface.world import Imagined, State
from pushgrasp.physics.executor import Execution
from pushgrasp.physics.world_ticks import WorldCopies
from pushgrasp.program import UserError

if TYPE_CHECKING:
    from .push_grasp_env import PushGraspEnv


class Imagination:
    """Tries actions in copies of the worlds of an environment."""

    def __init__(self, env: PushGraspEnv) -> None:
        """Copy the worlds of ``env``.

        Raises:
            UserError: If its physics cannot be copied.
        """
        solver = getattr(env.sim.physics_manager, "_solver", None)
        if type(solver) is not SolverMuJoCoThreads:
            raise UserError("the oracle tries its actions in copies of MuJoCo's state: it needs physics=mujoco")
        self._env, self._solver = env, solver
        self._copies: dict[int, WorldCopies] = {}
        model = solver.models[0]
        names = [model.joint(index).name for index in range(model.njnt)]
        slots = range(env.objects.active.shape[1])
        joints = [next(i for i, name in enumerate(names) if f"_{slot_name(slot)}_" in name) for slot in slots]
        self._coordinates = model.jnt_qposadr[joints][:, None] + np.arange(7)
        self._origins = torch.as_tensor(env.scene.env_origins, dtype=torch.float32)

    def __call__(self, world: int, actions: Action) -> Imagined:
        """Return what each of C actions would lead to in a world."""
        env, copies = self._env, self.copies_of(world, len(actions.kind))
        motion = env.rig.plan(env.plan(actions))
        rig, picks = env.rig.on(copies, world), actions.picks
        execution = Execution(rig, motion, env.physics_dt, lambda: self.poses(world, copies)[..., :3], picks)
        active = env.objects.active[[world]]
        execution.rehearse(actions, active, int(env.objects.target[world]))
        return self._imagined(world, copies, motion.reachable, execution.lifted(active))

    def copies_of(self, world: int, count: int) -> WorldCopies:
        """So many copies of a world as it is now."""
        copies = self.kept_copies(count)
        copies.take(world)
        return copies

    def kept_copies(self, count: int) -> WorldCopies:
        """The same copies as last time, as what was tried in them has left them."""
        if count not in self._copies:
            self._copies[count] = WorldCopies(self._solver, count)
        return self._copies[count]

    def poses(self, world: int, copies: WorldCopies) -> torch.Tensor:
        """Position [m] and orientation (x, y, z, w) of all slots in every copy now, shape (C, S, 7)."""
        poses = torch.from_numpy(np.stack([data.qpos[self._coordinates] for data in copies.datas])).float()
        return torch.cat((poses[..., :3] - self._origins[world], poses[..., [4, 5, 6, 3]]), dim=-1)

    def _imagined(self, world: int, copies: WorldCopies, reachable: torch.Tensor, lifted: torch.Tensor) -> Imagined:
        now, poses = self._env.state, self.poses(world, copies)
        active, target = (part[[world]].expand(len(poses), *part.shape[1:]) for part in (now.active, now.target))
        after = State(poses[..., :3], poses[..., 3:], active, target, now.shapes)
        moved = moved_slots(now.position[world], after.position, active)
        return Imagined(reachable, lifted, moved, lost_slots(after.position, active), after)
