"""Physics manager of the ``mujoco`` preset."""

from __future__ import annotations

from isaaclab_newton.physics.mjwarp_manager import NewtonMJWarpManager
from newton import Model

from .mujoco_cfg import MuJoCoSolverCfg
from .mujoco_solver import SolverMuJoCoThreads


class NewtonMuJoCoManager(NewtonMJWarpManager):
    """Newton manager whose solver steps MuJoCo C on CPU threads (see :class:`SolverMuJoCoThreads`)."""

    solver_class = SolverMuJoCoThreads

    @classmethod
    def _create_solver(cls, model: Model, solver_cfg: MuJoCoSolverCfg) -> SolverMuJoCoThreads:
        if model.device.is_cuda:
            raise ValueError("physics preset 'mujoco' runs on the CPU: use --device cpu, or physics=newton on a GPU")
        kwargs = cls._filter_solver_kwargs(SolverMuJoCoThreads.__mro__[1], solver_cfg)
        for name in ("ls_parallel", "separate_worlds", "update_data_interval", "use_mujoco_cpu"):
            kwargs.pop(name, None)
        return cls.solver_class(
            model,
            substeps=solver_cfg.substeps,
            threads=solver_cfg.threads,
            sleep=solver_cfg.sleep,
            rest_tolerance=solver_cfg.rest_tolerance,
            **kwargs,
        )
