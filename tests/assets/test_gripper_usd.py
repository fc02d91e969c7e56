"""Gripper file: joints, forward kinematics from the joint frames, masses and colliders."""

import mujoco
import newton
import numpy as np
import pytest
from newton.solvers import SolverMuJoCo
from newton.usd import SchemaResolverMjc, SchemaResolverNewton
from pxr import Gf, Usd, UsdGeom, UsdPhysics
from scipy.spatial.transform import Rotation

from pushgrasp.gripper import GripperGeometry
from pushgrasp_assets import asset_path

CHAIN = ("x", "y", "z", "a", "b", "c")
FINGERS = ("left_finger", "right_finger")
LINKS = ("base", "x_link", "y_link", "z_link", "a_link", "b_link", "palm", "left_finger_link", "right_finger_link")
TOP = "/parallel_gripper"
AXES = {"X": np.array([1.0, 0, 0]), "Y": np.array([0, 1.0, 0]), "Z": np.array([0, 0, 1.0])}


@pytest.fixture(scope="module")
def stage() -> Usd.Stage:
    return Usd.Stage.Open(str(asset_path("robots", "parallel_gripper.usda")))


def turn(quaternion: Gf.Quatf) -> Rotation:
    return Rotation.from_quat([*quaternion.GetImaginary(), quaternion.GetReal()])


def step(stage: Usd.Stage, name: str, value: float) -> tuple[np.ndarray, Rotation]:
    """Pose of a joint's child link in its parent link, at a joint position [m or rad]."""
    prim = stage.GetPrimAtPath(f"{TOP}/joints/{name}")
    joint = UsdPhysics.Joint(prim)
    assert joint.GetLocalPos0Attr().Get() == joint.GetLocalPos1Attr().Get() == Gf.Vec3f(0.0)
    first, second = turn(joint.GetLocalRot0Attr().Get()), turn(joint.GetLocalRot1Attr().Get())
    axis = AXES[prim.GetAttribute("physics:axis").Get()]
    if prim.IsA(UsdPhysics.PrismaticJoint):
        return first.apply(value * axis), first * second.inv()
    return np.zeros(3), first * Rotation.from_rotvec(value * axis) * second.inv()


def pose(stage: Usd.Stage, names: tuple[str, ...], values: list[float]) -> tuple[np.ndarray, Rotation]:
    """Pose of the last joint's child link in the world."""
    position, rotation = np.zeros(3), Rotation.identity()
    for name, value in zip(names, values, strict=True):
        offset, turned = step(stage, name, value)
        position, rotation = position + rotation.apply(offset), rotation * turned
    return position, rotation


def test_one_articulation_with_a_fixed_base(stage: Usd.Stage) -> None:
    roots = [prim for prim in stage.Traverse() if prim.HasAPI(UsdPhysics.ArticulationRootAPI)]
    assert roots == [stage.GetDefaultPrim()]
    bodies = [prim.GetName() for prim in stage.Traverse() if prim.HasAPI(UsdPhysics.RigidBodyAPI)]
    assert tuple(bodies) == LINKS
    fixed = UsdPhysics.FixedJoint(stage.GetPrimAtPath(f"{TOP}/joints/root_joint"))
    assert fixed.GetBody0Rel().GetTargets() == []
    assert fixed.GetBody1Rel().GetTargets() == [f"{TOP}/base"]


def test_joints_link_the_chain_in_order(stage: Usd.Stage) -> None:
    expected = {name: (LINKS[i], LINKS[i + 1]) for i, name in enumerate(CHAIN)}
    expected |= {name: ("palm", f"{name}_link") for name in FINGERS}
    for name, (parent, child) in expected.items():
        joint = UsdPhysics.Joint(stage.GetPrimAtPath(f"{TOP}/joints/{name}"))
        assert joint.GetBody0Rel().GetTargets() == [f"{TOP}/{parent}"]
        assert joint.GetBody1Rel().GetTargets() == [f"{TOP}/{child}"]


@pytest.mark.parametrize(
    ("name", "low", "high"),
    [
        ("x", -1.2, 1.2),
        ("y", -1.2, 1.2),
        ("z", -0.05, 1.0),
        ("a", -100.0, 100.0),
        ("b", -100.0, 100.0),
        ("c", -190.0, 190.0),
        ("left_finger", 0.0, 0.07),
        ("right_finger", 0.0, 0.07),
    ],
)
def test_limits_and_drives(stage: Usd.Stage, name: str, low: float, high: float) -> None:
    prim = stage.GetPrimAtPath(f"{TOP}/joints/{name}")
    assert prim.GetAttribute("physics:lowerLimit").Get() == pytest.approx(low)
    assert prim.GetAttribute("physics:upperLimit").Get() == pytest.approx(high)
    drive = UsdPhysics.DriveAPI.Get(prim, "angular" if name in "abc" else "linear")
    assert drive.GetStiffnessAttr().Get() > 0.0
    assert drive.GetDampingAttr().Get() > 0.0
    assert drive.GetMaxForceAttr().Get() == pytest.approx(
        {"a": 5, "b": 5, "c": 5}.get(name, 20 if "finger" in name else 25)
    )


def test_palm_pose_follows_the_formula(stage: Usd.Stage) -> None:
    generator = np.random.default_rng(0)
    for _ in range(20):
        values = generator.uniform(-1.0, 1.0, 6)
        position, rotation = pose(stage, CHAIN, values.tolist())
        np.testing.assert_allclose(position, values[:3], atol=1e-6)
        expected = Rotation.from_euler("XYZ", values[3:]).as_matrix() @ np.diag([1.0, -1.0, -1.0])
        np.testing.assert_allclose(rotation.as_matrix(), expected, atol=1e-6)


def test_at_zero_the_gripper_points_down_and_is_closed_along_x(stage: Usd.Stage) -> None:
    position, rotation = pose(stage, CHAIN, [0.0] * 6)
    np.testing.assert_allclose(position, np.zeros(3), atol=1e-9)
    np.testing.assert_allclose(rotation.apply([0, 0, 1]), [0, 0, -1], atol=1e-6)
    np.testing.assert_allclose(rotation.apply([1, 0, 0]), [1, 0, 0], atol=1e-6)
    # authored poses of the links agree with the joints at zero
    for link in ("palm", *(f"{name}_link" for name in FINGERS)):
        matrix = np.array(UsdGeom.Xformable(stage.GetPrimAtPath(f"{TOP}/{link}")).ComputeLocalToWorldTransform(0))
        np.testing.assert_allclose(matrix, np.diag([1.0, -1.0, -1.0, 1.0]), atol=1e-6)


def test_fingers_open_to_both_sides_of_the_palm(stage: Usd.Stage) -> None:
    # turned by 90 degrees about z, the closing direction is the world's y
    base = [0.3, 0.2, 0.4, 0.0, 0.0, np.pi / 2]
    for name, sign in (("left_finger", -1.0), ("right_finger", 1.0)):
        position, rotation = pose(stage, (*CHAIN, name), [*base, 0.05])
        np.testing.assert_allclose(position, [0.3, 0.2 + sign * 0.05, 0.4], atol=1e-6)
        np.testing.assert_allclose(rotation.apply([0, 0, 1]), [0, 0, -1], atol=1e-6)


def test_colliders_are_the_boxes_of_the_geometry(stage: Usd.Stage) -> None:
    # inner faces of the closed pads meet at x = 0, tips at z = 0, palm behind the pads
    geometry = GripperGeometry()
    boxes = {
        "palm/collision/palm": ((-0.080, -0.035, -0.150), (0.080, 0.035, -0.070)),
        "left_finger_link/collision/pad": ((-0.012, -0.012, -0.070), (0.0, 0.012, 0.0)),
        "right_finger_link/collision/pad": ((0.0, -0.012, -0.070), (0.012, 0.012, 0.0)),
    }
    assert (geometry.stroke, geometry.pad_thickness, geometry.pad_length) == (0.14, 0.012, 0.07)
    colliders = [prim for prim in stage.Traverse() if prim.HasAPI(UsdPhysics.CollisionAPI)]
    assert {str(prim.GetPath()) for prim in colliders} == {f"{TOP}/{path}" for path in boxes}
    for path, (low, high) in boxes.items():
        prim = stage.GetPrimAtPath(f"{TOP}/{path}")
        local = np.array(UsdGeom.Xformable(prim).GetLocalTransformation())
        corners = np.array([(-0.5, -0.5, -0.5, 1.0), (0.5, 0.5, 0.5, 1.0)]) @ local
        np.testing.assert_allclose(corners[:, :3], [low, high], atol=1e-7)
        assert UsdGeom.Imageable(prim).ComputePurpose() == UsdGeom.Tokens.guide


@pytest.mark.parametrize(
    ("link", "mass", "centre", "inertia"),
    [
        # m (y^2 + z^2) / 12 and so on: 0.5 * (0.07^2 + 0.08^2) / 12 = 4.708e-4, 0.5 * (0.16^2 + 0.08^2) / 12 = 1.333e-3
        ("palm", 0.5, (0, 0, -0.11), (4.70833e-4, 1.33333e-3, 1.270833e-3)),
        # 0.08 * (0.024^2 + 0.07^2) / 12 = 3.6507e-5, 0.08 * (0.012^2 + 0.07^2) / 12 = 3.3627e-5, ... = 4.8e-6
        ("left_finger_link", 0.08, (-0.006, 0, -0.035), (3.65067e-5, 3.36267e-5, 4.8e-6)),
        ("right_finger_link", 0.08, (0.006, 0, -0.035), (3.65067e-5, 3.36267e-5, 4.8e-6)),
        ("x_link", 0.05, (0, 0, 0), (1e-4, 1e-4, 1e-4)),
    ],
)
def test_masses(stage: Usd.Stage, link: str, mass: float, centre: tuple, inertia: tuple) -> None:
    api = UsdPhysics.MassAPI(stage.GetPrimAtPath(f"{TOP}/{link}"))
    assert api.GetMassAttr().Get() == pytest.approx(mass)
    np.testing.assert_allclose(api.GetCenterOfMassAttr().Get(), centre, atol=1e-8)
    np.testing.assert_allclose(api.GetDiagonalInertiaAttr().Get(), inertia, rtol=1e-5)


@pytest.fixture(scope="module")
def solver() -> SolverMuJoCo:
    builder = newton.ModelBuilder()
    SolverMuJoCo.register_custom_attributes(builder)
    path = str(asset_path("robots", "parallel_gripper.usda"))
    builder.add_usd(path, hide_collision_shapes=True, schema_resolvers=[SchemaResolverNewton(), SchemaResolverMjc()])
    return SolverMuJoCo(builder.finalize(device="cpu"), use_mujoco_cpu=True)


def test_mujoco_gets_eight_joints_eight_actuators_and_grippy_pads(solver: SolverMuJoCo) -> None:
    model = solver.mj_model
    assert (model.njnt, model.nu, model.ngeom) == (8, 8, 3)
    for i in range(model.ngeom):
        name = model.geom(i).name
        assert model.geom_condim[i] == 4
        assert model.geom_priority[i] == (2 if "pad" in name else 0)
        assert model.geom_friction[i, 0] == pytest.approx(1.0 if "pad" in name else 0.5)


def test_gripper_holds_its_pose_in_mujoco_without_own_contacts(solver: SolverMuJoCo) -> None:
    # gravity is compensated, nothing moves the drives from their targets, and the closed pads do not push each other
    data = mujoco.MjData(solver.mj_model)
    mujoco.mj_step(solver.mj_model, data, 100)
    np.testing.assert_allclose(data.qpos, np.zeros(8), atol=1e-6)
    assert data.ncon == 0
