"""Shapes of the UR5e's links, in the links' Denavit-Hartenberg frames: cylinders to draw, fewer to collide.

Drawn are the arm's aluminium housings and tubes, the black seals at the joints and the blue lids behind the motors.
Diameters are those of the real arm to about 5 mm; what is drawn stays inside the colliders.
"""

from dataclasses import dataclass

from pxr import Gf, Usd, UsdGeom, UsdShade

from .contact import SHELL, Contact, add_contact_material, make_collider
from .stage import add_preview_material, add_xform, bind

AXES = {"X": Gf.Vec3d(1, 0, 0), "Y": Gf.Vec3d(0, 1, 0), "Z": Gf.Vec3d(0, 0, 1)}
SEAL, LID = 0.006, 0.010
"""Thickness of a joint's seal and of a lid [m]."""


@dataclass(frozen=True)
class Round:
    """Cylinder, or capsule, along an axis of the link's frame.

    Attributes:
        name: Name below the link.
        axis: ``"X"``, ``"Y"`` or ``"Z"``.
        low: Least coordinate along the axis [m].
        high: Greatest coordinate along the axis [m].
        radius: [m].
        look: Visual material: ``"silver"``, ``"blue"`` or ``"black"``.
        centre: Point of the axis; its own coordinate is ignored [m].
        capsule: Whether the ends are half balls outside of ``low`` and ``high``.
    """

    name: str
    axis: str
    low: float
    high: float
    radius: float
    look: str = "silver"
    centre: tuple[float, float, float] = (0.0, 0.0, 0.0)
    capsule: bool = False


@dataclass(frozen=True)
class ArmMaterials:
    """Drawn materials by name, and the physical one of all links."""

    looks: dict[str, UsdShade.Material]
    shell: UsdShade.Material


def housing(name: str, axis: str, lid: float, joint: float, radius: float, **where: tuple) -> tuple[Round, ...]:
    """Motor housing along an axis with a blue lid at one end and a black seal at the other (coordinates in [m])."""
    side = 1.0 if joint > lid else -1.0
    inner, outer = lid + side * LID, joint - side * SEAL
    return (
        Round(f"{name}_lid", axis, *sorted((lid, inner)), 0.92 * radius, "blue", **where),
        Round(name, axis, *sorted((inner, outer)), radius, **where),
        Round(f"{name}_seal", axis, *sorted((outer, joint)), 0.94 * radius, "black", **where),
    )


SHOULDER_END, ELBOW_END = {"centre": (0.425, 0.0, 0.0)}, {"centre": (0.3922, 0.0, 0.0)}

DRAWN: dict[str, tuple[Round, ...]] = {
    "base_link": (
        Round("foot", "Z", 0.0, 0.012, 0.0745),
        Round("body", "Z", 0.012, 0.0935, 0.0600),
        Round("body_seal", "Z", 0.0935, 0.0995, 0.0565, "black"),
    ),
    "shoulder_link": (
        Round("column", "Y", -0.063, -0.0, 0.0590, capsule=False),
        *housing("motor", "Z", -0.072, 0.072, 0.0590),
    ),
    "upper_arm_link": (
        *housing("shoulder", "Z", 0.204, 0.072, 0.0590, **SHOULDER_END),
        Round("tube", "X", 0.0, 0.425, 0.0500, centre=(0.0, 0.0, 0.136)),
        *housing("elbow", "Z", 0.198, 0.067, 0.0540),
    ),
    "forearm_link": (
        *housing("elbow", "Z", -0.058, 0.067, 0.0520, **ELBOW_END),
        Round("tube", "X", 0.0, 0.3922, 0.0375, centre=(0.0, 0.0, 0.007)),
        *housing("wrist", "Z", -0.044, 0.072, 0.0385),
    ),
    "wrist_1_link": (
        *housing("motor", "Y", 0.052, -0.0613, 0.0375),
        Round("branch", "Z", 0.0, 0.0447, 0.0375),
        Round("branch_seal", "Z", 0.0447, 0.0507, 0.0353, "black"),
    ),
    "wrist_2_link": (
        *housing("motor", "Y", -0.052, 0.049, 0.0375),
        Round("branch", "Z", 0.0, 0.0447, 0.0375),
        Round("branch_seal", "Z", 0.0447, 0.0507, 0.0353, "black"),
    ),
    "wrist_3_link": (
        Round("body", "Z", -0.0489, -0.008, 0.0375),
        Round("flange", "Z", -0.008, 0.0, 0.0315, "black"),
    ),
}

COLLIDING: dict[str, tuple[Round, ...]] = {
    "base_link": (Round("body", "Z", 0.0, 0.0995, 0.075),),
    "shoulder_link": (Round("column", "Y", -0.063, 0.0, 0.060), Round("motor", "Z", -0.072, 0.072, 0.060)),
    "upper_arm_link": (
        Round("shoulder", "Z", 0.072, 0.204, 0.060, **SHOULDER_END),
        Round("tube", "X", 0.0, 0.425, 0.051, centre=(0.0, 0.0, 0.136), capsule=True),
        Round("elbow", "Z", 0.067, 0.198, 0.055),
    ),
    "forearm_link": (
        Round("elbow", "Z", -0.058, 0.067, 0.053, **ELBOW_END),
        Round("tube", "X", 0.0, 0.3922, 0.0385, centre=(0.0, 0.0, 0.007), capsule=True),
        Round("wrist", "Z", -0.044, 0.072, 0.0395),
    ),
    "wrist_1_link": (Round("motor", "Y", -0.0613, 0.052, 0.0385), Round("branch", "Z", 0.0, 0.0507, 0.0385)),
    "wrist_2_link": (Round("motor", "Y", -0.052, 0.049, 0.0385), Round("branch", "Z", 0.0, 0.0507, 0.0385)),
    "wrist_3_link": (Round("body", "Z", -0.0489, 0.0, 0.0385),),
}


def add_arm_materials(stage: Usd.Stage, path: str) -> ArmMaterials:
    """Define the materials below a scope."""
    UsdGeom.Scope.Define(stage, path)
    colours = {"silver": (0.50, 0.51, 0.52), "blue": (0.10, 0.36, 0.60), "black": (0.015, 0.015, 0.016)}
    looks = {name: add_preview_material(stage, f"{path}/{name}", rgb, 0.4) for name, rgb in colours.items()}
    return ArmMaterials(looks, add_contact_material(stage, f"{path}/arm_contact", SHELL))


def add_arm_geometry(stage: Usd.Stage, top: str, materials: ArmMaterials) -> None:
    """Colliders below `<link>/collision` and what is drawn below `<link>/visual`, for every link."""
    for link, parts in COLLIDING.items():
        add_xform(stage, f"{top}/{link}/collision", UsdGeom.Tokens.guide)
        for part in parts:
            add_round_collider(stage, f"{top}/{link}/collision", part, SHELL, materials.shell)
    for link, parts in DRAWN.items():
        add_xform(stage, f"{top}/{link}/visual")
        for part in parts:
            bind(add_round(stage, f"{top}/{link}/visual", part).GetPrim(), materials.looks[part.look])


def add_round(stage: Usd.Stage, parent: str, part: Round) -> UsdGeom.Gprim:
    """Cylinder or capsule prim of a part."""
    schema = UsdGeom.Capsule if part.capsule else UsdGeom.Cylinder
    prim = schema.Define(stage, f"{parent}/{part.name}")
    prim.CreateAxisAttr(part.axis)
    prim.CreateRadiusAttr(part.radius)
    prim.CreateHeightAttr(round(part.high - part.low, 6))
    across = Gf.Vec3d(*part.centre)
    axis = AXES[part.axis]
    middle = across + axis * ((part.low + part.high) / 2 - across * axis)
    prim.AddTranslateOp().Set(Gf.Vec3d(*(round(value, 6) + 0.0 for value in middle)))
    prim.CreateExtentAttr(UsdGeom.Boundable.ComputeExtentFromPlugins(prim, Usd.TimeCode.Default()))
    return prim


def add_round_collider(
    stage: Usd.Stage, parent: str, part: Round, contact: Contact, material: UsdShade.Material
) -> None:
    """Colliding cylinder or capsule."""
    make_collider(add_round(stage, parent, part).GetPrim(), contact, material)
