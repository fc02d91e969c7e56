"""Policies from pictures to actions."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from pg_tasks.agents.epg_cfg import EpgCfg
from pg_tasks.agents.rsl_rl_ppo_cfg import DualArmPushGraspPPORunnerCfg
from pg_tasks.app.policies import ChosenPolicy, choose_policy
from pushgrasp.learning.checkpoint import CheckpointError, CheckpointInfo, save_checkpoint
from pushgrasp.policies.pg4da.pretrained import pretrained_policy
from pushgrasp.program import UserError


def test_policies_are_chosen_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    cfg = DualArmPushGraspPPORunnerCfg()
    assert choose_policy("random", cfg) == ChosenPolicy("random")
    assert ChosenPolicy("random").weights is None
    assert choose_policy("epg", cfg) == ChosenPolicy("epg", pretrained_policy("epg"), "epg")
    assert choose_policy("epg", EpgCfg()) == ChosenPolicy("epg", pretrained_policy("epg"))
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
