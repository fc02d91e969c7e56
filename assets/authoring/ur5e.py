"""A UR5e arm with a Robotiq 2F-140 as USD: one articulation on a fixed base, published kinematics and dynamics.

Chain: `base_link` - `shoulder_link` - `upper_arm_link` - `forearm_link` - `wrist_1_link` - `wrist_2_link` -
`wrist_3_link` (its frame is the flange, `tool0`) - fixed - `palm` (its frame is the tool frame, `tcp`) - two fingers.
Link frames are Denavit-Hartenberg frames (`authoring.ur5e_links`); `base_link` is the controller's "base".

As on the real arm the controller knows the weight of the links and of the gripper and adds what it needs to the
torques of the joints; the torque limits hold for the sum.
"""

from itertools import pairwise
from pathlib import Path

import numpy as np
from pxr import Sdf, Usd, UsdPhysics

from pushgrasp.gripper import GripperGeometry

from .gripper import Drive
from .robotiq_2f140 import add_gripper
from .stage import add_xform, new_stage, save
from .ur5e_geometry import add_arm_geometry, add_arm_materials
from .ur5e_links import JOINTS, LINKS, MAX_SPEED, DHJoint
from .ur5e_rigid import add_link, filter_pairs, place_joint, set_armature, set_drive

LARGE_GAINS, SMALL_GAINS = (8000.0, 400.0), (2000.0, 50.0)
"""Stiffness [N m/rad] and damping [N m s/rad] of the three large and the three small joints.

At the tool this is about 10 kN/m, 7 to 19 over the workspace, and roughly critically damped.
"""
LARGE_ARMATURE, SMALL_ARMATURE = 0.5, 0.1
"""Inertia of motor and gear (1:101) at the joint [kg m^2]: an estimate, since none is published."""
NEIGHBOURS = tuple((first.name, second.name) for first, second in pairwise(LINKS))
APART = (
    ("base_link", "upper_arm_link"),
    ("forearm_link", "wrist_2_link"),
    ("wrist_1_link", "wrist_3_link"),
    ("wrist_2_link", "palm"),
)
"""Links one further, that the joints keep apart, but by less than their colliders are exact."""


def author_ur5e_2f140(path: Path, geometry: GripperGeometry | None = None) -> None:
    """Write the articulation `/ur5e_2f140`: links below it, joints below `joints`, all joints at zero."""
    stage, root = new_stage("ur5e_2f140")
    UsdPhysics.ArticulationRootAPI.Apply(root)
    top = str(root.GetPath())
    poses = zero_poses()
    for link, pose in zip(LINKS, poses, strict=True):
        add_link(stage, f"{top}/{link.name}", link.mass_properties, pose)
    add_arm_geometry(stage, top, add_arm_materials(stage, f"{top}/arm_looks"))
    add_xform(stage, f"{top}/wrist_3_link/tool0")
    add_xform(stage, f"{top}/joints")
    root_joint = UsdPhysics.FixedJoint.Define(stage, f"{top}/joints/root_joint")
    place_joint(root_joint, top, f"{top}/base_link", np.eye(4), np.eye(4))
    for index, joint in enumerate(JOINTS):
        _add_joint(stage, top, index, joint)
    add_gripper(stage, top, "wrist_3_link", poses[-1], geometry or GripperGeometry())
    filter_pairs(stage, top, *NEIGHBOURS, *APART)
    save(stage, path)


def zero_poses() -> list[np.ndarray]:
    """Poses (4, 4) of the links in the base frame with all joints at zero."""
    poses = [np.eye(4)]
    for joint in JOINTS:
        poses.append(poses[-1] @ joint.offset)
    return poses


def joint_drive(joint: DHJoint) -> Drive:
    """Position drive of a joint; the shoulder's and the elbow's are the large ones."""
    stiffness, damping = LARGE_GAINS if joint.torque > 100.0 else SMALL_GAINS
    return Drive(stiffness, damping, joint.torque)


def _add_joint(stage: Usd.Stage, top: str, index: int, joint: DHJoint) -> None:
    """Revolute joint about z of the parent's frame."""
    prim = UsdPhysics.RevoluteJoint.Define(stage, f"{top}/joints/{joint.name}")
    parent, child = LINKS[index].name, LINKS[index + 1].name
    place_joint(prim, f"{top}/{parent}", f"{top}/{child}", np.eye(4), np.linalg.inv(joint.offset))
    prim.CreateAxisAttr("Z")
    prim.CreateLowerLimitAttr(-joint.limit)
    prim.CreateUpperLimitAttr(joint.limit)
    set_drive(prim.GetPrim(), "angular", joint_drive(joint))
    set_armature(prim.GetPrim(), LARGE_ARMATURE if joint.torque > 100.0 else SMALL_ARMATURE)
    types = Sdf.ValueTypeNames
    speed = prim.GetPrim().CreateAttribute("physxJoint:maxJointVelocity", types.Float, custom=False)
    speed.Set(MAX_SPEED)
    pays = prim.GetPrim().CreateAttribute("mjc:actuatorgravcomp", types.Bool, custom=False)
    pays.Set(True)
