"""Block shapes as USD: one rigid body with a drawn mesh and, apart from it, collision geometry that is not drawn.

The visual mesh has a display colour and no material: a material bound to the root at spawn colours the instance.
"""

from pathlib import Path

import numpy as np
from pxr import Gf, Usd, UsdGeom, UsdPhysics

from authoring.contact import BLOCK, add_contact_material, make_collider
from authoring.stage import add_box, add_mesh, add_xform, make_rigid_body, new_stage, save
from pushgrasp.scenes.mass import BLOCK_DENSITY, mass_properties
from pushgrasp.scenes.shapes import ARCH_OPENING_RATIO, Shape, convex_parts, extrusion_faces, mesh

PLATE = 0.003
"""Thickness of the boxes inside the flat faces of hulls [m]."""
FLAT = 0.02
"""Least width of a face that gets a plate [m]; the facets of round surfaces are narrower."""

WOOD = (0.55, 0.38, 0.22)
"""Linear RGB of a block that nobody has coloured."""


def author_object(shape: Shape, path: Path) -> None:
    """Write one block: `/<name>` (body), `/<name>/visual` (mesh), `/<name>/collision/part_<i>` (colliders)."""
    stage, root = new_stage(shape.name)
    vertices, faces = mesh(shape)
    make_rigid_body(root, mass_properties(vertices, faces, BLOCK_DENSITY))
    visual = add_mesh(stage, f"{root.GetPath()}/visual", vertices, faces)
    visual.CreateDisplayColorAttr([WOOD])
    material = add_contact_material(stage, f"{root.GetPath()}/contact", BLOCK)
    collision = add_xform(stage, f"{root.GetPath()}/collision", UsdGeom.Tokens.guide)
    for prim in _add_collision_geometry(stage, str(collision.GetPath()), shape):
        make_collider(prim, BLOCK, material)
    save(stage, path)


def _add_collision_geometry(stage: Usd.Stage, parent: str, shape: Shape) -> list[Usd.Prim]:
    """Primitives wherever a face is flat, convex hulls for the rest.

    Engines find up to eight contact points between boxes, but only one between a hull and a box that is not parallel to
    a tenth of a degree: blocks that stand on hulls alone wobble and never come to rest.
    """
    if shape.kind == "box":
        return [add_box(stage, f"{parent}/part_0", shape.size).GetPrim()]
    if shape.kind == "cylinder":
        return [_add_cylinder(stage, f"{parent}/part_0", shape)]
    if shape.kind == "arch":
        return _add_arch(stage, parent, shape)
    (hull,) = convex_parts(shape)
    return [_add_hull(stage, f"{parent}/part_0", hull), *_add_plates(stage, parent, hull)]


def _add_plates(stage: Usd.Stage, parent: str, hull: np.ndarray) -> list[Usd.Prim]:
    """Boxes inside an extruded hull (k, 3), each flush with one flat side face and with both ends."""
    depth = float(np.ptp(hull[:, 1]))
    outline = hull[: len(hull) // 2][:, [0, 2]]
    plates = []
    for before, start, end, after in zip(*(np.roll(outline, 1 - i, axis=0) for i in range(4)), strict=True):
        length = float(np.linalg.norm(end - start))
        if length < FLAT:
            continue
        along = (end - start) / length
        inward = np.array([-along[1], along[0]])
        low, high = (PLATE * _inset(side, inward) for side in (before - start, after - end))
        middle = start + along * (low + length - high) / 2 + inward * PLATE / 2
        half_turn = np.arctan2(along[1], along[0]) / 2
        turn = Gf.Quatf(float(np.cos(half_turn)), 0.0, float(-np.sin(half_turn)), 0.0)
        size = (length - low - high, depth, PLATE)
        path = f"{parent}/part_{1 + len(plates)}"
        plates.append(add_box(stage, path, size, (middle[0], 0.0, middle[1]), turn).GetPrim())
    return plates


def _inset(side: np.ndarray, inward: np.ndarray) -> float:
    """How far a plate keeps from the end of its face, per thickness, where the next face (2,) leans over it."""
    rise = float(side @ inward)
    run = float(np.sqrt(max(side @ side - rise**2, 0.0)))
    return run / rise


def _add_arch(stage: Usd.Stage, parent: str, shape: Shape) -> list[Usd.Prim]:
    """Two pillars and a crown as boxes, which meet face to face, and a wedge in each corner of the opening.

    The wedges touch the round of the opening at 45 degrees and leave at most 2.3 mm of the corners free; following the
    round in six facets costs a fifth more time in heaps.
    """
    width, depth, height = shape.size
    radius = ARCH_OPENING_RATIO * height
    pillar, crown = width / 2 - radius, height - radius
    boxes = (
        ((pillar, depth, height), (-(radius + pillar / 2), 0.0, 0.0)),
        ((pillar, depth, height), (radius + pillar / 2, 0.0, 0.0)),
        ((2 * radius, depth, crown), (0.0, 0.0, (height - crown) / 2)),
    )
    prims = [add_box(stage, f"{parent}/part_{i}", *box).GetPrim() for i, box in enumerate(boxes)]
    top, leg = height / 2 - crown, (2.0 - np.sqrt(2.0)) * radius
    for index, side in ((3, -1.0), (4, 1.0)):
        corner = np.array([(radius, top), (radius - leg, top), (radius, top - leg)]) * (side, 1.0)
        outline = corner if side > 0 else corner[::-1]
        wedge = np.concatenate([np.insert(outline, 1, y, axis=1) for y in (-depth / 2, depth / 2)])
        prims.append(_add_hull(stage, f"{parent}/part_{index}", wedge))
    return prims


def _add_cylinder(stage: Usd.Stage, path: str, shape: Shape) -> Usd.Prim:
    diameter, _, height = shape.size
    cylinder = UsdGeom.Cylinder.Define(stage, path)
    cylinder.CreateAxisAttr(UsdGeom.Tokens.z)
    cylinder.CreateRadiusAttr(diameter / 2)
    cylinder.CreateHeightAttr(height)
    half = np.array(shape.size) / 2
    cylinder.CreateExtentAttr([tuple(-half), tuple(half)])
    return cylinder.GetPrim()


def _add_hull(stage: Usd.Stage, path: str, vertices: np.ndarray) -> Usd.Prim:
    """Convex part with vertices (k, 3) as a mesh that collides as its hull."""
    faces = extrusion_faces(len(vertices) // 2)
    prim = add_mesh(stage, path, vertices, faces).GetPrim()
    UsdPhysics.MeshCollisionAPI.Apply(prim).CreateApproximationAttr(UsdPhysics.Tokens.convexHull)
    return prim
