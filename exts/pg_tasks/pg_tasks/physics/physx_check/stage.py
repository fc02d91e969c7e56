"""What stands on the USD stage for PhysX: bodies, joints, colliders and the numbers of one world."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from pxr import Gf, Usd, UsdGeom, UsdPhysics, UsdShade

ANGULAR_DAMPING = 0.05
"""PhysX's default [1/s], where the stage says nothing."""


@dataclass(frozen=True)
class Pose:
    """Place in a parent's frame."""

    position: np.ndarray
    """[m], shape (3,)."""
    quaternion: np.ndarray
    """(w, x, y, z), shape (4,)."""


@dataclass(frozen=True)
class Collider:
    """One collision shape."""

    kind: str
    """``Cube``, ``Cylinder`` (along z) or ``Mesh`` (its convex hull)."""
    size: np.ndarray
    """Cube: sides (3,) [m]; Cylinder: radius and height (2,) [m]; Mesh: points (P, 3) [m]."""
    pose: Pose
    """In the frame of its body."""
    static_friction: float
    dynamic_friction: float
    restitution: float
    contact_offset: float
    rest_offset: float
    patch: float
    """Radius of the patch that resists turning [m]."""
    least_patch: float


@dataclass(frozen=True)
class Body:
    """A rigid body, or what stands still (mass 0)."""

    name: str
    """Path under the world's prim, with ``_`` between its parts."""
    pose: Pose
    """In the frame of the world."""
    mass: float
    centre: Pose
    """Centre of mass and principal axes."""
    inertia: np.ndarray
    """About these axes [kg m^2], shape (3,)."""
    colliders: tuple[Collider, ...]
    solver: dict[str, Any]
    """Attributes ``physxRigidBody``: by their names."""


@dataclass(frozen=True)
class Joint:
    """A joint of one axis, x in its frames."""

    name: str
    kind: str
    """``prismatic`` or ``revolute``."""
    parent: str
    child: str
    in_parent: Pose
    in_child: Pose
    limits: tuple[float, float]
    """[m or rad]"""


@dataclass(frozen=True)
class Robot:
    """An articulation whose first link stands still."""

    name: str
    links: dict[str, Body]
    joints: tuple[Joint, ...]
    """Parents before children."""
    solver: dict[str, Any]
    """Attributes ``physxArticulation``: by their names."""


@dataclass(frozen=True)
class StageWorld:
    """One world."""

    statics: tuple[Body, ...]
    objects: tuple[Body, ...]
    robots: tuple[Robot, ...]


def read_world(stage: Usd.Stage, root: str) -> StageWorld:
    """Read the world under a prim.

    Args:
        stage: The stage, after Isaac Lab has spawned everything.
        root: Path of the world's prim.

    Raises:
        ValueError: If there is a collider or a joint of a kind that the check does not know.
    """
    reader = _Reader(stage, root)
    prims = list(Usd.PrimRange(stage.GetPrimAtPath(root), Usd.TraverseInstanceProxies()))
    robots = [prim for prim in prims if prim.HasAPI(UsdPhysics.ArticulationRootAPI)]
    inside = tuple(f"{prim.GetPath()}/" for prim in robots)
    bodies = [prim for prim in prims if prim.HasAPI(UsdPhysics.RigidBodyAPI)]
    loose = [prim for prim in bodies if not f"{prim.GetPath()}/".startswith(inside)]
    moving = tuple(f"{prim.GetPath()}/" for prim in bodies)
    still = [p for p in prims if p.HasAPI(UsdPhysics.CollisionAPI) and not f"{p.GetPath()}/".startswith(moving)]
    return StageWorld(
        statics=tuple(reader.body(prim) for prim in still),
        objects=tuple(reader.body(prim) for prim in loose),
        robots=tuple(reader.robot(prim) for prim in robots),
    )


class _Reader:
    def __init__(self, stage: Usd.Stage, root: str) -> None:
        self._root, self._cache = root, UsdGeom.XformCache()
        self._to_root = self._cache.GetLocalToWorldTransform(stage.GetPrimAtPath(root)).GetInverse()

    def robot(self, prim: Usd.Prim) -> Robot:
        parts = list(Usd.PrimRange(prim))
        links = {str(part.GetPath()): self.body(part) for part in parts if part.HasAPI(UsdPhysics.RigidBodyAPI)}
        joints = [self._joint(part) for part in parts if part.IsA(UsdPhysics.Joint)]
        joints = [joint for joint in joints if joint is not None]
        return Robot(self._name(prim), links, tuple(joints), _attributes(prim, "physxArticulation:"))

    def body(self, prim: Usd.Prim) -> Body:
        colliders = [part for part in Usd.PrimRange(prim) if part.HasAPI(UsdPhysics.CollisionAPI)]
        mass = UsdPhysics.MassAPI(prim)
        return Body(
            name=self._name(prim),
            pose=_pose(self._cache.GetLocalToWorldTransform(prim).RemoveScaleShear() * self._to_root),
            mass=float(mass.GetMassAttr().Get() or 0.0),
            centre=_authored(mass.GetCenterOfMassAttr().Get(), mass.GetPrincipalAxesAttr().Get()),
            inertia=np.array(mass.GetDiagonalInertiaAttr().Get() or (0.0, 0.0, 0.0), dtype=float),
            colliders=tuple(self._collider(part, prim) for part in colliders),
            solver=_attributes(prim, "physxRigidBody:"),
        )

    def _name(self, prim: Usd.Prim) -> str:
        return str(prim.GetPath()).removeprefix(f"{self._root}/").replace("/", "_")

    def _collider(self, prim: Usd.Prim, body: Usd.Prim) -> Collider:
        whole = self._cache.GetLocalToWorldTransform(prim)
        placed = whole * self._cache.GetLocalToWorldTransform(body).RemoveScaleShear().GetInverse()
        kind, size, turn = _geometry(prim, np.array(Gf.Transform(placed).GetScale()))
        offsets = _attributes(prim, "physxCollision:")
        bound: Any = UsdShade.MaterialBindingAPI(prim).ComputeBoundMaterial("physics")
        material = UsdPhysics.MaterialAPI(bound[0])
        return Collider(
            kind=kind,
            size=size,
            pose=_pose(turn * placed.RemoveScaleShear()),
            static_friction=float(material.GetStaticFrictionAttr().Get()),
            dynamic_friction=float(material.GetDynamicFrictionAttr().Get()),
            restitution=float(material.GetRestitutionAttr().Get()),
            contact_offset=float(offsets["contactOffset"]),
            rest_offset=float(offsets["restOffset"]),
            patch=float(offsets.get("torsionalPatchRadius", 0.0)),
            least_patch=float(offsets.get("minTorsionalPatchRadius", 0.0)),
        )

    def _joint(self, prim: Usd.Prim) -> Joint | None:
        if prim.IsA(UsdPhysics.FixedJoint) and not UsdPhysics.Joint(prim).GetBody0Rel().GetTargets():
            return None  # holds the first link to the world
        revolute = prim.IsA(UsdPhysics.RevoluteJoint)
        if not revolute and not prim.IsA(UsdPhysics.PrismaticJoint):
            raise ValueError(f"{prim.GetPath()}: a {prim.GetTypeName()}; prismatic and revolute joints are known")
        joint = UsdPhysics.RevoluteJoint(prim) if revolute else UsdPhysics.PrismaticJoint(prim)
        unit, axis = (math.pi / 180.0 if revolute else 1.0), str(joint.GetAxisAttr().Get())
        ends = [relation.GetTargets() for relation in (joint.GetBody0Rel(), joint.GetBody1Rel())]
        return Joint(
            name=prim.GetName(),
            kind="revolute" if revolute else "prismatic",
            parent=str(ends[0][0]),
            child=str(ends[1][0]),
            in_parent=_along(axis, joint.GetLocalPos0Attr().Get(), joint.GetLocalRot0Attr().Get()),
            in_child=_along(axis, joint.GetLocalPos1Attr().Get(), joint.GetLocalRot1Attr().Get()),
            limits=(unit * joint.GetLowerLimitAttr().Get(), unit * joint.GetUpperLimitAttr().Get()),
        )


def _geometry(prim: Usd.Prim, scale: np.ndarray) -> tuple[str, np.ndarray, Gf.Matrix4d]:
    """Kind and size of a collider, and what turns z into its axis."""
    upright = Gf.Matrix4d(1.0)
    if prim.IsA(UsdGeom.Cube):
        return "Cube", scale * UsdGeom.Cube(prim).GetSizeAttr().Get(), upright
    if prim.IsA(UsdGeom.Cylinder):
        cylinder = UsdGeom.Cylinder(prim)
        index = "XYZ".index(str(cylinder.GetAxisAttr().Get()))
        across = scale[(index + 1) % 3]
        size = np.array([across * cylinder.GetRadiusAttr().Get(), scale[index] * cylinder.GetHeightAttr().Get()])
        turn = Gf.Rotation(Gf.Vec3d.ZAxis(), Gf.Vec3d(*np.eye(3)[index].tolist()))
        return "Cylinder", size, Gf.Matrix4d(turn, Gf.Vec3d(0.0))
    if prim.IsA(UsdGeom.Mesh):
        points: Any = UsdGeom.Mesh(prim).GetPointsAttr().Get()
        return "Mesh", scale * np.array(points, dtype=float), upright
    raise ValueError(f"{prim.GetPath()}: a {prim.GetTypeName()}; cubes, cylinders and meshes are known")


def _attributes(prim: Usd.Prim, prefix: str) -> dict[str, Any]:
    attributes: Any = prim.GetAttributes()
    found = {attribute.GetName(): attribute.Get() for attribute in attributes}
    return {name.removeprefix(prefix): value for name, value in found.items() if name.startswith(prefix)}


def _pose(matrix: Gf.Matrix4d) -> Pose:
    return Pose(np.array(matrix.ExtractTranslation()), _numbers(matrix.ExtractRotationQuat()))


def _authored(position: Any, rotation: Any) -> Pose:  # noqa: ANN401 - what a file holds, None where it holds nothing
    turned = rotation is not None and rotation.GetLength() > 0.0
    quaternion = _numbers(rotation) if turned else np.array([1.0, 0.0, 0.0, 0.0])
    return Pose(np.array(position or (0.0, 0.0, 0.0), dtype=float), quaternion)


def _numbers(rotation: Any) -> np.ndarray:  # noqa: ANN401
    """Quaternion (w, x, y, z), shape (4,)."""
    return np.array([rotation.GetReal(), *rotation.GetImaginary()], dtype=float)


def _along(axis: str, position: Gf.Vec3f, rotation: Gf.Quatf) -> Pose:
    """A joint's frame turned so that its axis is x."""
    turn = Gf.Rotation(Gf.Vec3d.XAxis(), Gf.Vec3d(*np.eye(3)["XYZ".index(axis)]))
    frame = Gf.Matrix4d(Gf.Rotation(Gf.Quatd(rotation)), Gf.Vec3d(position))
    return _pose(Gf.Matrix4d(turn, Gf.Vec3d(0.0)) * frame)
