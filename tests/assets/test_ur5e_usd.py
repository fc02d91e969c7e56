"""UR5e file: chain, limits, forward kinematics against another description of the arm, dynamics, contacts."""

from math import pi

import mujoco
import newton
import numpy as np
import pinocchio
import pytest
from newton.solvers import SolverMuJoCo
from newton.usd import SchemaResolverMjc, SchemaResolverNewton
from pxr import Gf, Usd, UsdGeom, UsdPhysics
from scipy.spatial.transform import Rotation

from pushgrasp_assets import asset_path

TOP = "/ur5e_2f140"
LINKS = (
    "base_link",
    "shoulder_link",
    "upper_arm_link",
    "forearm_link",
    "wrist_1_link",
    "wrist_2_link",
    "wrist_3_link",
)
JOINTS = (
    "shoulder_pan_joint",
    "shoulder_lift_joint",
    "elbow_joint",
    "wrist_1_joint",
    "wrist_2_joint",
    "wrist_3_joint",
)
POSTURES = (
    (0.0, 0.0, 0.0, 0.0, 0.0, 0.0),
    (0.0, -pi / 2, -pi / 2, -pi / 2, pi / 2, 0.0),
    (0.3, -1.9, 2.2, -1.87, -1.57, 0.4),
    (-2.1, -0.7, -1.3, 0.9, 2.5, -3.0),
    (1.2, -2.4, 0.6, -2.2, -0.4, 5.0),
)


@pytest.fixture(scope="module")
def stage() -> Usd.Stage:
    return Usd.Stage.Open(str(asset_path("robots", "ur5e_2f140.usda")))


def matrix(position: Gf.Vec3f, turn: Gf.Quatf) -> np.ndarray:
    pose = np.eye(4)
    pose[:3, :3] = Rotation.from_quat([*turn.GetImaginary(), turn.GetReal()]).as_matrix()
    pose[:3, 3] = position
    return pose


def frames(stage: Usd.Stage, name: str) -> tuple[np.ndarray, np.ndarray]:
    joint = UsdPhysics.Joint(stage.GetPrimAtPath(f"{TOP}/joints/{name}"))
    before = matrix(joint.GetLocalPos0Attr().Get(), joint.GetLocalRot0Attr().Get())
    return before, matrix(joint.GetLocalPos1Attr().Get(), joint.GetLocalRot1Attr().Get())


def forward(stage: Usd.Stage, angles: tuple[float, ...]) -> list[np.ndarray]:
    """Poses of the six moving links and the palm in the base frame, from the joint frames alone."""
    pose, poses = np.eye(4), []
    for name, angle in zip(JOINTS, angles, strict=True):
        before, after = frames(stage, name)
        turn = np.eye(4)
        turn[:3, :3] = Rotation.from_rotvec([0.0, 0.0, angle]).as_matrix()
        pose = pose @ before @ turn @ np.linalg.inv(after)
        poses.append(pose)
    before, after = frames(stage, "gripper_mount")
    return [*poses, pose @ before @ np.linalg.inv(after)]


def ros_arm() -> pinocchio.Model:
    """The UR5e as Universal Robots' ROS description has it: other link frames; origins as (x y z, roll pitch yaw).

    Its `base_link_inertia` is the controller's base; its flange's `tool0` is the frame of `wrist_3_link`.
    """
    origins = (
        ((0, 0, 0.1625), (0, 0, 0)),
        ((0, 0, 0), (pi / 2, 0, 0)),
        ((-0.425, 0, 0), (0, 0, 0)),
        ((-0.3922, 0, 0.1333), (0, 0, 0)),
        ((0, -0.0997, 0), (pi / 2, 0, 0)),
        ((0, 0.0996, 0), (pi / 2, pi, pi)),
    )
    model, parent = pinocchio.Model(), 0
    for index, (position, angles) in enumerate(origins):
        place = pinocchio.SE3(pinocchio.rpy.rpyToMatrix(*angles), np.array(position, dtype=float))
        parent = model.addJoint(parent, pinocchio.JointModelRZ(), place, f"joint_{index}")
    return model


@pytest.mark.parametrize("angles", POSTURES)
def test_flange_is_where_the_ros_description_has_it(stage: Usd.Stage, angles: tuple[float, ...]) -> None:
    model = ros_arm()
    data = model.createData()
    pinocchio.forwardKinematics(model, data, np.array(angles))
    np.testing.assert_allclose(forward(stage, angles)[5], data.oMi[6].homogeneous, atol=1e-6)


def test_tool_points_down_where_the_links_say(stage: Usd.Stage) -> None:
    # Upper arm up, forearm along +x, tool down: x = 0.3922 + 0.0997, y = -0.1333,
    # z = 0.1625 + 0.425 - 0.0996 - 0.234 (flange to finger tips).
    pose = forward(stage, POSTURES[1])[6]
    np.testing.assert_allclose(pose[:3, 3], [0.4919, -0.1333, 0.2539], atol=1e-6)
    np.testing.assert_allclose(pose[:3, 2], [0.0, 0.0, -1.0], atol=1e-6)


def test_authored_poses_are_those_at_zero(stage: Usd.Stage) -> None:
    links = (*LINKS[1:], "palm")
    for link, pose in zip(links, forward(stage, POSTURES[0]), strict=True):
        authored = np.array(UsdGeom.Xformable(stage.GetPrimAtPath(f"{TOP}/{link}")).ComputeLocalToWorldTransform(0)).T
        np.testing.assert_allclose(authored, pose, atol=1e-6)


def test_one_articulation_on_a_base_that_can_be_moved(stage: Usd.Stage) -> None:
    roots = [prim for prim in stage.Traverse() if prim.HasAPI(UsdPhysics.ArticulationRootAPI)]
    assert roots == [stage.GetDefaultPrim()]
    fixed = UsdPhysics.FixedJoint(stage.GetPrimAtPath(f"{TOP}/joints/root_joint"))
    assert fixed.GetBody0Rel().GetTargets() == [TOP]  # the frame that a scene moves, no rigid body
    assert fixed.GetBody1Rel().GetTargets() == [f"{TOP}/base_link"]
    for path in ("wrist_3_link/tool0", "palm/tcp"):
        assert np.array_equal(
            UsdGeom.Xformable(stage.GetPrimAtPath(f"{TOP}/{path}")).GetLocalTransformation(), np.eye(4)
        )


@pytest.mark.parametrize(
    ("index", "limit", "torque"),
    [(0, 360, 150), (1, 360, 150), (2, 180, 150), (3, 360, 28), (4, 360, 28), (5, 360, 28)],
)
def test_joints_have_the_published_limits(stage: Usd.Stage, index: int, limit: float, torque: float) -> None:
    prim = stage.GetPrimAtPath(f"{TOP}/joints/{JOINTS[index]}")
    joint = UsdPhysics.RevoluteJoint(prim)
    assert joint.GetAxisAttr().Get() == "Z"
    assert joint.GetBody0Rel().GetTargets() == [f"{TOP}/{LINKS[index]}"]
    assert joint.GetBody1Rel().GetTargets() == [f"{TOP}/{LINKS[index + 1]}"]
    assert (joint.GetLowerLimitAttr().Get(), joint.GetUpperLimitAttr().Get()) == (-limit, limit)
    assert UsdPhysics.DriveAPI.Get(prim, "angular").GetMaxForceAttr().Get() == pytest.approx(torque)
    assert prim.GetAttribute("physxJoint:maxJointVelocity").Get() == pytest.approx(180.0)


def test_masses_and_inertias_are_the_published_ones(stage: Usd.Stage) -> None:
    masses = [UsdPhysics.MassAPI(stage.GetPrimAtPath(f"{TOP}/{link}")).GetMassAttr().Get() for link in LINKS[1:]]
    np.testing.assert_allclose(masses, [3.761, 8.058, 2.846, 1.37, 1.3, 0.365])
    # the forearm has the largest product of inertia: its principal axes are turned
    forearm = UsdPhysics.MassAPI(stage.GetPrimAtPath(f"{TOP}/forearm_link"))
    turn = matrix(Gf.Vec3f(0.0), forearm.GetPrincipalAxesAttr().Get())[:3, :3]
    tensor = turn @ np.diag(forearm.GetDiagonalInertiaAttr().Get()) @ turn.T
    published = [
        [0.00399632, -0.00001365, 0.00137272],
        [-0.00001365, 0.07879254, -0.0000066],
        [0.00137272, -0.0000066, 0.0784851],
    ]
    np.testing.assert_allclose(tensor, published, atol=1e-8)
    np.testing.assert_allclose(forearm.GetCenterOfMassAttr().Get(), [0.15, 0.0, 0.0265], atol=1e-7)


@pytest.fixture(scope="module")
def model() -> mujoco.MjModel:
    builder = newton.ModelBuilder()
    SolverMuJoCo.register_custom_attributes(builder)
    path = str(asset_path("robots", "ur5e_2f140.usda"))
    builder.add_usd(path, hide_collision_shapes=True, schema_resolvers=[SchemaResolverNewton(), SchemaResolverMjc()])
    return SolverMuJoCo(builder.finalize(device="cpu"), use_mujoco_cpu=True).mj_model


def touching(model: mujoco.MjModel, angles: tuple[float, ...]) -> set[str]:
    """Links in contact with another link of the arm."""
    data = mujoco.MjData(model)
    data.qpos[:6] = angles
    mujoco.mj_forward(model, data)
    pairs = [contact.geom for contact in data.contact if contact.dist < 0.0]
    return {model.geom(geom).name.split("/")[2] for pair in pairs for geom in pair}


def test_mujoco_gets_eight_joints_and_torque_limits_that_include_the_weight(model: mujoco.MjModel) -> None:
    assert (model.njnt, model.nu, model.neq) == (8, 8, 1)
    np.testing.assert_allclose(model.jnt_actfrcrange[:6, 1], [150, 150, 150, 28, 28, 28])
    assert model.jnt_actgravcomp[:6].all()
    assert model.body_mass.sum() == pytest.approx(4.0 + 17.7 + 1.0, abs=1e-5)  # base, arm, gripper


def test_arm_does_not_touch_itself_unless_folded(model: mujoco.MjModel) -> None:
    for angles in POSTURES:
        assert touching(model, angles) == set()
    # the forearm folded back along the upper arm brings the wrist to the shoulder
    assert "upper_arm_link" in touching(model, (0.0, -pi / 2, 3.1, 0.0, 1.5, 0.0))
