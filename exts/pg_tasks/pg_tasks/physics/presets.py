"""The physics presets, chosen as Isaac Lab users choose: ``physics=mujoco|newton|physx|sapien``.

``sapien`` checks on any machine what ``physx`` asks of PhysX.
Isaac Lab 3.0 spells ``newton`` as ``newton_mjwarp`` and refuses a preset of the short name; the scripts take both.
"""

from __future__ import annotations

import torch
from isaaclab.physics import PhysicsCfg
from isaaclab.sim import SimulationCfg
from isaaclab.utils import configclass
from isaaclab_newton.physics import MJWarpSolverCfg, NewtonCfg, NewtonShapeCfg
from isaaclab_newton.renderers import NewtonWarpRendererCfg
from isaaclab_physx.physics import PhysxCfg
from isaaclab_physx.renderers import IsaacRtxRendererCfg, IsaacRtxRendererGlobalSettingsCfg
from isaaclab_tasks.utils import PresetCfg

from pushgrasp.settings import Count, NotNegative, Positive, check_settings

from .contact_options import CONTACT_OPTIONS, TIMESTEP
from .mujoco_cfg import MuJoCoSolverCfg
from .physx_check.cfg import PhysxCheckSolverCfg

CONTROL_DT = 0.02
"""Control tick of the ``mujoco`` and ``newton`` presets [s]."""

SUBSTEPS = round(CONTROL_DT / TIMESTEP)
"""Solver steps per control tick."""

PHYSX_DT = 0.005
"""Step of the ``physx`` preset [s]; CCD is not needed: grippers go 1 cm in it at most, blocks are 2.2 cm thick."""

_SHAPES = NewtonShapeCfg(gap=0.0)
"""Contacts begin where surfaces touch.

Isaac Lab's default of 1 cm makes ten times as many contacts; they carry no force, but wake what sleeps 1 cm away.
"""

_NEWTON_RENDERER = NewtonWarpRendererCfg(
    enable_textures=False, colorize_semantic_segmentation=False, create_default_light=True
)

_CPU_RENDERER = _NEWTON_RENDERER.replace(class_type="pg_tasks.physics.cpu_renderer:CpuWarpRenderer")

_RTX_RENDERER = IsaacRtxRendererCfg(
    colorize_semantic_segmentation=False,
    semantic_filter=["class"],
    global_settings=IsaacRtxRendererGlobalSettingsCfg(antialiasing_mode="FXAA"),
)
"""Ids instead of colours, of slots only. Pictures are a whole action apart: smoothing over frames would smear them."""


_SIMULATION_RANGES = {"dt": Positive, "render_interval": Count, "gravity": tuple[float, float, float]}
_OptionalCount = Count | None
_SOLVER_RANGES = {
    **dict.fromkeys(("njmax", "iterations", "ls_iterations", "ccd_iterations"), Count),
    "nconmax": _OptionalCount,
    "impratio": Positive,
    "tolerance": NotNegative,
}
_SHAPE_RANGES = dict.fromkeys(("margin", "gap", "ke", "kd", "mu"), NotNegative)


def check_simulation(cfg: SimulationCfg, where: str) -> None:
    """Refuse settings that are out of range; Isaac Lab hands them on unseen.

    Args:
        cfg: Settings of one preset.
        where: How a user addresses them.

    Raises:
        ValueError: Naming the field and what is allowed.
    """
    check_settings(cfg, where, _SIMULATION_RANGES)
    physics, where = cfg.physics, f"{where}.physics"
    if isinstance(physics, NewtonCfg):
        check_settings(physics, where, {"num_substeps": Count})
        check_settings(physics.default_shape_cfg, f"{where}.default_shape_cfg", _SHAPE_RANGES)
        check_settings(physics.solver_cfg, f"{where}.solver_cfg", _SOLVER_RANGES)
        check_settings(physics.solver_cfg, f"{where}.solver_cfg")


def _simulation(**kwargs: object) -> SimulationCfg:
    """Settings common to the presets. The trajectory is sampled every step, so actuators are stepped one by one."""
    return SimulationCfg(render_interval=1_000_000, use_newton_actuators=False, **kwargs)


PHYSX = PhysxCfg(
    solver_type=1,
    solve_articulation_contact_last=True,
    bounce_threshold_velocity=0.2,
    friction_correlation_distance=0.00625,
    gpu_max_rigid_patch_count=2**18,
)
"""Settings of PhysX's scene; its buffers are sized when the number of worlds is known."""


def _physx_simulation() -> SimulationCfg:
    """Settings of PhysX: every step is commanded."""
    cfg = _simulation(dt=PHYSX_DT, physics=PHYSX.copy())
    cfg.render_interval = round(1.0 / PHYSX_DT)  # Isaac Lab divides its step rate by it and hands Kit the whole number
    return cfg


def runs_physx(physics: PhysicsCfg) -> bool:
    """Return whether the bodies on the stage are PhysX's: in Isaac Sim, or by way of ``sapien``."""
    return isinstance(physics, PhysxCfg) or isinstance(getattr(physics, "solver_cfg", None), PhysxCheckSolverCfg)


@configclass
class PushGraspSimCfg(PresetCfg):
    """Simulation settings by physics preset; the default is ``newton`` where CUDA is present, else ``mujoco``."""

    mujoco: SimulationCfg = _simulation(
        device="cpu",
        dt=CONTROL_DT,
        physics=NewtonCfg(
            solver_cfg=MuJoCoSolverCfg(substeps=SUBSTEPS, njmax=1600, nconmax=400, **CONTACT_OPTIONS),
            default_shape_cfg=_SHAPES,
        ),
    )
    newton_mjwarp: SimulationCfg = _simulation(
        dt=CONTROL_DT,
        physics=NewtonCfg(
            solver_cfg=MJWarpSolverCfg(njmax=1600, nconmax=400, **CONTACT_OPTIONS),
            num_substeps=SUBSTEPS,
            default_shape_cfg=_SHAPES,
        ),
    )
    physx: SimulationCfg = _physx_simulation()
    sapien: SimulationCfg = _simulation(
        device="cpu",
        dt=PHYSX_DT,
        physics=NewtonCfg(
            solver_cfg=PhysxCheckSolverCfg(njmax=1600, nconmax=400, **CONTACT_OPTIONS), default_shape_cfg=_SHAPES
        ),
    )
    default: SimulationCfg = newton_mjwarp if torch.cuda.is_available() else mujoco


@configclass
class PushGraspRendererCfg(PresetCfg):
    """Renderer of the overhead camera: Newton's ray tracer, or RTX in Isaac Sim."""

    mujoco: NewtonWarpRendererCfg = _CPU_RENDERER
    newton_mjwarp: NewtonWarpRendererCfg = _NEWTON_RENDERER
    physx: IsaacRtxRendererCfg = _RTX_RENDERER
    sapien: NewtonWarpRendererCfg = _CPU_RENDERER
    default: NewtonWarpRendererCfg = newton_mjwarp if torch.cuda.is_available() else mujoco
