"""Imitation: shown choices become the likeliest, and bad settings are refused."""

from __future__ import annotations

import math

import pytest
import torch
from rsl_rl.utils import resolve_class
from tensordict import TensorDict

from pushgrasp.policies.pg4da.spatial.nets import NUM_GRASPS
from pushgrasp.training.config import runner_config
from pushgrasp.training.imitation import Imitated, ImitationCfg, imitate
from pushgrasp.training.models import PushGraspActor


def shown() -> TensorDict:
    """Eight scenes in half precision, in which five grasps and ten strokes are possible; the last four are higher."""
    generator = torch.Generator().manual_seed(0)
    shapes = {"avh": (360, 56, 56), "maps": (7, 56, 56), "grasps": (9, 360, 7), "strokes": (42, 11), "cells": (177,)}
    scene = {name: torch.rand(8, *shape, generator=generator) for name, shape in shapes.items()}
    scene["maps"][4:, 1:4] += 1.0
    scene["grasps"][..., 0], scene["strokes"][..., 0] = 0.0, 0.0
    scene["grasps"][:, 0, :5, 0], scene["strokes"][:, :10, 0] = 1.0, 1.0
    scene["cells"] = torch.randint(2000, (8, 177), generator=generator).float()
    return TensorDict(scene, batch_size=[8]).half()


def actor(obs: TensorDict) -> PushGraspActor:
    cfg = runner_config()
    actor_class, kwargs = resolve_class(cfg["actor"])
    return actor_class(obs.float(), cfg["obs_groups"], "actor", 3496, **kwargs)


def test_shown_choices_become_the_likeliest() -> None:
    torch.manual_seed(0)
    obs, told = shown(), []
    choices = torch.tensor([0, 1, 2, 3, *(NUM_GRASPS + k for k in (0, 3, 6, 9))])
    cfg = ImitationCfg("heuristic", epochs=60, batch=4, learning_rate=3e-3)
    policy = actor(obs)
    result = imitate(policy, obs, choices, cfg, torch.Generator().manual_seed(0), lambda *now: told.append(now))
    assert [epoch for epoch, _ in told] == list(range(1, 61))
    first, last = told[0][1], told[-1][1]
    # At first each move has half the chance, and in it five grasps or ten strokes share that.
    assert first.loss == pytest.approx((math.log(10) + math.log(20)) / 2, abs=0.3)
    assert last == result and result.loss < 0.3 and result.same_move == 1.0 and result.same_choice > 0.8


def test_the_same_order_gives_the_same_policy() -> None:
    obs, choices, results = shown(), torch.arange(8) % 5, []
    for _ in range(2):
        torch.manual_seed(0)
        policy = actor(obs)
        cfg = ImitationCfg("heuristic", epochs=2, batch=4)
        results.append(imitate(policy, obs, choices, cfg, torch.Generator().manual_seed(0)))
    assert results[0] == results[1] and isinstance(results[0], Imitated)


def test_nothing_shown_and_bad_settings_are_refused() -> None:
    obs = shown()
    with pytest.raises(ValueError, match="no demonstration"):
        imitate(actor(obs), obs[:0], torch.zeros(0).long(), ImitationCfg("heuristic"), torch.Generator())
    with pytest.raises(ValueError, match=r"imitation\.epochs is 0; at least 1"):
        ImitationCfg("heuristic", epochs=0)
