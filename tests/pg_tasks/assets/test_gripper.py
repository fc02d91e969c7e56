"""The gripper's drives against its USD file and its sizes."""

from __future__ import annotations

import re
from math import sqrt

from pxr import Usd, UsdPhysics

from pg_tasks.assets import gripper
from pg_tasks.assets.gripper import FreeGripperCfg
from pushgrasp.gripper import GripperGeometry
from pushgrasp.motion.limits import training_rig_limits
from pushgrasp.physics.free_grippers import GRIP_FORCE, GRIPPER_JOINTS


def test_drives_cover_every_joint_once() -> None:
    stage = Usd.Stage.Open(FreeGripperCfg().spawn.usd_path)
    joints = [prim.GetName() for prim in stage.Traverse() if prim.IsA(UsdPhysics.Joint)]
    moving = sorted(name for name in joints if name != "root_joint")
    assert sorted(GRIPPER_JOINTS) == moving
    patterns = [pattern for drive in FreeGripperCfg().actuators.values() for pattern in drive.joint_names_expr]
    assert sorted(name for name in moving for pattern in patterns if re.fullmatch(pattern, name)) == moving


def test_fingers_reach_the_whole_stroke() -> None:
    stage = Usd.Stage.Open(FreeGripperCfg().spawn.usd_path)
    for name in gripper.FINGER_JOINTS:
        (prim,) = [prim for prim in stage.Traverse() if prim.GetName() == name and prim.IsA(UsdPhysics.PrismaticJoint)]
        assert UsdPhysics.PrismaticJoint(prim).GetUpperLimitAttr().Get() >= GripperGeometry().stroke / 2 - 1e-6


def test_base_is_about_critically_damped() -> None:
    # damping ratio c / (2 sqrt(k m)) of the 0.9 kg that move along: 110 / (2 sqrt(4000 * 0.9)) = 0.92
    assert 0.8 < gripper.BASE_DAMPING / (2 * sqrt(gripper.BASE_STIFFNESS * 0.9)) < 1.2


def test_forces_are_ordered() -> None:
    """A descent stops before the base is at its limit, and a grip is held below the limit of a finger."""
    assert training_rig_limits().descent_force < gripper.BASE_FORCE
    assert GRIP_FORCE < gripper.FINGER_FORCE
