"""NVIDIA's UR5e with its Robotiq 2F-140, from Isaac Sim's asset server; for PhysX, and not tried.

Names of variant and joints as in Isaac Lab's ``UR10e_ROBOTIQ_GRIPPER_CFG`` (isaaclab_assets, universal_robots.py).
"""

from __future__ import annotations

from math import pi

import isaaclab.sim as sim_utils
from isaaclab.actuators import ImplicitActuatorCfg
from isaaclab.utils import configclass
from isaaclab.utils.assets import ISAAC_NUCLEUS_DIR
from isaaclab_physx.sim.schemas import PhysxRigidBodyCfg

from pg_tasks.assets.gripper import FINGER_FORCE
from pg_tasks.assets.jaws import SLOPE
from pg_tasks.assets.ur5e import FINGER_DAMPING, FINGER_STIFFNESS, UR5eCfg, large_drive, small_drive, ur5e_state
from pushgrasp.motion.arm.model import BasePose

USD_PATH = f"{ISAAC_NUCLEUS_DIR}/Robots/UniversalRobots/ur5e/ur5e.usd"

FLANGE_LINK = "wrist_3_link"
"""Its frame is DH frame 6, as in UR's ROS description, and as in the generated arm."""

BASE_TURN = pi
"""From DH frame 0 to the file's ``base_link`` about z [rad]: ROS has the base's x axis the other way round."""


def _jaw() -> ImplicitActuatorCfg:
    """The generated fingers' drives seen from the one joint: virtual work of both gives the factors."""
    return ImplicitActuatorCfg(
        joint_names_expr=["finger_joint"],
        stiffness=2 * SLOPE**2 * FINGER_STIFFNESS,
        damping=2 * SLOPE**2 * FINGER_DAMPING,
        joint_effort_limit=2 * abs(SLOPE) * FINGER_FORCE,
        joint_velocity_limit=2.0,
    )


def _tips() -> ImplicitActuatorCfg:
    """Weak springs that keep the tips parallel."""
    return ImplicitActuatorCfg(
        joint_names_expr=[".*_inner_finger_joint"],
        stiffness=0.2,
        damping=0.001,
        joint_effort_limit=1.0,
        joint_velocity_limit=2.0,
    )


def _linkage() -> ImplicitActuatorCfg:
    """Joints that only follow."""
    return ImplicitActuatorCfg(
        joint_names_expr=[".*_inner_finger_pad_joint", ".*_outer_finger_joint", "right_outer_knuckle_joint"],
        stiffness=0.0,
        damping=0.0,
        joint_effort_limit=1.0,
        joint_velocity_limit=2.0,
    )


@configclass
class NvidiaUR5eCfg(UR5eCfg):
    """One UR5e with a 2F-140 as NVIDIA made it, at home, jaws open; drives of the arm as the generated one's."""

    spawn: sim_utils.UsdFileCfg = sim_utils.UsdFileCfg(
        usd_path=USD_PATH,
        variants={"Gripper": "Robotiq_2f_140"},
        rigid_props=[PhysxRigidBodyCfg(disable_gravity=True)],
    )
    actuators: dict = {
        "large": large_drive(),
        "small": small_drive(),
        "jaw": _jaw(),
        "tips": _tips(),
        "linkage": _linkage(),
    }


def nvidia_ur5e_cfg(prim_path: str, base: BasePose, home: tuple[float, ...] | None = None) -> NvidiaUR5eCfg:
    """Return the configuration of one arm.

    Args:
        prim_path: Where the arm goes, such as ``"{ENV_REGEX_NS}/left_arm"``.
        base: Pose of DH frame 0 in the environment's frame.
        home: Joint angles of the arm at the start [rad], six numbers; None takes those of
            :class:`~pushgrasp.motion.arm.model.ArmsCfg`.

    Raises:
        ValueError: If ``home`` does not have six angles.
    """
    turned = BasePose(base.position, base.yaw + BASE_TURN)
    return NvidiaUR5eCfg(prim_path=prim_path, init_state=ur5e_state(turned, home))
