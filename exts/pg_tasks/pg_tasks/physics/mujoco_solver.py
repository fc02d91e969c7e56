"""MuJoCo C behind Newton's MuJoCo solver: N worlds stepped by C threads on the CPU."""

from __future__ import annotations

import copy
import logging
import os

import mujoco
import numpy as np
import warp as wp
from newton import Model, ModelFlags, State, StateFlags
from newton.solvers import SolverMuJoCo

from pushgrasp.physics.world_ticks import WorldPool, WorldTicks

logger = logging.getLogger(__name__)


class SolverMuJoCoThreads(SolverMuJoCo, WorldTicks):
    """Newton's MuJoCo-Warp solver with the step itself done by MuJoCo C.

    Newton converts the model and the state; this class owns one ``MjModel`` and one ``MjData`` per world and steps them
    in a thread pool (``mj_step`` releases the GIL). State flows into ``MjData`` only where somebody has written it,
    because a rewrite of unchanged float32 numbers would wake sleeping islands and round the state.

    One call of :meth:`step` covers ``substeps`` MuJoCo steps of ``dt / substeps`` seconds: a tick. :meth:`advance`
    takes ticks without telling Newton, which is cheaper; Newton's state is current again after the next :meth:`step`.
    """

    def __init__(
        self,
        model: Model,
        *,
        substeps: int = 5,
        threads: int = 0,
        sleep: bool = True,
        rest_tolerance: float = 1.0e-2,
        **kwargs: object,
    ) -> None:
        """Build the solver.

        Args:
            model: Newton model; all worlds have the same structure.
            substeps: MuJoCo steps per call of :meth:`step`.
            threads: Worker threads; 0 takes as many as there are usable cores, at most one per world.
            sleep: Let islands at rest sleep.
            rest_tolerance: Velocity [m/s, rad/s scaled by body size] under which an island may sleep.
            **kwargs: Passed to :class:`newton.solvers.SolverMuJoCo`.
        """
        # MuJoCo's own handler writes a file into the working folder.
        mujoco.set_mju_user_warning(logger.warning)
        if substeps < 1:
            raise ValueError(f"substeps must be at least 1, got {substeps}")
        self.substeps = substeps
        self.models, self.datas = [], []
        super().__init__(model, separate_worlds=True, update_data_interval=0, **kwargs)
        worlds = model.world_count
        self.models = [self._native_model(sleep, rest_tolerance) for _ in range(worlds)]
        self._copy_model_fields()
        self.datas = [mujoco.MjData(m) for m in self.models]
        self.threads = min(worlds, threads or len(os.sched_getaffinity(0)))
        self.pool = WorldPool(self.threads)
        self.active = np.ones(worlds, dtype=bool)
        self._push_state(model.state(), np.ones(worlds, dtype=bool))

    def _native_model(self, sleep: bool, rest_tolerance: float) -> mujoco.MjModel:
        native = copy.deepcopy(self.mj_model)
        # A diverged world must stay visible. The mid-phase tree of static geoms is world 0's, wrong for the others.
        native.opt.disableflags |= mujoco.mjtDisableBit.mjDSBL_AUTORESET | mujoco.mjtDisableBit.mjDSBL_MIDPHASE
        if sleep:
            native.opt.enableflags |= mujoco.mjtEnableBit.mjENBL_SLEEP
            native.opt.sleep_tolerance = rest_tolerance
        return native

    def notify_model_changed(self, flags: ModelFlags | int) -> None:
        """Carry changed model properties (gains, masses, friction, ...) into every world's ``MjModel``."""
        super().notify_model_changed(flags)
        self._copy_model_fields()

    def _copy_model_fields(self) -> None:
        """Copy each per-world array of the Warp model whose twin of the same name and shape exists in ``MjModel``."""
        if not self.models:
            return
        for name, array in vars(self.mjw_model).items():
            native = getattr(self.mj_model, name, None)
            if not isinstance(array, wp.array) or not isinstance(native, np.ndarray):
                continue
            values = array.numpy()
            if values.shape[1:] == native.shape and native.size:
                for world, target in enumerate(self.models):
                    getattr(target, name)[...] = values[world % len(values)]

    def _mujoco_warp_step(self) -> None:
        """Step the active worlds in C and publish all coordinates to Newton's arrays (views on the CPU)."""
        timestep = float(self.mjw_model.opt.timestep.numpy()[0]) / self.substeps
        fields = {name: getattr(self.mjw_data, name).numpy() for name in ("ctrl", "qfrc_applied", "xfrc_applied")}
        for world in np.flatnonzero(self.active):
            self.models[world].opt.timestep = timestep
            for name, values in fields.items():
                getattr(self.datas[world], name)[:] = values[world]
        self.advance(1)
        self._publish_state()

    def _publish_state(self) -> None:
        qpos, qvel = self.mjw_data.qpos.numpy(), self.mjw_data.qvel.numpy()
        for world, data in enumerate(self.datas):
            qpos[world], qvel[world] = data.qpos, data.qvel

    def reset(self, state: State, world_mask: wp.array | None = None, flags: StateFlags | int | None = None) -> None:
        """Clear solver buffers and load the authored joint state into ``MjData`` of the worlds in ``world_mask``."""
        super().reset(state, world_mask=world_mask, flags=flags)
        if self.datas:
            worlds = len(self.datas)
            chosen = np.ones(worlds, dtype=bool) if world_mask is None else world_mask.numpy()[:worlds].astype(bool)
            if chosen.any():
                self._push_state(state, chosen)

    def _push_state(self, state: State, worlds: np.ndarray) -> None:
        """Restart ``MjData`` of the chosen worlds (all awake, no warm start) from Newton's joint state."""
        self._update_mjc_data(self.mjw_data, self.model, state)
        fields = {name: getattr(self.mjw_data, name).numpy() for name in ("qpos", "qvel", "mocap_pos", "mocap_quat")}
        for world in np.flatnonzero(worlds):
            model, data = self.models[world], self.datas[world]
            mujoco.mj_resetData(model, data)
            for name, values in fields.items():
                getattr(data, name)[...] = values[world]
            mujoco.mj_forward(model, data)
