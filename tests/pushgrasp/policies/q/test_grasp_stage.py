"""What comes before Q-learning: which tried grasps are shown, what is learned of them, and nets to begin with."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from pushgrasp.learning.checkpoint import CheckpointError, CheckpointInfo, load_checkpoint, save_checkpoint
from pushgrasp.learning.loop import TrainingLoop
from pushgrasp.perception.workspace import Workspace
from pushgrasp.policies.maps.oriented_net import PlainLayers
from pushgrasp.policies.maps.picture import Picture
from pushgrasp.policies.maps.q_net import build_nets
from pushgrasp.policies.maps.tries import SceneTries
from pushgrasp.policies.q.cfg import GraspStageCfg
from pushgrasp.policies.q.grasp_stage import GraspStage, tried_grasps
from pushgrasp.policies.q.weights import begin_with, read_start
from pushgrasp.policies.switch.agent import NETS, SwitchAgent
from pushgrasp.policies.switch.cfg import METHOD, RuleCfg

from .conftest import NETS_CFG, BarTable

DIRECTIONS, WINDOW = 4, 32


def fresh_agent(seed: int = 0, **nets) -> SwitchAgent:
    torch.manual_seed(seed)
    cfg = replace(NETS_CFG, **nets)
    return SwitchAgent(BarTable(), build_nets(NETS, cfg, PlainLayers(4)), cfg, RuleCfg())


def stage(scenes, agent: SwitchAgent, **cfg) -> GraspStage:
    chosen = GraspStageCfg(**{"batch": 4, "learning_rate": 0.02, **cfg})
    return GraspStage(agent, scenes, DIRECTIONS, WINDOW, Workspace(), chosen, seed=3)


def loop(learner: GraspStage, folder: Path) -> TrainingLoop:
    folder.mkdir()
    info = CheckpointInfo(f"{METHOD}_grasp", 1, "height", 0, method=METHOD)
    return TrainingLoop(learner, info, {"nets": NETS_CFG}, folder, save_interval=2)


def two_objects() -> SceneTries:
    """Object 2 has two tries, object 5 one, and a fourth is out of the window about object 5."""
    ids = torch.zeros(224, 224, dtype=torch.uint8)
    ids[50:60, 60:70], ids[120:130, 140:150], ids[120:123, 100:103] = 2, 5, 5
    cell = torch.tensor([[52, 61], [125, 145], [59, 69], [121, 101]]).byte()
    angle, lifted = torch.tensor([0.0, 0.8, 3.1, 0.0]), torch.tensor([True, False, False, True])
    return SceneTries(0.05 * (ids > 0).half(), ids, cell, angle, torch.full((4,), 0.05), lifted)


def test_each_object_that_was_tried_is_the_target_of_a_picture(agent) -> None:
    tried = tried_grasps(agent, [two_objects(), two_objects()], DIRECTIONS, Workspace())
    pictures = Picture.restored(tried.pictures)
    assert len(tried) == 4 and [set(pictures.ids[n][pictures.goal[n]].tolist()) for n in range(4)] == 2 * [{2}, {5}]
    found = tried.entries["grasp"]
    assert found.picture.tolist() == [0, 0, 1, 2, 2, 3]  # the small part of object 5 is 40 cells from its middle
    direction, row, column = found.entry[:3].unbind(dim=1)
    assert direction.tolist() == [0, 0, 1]  # of 0, 45, 90 and 135 degrees; 178 degrees are as good as none
    cells = torch.stack((row, column), dim=1) + pictures.corner[found.picture[:3]]
    assert cells.tolist() == [[52, 61], [59, 69], [125, 145]]
    assert found.lifted.tolist()[:3] == [True, False, False]


def test_grasps_across_a_bar_are_learned(scenes) -> None:
    learner = stage(scenes, fresh_agent(widths=(2, 2)))
    for number in range(12):
        numbers, score = learner.iterate(number, 12)
    assert score == numbers["Validation/grasp_auc"] == 1.0


def test_resumed_training_ends_with_the_same_weights(scenes, tmp_path: Path) -> None:
    loop(stage(scenes, fresh_agent()), tmp_path / "whole").learn_until(4)
    rest = loop(stage(scenes, fresh_agent(seed=7)), tmp_path / "rest")
    rest.load(tmp_path / "whole" / "model_2.pt")
    rest.learn_until(4)
    whole, found = (load_checkpoint(tmp_path / run / "model_4.pt")[2]["policy"]["nets"] for run in ("whole", "rest"))
    assert set(whole) == {"grasp"}  # nothing else was learned
    assert all(torch.equal(found["grasp"][name], value) for name, value in whole["grasp"].items())


def test_a_training_begins_with_what_was_learned(scenes, tmp_path: Path) -> None:
    learned = fresh_agent()
    loop(stage(scenes, learned), tmp_path / "run").learn_until(2)
    other = fresh_agent(seed=7)
    push = {name: value.clone() for name, value in other.nets["push"].state_dict().items()}
    begin_with(other, read_start([tmp_path / "run" / "model_2.pt"], replace(NETS_CFG, window=64)))
    for name, value in learned.nets["grasp"].state_dict().items():
        assert torch.equal(other.nets["grasp"].state_dict()[name], value)
    assert all(torch.equal(other.nets["push"].state_dict()[name], value) for name, value in push.items())


def test_each_net_is_of_the_first_file_that_holds_it(scenes, tmp_path: Path) -> None:
    for number in (1, 2):
        loop(stage(scenes, fresh_agent(seed=number)), tmp_path / f"run{number}").learn_until(1)
    paths = [tmp_path / f"run{number}" / "model_1.pt" for number in (1, 2)]
    first = load_checkpoint(paths[0])[2]["policy"]["nets"]["grasp"]
    start = read_start(paths, NETS_CFG)["grasp"]
    assert all(torch.equal(start[name], value) for name, value in first.items())


def test_nets_that_the_method_does_not_have_are_left_out() -> None:
    there, own = fresh_agent().plain(), fresh_agent(seed=7)
    start = {name: there["grasp"].state_dict() for name in ("move", "grasp")}  # as the stage grasp of mpg writes them
    begin_with(own, start)
    assert all(torch.equal(own.nets["grasp"].state_dict()[name], value) for name, value in start["grasp"].items())


def test_nets_of_other_settings_are_refused(scenes, tmp_path: Path) -> None:
    loop(stage(scenes, fresh_agent()), tmp_path / "run").learn_until(1)
    path = tmp_path / "run" / "model_1.pt"
    with pytest.raises(CheckpointError, match=r"model_1\.pt: its nets have other settings: agent\.nets\.directions=4"):
        read_start([path], replace(NETS_CFG, directions=8))
    other = tmp_path / "epg.pt"
    save_checkpoint(other, CheckpointInfo("epg_push", 1, "height", 3, method="epg"), {}, {"policy": {"grasp": {}}})
    with pytest.raises(CheckpointError, match=r"epg\.pt is of epg, which has no Q nets"):
        read_start([other], NETS_CFG)
    with pytest.raises(CheckpointError, match=r"agent\.start: weights of the net 'grasp' do not fit"):
        begin_with(fresh_agent(widths=(2, 2)), read_start([path], NETS_CFG))


def test_data_that_does_not_do_is_refused(scenes, agent) -> None:
    with pytest.raises(ValueError, match="9 scenes of tried grasps; at least 10 are needed"):
        stage(scenes[:9], agent)
    empty = [replace(one, **{name: getattr(one, name)[:0] for name in ("cell", "angle", "lifted")}) for one in scenes]
    with pytest.raises(ValueError, match="no grasps to learn from"):
        stage(empty, agent)
    with pytest.raises(ValueError, match="have 100 x 224 cells; needed are 224 x 224"):
        stage([replace(one, height=one.height[:100]) for one in scenes], agent)
