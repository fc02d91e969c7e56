"""Imitation: shown choices become the likeliest, and bad settings are refused."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
import torch
from rsl_rl.utils import resolve_class
from tensordict import TensorDict

from pushgrasp.policies.pg4da.spatial.nets import NEVER, NUM_GRASPS, Scores
from pushgrasp.policies.pg4da.training.config import runner_config
from pushgrasp.policies.pg4da.training.imitation import Imitated, ImitationCfg, imitate, outcome_loss, values
from pushgrasp.policies.pg4da.training.models import PushGraspActor


def shown() -> TensorDict:
    """Eight scenes in half precision, in which five grasps and ten strokes are possible; the last four are higher."""
    generator = torch.Generator().manual_seed(0)
    shapes = {"avh": (360, 56, 56), "maps": (7, 56, 56), "grasps": (9, 360, 8)}
    shapes |= {"strokes": (42, 15), "swaths": (42, 2, 14, 10), "cells": (177,), "looked": (256,)}
    shapes["profiles"] = (256, 2, 33, 3)
    scene = {name: torch.rand(8, *shape, generator=generator) for name, shape in shapes.items()}
    scene["maps"][4:, 1:4] += 1.0
    scene["grasps"][..., 0], scene["strokes"][..., 0] = 0.0, 0.0
    scene["grasps"][:, 0, :5, 0], scene["strokes"][:, :10, 0] = 1.0, 1.0
    scene["cells"] = torch.randint(2000, (8, 177), generator=generator).float()
    return TensorDict(scene, batch_size=[8]).half()


def told(obs: TensorDict, choices: torch.Tensor, worth: torch.Tensor | None = None) -> TensorDict:
    """The scenes with choices (8, K) and what they are worth, 1 if None."""
    worth = torch.ones(choices.shape) if worth is None else worth
    return TensorDict({**obs, "choices": choices, "worth": worth}, batch_size=[8])


def actor(obs: TensorDict) -> PushGraspActor:
    cfg = runner_config()
    actor_class, kwargs = resolve_class(cfg["actor"])
    return actor_class(obs.float(), cfg["obs_groups"], "actor", 1, **kwargs)


def test_shown_choices_become_the_likeliest() -> None:
    torch.manual_seed(0)
    obs, epochs = shown(), []
    choices = torch.tensor([0, 1, 2, 3, *(NUM_GRASPS + k for k in (0, 3, 6, 9))])[:, None]
    cfg = ImitationCfg("heuristic", epochs=60, batch=4, learning_rate=3e-3)
    policy = actor(obs)
    data, generator = told(obs, choices), torch.Generator().manual_seed(0)
    result = imitate(policy, data, cfg, generator, lambda *now: epochs.append(now))
    assert [state["epochs"] for _, state in epochs] == list(range(1, 61))
    first, last = epochs[0][0], epochs[-1][0]
    # At first each move has half the chance, and in it five grasps or ten strokes share that.
    assert first.loss == pytest.approx((math.log(10) + math.log(20)) / 2, abs=0.3)
    assert last == result and result.loss < 0.3 and result.same_move == 1.0 and result.same_choice > 0.8


def test_interrupted_imitation_goes_on_as_if_it_had_not_been(tmp_path: Path) -> None:
    obs, choices, cfg = shown(), torch.arange(8)[:, None] % 5, ImitationCfg("heuristic", epochs=4, batch=3)
    torch.manual_seed(0)
    whole = actor(obs)
    start = {name: value.clone() for name, value in whole.state_dict().items()}
    expected = imitate(whole, told(obs, choices), cfg, torch.Generator().manual_seed(5))

    def cut(result: Imitated, state: dict) -> None:
        torch.save({"learned": state, "weights": policy.state_dict()}, tmp_path / "kept.pt")
        if state["epochs"] == 2:
            raise KeyboardInterrupt

    policy = actor(obs)
    policy.load_state_dict(start)
    with pytest.raises(KeyboardInterrupt):
        imitate(policy, told(obs, choices), cfg, torch.Generator().manual_seed(5), cut)
    kept, again = torch.load(tmp_path / "kept.pt", weights_only=True), actor(obs)
    again.load_state_dict(kept["weights"])
    found = imitate(again, told(obs, choices), cfg, torch.Generator(), begun=kept["learned"])
    assert found == expected
    assert all(torch.equal(value, whole.state_dict()[name]) for name, value in again.state_dict().items())


def test_the_same_order_gives_the_same_policy() -> None:
    obs, choices, results = shown(), torch.arange(8)[:, None] % 5, []
    for _ in range(2):
        torch.manual_seed(0)
        policy = actor(obs)
        cfg = ImitationCfg("heuristic", epochs=2, batch=4)
        results.append(imitate(policy, told(obs, choices), cfg, torch.Generator().manual_seed(0)))
    assert results[0] == results[1] and isinstance(results[0], Imitated)


def test_nothing_shown_and_bad_settings_are_refused() -> None:
    obs = shown()
    with pytest.raises(ValueError, match="no demonstration"):
        imitate(actor(obs), obs[:0], ImitationCfg("heuristic"), torch.Generator())
    with pytest.raises(ValueError, match=r"ImitationCfg\.epochs=0: a whole number of at least 1"):
        ImitationCfg("heuristic", epochs=0)
    with pytest.raises(ValueError, match=r"ImitationCfg\.push_worth=1\.5: a finite number above 0 and of at most 1"):
        ImitationCfg("heuristic", push_worth=1.5)


def test_tried_choices_teach_what_they_are_worth() -> None:
    torch.manual_seed(0)
    # Grasp 2 holds in the first four scenes and no grasp in the others; stroke 3 is good everywhere, stroke 4 nowhere.
    obs, choices = shown(), torch.tensor([[1, 2, NUM_GRASPS + 3, NUM_GRASPS + 4, -1]]).expand(8, -1)
    worth = torch.tensor([[0.0, 1.0, 0.9, 0.1, 0.0]] * 4 + [[0.0, 0.0, 0.9, 0.1, 0.0]] * 4)
    policy, cfg = actor(obs), ImitationCfg("look_ahead", epochs=80, batch=8, learning_rate=1e-2)
    result = imitate(policy, told(obs, choices, worth), cfg, torch.Generator().manual_seed(0))
    assert result.same_move == result.same_choice == 1.0
    with torch.no_grad():
        scores = policy.mlp.scores(policy.get_latent(obs))
    holds = scores.grasps.sigmoid()
    assert bool((holds[:4, 2] > 0.8).all()) and bool((holds[:, 1] < 0.2).all()) and bool((holds[4:, 2] < 0.2).all())
    assert bool((scores.move[:4] > 0.0).all()) and bool((scores.move[4:] < 0.0).all())


def test_loss_of_outcomes_by_hand() -> None:
    # One scene: a grasp of log-odds 0 that held, a stroke of log-odds 0 worth 0.5, and even chances of both moves.
    grasps, strokes = torch.full((1, 3240), NEVER), torch.full((1, 42), NEVER)
    grasps[0, 7], strokes[0, 5] = 0.0, 0.0
    scores = Scores(grasps, strokes, torch.zeros(1, 1))
    loss = outcome_loss(scores, torch.tensor([[7, NUM_GRASPS + 5]]), torch.tensor([[1.0, 0.5]]), 0.8)
    # log 2 for each score; the moves earn 1 and 0.8 * 0.5, so 0.7 of the better one on average.
    assert float(loss) == pytest.approx(2 * math.log(2.0) - math.log(0.7), rel=1e-5)
    # What cannot be chosen, and what is not there, does not count.
    more = torch.tensor([[7, NUM_GRASPS + 5, 8, -1]])
    again = outcome_loss(scores, more, torch.tensor([[1.0, 0.5, 1.0, 1.0]]), 0.8)
    torch.testing.assert_close(again, loss)


def test_strokes_count_less_than_grasps() -> None:
    value = values(torch.tensor([[3, NUM_GRASPS, -1]]), torch.tensor([[0.5, 0.5, 1.0]]), 0.6)
    torch.testing.assert_close(value, torch.tensor([[0.5, 0.3, -1.0]]))
