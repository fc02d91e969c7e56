"""A Robotiq 2F-140 for the flange of an arm: body, two fingers that move straight, one driven degree of freedom.

What touches blocks is the training gripper's (`authoring.gripper_geometry`): the same pads, palm box, friction and tool
frame, so that grasps planned for one fit the other. The real fingers swing on four-bar linkages that keep the pads
parallel and advance them by some millimetres; here the pads move along x alone and the bars are drawn.

Both fingers are driven to the same set-point, and the right one is coupled to the left one. Newton and MuJoCo
make an equality constraint of that: the gripper has one degree of freedom, whatever pushes on one pad. PhysX does not
enforce mimic joints on sliding joints (NVIDIA SimReady requirement DJ.004): there the two equal drives do the coupling.
"""

from math import atan2, hypot

import numpy as np
from pxr import Gf, Sdf, Usd, UsdGeom, UsdPhysics, UsdShade

from pushgrasp.gripper import GripperGeometry

from .contact import PAD, SHELL, make_collider
from .gripper import REVERSED, Drive
from .gripper_geometry import (
    FINGER_MASS,
    Box,
    GripperMaterials,
    add_gripper_materials,
    pad_box,
    palm_box,
)
from .stage import add_box, add_xform, bind
from .ur5e_geometry import Round, add_round, add_round_collider
from .ur5e_rigid import add_link, filter_pairs, place_joint, set_armature, set_drive

FLANGE_TO_TCP = 0.234
"""From the arm's flange to the tips of the closed gripper [m]: the gripper's height, with a thin coupling."""
MASS = 1.0
"""Of the whole gripper [kg]."""
BODY_RADIUS = 0.0375
"""Of the body at the flange [m]."""
FINGER = Drive(stiffness=20000.0, damping=200.0, max_force=20.0)
"""Stiff, because the real gripper's worm gear locks itself, and limited as the training gripper's fingers are."""
COUPLING_SOLREF = (0.008, 1.0)
COUPLING_SOLIMP = (0.99, 0.999, 0.001, 0.5, 2.0)
"""MuJoCo's softness of the coupling: 10 N on one pad alone part the fingers by 0.01 mm (its default: 0.3 mm)."""
FINGER_ARMATURE = 0.5
"""Inertia of motor and gear as each finger feels it [kg]; see the training gripper."""
FINGERS = ("left_finger", "right_finger")
BAR = (0.012, 0.007)
"""Cross-section (x, y) of a linkage bar [m]."""


def add_gripper(stage: Usd.Stage, top: str, flange: str, pose: np.ndarray, geometry: GripperGeometry) -> None:
    """Add links `palm`, `left_finger_link` and `right_finger_link` behind the link `flange`, closed.

    Args:
        stage: Stage to write to.
        top: Path of the articulation.
        flange: Name of the link that carries the gripper; its frame is the flange.
        pose: Pose (4, 4) of the flange in the articulation's frame.
        geometry: Sizes of pads and palm.
    """
    tcp = pose @ _lifted(FLANGE_TO_TCP)
    materials = add_gripper_materials(stage, f"{top}/gripper_looks")
    back = -FLANGE_TO_TCP
    body = Box((-0.05, -BODY_RADIUS, back), (0.05, BODY_RADIUS, -geometry.pad_length - 0.02))
    add_link(stage, f"{top}/palm", body.mass_properties(MASS - 2 * FINGER_MASS), tcp)
    _add_palm(stage, f"{top}/palm", geometry, materials)
    for name, side in zip(FINGERS, (-1.0, 1.0), strict=True):
        add_link(stage, f"{top}/{name}_link", pad_box(geometry, side).mass_properties(FINGER_MASS), tcp)
        _add_finger(stage, f"{top}/{name}_link", geometry, side, materials)
    add_xform(stage, f"{top}/palm/tcp")
    fixed = UsdPhysics.FixedJoint.Define(stage, f"{top}/joints/gripper_mount")
    place_joint(fixed, f"{top}/{flange}", f"{top}/palm", _lifted(FLANGE_TO_TCP), np.eye(4))
    _add_finger_joints(stage, top, geometry.stroke / 2)
    filter_pairs(stage, top, ("left_finger_link", "right_finger_link"), ("palm", flange))


def _lifted(height: float) -> np.ndarray:
    pose = np.eye(4)
    pose[2, 3] = height
    return pose


def _add_finger_joints(stage: Usd.Stage, top: str, travel: float) -> None:
    """Sliding joints with equal drives; positive positions open, so the left one's axis is the palm's -x."""
    for name in FINGERS:
        joint = UsdPhysics.PrismaticJoint.Define(stage, f"{top}/joints/{name}")
        place_joint(joint, f"{top}/palm", f"{top}/{name}_link", np.eye(4), np.eye(4))
        if name == "left_finger":
            joint.GetLocalRot0Attr().Set(REVERSED)
            joint.GetLocalRot1Attr().Set(REVERSED)
        joint.CreateAxisAttr("X")
        joint.CreateLowerLimitAttr(0.0)
        joint.CreateUpperLimitAttr(travel)
        set_drive(joint.GetPrim(), "linear", FINGER)
        set_armature(joint.GetPrim(), FINGER_ARMATURE)
    left, right = (stage.GetPrimAtPath(f"{top}/joints/{name}") for name in FINGERS)
    _couple(right, left)


def _couple(follower: Usd.Prim, leader: Usd.Prim) -> None:
    """Let one joint's position equal another's: Newton's mimic, and with its stiffness MuJoCo's joint equality."""
    types = Sdf.ValueTypeNames
    for schema in ("NewtonMimicAPI", "MjcEqualityJointAPI"):
        follower.AddAppliedSchema(schema)
    follower.CreateRelationship("newton:mimicJoint", custom=False).SetTargets([leader.GetPath()])
    for name, value_type, value in (
        ("newton:mimicCoef0", types.Float, 0.0),
        ("newton:mimicCoef1", types.Float, 1.0),
        ("mjc:solref", types.DoubleArray, list(COUPLING_SOLREF)),
        ("mjc:solimp", types.DoubleArray, list(COUPLING_SOLIMP)),
    ):
        follower.CreateAttribute(name, value_type, custom=False).Set(value)


def _add_palm(stage: Usd.Stage, link: str, geometry: GripperGeometry, materials: GripperMaterials) -> None:
    """The palm's box and the round body behind it collide; drawn are the coupling, the body and its nose."""
    back, palm_back, front = -FLANGE_TO_TCP, -geometry.reach, -geometry.pad_length
    add_xform(stage, f"{link}/collision", UsdGeom.Tokens.guide)
    box = palm_box(geometry)
    collider = add_box(stage, f"{link}/collision/palm", box.size, box.centre)
    make_collider(collider.GetPrim(), SHELL, materials.shell)
    add_round_collider(
        stage, f"{link}/collision", Round("body", "Z", back, palm_back, BODY_RADIUS), SHELL, materials.shell
    )
    add_xform(stage, f"{link}/visual")
    rounds = {
        Round("coupling", "Z", back, back + 0.014, BODY_RADIUS): materials.steel,
        Round("base", "Z", back + 0.014, palm_back, BODY_RADIUS - 0.0015): materials.body,
    }
    for part, material in rounds.items():
        bind(add_round(stage, f"{link}/visual", part).GetPrim(), material)
    y = geometry.palm_breadth / 2
    boxes = {
        "body": (Box((-0.044, -y, palm_back), (0.044, y, front - 0.044)), materials.body),
        "nose": (Box((-0.030, -0.35 * y, front - 0.044), (0.030, 0.35 * y, front - 0.020)), materials.steel),
    }
    _add_boxes(stage, f"{link}/visual", boxes)


def _add_finger(
    stage: Usd.Stage, link: str, geometry: GripperGeometry, side: float, materials: GripperMaterials
) -> None:
    """The pad collides; drawn are the rubber, its holder and two pairs of bars that reach into the palm's body."""
    add_xform(stage, f"{link}/collision", UsdGeom.Tokens.guide)
    pad = pad_box(geometry, side)
    collider = add_box(stage, f"{link}/collision/pad", pad.size, pad.centre)
    make_collider(collider.GetPrim(), PAD, materials.pad)
    add_xform(stage, f"{link}/visual")
    y, top, width = geometry.pad_breadth / 2, -geometry.pad_length, geometry.pad_thickness
    boxes = {
        "rubber": (_sided(side, 0.0, width / 3, y, top + 0.015, 0.0), materials.rubber),
        "holder": (_sided(side, width / 3, width, 0.8 * y, top, -0.002), materials.steel),
        "knuckle": (_sided(side, 0.001, width, 2.4 * y, top - 0.018, top), materials.body),
    }
    _add_boxes(stage, f"{link}/visual", boxes)
    offset = 0.026 if side < 0 else 0.018
    for row, back in (("outer", 0.060), ("inner", 0.048)):
        for name, bar_y in ((f"{row}_bar_front", -offset), (f"{row}_bar_back", offset)):
            start = np.array([side * (0.006 if row == "outer" else 0.003), bar_y, top - 0.010])
            end = start + np.array([-side * 0.62 * back, 0.0, -back])
            bind(_add_bar(stage, f"{link}/visual/{name}", start, end).GetPrim(), materials.steel)


def _add_bar(stage: Usd.Stage, path: str, start: np.ndarray, end: np.ndarray) -> UsdGeom.Cube:
    """Bar between two points of a plane of constant y."""
    along = end - start
    angle = atan2(along[0], along[2]) / 2
    turn = Gf.Quatf(round(float(np.cos(angle)), 7), 0.0, round(float(np.sin(angle)), 7), 0.0)
    return add_box(stage, path, (*BAR, hypot(along[0], along[2])), (start + end) / 2, turn)


def _sided(side: float, inner: float, outer: float, y: float, low: float, high: float) -> Box:
    """Box between two distances from the closing plane on one side of it."""
    near, far = sorted((side * inner, side * outer))
    return Box((near, -y, low), (far, y, high))


def _add_boxes(stage: Usd.Stage, parent: str, parts: dict[str, tuple[Box, UsdShade.Material]]) -> None:
    for name, (box, material) in parts.items():
        bind(add_box(stage, f"{parent}/{name}", box.size, box.centre).GetPrim(), material)
