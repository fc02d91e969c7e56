"""Whether two trainings, or two recordings, ended as the same."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from pushgrasp.learning.checkpoint import load_checkpoint


def same(first: Any, second: Any) -> bool:
    """Whether two states are equal bit for bit."""
    if isinstance(first, torch.Tensor):
        return torch.equal(first, second)
    if isinstance(first, dict):
        return first.keys() == second.keys() and all(same(first[key], second[key]) for key in first)
    if isinstance(first, list | tuple):
        return len(first) == len(second) and all(map(same, first, second))
    return first == second


def assert_same_training(first: Path, second: Path) -> None:
    """Check that two checkpoints agree in all but their logs: weights, optimiser, statistics and random states."""
    one, two = load_checkpoint(first)[2], load_checkpoint(second)[2]
    assert one.keys() == two.keys()
    for key in one.keys() - {"log"}:
        assert same(one[key], two[key]), f"{key} differs"
