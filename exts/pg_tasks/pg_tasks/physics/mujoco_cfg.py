"""Configuration of the ``mujoco`` preset's solver."""

from __future__ import annotations

from isaaclab.utils import configclass
from isaaclab_newton.physics import MJWarpSolverCfg

from pushgrasp.settings import Count, Index, Positive

from .contact_options import CCD_TOLERANCE


@configclass
class MuJoCoSolverCfg(MJWarpSolverCfg):
    """MuJoCo C on CPU threads behind Newton's MuJoCo-Warp solver."""

    class_type: type | str = "pg_tasks.physics.mujoco_manager:NewtonMuJoCoManager"

    substeps: Count = 5
    """MuJoCo steps per physics step of Isaac Lab (the simulation's ``dt``)."""

    threads: Index = 0
    """Worker threads; 0 takes as many as there are usable cores."""

    sleep: bool = True
    """Whether islands at rest sleep."""

    ccd_tolerance: Positive = CCD_TOLERANCE
    """Tolerance of collision detection between curved shapes [m]."""

    rest_tolerance: Positive = 1.0e-2
    """Velocity [m/s, rad/s times body size] under which an island sleeps after 10 steps (MuJoCo's ``sleep_tolerance``).

    As PhysX's default. Curved blocks in a heap tremble at a few mm/s; a block that falls is faster within a
    millisecond.
    """
