"""The default configuration builds the real networks, and only known choices are accepted."""

from __future__ import annotations

import inspect

import pytest
import torch
from rsl_rl.algorithms import PPO
from tensordict import TensorDict

from pushgrasp.training.config import PpoCfg, runner_config
from pushgrasp.training.models import PushGraspActor, PushGraspCritic


def test_algorithm_fields_are_those_of_rsl_rl() -> None:
    fields = runner_config()["algorithm"].keys() - {"class_name", "share_cnn_encoders"}  # taken by rsl-rl itself
    assert fields <= inspect.signature(PPO.__init__).parameters.keys()


def test_default_networks_have_the_papers_sizes() -> None:
    cfg = runner_config()
    obs = TensorDict({"avh": torch.rand(1, 360, 56, 56)}, batch_size=[1])
    for key, size, kind in (("actor", 3496, PushGraspActor), ("critic", 1, PushGraspCritic)):
        kwargs = {name: value for name, value in cfg[key].items() if name != "class_name"}
        model = kind(obs, cfg["obs_groups"], key, size, **kwargs)
        assert model(obs).shape == (1, size)
        assert sum(parameter.numel() for parameter in model.parameters()) < 30e6


def test_backbone_decides_the_observation_group() -> None:
    frozen, trainable = runner_config(), runner_config(backbone="trainable", backbone_weights="avn.safetensors")
    assert frozen["obs_groups"]["actor"] == ["avh"] and frozen["actor"]["backbone_cfg"] is None
    assert trainable["obs_groups"]["actor"] == ["rgb"] and trainable["algorithm"]["share_cnn_encoders"]
    assert trainable["actor"]["backbone_cfg"]["weights"] == "avn.safetensors"
    assert runner_config(relevance=True)["obs_groups"] == {"actor": ["avh", "relevance"], "critic": ["avh"]}
    with pytest.raises(ValueError, match="backbone 'thawed'; allowed: 'frozen', 'trainable'"):
        runner_config(backbone="thawed")


def test_settings_reach_the_configuration() -> None:
    cfg = runner_config(PpoCfg(gamma=0.3, init_std=0.7, keep_checkpoints=None))
    assert cfg["algorithm"]["gamma"] == 0.3
    assert cfg["actor"]["distribution_cfg"]["init_std"] == 0.7
    assert cfg["keep_checkpoints"] is None
