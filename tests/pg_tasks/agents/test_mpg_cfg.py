"""Settings of a training of mpg: its stages, and what the worlds must hold for them."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from pg_tasks.agents.q_cfg import MpgCfg
from pushgrasp.learning.checkpoint import CheckpointInfo
from pushgrasp.policies.mpg.cfg import StagesCfg
from pushgrasp.program import UserError
from pushgrasp.scenes.families import families


def test_stages_follow_each_other() -> None:
    cfg = MpgCfg()
    cfg.start = "model_8.pt"
    assert list(cfg.by_name()) == ["target", "moving", "pushing", "joint"]


def test_grasps_are_learned_by_acting_where_there_is_no_net_to_begin_with() -> None:
    learns = {name: stage.learns for name, stage in MpgCfg().by_name().items()}
    assert learns == {
        "acting": ("grasp",),
        "target": (),
        "moving": ("move",),
        "pushing": ("push",),
        "joint": ("move", "push"),
    }


def test_without_stages_moves_and_pushes_learn_together_from_the_beginning() -> None:
    cfg = MpgCfg()
    cfg.staged = False
    (stage,) = cfg.by_name().values()
    assert set(stage.learns) == {"move", "push"}


def test_a_net_is_frozen_where_it_only_acts() -> None:
    stages = StagesCfg()
    assert stages.moving.learns == ("move",) and "grasp" in stages.moving.acts  # the grasp net judges moves
    assert stages.pushing.learns == ("push",) and "grasp" in stages.pushing.acts


def test_worlds_hold_the_scenes_of_all_stages() -> None:
    env = SimpleNamespace(clutter=SimpleNamespace(scenes=""))
    MpgCfg().set_stage(None, env)
    words = env.clutter.scenes.split(",")
    assert words == ["mpg/heap10", "mpg/stack2", "mpg/stack6", "P1/case1"]
    assert set(words) <= set(families())
    with pytest.raises(UserError, match="--stage joint: mpg has grasp; without --stage others follow"):
        MpgCfg().set_stage("joint", env)


def test_what_is_learned_from_tried_grasps_is_a_training_of_its_own() -> None:
    cfg, env = MpgCfg(), SimpleNamespace(clutter=SimpleNamespace(scenes="own"))
    cfg.set_stage("grasp", env)
    assert (cfg.experiment_name, cfg.method(), cfg.max_iterations) == ("mpg_grasp", "mpg", cfg.grasp_stage.iterations)
    assert env.clutter.scenes == "own"
    whole, part = (CheckpointInfo(name, 1, "height", 3, method="mpg") for name in ("mpg", "mpg_grasp"))
    cfg.check_weights(Path("model_3.pt"), part)
    with pytest.raises(UserError, match=r"model_3\.pt holds mpg, needed is mpg_grasp"):
        cfg.check_weights(Path("model_3.pt"), whole)
    with pytest.raises(UserError, match=r"model_3\.pt holds mpg_grasp, needed is mpg"):
        MpgCfg().check_weights(Path("model_3.pt"), part)
