"""What an action achieved, in words."""

from __future__ import annotations

import torch

from pushgrasp.interface.action import KIND_NAMES, in_words
from pushgrasp.interface.outcome import Outcome


def describe_outcome(outcome: Outcome, reward: torch.Tensor, world: int) -> str:
    """Return a line on the last action of one world; ``reward`` has shape (N,)."""
    kind = in_words(KIND_NAMES[kind] for kind in outcome.kind[world])
    result = "succeeded" if bool(outcome.success[world]) else "failed"
    reason = "" if bool(outcome.executed[world]) else " (no feasible motion)"
    lost = int(outcome.num_lost[world])
    losses = f", {lost} objects lost" if lost else ""
    return f"{kind} {result}{reason}{losses}, reward {float(reward[world]):.2f}"
