"""Free parallel gripper of the training rig (Wang & Kasaei 2025, Sec. I: grippers without arms)."""

from __future__ import annotations

import isaaclab.sim as sim_utils
from isaaclab.actuators import ImplicitActuatorCfg
from isaaclab.assets import ArticulationCfg
from isaaclab.utils import configclass
from isaaclab_physx.sim.schemas import PhysxRigidBodyCfg

from pushgrasp.physics.free_grippers import (
    BASE_DAMPING,
    BASE_STIFFNESS,
    FINGER_JOINTS,
    FINGER_STIFFNESS,
    ROTATION_JOINTS,
    TRANSLATION_JOINTS,
)
from pushgrasp_assets import asset_path

BASE_FORCE = 25.0
"""Force limit of the base, per axis [N]."""

FINGER_DAMPING = 70.0
"""Damping of one finger's drive, about critical for the armature [N s/m]."""

FINGER_ARMATURE = 0.5
"""Inertia of one finger's motor and gear as the finger feels it [kg].

Without it a finger of 80 g jumps at 250 m/s^2 when a block bounces off it, and sinks 4 mm into the block at the next
step.
"""

FINGER_FORCE = 20.0
"""Force limit of one finger [N]."""


@configclass
class FreeGripperCfg(ArticulationCfg):
    """One force-limited, position-controlled parallel gripper, 140 mm stroke, TCP pose in the environment's frame."""

    spawn: sim_utils.UsdFileCfg = sim_utils.UsdFileCfg(
        usd_path=str(asset_path("robots", "parallel_gripper.usda")),
        # For PhysX; MuJoCo reads the file's gravcomp.
        rigid_props=[PhysxRigidBodyCfg(disable_gravity=True)],
    )
    actuators: dict = {
        "translation": ImplicitActuatorCfg(
            joint_names_expr=list(TRANSLATION_JOINTS),
            stiffness=BASE_STIFFNESS,
            damping=BASE_DAMPING,
            joint_effort_limit=BASE_FORCE,
        ),
        "rotation": ImplicitActuatorCfg(
            joint_names_expr=list(ROTATION_JOINTS), stiffness=60.0, damping=1.5, joint_effort_limit=5.0
        ),
        "fingers": ImplicitActuatorCfg(
            joint_names_expr=list(FINGER_JOINTS),
            stiffness=FINGER_STIFFNESS,
            damping=FINGER_DAMPING,
            armature=FINGER_ARMATURE,
            joint_effort_limit=FINGER_FORCE,
        ),
    }
