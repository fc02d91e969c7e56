"""Links with any inertia, joints between any frames, drives and collision filters of an arm's articulation."""

from math import radians

import numpy as np
from pxr import Gf, Sdf, Usd, UsdGeom, UsdPhysics
from scipy.spatial.transform import Rotation

from pushgrasp.scenes.mass import MassProperties, principal_axes

from .gripper import Drive


def add_link(stage: Usd.Stage, path: str, properties: MassProperties, pose: np.ndarray) -> None:
    """Rigid body at a pose (4, 4) below its parent; its weight is carried as the arm's controller does.

    MuJoCo compensates the weight (`mjc:gravcomp`), and the joints' drives pay for it where they say so.
    """
    xform = UsdGeom.Xform.Define(stage, path)
    xform.AddTranslateOp().Set(Gf.Vec3d(*(np.round(pose[:3, 3], 9) + 0.0).tolist()))
    xform.AddOrientOp(UsdGeom.XformOp.PrecisionDouble).Set(Gf.Quatd(*_quaternion(pose[:3, :3])))
    prim = xform.GetPrim()
    UsdPhysics.RigidBodyAPI.Apply(prim)
    moments, axes = principal_axes(properties.inertia)
    mass = UsdPhysics.MassAPI.Apply(prim)
    mass.CreateMassAttr(properties.mass)
    mass.CreateCenterOfMassAttr(Gf.Vec3f(*(np.round(properties.centre, 9) + 0.0).tolist()))
    mass.CreateDiagonalInertiaAttr(Gf.Vec3f(*np.round(moments, 12).tolist()))
    mass.CreatePrincipalAxesAttr(Gf.Quatf(*_quaternion(axes)))
    prim.CreateAttribute("mjc:gravcomp", Sdf.ValueTypeNames.Double, custom=False).Set(1.0)


def place_joint(joint: UsdPhysics.Joint, parent: str, child: str, before: np.ndarray, after: np.ndarray) -> None:
    """Bodies of a joint, and the joint's frame (4, 4) in the parent's frame and in the child's."""
    joint.CreateBody0Rel().SetTargets([parent])
    joint.CreateBody1Rel().SetTargets([child])
    joint.CreateLocalPos0Attr(Gf.Vec3f(*(np.round(before[:3, 3], 9) + 0.0).tolist()))
    joint.CreateLocalRot0Attr(Gf.Quatf(*_quaternion(before[:3, :3])))
    joint.CreateLocalPos1Attr(Gf.Vec3f(*(np.round(after[:3, 3], 9) + 0.0).tolist()))
    joint.CreateLocalRot1Attr(Gf.Quatf(*_quaternion(after[:3, :3])))


def set_drive(prim: Usd.Prim, kind: str, drive: Drive) -> None:
    """Position drive of kind ``"angular"`` or ``"linear"``; USD gives angular gains per degree."""
    scale = radians(1.0) if kind == "angular" else 1.0
    api = UsdPhysics.DriveAPI.Apply(prim, kind)
    api.CreateTypeAttr("force")
    api.CreateStiffnessAttr(round(drive.stiffness * scale, 6))
    api.CreateDampingAttr(round(drive.damping * scale, 6))
    api.CreateMaxForceAttr(drive.max_force)
    api.CreateTargetPositionAttr(0.0)


def set_armature(prim: Usd.Prim, armature: float) -> None:
    """Inertia of motor and gear at a joint [kg m^2 or kg], for PhysX and for Newton and MuJoCo."""
    prim.AddAppliedSchema("PhysxJointAPI")
    prim.CreateAttribute("physxJoint:armature", Sdf.ValueTypeNames.Float, custom=False).Set(armature)
    prim.CreateAttribute("mjc:armature", Sdf.ValueTypeNames.Double, custom=False).Set(armature)


def filter_pairs(stage: Usd.Stage, top: str, *pairs: tuple[str, str]) -> None:
    """No contacts between the links of each pair."""
    for first, second in pairs:
        api = UsdPhysics.FilteredPairsAPI.Apply(stage.GetPrimAtPath(f"{top}/{first}"))
        api.CreateFilteredPairsRel().AddTarget(f"{top}/{second}")


def _quaternion(rotation: np.ndarray) -> list[float]:
    """Real part first, rounded so that the last bits of a library do not change the files."""
    return (np.round(Rotation.from_matrix(rotation).as_quat(canonical=True, scalar_first=True), 12) + 0.0).tolist()
