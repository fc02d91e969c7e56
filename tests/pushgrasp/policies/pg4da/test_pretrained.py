"""Trained policies that come with the project: found by the name of the experiment, or said to be missing."""

from __future__ import annotations

from pathlib import Path

import pytest

from pg_tasks.agents.rsl_rl_ppo_cfg import DualArmPushGraspPPORunnerCfg
from pushgrasp.files.torch_files import fingerprint
from pushgrasp.learning.checkpoint import load_checkpoint
from pushgrasp.policies.pg4da import pretrained
from pushgrasp.policies.pg4da.backbone.avn import build_backbone
from pushgrasp.policies.pg4da.pretrained import shipped_weights
from pushgrasp.policies.pg4da.spatial.nets import SpatialPolicyNet


def test_policies_are_found_by_their_experiment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pretrained, "ROOT", tmp_path)
    (tmp_path / "weights").mkdir()
    with pytest.raises(FileNotFoundError, match=r"no trained policy dual .*\(there are: none\)"):
        pretrained.pretrained_policy("dual")
    (tmp_path / "weights" / "dual.pt").touch()
    assert pretrained.pretrained_policy("dual") == tmp_path / "weights" / "dual.pt"
    with pytest.raises(FileNotFoundError, match=r"no trained policy single .*\(there are: dual\)"):
        pretrained.pretrained_policy("single")


def test_the_shipped_policy_fits_the_default_agent_and_backbone() -> None:
    cfg = DualArmPushGraspPPORunnerCfg()
    info, _, state = load_checkpoint(
        pretrained.pretrained_policy(cfg.experiment_name), "pg4da", cfg.actor["name"], 1, "avh"
    )
    net = SpatialPolicyNet()
    weights = state["actor_state_dict"]
    net.load_state_dict({name.removeprefix("mlp."): value for name, value in weights.items()})
    backbone = build_backbone(str(shipped_weights()), 0, frozen=True)
    assert info.backbone == fingerprint(backbone)
