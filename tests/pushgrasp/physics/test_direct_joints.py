"""Joints read and driven in MuJoCo's arrays: on a model whose names and motion are known."""

from __future__ import annotations

from types import SimpleNamespace

import mujoco
import numpy as np
import pytest
import torch

from pushgrasp.physics.direct_joints import DirectJoints

MODEL = """
<mujoco><option gravity="0 0 0" timestep="0.004"/><worldbody>{bodies}</worldbody><actuator>{drives}</actuator></mujoco>
"""
NAMES = ("_World_left_hand_joints_x", "_World_right_hand_joints_x", "_World_right_hand_joints_y")


class Worlds(SimpleNamespace):
    """Stands in for the solver: two worlds of three slides, stepped one after the other."""

    def advance_along(self, controls: np.ndarray, ticks: np.ndarray) -> None:
        for world in np.flatnonzero(self.active):
            for control in controls[world, : ticks[world]]:
                self.datas[world].ctrl[:] = control
                mujoco.mj_step(self.models[world], self.datas[world], 5)

    def controls(self) -> np.ndarray:
        return np.stack([data.ctrl for data in self.datas])


@pytest.fixture
def worlds() -> Worlds:
    body = '<body><joint name="{}" type="slide" axis="1 0 0"/><geom size="0.1" mass="1" contype="0"/></body>'
    # velocity drives first for the second joint: what a drive is shows in its feedback, not in its place
    drive = {
        "p": '<position joint="{}" kp="100"/>',
        "v": '<velocity joint="{}" kv="20"/>',
    }
    order = (("p", NAMES[0]), ("v", NAMES[0]), ("v", NAMES[1]), ("p", NAMES[1]), ("p", NAMES[2]), ("v", NAMES[2]))
    drives = "".join(drive[kind].format(name) for kind, name in order)
    text = MODEL.format(bodies="".join(body.format(name) for name in NAMES), drives=drives)
    models = [mujoco.MjModel.from_xml_string(text) for _ in range(2)]
    return Worlds(models=models, datas=[mujoco.MjData(m) for m in models], active=np.ones(2, dtype=bool))


def test_set_points_reach_the_right_drives_of_active_worlds(worlds: Worlds) -> None:
    joints = DirectJoints(worlds, [("right_hand", "x"), ("left_hand", "x")])
    joints.set_active(torch.tensor([True, False]))
    joints.drive(torch.tensor([[0.1, 0.2]] * 2), torch.tensor([[1.0, 2.0]] * 2))
    np.testing.assert_allclose(worlds.datas[0].ctrl, [0.2, 2.0, 1.0, 0.1, 0.0, 0.0], atol=1e-7)
    np.testing.assert_array_equal(worlds.datas[1].ctrl, np.zeros(6))


def test_measured_are_the_joints_asked_for(worlds: Worlds) -> None:
    worlds.datas[1].qpos[:], worlds.datas[1].qvel[:] = [0.1, 0.2, 0.3], [1.0, 2.0, 3.0]
    positions, velocities = DirectJoints(worlds, [("right_hand", "y"), ("left_hand", "x")]).measure()
    torch.testing.assert_close(positions, torch.tensor([[0.0, 0.0], [0.3, 0.1]]))
    torch.testing.assert_close(velocities, torch.tensor([[0.0, 0.0], [3.0, 1.0]]))


def test_set_points_known_ahead_are_followed(worlds: Worlds) -> None:
    joints = DirectJoints(worlds, [("left_hand", "x"), ("right_hand", "y")])
    ramp = torch.linspace(0.0, 0.5, 100)[None, :, None].repeat(2, 1, 2)
    joints.run(ramp, torch.full_like(ramp, 0.5 / 2.0), torch.tensor([100, 0]))  # 0.5 m in 2 s
    positions, velocities = joints.measure()
    # both drives ask for the same motion, so that the joints keep up with it
    torch.testing.assert_close(positions[0], torch.tensor([0.5, 0.5]), atol=0.01, rtol=0)
    torch.testing.assert_close(velocities[0], torch.tensor([0.25, 0.25]), atol=0.02, rtol=0)
    assert not positions[1].any()
    assert worlds.datas[0].qpos[1] == 0.0


def test_a_joint_that_is_not_there_is_named(worlds: Worlds) -> None:
    with pytest.raises(ValueError, match="0 joints 'z' of 'left_hand' in the MuJoCo model; joints: _World_left_hand"):
        DirectJoints(worlds, [("left_hand", "z")])


def test_a_joint_without_drive_is_named(worlds: Worlds) -> None:
    worlds.models[0].actuator_biasprm[5, 2] = 0.0
    with pytest.raises(ValueError, match="without a velocity drive: _World_right_hand_joints_y"):
        DirectJoints(worlds, [("right_hand", "y")])
