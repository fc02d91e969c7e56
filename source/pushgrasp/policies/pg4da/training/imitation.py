"""Imitation: a policy learns from choices that were shown or tried, before PPO improves on them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import astuple, dataclass
from typing import Annotated, Any

import torch
from tensordict import TensorDict
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits

from pushgrasp.policies.pg4da.spatial.nets import NEVER, NUM_GRASPS, SHARPNESS, Scores
from pushgrasp.policies.pg4da.training.models import PushGraspActor
from pushgrasp.settings import Count, NotNegative, Positive, Range, Settings


@dataclass
class ImitationCfg(Settings):
    """Settings of the imitation."""

    teacher: str = ""
    """Who shows what to do: "heuristic", "oracle", or "look_ahead", which tries several choices in copies of each
    scene; empty: nobody, PPO starts at random."""
    demonstrations: str = ""
    """Files of ``scripts/demonstrate.py``, separated by commas, to learn from instead of showing anew."""
    start: str = ""
    """Checkpoint whose policy learns on; empty: one with random weights."""
    actions: Count = 640
    """Actions that the teacher shows."""
    epochs: Count = 10
    """How often each is learned from."""
    batch: Count = 16
    learning_rate: Positive = 1e-3
    weight_decay: NotNegative = 1e-2
    push_worth: Annotated[float, Range(above=0, most=1)] = 0.45
    """What a push that leaves the target easy to grasp is worth; a grasp that holds is worth 1."""


@dataclass(frozen=True)
class Imitated:
    """How well a policy imitates.

    Attributes:
        loss: Mean loss in the last epoch.
        same_move: Share of worlds in which the likelier move, grasp or push, is that of the best shown choice.
        same_choice: Share in which the likeliest choice, of those that were tried if several were, is as good as the
            best.
    """

    loss: float
    same_move: float
    same_choice: float


def imitate(
    actor: PushGraspActor,
    shown: TensorDict,
    cfg: ImitationCfg,
    generator: torch.Generator,
    on_epoch: Callable[[Imitated, dict[str, Any]], None] | None = None,
    begun: dict[str, Any] | None = None,
) -> Imitated:
    """Learn from demonstrations.

    Args:
        actor: Policy with the distribution of choices; trained in place.
        shown: Observations, batch size (M,), with ``choices`` (M, K), long, and ``worth`` (M, K): one choice of a
            teacher, or several that were tried, -1 where there were fewer, and what each is worth, 0 to 1.
        cfg: Settings.
        generator: Draws the order.
        on_epoch: Told after each epoch how well it went, and what it takes to go on from there: plain data, with the
            number of ``epochs`` done, the weights of ``actor`` aside.
        begun: What ``on_epoch`` was told, to go on after an interruption.

    Raises:
        ValueError: If nothing was shown.
    """
    if len(shown) == 0:
        raise ValueError("no demonstration: the teacher did nothing that the policy could choose")
    optimiser = torch.optim.AdamW(actor.parameters(), cfg.learning_rate, weight_decay=cfg.weight_decay)
    result, first = Imitated(float("nan"), 0.0, 0.0), 0
    if begun is not None:
        result, first = Imitated(*begun["result"]), begun["epochs"]
        optimiser.load_state_dict(begun["optimiser"])
        generator.set_state(begun["generator"])
    for epoch in range(first, cfg.epochs):
        totals = torch.zeros(3)
        for some in torch.randperm(len(shown), generator=generator).to(shown.device or "cpu").split(cfg.batch):
            totals += len(some) * _step(actor, optimiser, shown[some], cfg.push_worth)
        result = Imitated(*(totals / len(shown)).tolist())
        if on_epoch is not None:
            state = {"optimiser": optimiser.state_dict(), "generator": generator.get_state()}
            on_epoch(result, {"epochs": epoch + 1, "result": list(astuple(result)), **state})
    return result


def _step(actor: PushGraspActor, optimiser: torch.optim.Optimizer, shown: TensorDict, push_worth: float) -> Tensor:
    """Take one step; return loss and shares of the same move and choice, shape (3,)."""
    choices, value = shown["choices"], values(shown["choices"], shown["worth"], push_worth)
    scores = actor.mlp.scores(actor.get_latent(shown))
    chances = scores.log_chances()
    tried = choices.shape[1] > 1
    loss = outcome_loss(scores, choices, shown["worth"], push_worth) if tried else -chances.gather(1, choices).mean()
    optimiser.zero_grad()
    loss.backward()
    torch.nn.utils.clip_grad_norm_(actor.parameters(), 1.0)
    optimiser.step()
    with torch.no_grad():
        best, place = value.max(dim=1, keepdim=True)
        likelier = chances[:, :NUM_GRASPS].exp().sum(dim=1, keepdim=True) > 0.5
        move = likelier == (choices.gather(1, place) < NUM_GRASPS)
        if tried:
            of_tried = chances.gather(1, choices.clamp_min(0)) + NEVER * ((choices < NUM_GRASPS) != likelier)
            of_tried = of_tried.masked_fill(choices < 0, 3.0 * NEVER)
            choice = value.gather(1, of_tried.argmax(dim=1, keepdim=True)) >= best
        else:
            choice = chances.argmax(dim=1, keepdim=True) == choices
    return torch.stack((loss.detach(), *(same.float().mean() for same in (move, choice)))).cpu()


def values(choices: Tensor, worth: Tensor, push_worth: float) -> Tensor:
    """What choices (N, K) are worth, strokes less than grasps; negative where there is none."""
    return torch.where(choices >= NUM_GRASPS, push_worth * worth, worth).masked_fill(choices < 0, -1.0)


def outcome_loss(scores: Scores, choices: Tensor, worth: Tensor, push_worth: float) -> Tensor:
    """Loss of scores against what choices have turned out to be worth.

    Scores are log-odds of that worth: cross-entropy. The choice between grasp and push is to earn the most: the
    negative logarithm of what it earns, as a share of the better move, if each move is carried out as the scores say.

    Args:
        scores: Scores of N worlds.
        choices: Tried choices, -1 where there were fewer, shape (N, K), long.
        worth: What they are worth, 0 to 1, shape (N, K).
        push_worth: What the best stroke is worth, compared to the best grasp.
    """
    score = scores.of_choices().gather(1, choices.clamp_min(0))
    open_ = (choices >= 0) & (score > 0.5 * NEVER)
    grasps, strokes = open_ & (choices < NUM_GRASPS), open_ & (choices >= NUM_GRASPS)
    right = binary_cross_entropy_with_logits(score, worth.clamp(0.0, 1.0), reduction="none")
    parts = [(right * some).sum() / some.sum().clamp_min(1) for some in (grasps, strokes)]
    with torch.no_grad():
        grasp, stroke = (_earned(score, worth, some) for some in (grasps, strokes))
        stroke = push_worth * stroke
        best = torch.maximum(grasp, stroke)
    share = scores.move[:, 0].sigmoid()
    earned = (share * grasp + (1.0 - share) * stroke) / best.clamp_min(1e-6)
    counts = grasps.any(dim=1) & strokes.any(dim=1) & (best > 0.02)
    move = -(earned.clamp_min(1e-3).log() * counts).sum() / counts.sum().clamp_min(1)
    return parts[0] + parts[1] + move


def _earned(score: Tensor, worth: Tensor, some: Tensor) -> Tensor:
    """What one of some (N, K) choices, drawn as the scores say, is worth on average, shape (N,)."""
    return ((SHARPNESS * score).masked_fill(~some, NEVER).softmax(dim=1) * worth * some).sum(dim=1)
