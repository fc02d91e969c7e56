"""UR5e arm with a Robotiq 2F-140 on a fixed base; frames and joints as in `assets/authoring/ur5e_links.py`."""

from __future__ import annotations

from math import cos, pi, sin

import isaaclab.sim as sim_utils
from isaaclab.actuators import ImplicitActuatorCfg
from isaaclab.assets import ArticulationCfg
from isaaclab.utils import configclass
from isaaclab_physx.sim.schemas import PhysxRigidBodyCfg

from pg_tasks.assets.gripper import FINGER_ARMATURE, FINGER_FORCE
from pushgrasp.motion.arm.model import ArmsCfg, BasePose
from pushgrasp.physics.free_grippers import FINGER_JOINTS
from pushgrasp_assets import asset_path

LARGE_JOINTS = ("shoulder_pan_joint", "shoulder_lift_joint", "elbow_joint")
SMALL_JOINTS = ("wrist_1_joint", "wrist_2_joint", "wrist_3_joint")
ARM_JOINTS = (*LARGE_JOINTS, *SMALL_JOINTS)
UR5E_JOINTS = (*ARM_JOINTS, *FINGER_JOINTS)

TCP_LINK = "palm"
"""Link whose frame is the tool frame (TCP)."""

LARGE_STIFFNESS, LARGE_DAMPING, LARGE_TORQUE = 8000.0, 400.0, 150.0
"""Drive of shoulder and elbow [N m/rad, N m s/rad, N m]."""

SMALL_STIFFNESS, SMALL_DAMPING, SMALL_TORQUE = 2000.0, 50.0, 28.0
"""Drive of the wrist [N m/rad, N m s/rad, N m]."""

JOINT_SPEED = pi
"""Largest speed of a joint [rad/s]; MuJoCo has no such limit, so what is commanded must keep to it."""

FINGER_STIFFNESS = 20000.0
"""Stiffness of one finger's drive [N/m]: ten times the training gripper's, for a gear that locks itself."""

FINGER_DAMPING = 200.0
"""Damping of one finger's drive, about critical for the armature [N s/m]."""


def large_drive() -> ImplicitActuatorCfg:
    """Return the drives of shoulder and elbow."""
    return ImplicitActuatorCfg(
        joint_names_expr=list(LARGE_JOINTS),
        stiffness=LARGE_STIFFNESS,
        damping=LARGE_DAMPING,
        armature=0.5,
        joint_effort_limit=LARGE_TORQUE,
        joint_velocity_limit=JOINT_SPEED,
    )


def small_drive() -> ImplicitActuatorCfg:
    """Return the drives of the wrist."""
    return ImplicitActuatorCfg(
        joint_names_expr=list(SMALL_JOINTS),
        stiffness=SMALL_STIFFNESS,
        damping=SMALL_DAMPING,
        armature=0.1,
        joint_effort_limit=SMALL_TORQUE,
        joint_velocity_limit=JOINT_SPEED,
    )


def _fingers() -> ImplicitActuatorCfg:
    return ImplicitActuatorCfg(
        joint_names_expr=list(FINGER_JOINTS),
        stiffness=FINGER_STIFFNESS,
        damping=FINGER_DAMPING,
        armature=FINGER_ARMATURE,
        joint_effort_limit=FINGER_FORCE,
    )


@configclass
class UR5eCfg(ArticulationCfg):
    """One UR5e with a 2F-140, at home, jaws closed.

    Send both fingers the same set-point, half of the jaws' opening each.
    """

    spawn: sim_utils.UsdFileCfg = sim_utils.UsdFileCfg(
        usd_path=str(asset_path("robots", "ur5e_2f140.usda")),
        # For PhysX; MuJoCo reads the file's gravcomp. The real controller carries the weight of arm and gripper too.
        rigid_props=[PhysxRigidBodyCfg(disable_gravity=True)],
    )
    actuators: dict = {"large": large_drive(), "small": small_drive(), "fingers": _fingers()}


def ur5e_cfg(prim_path: str, base: BasePose, home: tuple[float, ...] | None = None) -> UR5eCfg:
    """Return the configuration of one arm.

    Args:
        prim_path: Where the arm goes, such as ``"{ENV_REGEX_NS}/left_arm"``.
        base: Pose of the base, DH frame 0, in the environment's frame.
        home: Joint angles of the arm at the start [rad], six numbers; None takes those of :class:`ArmsCfg`.

    Raises:
        ValueError: If ``home`` does not have six angles.
    """
    return UR5eCfg(prim_path=prim_path, init_state=ur5e_state(base, home))


def ur5e_state(base: BasePose, home: tuple[float, ...] | None = None) -> ArticulationCfg.InitialStateCfg:
    """Return how an arm stands at the start.

    Args:
        base: Pose of the file's base frame in the environment's frame.
        home: Joint angles of the arm [rad], six numbers; None takes those of :class:`ArmsCfg`.

    Raises:
        ValueError: If ``home`` does not have six angles.
    """
    home = ArmsCfg().home if home is None else home
    if len(home) != len(ARM_JOINTS):
        raise ValueError(f"home has {len(home)} angles; a UR5e has 6 joints: {', '.join(ARM_JOINTS)}")
    turn = (0.0, 0.0, sin(base.yaw / 2), cos(base.yaw / 2))
    angles = dict(zip(ARM_JOINTS, home, strict=True))
    return ArticulationCfg.InitialStateCfg(pos=base.position, rot=turn, joint_pos=angles)
