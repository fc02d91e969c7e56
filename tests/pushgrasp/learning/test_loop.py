"""Trainings in iterations: lines, checkpoints, and what goes wrong."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from pushgrasp.console import Console
from pushgrasp.learning.checkpoint import CheckpointError, CheckpointInfo, load_checkpoint
from pushgrasp.learning.checkpoint_files import list_checkpoints
from pushgrasp.learning.loop import TrainingLoop
from pushgrasp.learning.runner import NonFiniteError


class Adder:
    """Adds one to its weight in each iteration, and counts how often it began."""

    def __init__(self) -> None:
        self.net, self.begun, self.losses = nn.Linear(1, 1, bias=False), 0, iter([0.5] * 3 + [float("nan")])
        nn.init.zeros_(self.net.weight)

    @property
    def networks(self) -> dict[str, nn.Module]:
        return {"adder": self.net}

    def begin(self) -> None:
        self.begun += 1

    def iterate(self, completed: int, total: int) -> tuple[dict[str, float], float]:
        with torch.no_grad():
            self.net.weight += 1.0
        return {"Loss/sum": next(self.losses), "Train/share": completed / total}, float(completed)

    def get_state(self) -> dict[str, Any]:
        return {"weight": self.net.weight.detach().clone()}

    def policy_state(self) -> dict[str, Any]:
        return {}

    def set_state(self, state: dict[str, Any]) -> None:
        with torch.no_grad():
            self.net.weight.copy_(state["weight"])


INFO = CheckpointInfo("adder", 1, "height", 0, method="sums")


def test_checkpoints_come_at_intervals_and_hold_what_was_learned(tmp_path: Path) -> None:
    learner, text = Adder(), io.StringIO()
    loop = TrainingLoop(learner, INFO, {}, tmp_path, 2, keep=1, console=Console(file=text))
    outcome = loop.learn_until(3)
    assert (outcome.iteration, outcome.interrupted) == (3, False)
    assert [path.name for path in list_checkpoints(tmp_path)] == ["model_3.pt"]  # one is kept
    info, _, state = load_checkpoint(tmp_path / "model_3.pt", "sums")
    assert info.iteration == 3 and float(state["learner"]["weight"]) == 3.0
    assert learner.begun == 2  # at the start, and after the checkpoint of iteration 2
    lines = text.getvalue().splitlines()
    assert lines[0].startswith("[1/3] sum 0.5  share 0  ETA 0:00:0") and lines[-1].startswith("Finished 3 iterations")
    assert next(tmp_path.glob("events.out.tfevents.*")).stat().st_size > 0
    again = TrainingLoop(Adder(), INFO, {}, None, 2)
    again.load(tmp_path / "model_3.pt")
    assert again.completed == 3


def test_loss_that_is_not_finite_ends_the_training(tmp_path: Path) -> None:
    loop = TrainingLoop(Adder(), INFO, {}, tmp_path, 2)
    with pytest.raises(NonFiniteError, match=r"loss Loss/sum = nan.*Lower the learning rate"):
        loop.learn_until(9)
    assert [path.name for path in list_checkpoints(tmp_path)] == ["model_2.pt"]


def test_checkpoints_of_something_else_are_refused(tmp_path: Path) -> None:
    TrainingLoop(Adder(), INFO, {}, tmp_path, 1).learn_until(1)
    other = CheckpointInfo("multiplier", 1, "height", 0, method="sums")
    with pytest.raises(CheckpointError, match="checkpoint has network 'adder', expected 'multiplier'"):
        TrainingLoop(Adder(), other, {}, None, 1).load(tmp_path / "model_1.pt")
