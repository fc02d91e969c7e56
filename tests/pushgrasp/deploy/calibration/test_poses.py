"""Guided poses: within reach, leaning, spread over the picture."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from pushgrasp.deploy.calibration.board import BoardCfg
from pushgrasp.deploy.calibration.poses import CellSketch, guided_poses
from pushgrasp.motion.arm.forward import tcp_pose
from pushgrasp.motion.arm.model import ArmsCfg, BasePose


@pytest.mark.parametrize("arm", [0, 1])
def test_poses_of_the_usual_cell(arm: int) -> None:
    sketch, board = CellSketch(), BoardCfg()
    poses = guided_poses(sketch, board, arm, 15)
    assert len({pose.joints.tobytes() for pose in poses}) == 15
    joints = torch.from_numpy(np.stack([pose.joints for pose in poses]))
    alone = replace(sketch.arms, bases=(sketch.arms.bases[arm],))
    tcp = tcp_pose(joints[None], alone)
    tools = np.stack([pose.world_from_tool for pose in poses])
    assert tcp.position[0].numpy() == pytest.approx(tools[:, :3, 3], abs=1.0e-6)
    assert tcp.rotation[0].numpy() == pytest.approx(tools[:, :3, :3], abs=1.0e-6)
    boards = np.stack([pose.world_from_board for pose in poses])
    assert boards[:, 2, 2] == pytest.approx(np.cos(np.radians(29.0)))
    for axis in (0, 1):
        lean = np.degrees(np.arctan2(boards[:, axis, 2], boards[:, 2, 2]))
        assert lean.min() < -25.0 and lean.max() > 25.0
    assert np.ptp(boards[:, 0, 3]) > 0.5 and np.ptp(boards[:, 1, 3]) > 0.4
    grip = np.linalg.inv(tools) @ boards  # jaws close on the plate, which goes on from the finger tips
    assert grip[:, 0, 2] == pytest.approx(1.0) and grip[:, 2, 1] == pytest.approx(1.0)
    assert grip[:, :3, 3] == pytest.approx(np.tile((0.0, 0.0, 0.1175), (15, 1)))


def test_a_cell_out_of_reach_is_refused() -> None:
    arms = ArmsCfg(bases=(BasePose((-2.0, 0.0, 0.3), 0.0),))
    with pytest.raises(ValueError, match="arm 0: 0 of 15 poses are within reach"):
        guided_poses(CellSketch(arms=arms), BoardCfg(), 0, 15)
