"""Imitation: a policy learns the choices that a teacher has shown, before PPO improves on them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from tensordict import TensorDict
from torch import Tensor
from torch.nn.functional import nll_loss

from pushgrasp.policies.pg4da.spatial.nets import NUM_CHOICES, NUM_GRASPS
from pushgrasp.training.models import PushGraspActor


@dataclass
class ImitationCfg:
    """Settings of the imitation."""

    teacher: str = ""
    """Policy that shows what to do, such as "heuristic"; empty: none, PPO starts at random."""
    actions: int = 640
    """Actions that the teacher shows."""
    epochs: int = 10
    """How often each is learned from."""
    batch: int = 16
    learning_rate: float = 1e-3
    weight_decay: float = 1e-3

    def __post_init__(self) -> None:
        """Reject settings without a meaning."""
        for name in ("actions", "epochs", "batch"):
            if getattr(self, name) < 1:
                raise ValueError(f"imitation.{name} is {getattr(self, name)}; at least 1 is needed")


@dataclass(frozen=True)
class Imitated:
    """How well a policy imitates.

    Attributes:
        loss: Mean of -log(chance of the shown choice) in the last epoch [nat].
        same_move: Share of worlds in which the likelier move, grasp or push, is the shown one.
        same_choice: Share in which the likeliest choice is the shown one.
    """

    loss: float
    same_move: float
    same_choice: float


def imitate(
    actor: PushGraspActor,
    shown: TensorDict,
    choices: Tensor,
    cfg: ImitationCfg,
    generator: torch.Generator,
    on_epoch: Callable[[int, Imitated], None] | None = None,
) -> Imitated:
    """Maximise the likelihood of shown choices.

    Args:
        actor: Policy with the distribution of choices; trained in place.
        shown: Observations, batch size (M,).
        choices: Number of the choice in each, shape (M,), long.
        cfg: Settings.
        generator: Draws the order.
        on_epoch: Told the epoch, from 1 on, and how well it went.

    Raises:
        ValueError: If nothing was shown.
    """
    if len(choices) == 0:
        raise ValueError("no demonstration: the teacher did nothing that the policy could choose")
    optimiser = torch.optim.AdamW(actor.parameters(), cfg.learning_rate, weight_decay=cfg.weight_decay)
    result = Imitated(float("nan"), 0.0, 0.0)
    for epoch in range(cfg.epochs):
        order = torch.randperm(len(choices), generator=generator).to(choices.device)
        totals = torch.zeros(3)
        for some in order.split(cfg.batch):
            totals += len(some) * _step(actor, optimiser, shown[some], choices[some])
        result = Imitated(*(totals / len(choices)).tolist())
        if on_epoch is not None:
            on_epoch(epoch + 1, result)
    return result


def _step(actor: PushGraspActor, optimiser: torch.optim.Optimizer, shown: TensorDict, choices: Tensor) -> Tensor:
    """Take one step; return loss and shares of the same move and choice, shape (3,)."""
    chances = actor.mlp(actor.get_latent(shown))[:, :NUM_CHOICES].log_softmax(dim=1)
    loss = nll_loss(chances, choices)
    optimiser.zero_grad()
    loss.backward()
    torch.nn.utils.clip_grad_norm_(actor.parameters(), 1.0)
    optimiser.step()
    with torch.no_grad():
        grasp = chances[:, :NUM_GRASPS].exp().sum(dim=1) > 0.5
        same = grasp == (choices < NUM_GRASPS), chances.argmax(dim=1) == choices
    return torch.stack((loss.detach(), *(share.float().mean() for share in same))).cpu()
