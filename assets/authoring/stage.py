"""Stages, rigid bodies, geometry and materials: the parts that all generated USD files share."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from pxr import Gf, Sdf, Usd, UsdGeom, UsdPhysics, UsdShade, Vt

from pushgrasp.files.atomic import atomic_write
from pushgrasp.scenes.mass import MassProperties

Vector = Sequence[float] | np.ndarray


def new_stage(name: str) -> tuple[Usd.Stage, Usd.Prim]:
    """Stage in metres and kilograms, z up, with a root Xform of that name as its default prim."""
    stage = Usd.Stage.CreateInMemory()
    UsdGeom.SetStageUpAxis(stage, UsdGeom.Tokens.z)
    UsdGeom.SetStageMetersPerUnit(stage, 1.0)
    UsdPhysics.SetStageKilogramsPerUnit(stage, 1.0)
    root = UsdGeom.Xform.Define(stage, f"/{name}").GetPrim()
    stage.SetDefaultPrim(root)
    return stage, root


def save(stage: Usd.Stage, path: Path) -> None:
    """Write the stage's root layer as text."""
    path.parent.mkdir(parents=True, exist_ok=True)
    atomic_write(path, lambda file: file.write(stage.GetRootLayer().ExportToString().encode()))


def make_rigid_body(prim: Usd.Prim, properties: MassProperties) -> None:
    """Apply rigid body and mass schemas."""
    moments, (x, y, z, w) = properties.principal()
    UsdPhysics.RigidBodyAPI.Apply(prim)
    mass = UsdPhysics.MassAPI.Apply(prim)
    mass.CreateMassAttr(properties.mass)
    mass.CreateCenterOfMassAttr(Gf.Vec3f(*_rounded(properties.centre)))
    mass.CreateDiagonalInertiaAttr(Gf.Vec3f(*_rounded(moments, 12)))
    mass.CreatePrincipalAxesAttr(Gf.Quatf(*_rounded((w, x, y, z)).tolist()))


def add_xform(stage: Usd.Stage, path: str, purpose: str = UsdGeom.Tokens.default_) -> Usd.Prim:
    """Xform that hands its purpose down to the geometry below it."""
    xform = UsdGeom.Xform.Define(stage, path)
    if purpose != UsdGeom.Tokens.default_:
        xform.CreatePurposeAttr(purpose)
    return xform.GetPrim()


def add_box(
    stage: Usd.Stage, path: str, size: Vector, centre: Vector = (0.0, 0.0, 0.0), turn: Gf.Quatf | None = None
) -> UsdGeom.Cube:
    """Box of a size (x, y, z) [m] about a centre [m], turned about it."""
    box = UsdGeom.Cube.Define(stage, path)
    box.CreateSizeAttr(1.0)
    box.CreateExtentAttr([(-0.5, -0.5, -0.5), (0.5, 0.5, 0.5)])
    if any(centre):
        box.AddTranslateOp().Set(Gf.Vec3d(*_rounded(centre).tolist()))
    if turn is not None:
        box.AddOrientOp().Set(turn)
    box.AddScaleOp().Set(Gf.Vec3f(*_rounded(size).tolist()))
    return box


def add_mesh(stage: Usd.Stage, path: str, vertices: np.ndarray, faces: np.ndarray) -> UsdGeom.Mesh:
    """Flat-shaded triangle mesh."""
    mesh = UsdGeom.Mesh.Define(stage, path)
    mesh.CreatePointsAttr(Vt.Vec3fArray.FromNumpy(_rounded(vertices).astype(np.float32)))
    mesh.CreateFaceVertexCountsAttr([3] * len(faces))
    mesh.CreateFaceVertexIndicesAttr(Vt.IntArray.FromNumpy(faces.reshape(-1).astype(np.int32)))
    mesh.CreateExtentAttr([tuple(_rounded(vertices.min(axis=0))), tuple(_rounded(vertices.max(axis=0)))])
    mesh.CreateSubdivisionSchemeAttr(UsdGeom.Tokens.none)
    corners = vertices[faces]
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    normals = np.repeat(normals / np.linalg.norm(normals, axis=1, keepdims=True), 3, axis=0)
    mesh.CreateNormalsAttr(Vt.Vec3fArray.FromNumpy(_rounded(normals).astype(np.float32)))
    mesh.SetNormalsInterpolation(UsdGeom.Tokens.faceVarying)
    return mesh


def add_preview_material(stage: Usd.Stage, path: str, colour: Vector, roughness: float) -> UsdShade.Material:
    """Plain visual material with a linear RGB colour."""
    material = UsdShade.Material.Define(stage, path)
    shader = UsdShade.Shader.Define(stage, f"{path}/surface")
    shader.CreateIdAttr("UsdPreviewSurface")
    shader.CreateInput("diffuseColor", Sdf.ValueTypeNames.Color3f).Set(Gf.Vec3f(*colour))
    shader.CreateInput("roughness", Sdf.ValueTypeNames.Float).Set(roughness)
    material.CreateSurfaceOutput().ConnectToSource(shader.ConnectableAPI(), "surface")
    return material


def bind(prim: Usd.Prim, material: UsdShade.Material, purpose: str = UsdShade.Tokens.allPurpose) -> None:
    """Bind a material, for all purposes or for ``"physics"`` only."""
    binding = UsdShade.MaterialBindingAPI.Apply(prim)
    binding.Bind(material, UsdShade.Tokens.weakerThanDescendants, purpose)


def _rounded(values: Vector, decimals: int = 9) -> np.ndarray:
    """Nanometres or finer, so that the last bits of the C library's sine do not change the files; no negative zeros."""
    return np.round(np.asarray(values, dtype=np.float64), decimals) + 0.0
