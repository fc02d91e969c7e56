"""Physics manager of the preset ``sapien``."""

from __future__ import annotations

from pg_tasks.physics.mujoco_manager import NewtonMuJoCoManager

from .solver import SolverPhysxCheck


class NewtonPhysxCheckManager(NewtonMuJoCoManager):
    """Newton manager whose solver steps PhysX (see :class:`SolverPhysxCheck`)."""

    solver_class = SolverPhysxCheck
