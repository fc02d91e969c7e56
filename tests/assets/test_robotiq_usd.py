"""The 2F-140 on the arm: what touches is the training gripper's, and its fingers are one degree of freedom."""

import mujoco
import newton
import numpy as np
import pytest
from newton.solvers import SolverMuJoCo
from newton.usd import SchemaResolverMjc, SchemaResolverNewton
from pxr import Usd, UsdGeom, UsdPhysics, UsdShade

from pushgrasp_assets import asset_path

TOP = "/ur5e_2f140"
PARTS = ("palm/collision/palm", "left_finger_link/collision/pad", "right_finger_link/collision/pad")


@pytest.fixture(scope="module")
def stage() -> Usd.Stage:
    return Usd.Stage.Open(str(asset_path("robots", "ur5e_2f140.usda")))


@pytest.mark.parametrize("part", PARTS)
def test_palm_and_pads_are_the_training_grippers(stage: Usd.Stage, part: str) -> None:
    trained = Usd.Stage.Open(str(asset_path("robots", "parallel_gripper.usda")))
    other, mine = trained.GetPrimAtPath(f"/parallel_gripper/{part}"), stage.GetPrimAtPath(f"{TOP}/{part}")
    assert UsdGeom.Xformable(mine).GetLocalTransformation() == UsdGeom.Xformable(other).GetLocalTransformation()
    for name in ("mjc:condim", "mjc:priority", "mjc:solref", "mjc:solimp"):
        assert mine.GetAttribute(name).Get() == other.GetAttribute(name).Get()
    assert friction(mine) == friction(other)


def friction(prim: Usd.Prim) -> float:
    material = UsdShade.MaterialBindingAPI(prim).ComputeBoundMaterial("physics")[0]
    return UsdPhysics.MaterialAPI(material.GetPrim()).GetDynamicFrictionAttr().Get()


def test_body_reaches_from_the_flange_to_the_palm(stage: Usd.Stage) -> None:
    # flange 0.234 m behind the tips, palm box from 0.150 m behind them
    body = UsdGeom.Cylinder(stage.GetPrimAtPath(f"{TOP}/palm/collision/body"))
    middle = np.array(UsdGeom.Xformable(body.GetPrim()).GetLocalTransformation())[3, 2]
    half = body.GetHeightAttr().Get() / 2
    np.testing.assert_allclose([middle - half, middle + half], [-0.234, -0.150], atol=1e-6)


def test_gripper_weighs_one_kilogram(stage: Usd.Stage) -> None:
    links = ("palm", "left_finger_link", "right_finger_link")
    masses = [UsdPhysics.MassAPI(stage.GetPrimAtPath(f"{TOP}/{link}")).GetMassAttr().Get() for link in links]
    assert sum(masses) == pytest.approx(1.0)


def test_fingers_travel_half_the_stroke_with_equal_drives(stage: Usd.Stage) -> None:
    drives = []
    for name in ("left_finger", "right_finger"):
        prim = stage.GetPrimAtPath(f"{TOP}/joints/{name}")
        joint = UsdPhysics.PrismaticJoint(prim)
        assert (joint.GetLowerLimitAttr().Get(), joint.GetUpperLimitAttr().Get()) == pytest.approx((0.0, 0.07))
        drive = UsdPhysics.DriveAPI.Get(prim, "linear")
        drives.append((drive.GetStiffnessAttr().Get(), drive.GetDampingAttr().Get(), drive.GetMaxForceAttr().Get()))
    # PhysX does not couple sliding joints: there, equal drives with stiffness keep the jaws symmetric
    assert drives[0] == drives[1]
    assert min(drives[0]) > 0.0


def test_a_push_on_one_pad_moves_both_fingers_alike() -> None:
    builder = newton.ModelBuilder()
    SolverMuJoCo.register_custom_attributes(builder)
    path = str(asset_path("robots", "ur5e_2f140.usda"))
    builder.add_usd(path, hide_collision_shapes=True, schema_resolvers=[SchemaResolverNewton(), SchemaResolverMjc()])
    model = SolverMuJoCo(builder.finalize(device="cpu"), use_mujoco_cpu=True).mj_model
    data = mujoco.MjData(model)
    data.ctrl[model.actuator_trnid[:, 0] == 6] = data.ctrl[model.actuator_trnid[:, 0] == 7] = 0.03
    data.qpos[6:8] = 0.03
    data.qfrc_applied[6] = 30.0
    mujoco.mj_step(model, data, 1000)
    # 30 N on one finger meet two drives of 20000 N/m: 0.75 mm
    np.testing.assert_allclose(data.qpos[6:8], 0.03 + 30.0 / 40000.0, atol=1e-4)
