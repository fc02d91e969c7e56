"""The free gripper of the training rig as USD: a parallel jaw on six joints that move its tool frame anywhere.

Chain: `base` (fixed to the world) - prismatic `x`, `y`, `z` along the world's axes - revolute `a`, `b`, `c` about x, y
and z, all through the tool frame's origin - `palm` - prismatic `left_finger` (along the palm's -x) and `right_finger`
(+x). The palm's frame is the tool frame (TCP, between the finger tips, +z out of the palm, +x along the closing
direction), so its orientation is Rx(a) Ry(b) Rz(c) diag(1, -1, -1). With all joints at zero the closed gripper points
straight down with its tips at the origin.
"""

from dataclasses import dataclass
from math import radians
from pathlib import Path

import numpy as np
from pxr import Gf, Sdf, Usd, UsdGeom, UsdPhysics

from pushgrasp.gripper import GripperGeometry
from pushgrasp.scenes.mass import MassProperties

from .gripper_geometry import (
    FINGER_MASS,
    PALM_MASS,
    add_finger_geometry,
    add_gripper_materials,
    add_palm_geometry,
    pad_box,
    palm_box,
)
from .stage import add_xform, make_rigid_body, new_stage, save

DOWN = Gf.Quatf(0.0, 1.0, 0.0, 0.0)
"""Half a turn about x, diag(1, -1, -1): the palm's orientation with all joints at zero (real part first)."""
REVERSED = Gf.Quatf(0.0, 0.0, 0.0, 1.0)
"""Half a turn about z: the left finger's joint frame, whose x axis is the palm's -x."""
NO_TURN = Gf.Quatf(1.0)


CARRIER = MassProperties(0.05, np.zeros(3), 1e-4 * np.eye(3))
"""Bodies between the joints: no geometry, 50 g, the inertia of a ball of 7 cm radius to condition the chain well."""


@dataclass(frozen=True)
class Drive:
    """Gains of a position drive.

    Attributes:
        stiffness: [N/m or N m/rad].
        damping: [N s/m or N m s/rad].
        max_force: [N or N m].
    """

    stiffness: float
    damping: float
    max_force: float


SLIDE = Drive(2000.0, 100.0, 25.0)
TURN = Drive(50.0, 2.0, 5.0)
JAW = Drive(2000.0, 50.0, 20.0)


@dataclass(frozen=True)
class Joint:
    """One driven joint.

    Attributes:
        name: Joint name.
        kind: ``"prismatic"`` or ``"revolute"``.
        axis: ``"X"``, ``"Y"`` or ``"Z"`` of the joint frame.
        parent: Link it hangs on.
        child: Link it moves.
        limits: Least and greatest position [m or degrees].
        drive: Position drive.
        parent_turn: Joint frame in the parent link.
        child_turn: Joint frame in the child link.
    """

    name: str
    kind: str
    axis: str
    parent: str
    child: str
    limits: tuple[float, float]
    drive: Drive
    parent_turn: Gf.Quatf = NO_TURN
    child_turn: Gf.Quatf = NO_TURN


def gripper_joints(geometry: GripperGeometry) -> tuple[Joint, ...]:
    """The eight driven joints from the base outwards; each finger travels half the stroke."""
    travel = (0.0, geometry.stroke / 2)
    return (
        Joint("x", "prismatic", "X", "base", "x_link", (-1.2, 1.2), SLIDE),
        Joint("y", "prismatic", "Y", "x_link", "y_link", (-1.2, 1.2), SLIDE),
        Joint("z", "prismatic", "Z", "y_link", "z_link", (-0.05, 1.0), SLIDE),
        Joint("a", "revolute", "X", "z_link", "a_link", (-100.0, 100.0), TURN),
        Joint("b", "revolute", "Y", "a_link", "b_link", (-100.0, 100.0), TURN),
        Joint("c", "revolute", "Z", "b_link", "palm", (-190.0, 190.0), TURN, child_turn=DOWN),
        Joint("left_finger", "prismatic", "X", "palm", "left_finger_link", travel, JAW, REVERSED, REVERSED),
        Joint("right_finger", "prismatic", "X", "palm", "right_finger_link", travel, JAW),
    )


def author_gripper(path: Path, geometry: GripperGeometry | None = None) -> None:
    """Write the articulation `/parallel_gripper`: links below it, joints below `joints`, materials below `looks`."""
    geometry = geometry or GripperGeometry()
    stage, root = new_stage("parallel_gripper")
    UsdPhysics.ArticulationRootAPI.Apply(root)
    top = str(root.GetPath())
    joints = gripper_joints(geometry)
    for name in ("base", *(joint.child for joint in joints[:5])):
        _add_link(stage, f"{top}/{name}", CARRIER, NO_TURN)
    _add_hand(stage, top, geometry)
    add_xform(stage, f"{top}/joints")
    root_joint = UsdPhysics.FixedJoint.Define(stage, f"{top}/joints/root_joint")
    root_joint.CreateBody1Rel().SetTargets([f"{top}/base"])
    _place_joint(root_joint, NO_TURN, NO_TURN)
    for joint in joints:
        _add_joint(stage, top, joint)
    save(stage, path)


def _add_hand(stage: Usd.Stage, top: str, geometry: GripperGeometry) -> None:
    """Palm and fingers; the two fingers may touch without a contact between them."""
    materials = add_gripper_materials(stage, f"{top}/looks")
    _add_link(stage, f"{top}/palm", palm_box(geometry).mass_properties(PALM_MASS), DOWN)
    add_palm_geometry(stage, f"{top}/palm", geometry, materials)
    for name, side in (("left_finger_link", -1.0), ("right_finger_link", 1.0)):
        _add_link(stage, f"{top}/{name}", pad_box(geometry, side).mass_properties(FINGER_MASS), DOWN)
        add_finger_geometry(stage, f"{top}/{name}", geometry, side, materials)
    left = UsdPhysics.FilteredPairsAPI.Apply(stage.GetPrimAtPath(f"{top}/left_finger_link"))
    left.CreateFilteredPairsRel().AddTarget(f"{top}/right_finger_link")


def _add_link(stage: Usd.Stage, path: str, properties: MassProperties, turn: Gf.Quatf) -> None:
    """Rigid body at the origin, weightless in MuJoCo: the arm that the rig leaves out would hold the weight."""
    xform = UsdGeom.Xform.Define(stage, path)
    if turn != NO_TURN:
        xform.AddOrientOp().Set(turn)
    make_rigid_body(xform.GetPrim(), properties)
    xform.GetPrim().CreateAttribute("mjc:gravcomp", Sdf.ValueTypeNames.Double, custom=False).Set(1.0)


def _add_joint(stage: Usd.Stage, top: str, joint: Joint) -> None:
    """Joint with its limits and a position drive; USD gives revolute limits and gains per degree."""
    revolute = joint.kind == "revolute"
    schema = UsdPhysics.RevoluteJoint if revolute else UsdPhysics.PrismaticJoint
    prim = schema.Define(stage, f"{top}/joints/{joint.name}")
    prim.CreateBody0Rel().SetTargets([f"{top}/{joint.parent}"])
    prim.CreateBody1Rel().SetTargets([f"{top}/{joint.child}"])
    prim.CreateAxisAttr(joint.axis)
    prim.CreateLowerLimitAttr(joint.limits[0])
    prim.CreateUpperLimitAttr(joint.limits[1])
    _place_joint(prim, joint.parent_turn, joint.child_turn)
    scale = radians(1.0) if revolute else 1.0
    drive = UsdPhysics.DriveAPI.Apply(prim.GetPrim(), "angular" if revolute else "linear")
    drive.CreateTypeAttr("force")
    drive.CreateStiffnessAttr(joint.drive.stiffness * scale)
    drive.CreateDampingAttr(joint.drive.damping * scale)
    drive.CreateMaxForceAttr(joint.drive.max_force)
    drive.CreateTargetPositionAttr(0.0)


def _place_joint(joint: UsdPhysics.Joint, parent_turn: Gf.Quatf, child_turn: Gf.Quatf) -> None:
    """Joint frames at both links' origins, which all coincide when the joints are at zero."""
    joint.CreateLocalPos0Attr(Gf.Vec3f(0.0))
    joint.CreateLocalRot0Attr(parent_turn)
    joint.CreateLocalPos1Attr(Gf.Vec3f(0.0))
    joint.CreateLocalRot1Attr(child_turn)
