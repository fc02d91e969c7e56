"""Configuration of the preset ``sapien``'s solver."""

from __future__ import annotations

from isaaclab.utils import configclass

from pg_tasks.physics.mujoco_cfg import MuJoCoSolverCfg
from pushgrasp.settings import Count


@configclass
class PhysxCheckSolverCfg(MuJoCoSolverCfg):
    """PhysX on the CPU in the place of MuJoCo C; MuJoCo's model carries the state."""

    class_type: type | str = "pg_tasks.physics.physx_check.manager:NewtonPhysxCheckManager"

    substeps: Count = 1
    """PhysX steps per physics step of Isaac Lab: every step is commanded, as with the preset ``physx``."""

    sleep: bool = False
    """PhysX itself lets bodies sleep."""
