"""The default configuration builds the real networks; only known choices and values with a meaning are accepted."""

from __future__ import annotations

import inspect
import math
import re
from collections.abc import Iterator

import pytest
import torch
from rsl_rl.algorithms import PPO
from rsl_rl.utils import resolve_class
from tensordict import TensorDict

from pushgrasp.learning.ppo import PpoCfg, check_runner_config
from pushgrasp.policies.pg4da.training.config import AGENT_TYPES, HEADS, runner_config
from pushgrasp.policies.pg4da.training.models import GaussianActor, PushGraspActor


def test_algorithm_fields_are_those_of_rsl_rl() -> None:
    fields = runner_config()["algorithm"].keys() - {"class_name", "share_cnn_encoders"}  # taken by rsl-rl itself
    assert fields <= inspect.signature(PPO.__init__).parameters.keys()


@pytest.mark.parametrize(("head", "kind"), [("paper", GaussianActor), ("spatial", PushGraspActor)])
def test_default_networks_take_the_observations(head: str, kind: type[PushGraspActor]) -> None:
    cfg = runner_config(head=head)
    shapes = {"avh": (360, 56, 56), "maps": (7, 56, 56), "grasps": (9, 360, 8)}
    shapes |= {"strokes": (42, 15), "swaths": (42, 2, 14, 10), "cells": (177,), "looked": (256,)}
    shapes["profiles"] = (256, 2, 33, 3)
    obs = TensorDict({name: torch.rand(1, *shape) for name, shape in shapes.items()}, batch_size=[1])
    for key, size in (("actor", 1 if head == "spatial" else 3496), ("critic", 1)):
        model_class, kwargs = resolve_class(cfg[key])
        model = model_class(obs, cfg["obs_groups"], key, size, **kwargs)
        assert model(obs).shape == (1, size)
        assert sum(parameter.numel() for parameter in model.parameters()) < 30e6
        assert key == "critic" or type(model) is kind


def test_head_and_backbone_decide_the_observation_groups() -> None:
    frozen, trainable = runner_config(), runner_config(backbone="trainable", backbone_weights="avn.safetensors")
    scene = ["maps", "grasps", "strokes", "swaths", "cells", "looked", "profiles"]
    assert frozen["obs_groups"] == {"actor": ["avh", *scene], "critic": ["avh", *scene]}
    assert frozen["actor"]["backbone_cfg"] is None
    assert trainable["obs_groups"]["actor"] == ["rgb", *scene] and trainable["algorithm"]["share_cnn_encoders"]
    assert trainable["actor"]["backbone_cfg"]["weights"] == "avn.safetensors"
    assert runner_config(head="paper")["obs_groups"] == {"actor": ["avh", "relevance"], "critic": ["avh"]}
    with pytest.raises(ValueError, match="backbone 'thawed'; allowed: 'frozen', 'trainable'"):
        runner_config(backbone="thawed")
    with pytest.raises(ValueError, match="head 'dense'; allowed: spatial, paper"):
        runner_config(head="dense")


def test_settings_reach_the_configuration() -> None:
    cfg = runner_config(PpoCfg(gamma=0.3, init_std=0.7, keep_checkpoints=None), head="paper")
    assert (cfg["algorithm"]["gamma"], cfg["algorithm"]["schedule"]) == (0.3, "fixed")
    assert runner_config(head="spatial")["algorithm"]["schedule"] == "adaptive"
    assert cfg["actor"]["distribution_cfg"]["init_std"] == 0.7
    assert cfg["keep_checkpoints"] is None


def check(cfg: dict, where: str = "") -> None:
    check_runner_config(cfg, where, AGENT_TYPES)


def leaves(cfg: dict, way: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], object]]:
    """Every setting that is no group, with the way to it."""
    for name, value in cfg.items():
        if isinstance(value, dict):
            yield from leaves(value, (*way, name))
        else:
            yield (*way, name), value


NUMBERS = [
    (head, way) for head in HEADS for way, value in leaves(runner_config(head=head)) if type(value) in (int, float)
]


@pytest.mark.parametrize(("head", "way"), NUMBERS)
def test_no_number_of_the_configuration_may_be_anything(head: str, way: tuple[str, ...]) -> None:
    cfg = runner_config(head=head)
    check(cfg)
    group = cfg
    for name in way[:-1]:
        group = group[name]
    for value in (math.nan, math.inf, -1, "1", True, *([] if way[-1] == "keep_checkpoints" else [None])):
        group[way[-1]] = value
        with pytest.raises(ValueError, match=rf"^agent\.{re.escape('.'.join(way))}="):
            check(cfg, "agent")


def test_whole_numbers_are_numbers_but_not_the_other_way_round() -> None:
    cfg = runner_config()
    cfg["algorithm"] |= {"gamma": 1, "learning_rate": 1}
    check(cfg)
    with pytest.raises(ValueError, match=r"^num_steps_per_env=8\.0: a whole number of at least 1 is needed$"):
        check({**cfg, "num_steps_per_env": 8.0})


@pytest.mark.parametrize(
    ("group", "setting", "message"),
    [
        ("algorithm", {"schedule": "linear"}, "algorithm.schedule='linear': one of fixed, adaptive is needed"),
        ("algorithm", {"use_clipped_value_loss": 0}, "algorithm.use_clipped_value_loss=0: true or false is needed"),
        ("actor", {"play": "best"}, "actor.play='best': one of likeliest, sample, sharpened is needed"),
        ("actor", {"distribution_cfg": {"std_range": [8.0, 1.0]}}, "std_range=.*low < high is needed"),
        ("actor", {"distribution_cfg": {"std_range": [1.0]}}, "std_range=.*2 numbers in a list are needed"),
    ],
)
def test_choices_switches_and_ranges(group: str, setting: dict, message: str) -> None:
    cfg = runner_config(head="paper")
    cfg[group] |= setting
    with pytest.raises(ValueError, match=message):
        check(cfg)
