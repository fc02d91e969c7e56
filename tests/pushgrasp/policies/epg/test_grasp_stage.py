"""Step 1: what is learned, what the losses count, and exact resumption."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from pushgrasp.gripper.geometry import GripperGeometry
from pushgrasp.learning.checkpoint import CheckpointError, CheckpointInfo, load_checkpoint
from pushgrasp.learning.loop import TrainingLoop
from pushgrasp.policies.epg.cfg import METHOD, GraspStageCfg, RuleCfg
from pushgrasp.policies.epg.data import GraspBatch
from pushgrasp.policies.epg.grasp_stage import GraspStage, grasp_loss
from pushgrasp.policies.epg.weights import Nets


def loop(scenes, cfg, folder: Path) -> tuple[TrainingLoop, GraspStage]:
    torch.manual_seed(5)
    nets, stage_cfg = Nets.build(cfg, push=False), GraspStageCfg(batch=4, critic_batch=8, learning_rate=0.02)
    stage = GraspStage(nets, scenes, cfg, stage_cfg, 1.0 / 224, GripperGeometry(), seed=3)
    info = CheckpointInfo("epg_grasp", 1, "height", 0, method=METHOD)
    folder.mkdir(exist_ok=True)
    config = {"nets": cfg, "rule": RuleCfg(), "stage": stage_cfg}
    return TrainingLoop(stage, info, config, folder, save_interval=2), stage


def test_resumed_training_ends_with_the_same_weights(scenes, small_nets, tmp_path: Path) -> None:
    whole, _ = loop(scenes, small_nets(), tmp_path / "whole")
    whole.learn_until(4)
    part, _ = loop(scenes, small_nets(), tmp_path / "part")
    part.load(tmp_path / "whole" / "model_2.pt")
    assert part.learn_until(4).iteration == 4
    expected, found = (load_checkpoint(tmp_path / run / "model_4.pt")[2] for run in ("whole", "part"))
    for net, weights in expected["policy"].items():
        for name, value in weights.items():
            assert torch.equal(found["policy"][net][name], value)
    assert torch.equal(found["learner"]["generator"], expected["learner"]["generator"])
    before = load_checkpoint(tmp_path / "whole" / "model_2.pt")[2]["policy"]["grasp"]
    assert not torch.equal(before["head.map.bias"], expected["policy"]["grasp"]["head.map.bias"])


def test_grasps_across_a_bar_are_learned(scenes, small_nets, tmp_path: Path) -> None:
    learner, stage = loop(scenes, small_nets(widths=(2, 2)), tmp_path / "run")
    learner.learn_until(12)
    assert stage.grasp_auc() == 1.0


def test_only_the_cells_that_were_tried_count() -> None:
    logits = torch.zeros(1, 2, 4, 4)
    logits[0, 1, 2, 3] = 2.0
    batch = GraspBatch(torch.zeros(1, 4, 4), torch.tensor([0]), torch.tensor([[1, 2, 3]]), torch.tensor([1.0]))
    loss, picked = grasp_loss(lambda height: logits, batch)  # pyright: ignore[reportArgumentType]
    assert picked.tolist() == [2.0]
    torch.testing.assert_close(loss, torch.tensor(2.0).sigmoid().log().neg())  # -log p of the one that held


def test_nets_of_other_settings_are_refused(scenes, small_nets, tmp_path: Path) -> None:
    loop(scenes, small_nets(), tmp_path / "run")[0].learn_until(1)
    other, _ = loop(scenes, small_nets(group=8, angles=4, directions=8), tmp_path / "other")
    with pytest.raises(CheckpointError, match=r"model_1\.pt does not fit the settings"):
        other.load(tmp_path / "run" / "model_1.pt")


def test_too_few_scenes_are_refused(scenes, small_nets, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="9 scenes of tried grasps; at least 10 are needed"):
        loop(scenes[:9], small_nets(), tmp_path / "run")
