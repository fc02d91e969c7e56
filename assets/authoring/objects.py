"""Shapes as USD: one rigid body with a drawn mesh and, apart from it, collision geometry that is not drawn.

The visual mesh has a display colour and no material: a material bound to the root at spawn colours the instance.
"""

from dataclasses import replace
from pathlib import Path

from pxr import Gf, Usd, UsdGeom, UsdPhysics

from pushgrasp.scenes.collision import collision_primitives
from pushgrasp.scenes.mass import mass_properties
from pushgrasp.scenes.shapes import Shape, extrusion_faces, mesh
from pushgrasp.scenes.solids import Box, Cylinder, Hull, Primitive, hull_mesh

from .contact import BLOCK, BLOCK_BOX, add_contact_material, make_collider
from .stage import add_box, add_mesh, add_xform, make_rigid_body, new_stage, save

WOOD = (0.55, 0.38, 0.22)
"""Linear RGB of an object that nobody has coloured."""


def author_object(shape: Shape, path: Path) -> None:
    """Write one shape: `/<name>` (body), `/<name>/visual` (mesh), `/<name>/collision/part_<i>` (colliders)."""
    stage, root = new_stage(shape.name)
    vertices, faces = mesh(shape)
    make_rigid_body(root, mass_properties(vertices, faces, shape.density))
    visual = add_mesh(stage, f"{root.GetPath()}/visual", vertices, faces)
    visual.CreateDisplayColorAttr([WOOD])
    material = add_contact_material(stage, f"{root.GetPath()}/contact", replace(BLOCK, friction=shape.friction))
    collision = add_xform(stage, f"{root.GetPath()}/collision", UsdGeom.Tokens.guide)
    for index, part in enumerate(collision_primitives(shape)):
        prim = _add_primitive(stage, f"{collision.GetPath()}/part_{index}", part)
        make_collider(prim, BLOCK_BOX if isinstance(part, Box) else BLOCK, material)
    save(stage, path)


def _add_primitive(stage: Usd.Stage, path: str, part: Primitive) -> Usd.Prim:
    if isinstance(part, Box):
        turn = None
        if part.quaternion is not None:
            x, y, z, w = part.quaternion
            turn = Gf.Quatf(w, x, y, z)
        return add_box(stage, path, part.size, part.centre, turn).GetPrim()
    return _add_cylinder(stage, path, part) if isinstance(part, Cylinder) else _add_hull(stage, path, part)


def _add_cylinder(stage: Usd.Stage, path: str, part: Cylinder) -> Usd.Prim:
    cylinder = UsdGeom.Cylinder.Define(stage, path)
    cylinder.CreateAxisAttr(part.axis.upper())
    cylinder.CreateRadiusAttr(part.radius)
    cylinder.CreateHeightAttr(part.height)
    half = [part.height / 2 if axis == part.axis else part.radius for axis in "xyz"]
    cylinder.CreateExtentAttr([tuple(-value for value in half), tuple(half)])
    if any(part.centre):
        cylinder.AddTranslateOp().Set(Gf.Vec3d(*(round(value, 9) for value in part.centre)))
    return cylinder.GetPrim()


def _add_hull(stage: Usd.Stage, path: str, part: Hull) -> Usd.Prim:
    """Convex part as a mesh that collides as its hull."""
    vertices, faces = hull_mesh(part.corners)
    if part.extruded:
        vertices, faces = part.corners, extrusion_faces(len(part.points) // 2)
    prim = add_mesh(stage, path, vertices, faces).GetPrim()
    UsdPhysics.MeshCollisionAPI.Apply(prim).CreateApproximationAttr(UsdPhysics.Tokens.convexHull)
    return prim
