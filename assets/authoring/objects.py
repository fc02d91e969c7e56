"""Block shapes as USD: one rigid body with a drawn mesh and, apart from it, collision geometry that is not drawn.

The visual mesh has a display colour and no material: a material bound to the root at spawn colours the instance.
"""

from pathlib import Path

import numpy as np
from pxr import Usd, UsdGeom, UsdPhysics

from authoring.contact import BLOCK, add_contact_material, make_collider
from authoring.stage import add_box, add_mesh, add_xform, make_rigid_body, new_stage, save
from pushgrasp.scenes.mass import BLOCK_DENSITY, mass_properties
from pushgrasp.scenes.shapes import Shape, convex_parts, extrusion_faces, mesh

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
    """Primitive where the engines have one, convex hulls elsewhere."""
    if shape.kind == "box":
        return [add_box(stage, f"{parent}/part_0", shape.size).GetPrim()]
    if shape.kind == "cylinder":
        return [_add_cylinder(stage, f"{parent}/part_0", shape)]
    return [_add_hull(stage, f"{parent}/part_{i}", part) for i, part in enumerate(convex_parts(shape))]


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
