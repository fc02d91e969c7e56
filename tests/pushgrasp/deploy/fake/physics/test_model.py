"""The rig's files as the library's kinematics knows the arms."""

from __future__ import annotations

import sys
from dataclasses import replace

import numpy as np
import pytest
import torch

from pushgrasp.deploy.fake.physics.cell import CellPhysics, CellPhysicsCfg
from pushgrasp.deploy.fake.physics.model import cell_model
from pushgrasp.motion.arm.forward import tcp_pose
from pushgrasp.motion.arm.model import JOINT_LIMITS, ArmsCfg, BasePose
from pushgrasp.program import UserError
from pushgrasp.scenes.scene import Scene, SceneObject

SCENE = Scene((SceneObject("cube", (0.0, 0.0, 0.025)), SceneObject("arch", (0.2, 0.0, 0.025))), 0)


def test_arms_stand_where_they_are_said_to() -> None:
    bases = (BasePose((-0.65, 0.1, 0.2), 0.3), BasePose((0.8, -0.1, 0.4), 2.5))
    cell = CellPhysics(SCENE, CellPhysicsCfg(arms=ArmsCfg(bases=bases)))
    wanted = tcp_pose(cell.arms.home_joints()[:, None], cell.arms)
    for index, side in enumerate(("left", "right")):
        palm = cell.model.body(f"{side}_arm_palm").id
        np.testing.assert_allclose(cell._data.xpos[palm], wanted.position[index, 0], atol=1e-5)
        np.testing.assert_allclose(cell._data.xmat[palm].reshape(3, 3), wanted.rotation[index, 0], atol=1e-5)
        pedestal = cell.model.geom(f"{side}_pedestal")
        x, y, z = bases[index].position
        assert pedestal.pos[2] + pedestal.size[1] == pytest.approx(z)
        assert pedestal.pos[:2] == pytest.approx((x, y))


def test_joints_have_the_limits_of_planning_and_the_objects_their_mass() -> None:
    model = cell_model(SCENE, ArmsCfg())
    names = ("shoulder_pan", "shoulder_lift", "elbow", "wrist_1", "wrist_2", "wrist_3")
    for name, limit in zip(names, JOINT_LIMITS, strict=True):
        assert model.joint(f"left_arm_{name}_joint").range == pytest.approx((-limit, limit), abs=1e-6)
    assert model.body("object_0").mass[0] == pytest.approx(0.125)
    assert model.opt.timestep == 0.004


def test_a_tool_of_another_length_is_refused() -> None:
    with pytest.raises(ValueError, match=r"arms.tool_length=0.2: the rig's tool is 0.234 m long"):
        cell_model(SCENE, replace(ArmsCfg(), tool_length=0.2))


def test_without_mujoco_a_user_is_told_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "mujoco", None)
    with pytest.raises(UserError, match=r"pip install 'pushgrasp\[mujoco\]'"):
        cell_model(SCENE, ArmsCfg())


def test_home_is_at_rest() -> None:
    cell = CellPhysics(SCENE)
    cell.advance(1.0)
    for index in range(2):
        np.testing.assert_allclose(cell.arm(index).measure().joints, ArmsCfg().home, atol=1e-4)
    moved = cell.object_poses()[:, :3] - torch.stack([torch.tensor(o.position) for o in SCENE.objects]).numpy()
    assert np.abs(moved).max() < 1e-3
