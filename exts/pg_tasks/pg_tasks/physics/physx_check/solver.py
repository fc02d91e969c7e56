"""PhysX behind the solver of the preset ``mujoco``: MuJoCo's data carry the state, PhysX moves it."""

from __future__ import annotations

import mujoco
import numpy as np
from isaaclab.sim.utils.stage import get_current_stage
from newton import Model, State

from pg_tasks.physics.mujoco_solver import SolverMuJoCoThreads

from .stage import read_world
from .state import StateMap
from .world import PhysxWorld, import_sapien

FIRST_WORLD = "/World/envs/env_0"
"""Prim of the first world; all others are copies of it."""


class SolverPhysxCheck(SolverMuJoCoThreads):
    """Steps one PhysX scene per world.

    Whoever reads or writes a state does so in ``MjData``, as with the preset ``mujoco``; so rigs, executor, camera and
    records are the same. A written state begins a new scene: PhysX remembers contacts, and a trial must not depend on
    what happened before it. MuJoCo finds the contacts in ``MjData`` at PhysX's poses, for who asks how deep they are.
    """

    def __init__(self, model: Model, **kwargs: object) -> None:
        """Build the solver; arguments as for the parent.

        Raises:
            UserError: If ``sapien`` is not installed.
            ValueError: If the stage holds a shape or joint that the check does not know.
        """
        import_sapien()
        self._scenes: dict[int, PhysxWorld] = {}
        self._content = read_world(get_current_stage(), FIRST_WORLD)
        super().__init__(model, **kwargs)
        self._map = StateMap(self.models[0], self._content)

    def _push_state(self, state: State, worlds: np.ndarray) -> None:
        super()._push_state(state, worlds)
        for world in np.flatnonzero(worlds).tolist():
            self._scenes.pop(world, None)

    def step_world(self, world: int, steps: int) -> None:
        """Step one world in PhysX; where a state was written, from that state on."""
        model, data = self.models[world], self.datas[world]
        if world not in self._scenes:
            self._scenes[world] = PhysxWorld(self._content, self._map, model, data)
        self._scenes[world].advance(data, steps)
        data.time += steps * model.opt.timestep
        mujoco.mj_kinematics(model, data)
        if np.isfinite(data.qpos).all():
            mujoco.mj_collision(model, data)
