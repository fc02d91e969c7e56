"""Boxes of the gripper's palm and fingers: colliders from the library's `GripperGeometry`, slimmer ones to draw.

Everything is in the tool frame (+z out of the palm, +x along the closing direction, origin between the finger tips),
which is the frame of the palm and, at zero travel, of both fingers. What is drawn stays inside the colliders,
but for 2 mm of the knuckles of the wide open gripper.
"""

from dataclasses import dataclass

import numpy as np
from pxr import Usd, UsdGeom, UsdShade

from pushgrasp.gripper import GripperGeometry
from pushgrasp.scenes.mass import MassProperties

from .contact import PAD, SHELL, Contact, add_contact_material, make_collider
from .stage import add_box, add_preview_material, add_xform, bind

PALM_MASS = 0.5
"""[kg]"""
FINGER_MASS = 0.08
"""[kg]"""
KNUCKLE_HEIGHT = 0.015
"""Of the block that carries a pad along the palm's rail [m]."""
RAIL_HEIGHT = 0.010
"""Of the rail at the palm's front [m]."""


@dataclass(frozen=True)
class Box:
    """Axis-aligned box: least and greatest corner [m]."""

    low: tuple[float, float, float]
    high: tuple[float, float, float]

    @property
    def size(self) -> np.ndarray:
        """Edge lengths (3,) [m]."""
        return np.subtract(self.high, self.low)

    @property
    def centre(self) -> np.ndarray:
        """Centre (3,) [m]."""
        return np.add(self.low, self.high) / 2

    def mass_properties(self, mass: float) -> MassProperties:
        """Of a solid box with that mass [kg]: the moment about x is m (y^2 + z^2) / 12, and so on."""
        squares = self.size**2
        return MassProperties(mass, self.centre, np.diag(mass * (squares.sum() - squares) / 12))


@dataclass(frozen=True)
class GripperMaterials:
    """Materials that the gripper's parts share: drawn body, steel and rubber; physical pad and shell."""

    body: UsdShade.Material
    steel: UsdShade.Material
    rubber: UsdShade.Material
    pad: UsdShade.Material
    shell: UsdShade.Material


def add_gripper_materials(stage: Usd.Stage, path: str) -> GripperMaterials:
    """Define the materials below a scope."""
    UsdGeom.Scope.Define(stage, path)
    return GripperMaterials(
        body=add_preview_material(stage, f"{path}/body", (0.045, 0.047, 0.05), 0.5),
        steel=add_preview_material(stage, f"{path}/steel", (0.22, 0.23, 0.24), 0.35),
        rubber=add_preview_material(stage, f"{path}/rubber", (0.01, 0.01, 0.01), 0.9),
        pad=add_contact_material(stage, f"{path}/pad_contact", PAD),
        shell=add_contact_material(stage, f"{path}/shell_contact", SHELL),
    )


def palm_box(geometry: GripperGeometry) -> Box:
    """Collision box of the palm."""
    x, y = geometry.palm_width / 2, geometry.palm_breadth / 2
    return Box((-x, -y, -geometry.reach), (x, y, -geometry.pad_length))


def pad_box(geometry: GripperGeometry, side: float) -> Box:
    """Collision box of the left (-1) or right (+1) pad of the closed gripper."""
    near, far = sorted((0.0, side * geometry.pad_thickness))
    return Box((near, -geometry.pad_breadth / 2, -geometry.pad_length), (far, geometry.pad_breadth / 2, 0.0))


def add_palm_geometry(stage: Usd.Stage, link: str, geometry: GripperGeometry, materials: GripperMaterials) -> None:
    """Collider `<link>/collision/palm`, and below `<link>/visual` a housing, the fingers' rail and two linkage bars."""
    _add_collider(stage, f"{link}/collision", "palm", palm_box(geometry), SHELL, materials.shell)
    x, y = geometry.palm_width / 2, geometry.palm_breadth / 2
    rail_front = -geometry.pad_length - KNUCKLE_HEIGHT
    rail_back = rail_front - RAIL_HEIGHT
    link_back = (rail_back - geometry.reach) / 2
    parts = {
        "housing": (Box((-0.7 * x, -y, -geometry.reach), (0.7 * x, y, rail_back)), materials.body),
        "rail": (Box((-x, -0.6 * y, rail_back), (x, 0.6 * y, rail_front)), materials.steel),
        "left_link": (Box((-0.95 * x, -0.4 * y, link_back), (-0.7 * x, 0.4 * y, rail_back)), materials.steel),
        "right_link": (Box((0.7 * x, -0.4 * y, link_back), (0.95 * x, 0.4 * y, rail_back)), materials.steel),
    }
    _add_visuals(stage, f"{link}/visual", parts)


def add_finger_geometry(
    stage: Usd.Stage, link: str, geometry: GripperGeometry, side: float, materials: GripperMaterials
) -> None:
    """Collider `<link>/collision/pad`, and below `<link>/visual` rubber, its backing and the knuckle on the rail."""
    box = pad_box(geometry, side)
    _add_collider(stage, f"{link}/collision", "pad", box, PAD, materials.pad)
    y, top, rubber = geometry.pad_breadth / 2, -geometry.pad_length, geometry.pad_thickness / 3
    parts = {
        "rubber": (_sided(side, 0.0, rubber, y, top, 0.0), materials.rubber),
        "backing": (_sided(side, rubber, geometry.pad_thickness, 0.8 * y, top, 0.0), materials.steel),
        "knuckle": (_sided(side, 0.0, geometry.pad_thickness, 1.6 * y, top - KNUCKLE_HEIGHT, top), materials.body),
    }
    _add_visuals(stage, f"{link}/visual", parts)


def _sided(side: float, inner: float, outer: float, y: float, low: float, high: float) -> Box:
    """Box between two distances from the closing plane on one side of it."""
    near, far = sorted((side * inner, side * outer))
    return Box((near, -y, low), (far, y, high))


def _add_collider(
    stage: Usd.Stage, parent: str, name: str, box: Box, contact: Contact, material: UsdShade.Material
) -> None:
    add_xform(stage, parent, UsdGeom.Tokens.guide)
    make_collider(add_box(stage, f"{parent}/{name}", box.size, box.centre).GetPrim(), contact, material)


def _add_visuals(stage: Usd.Stage, parent: str, parts: dict[str, tuple[Box, UsdShade.Material]]) -> None:
    add_xform(stage, parent)
    for name, (box, material) in parts.items():
        bind(add_box(stage, f"{parent}/{name}", box.size, box.centre).GetPrim(), material)
