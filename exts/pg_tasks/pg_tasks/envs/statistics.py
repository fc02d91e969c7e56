"""Running figures for the training log."""

from __future__ import annotations

import torch

from pushgrasp.interface.action import KIND_NAMES, Action, Kind
from pushgrasp.interface.outcome import Outcome


class EpisodeStatistics:
    """Shares over the actions of the last step and over the episodes that it ended."""

    def __init__(self, num_worlds: int, device: str) -> None:
        """Start with no action counted."""
        self._actions = torch.zeros(num_worlds, device=device)

    def add(self, outcome: Outcome, done: torch.Tensor) -> None:
        """Count one action per world; ``done`` (N,) marks the episodes that it ended."""
        self._outcome, self._done = outcome, done
        self._actions += 1
        self._length = self._actions.clone()
        self._actions[done] = 0

    def log(self, action: Action, rate: torch.Tensor) -> dict[str, float]:
        """Return the figures under TensorBoard names; shares without a base are left out."""
        outcome, done = self._outcome, self._done
        pushing = action.valid & (action.kind == Kind.PUSH)
        figures = {
            "Action/executed_share": _share(outcome.executed),
            "Action/isolate_rate": float(rate.mean()),
            "Action/wrong_lifted": _share(outcome.wrong_lifted, outcome.does(Kind.GRASP)),
            "Action/two_paths": _share(pushing.all(dim=1), outcome.does(Kind.PUSH)),
            "Episode/completion": _share(outcome.grasped, done),
            "Episode/out_of_bounds": _share(outcome.lost.any(dim=1), done),
            "Episode/actions": float(self._length[done].mean()) if done.any() else None,
        }
        for kind in (Kind.GRASP, Kind.PUSH, Kind.MOVE):
            did, name = outcome.does(kind), KIND_NAMES[kind]
            figures |= {f"Action/{name}_share": _share(did), f"Action/{name}_success": _share(outcome.success, did)}
        return {name: value for name, value in figures.items() if value is not None}


def _share(hit: torch.Tensor, base: torch.Tensor | None = None) -> float | None:
    """Share of ``hit`` among ``base`` (everything if None), or None where there is no base."""
    count = hit.numel() if base is None else int(base.sum())
    hits = hit if base is None else hit & base
    return float(hits.sum()) / count if count else None
