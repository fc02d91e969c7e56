"""Policies from pictures to actions."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import pytest

from pg_tasks.agents.epg_cfg import EpgCfg
from pg_tasks.agents.q_cfg import MpgCfg
from pg_tasks.agents.rsl_rl_ppo_cfg import DualArmPushGraspPPORunnerCfg
from pg_tasks.app.policies import ChosenPolicy, choose_policy
from pushgrasp.learning.checkpoint import CheckpointError, CheckpointInfo, save_checkpoint
from pushgrasp.policies.maps.planner import PrimitivesCfg
from pushgrasp.policies.pg4da.pretrained import pretrained_policy
from pushgrasp.program import UserError


def test_policies_are_chosen_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    cfg = DualArmPushGraspPPORunnerCfg()
    assert choose_policy("random", cfg) == ChosenPolicy("random")
    assert ChosenPolicy("random").weights is None
    assert choose_policy("epg", cfg) == ChosenPolicy("epg", pretrained_policy("epg"))
    chosen = choose_policy("epg", EpgCfg())
    assert (chosen.name, chosen.checkpoint) == ("epg", pretrained_policy("epg")) and chosen.settings is not None
    with pytest.raises(
        UserError, match=r"unknown policy 'rando'; policies: random, zero, .*package\.module:Class, .*or a checkpoint"
    ):
        choose_policy("rando", cfg)
    with pytest.raises(UserError, match="policy pg4da: name its weights: pretrained, latest, best, or a checkpoint"):
        choose_policy("pg4da", cfg)
    with pytest.raises(ValueError, match="no module 'nowhere' on the search path"):
        choose_policy("nowhere.at:All", cfg)
    with pytest.raises(FileNotFoundError, match=r"no checkpoint 'missing\.pt'"):
        choose_policy("missing.pt", cfg)


def test_a_checkpoint_is_named_after_its_run(tmp_path: Path) -> None:
    cfg, path = DualArmPushGraspPPORunnerCfg(), tmp_path / "tuned" / "model_9.pt"
    path.parent.mkdir()
    save_checkpoint(path, CheckpointInfo("pg4da_spatial", 1, "avh", 9), {}, {})
    chosen = choose_policy(str(path), cfg)
    assert (chosen.name, chosen.checkpoint) == ("tuned/model_9", path)
    assert chosen.weights == hashlib.sha256(path.read_bytes()).hexdigest()


def test_a_policy_acts_as_its_training_says_but_for_what_is_typed(tmp_path: Path) -> None:
    path, cfg = tmp_path / "model_9.pt", MpgCfg()
    rule = replace(cfg.rule, overhang=0.4, max_pushes=2, primitives=PrimitivesCfg(top=7, failed=0.9))
    save_checkpoint(path, CheckpointInfo("mpg", 1, "height", 9, method="mpg"), {"nets": cfg.nets, "rule": rule}, {})
    cfg.rule.max_pushes, cfg.rule.primitives.top = 3, 64  # as the words below set them
    settings = choose_policy(
        str(path), cfg, overrides=["agent.rule.max_pushes=3", "agent.rule.primitives.top=64", "env.max_actions=4"]
    ).settings
    assert settings is not None
    assert settings.rule == replace(rule, max_pushes=3, primitives=PrimitivesCfg(top=64, failed=0.9))
    assert cfg.rule.overhang == 0.6  # what was given stays as it is


@pytest.mark.parametrize(("typed", "play"), [([], "sharpened"), (["agent.actor.play=likeliest"], "likeliest")])
def test_networks_play_as_in_their_training_unless_it_is_typed(tmp_path: Path, typed: list[str], play: str) -> None:
    path, cfg = tmp_path / "model_9.pt", DualArmPushGraspPPORunnerCfg()
    config = {"actor": {**cfg.actor, "play": "sharpened"}}
    save_checkpoint(path, CheckpointInfo("pg4da_spatial", 1, "avh", 9), config, {})
    settings = choose_policy(str(path), cfg, overrides=typed).settings
    assert settings is not None and settings.train_cfg()["actor"]["play"] == play


def test_weights_of_another_method_are_refused(tmp_path: Path) -> None:
    save_checkpoint(tmp_path / "model_9.pt", CheckpointInfo("a", 3496, "avh", 9, method="epg"), {}, {})
    with pytest.raises(CheckpointError, match="checkpoint has method 'epg', expected 'pg4da'"):
        choose_policy(str(tmp_path / "model_9.pt"), DualArmPushGraspPPORunnerCfg())


@pytest.mark.parametrize(
    ("network", "image", "advice"),
    [
        ("pg4da", "avh", "was trained with agent=paper; give that here, too"),
        ("pg4da_spatial", "rgb", "needs agent.backbone.trainable=true, as in its training"),
    ],
)
def test_weights_that_need_other_settings_say_which(tmp_path: Path, network: str, image: str, advice: str) -> None:
    save_checkpoint(tmp_path / "model_9.pt", CheckpointInfo(network, 3496, image, 9), {}, {})
    with pytest.raises(UserError, match=advice):
        choose_policy(str(tmp_path / "model_9.pt"), DualArmPushGraspPPORunnerCfg())
