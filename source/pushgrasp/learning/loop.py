"""Trainings that are no PPO: iterations with checkpoints from which they go on exactly, a log and a line for each."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, Protocol

from torch import nn
from torch.utils.tensorboard import SummaryWriter

from pushgrasp.console import Console
from pushgrasp.interrupt import StopRequest
from pushgrasp.learning.archive import CheckpointArchive
from pushgrasp.learning.checkpoint import CheckpointError, CheckpointInfo, load_checkpoint, save_checkpoint
from pushgrasp.learning.progress import LearnOutcome, Progress, how_to_resume
from pushgrasp.learning.runner import require_finite
from pushgrasp.program import advised

logger = logging.getLogger(__name__)


class Learner(Protocol):
    """What learns."""

    @property
    def networks(self) -> Mapping[str, nn.Module]:
        """Its networks by name."""
        ...

    def begin(self) -> None:
        """Get ready for the next iteration.

        Called at the start, and again after each checkpoint: a training that goes on and one that is resumed see the
        same.
        """
        ...

    def iterate(self, completed: int, total: int) -> tuple[dict[str, float], float]:
        """Learn for one iteration of ``total``; return numbers for the log by tag, and how good it is now."""
        ...

    def get_state(self) -> dict[str, Any]:
        """Return all that it needs to go on exactly: tensors, numbers, text, lists and dicts."""
        ...

    def policy_state(self) -> dict[str, Any]:
        """Return what its policy needs to act, and no more."""
        ...

    def set_state(self, state: dict[str, Any]) -> None:
        """Take over what :meth:`get_state` has returned.

        Raises:
            CheckpointError: If it does not fit.
        """
        ...


class TrainingLoop:
    """Lets a learner learn, and keeps what it has learned."""

    def __init__(
        self,
        learner: Learner,
        info: CheckpointInfo,
        config: Any,  # noqa: ANN401 - of the method
        folder: Path | None,
        save_interval: int,
        keep: int | None = None,
        console: Console | None = None,
        resume_command: str = "--checkpoint {path}",
    ) -> None:
        """Get ready.

        Args:
            learner: What learns.
            info: What its checkpoints are for; their iteration is filled in.
            config: Settings, for the checkpoints.
            folder: Run folder; None writes nothing.
            save_interval: Iterations between checkpoints.
            keep: Numbered checkpoints to keep; None keeps all.
            console: Where progress goes; None uses the log.
            resume_command: How to go on; "{path}" stands for the checkpoint.
        """
        self._learner, self._info, self._config, self._folder = learner, info, config, folder
        self._interval, self._resume_command = save_interval, resume_command
        self.archive = CheckpointArchive(folder, keep, save_interval)
        self.progress = Progress(console)
        self.completed = 0
        """Iterations that are completed."""

    def load(self, path: Path) -> None:
        """Go on from a checkpoint of the same method and stage.

        Raises:
            CheckpointError: If it is damaged, of something else, or does not fit.
        """
        info, _, state = load_checkpoint(path, self._info.method, self._info.network)
        try:
            self._learner.set_state(state["learner"])
            best = float(state["best"])
        except (KeyError, RuntimeError, TypeError, ValueError) as error:
            reason = " ".join(str(error).split())[:400]
            raise CheckpointError(f"{path} does not fit the settings: {reason}") from error
        self.completed = info.iteration
        self.archive.loaded(path, info.iteration, best)

    def learn_until(self, total: int) -> LearnOutcome:
        """Learn until ``total`` iterations are completed, or until Ctrl-C or SIGTERM; then write a checkpoint.

        Raises:
            NonFiniteError: If a loss or a parameter is NaN or infinite; no checkpoint is written then.
        """
        writer = None if self._folder is None else SummaryWriter(str(self._folder))
        with StopRequest() as stop, advised(self.how_to_resume):
            try:
                self._learner.begin()
                while self.completed < total and not stop.requested:
                    self._iterate(total, writer)
                if self.archive.last_iteration != self.completed:
                    self._checkpoint()
            finally:
                if writer is not None:
                    writer.close()
        outcome = LearnOutcome(self.completed, self.completed < total, self.archive.last_path)
        self.progress.message(outcome.describe(self._resume_command))
        return outcome

    def how_to_resume(self) -> str:
        """Return where the last checkpoint is and how to go on from it."""
        return how_to_resume(self.archive.last_path, self._resume_command)

    def _iterate(self, total: int, writer: SummaryWriter | None) -> None:
        begin = time.perf_counter()
        numbers, score = self._learner.iterate(self.completed, total)
        losses = {tag: value for tag, value in numbers.items() if tag.startswith("Loss/")}
        require_finite(losses, self._learner.networks, "Lower the learning rate")
        self.completed += 1
        self.archive.add_reward(score)
        for tag, value in numbers.items():
            if writer is not None:
                writer.add_scalar(tag, value, self.completed)
        left = self.progress.add(time.perf_counter() - begin, total - self.completed)
        text = "  ".join(f"{tag.rpartition('/')[2]} {value:.4g}" for tag, value in numbers.items())
        width = len(str(total))
        eta = timedelta(seconds=round(left))
        self.progress.message(f"[{self.completed:>{width}}/{total}] {text}  ETA {eta}")
        if self.completed % self._interval == 0:
            self._checkpoint()
            self._learner.begin()

    def _checkpoint(self) -> None:
        self.archive.store(self.completed, self.archive.mean_reward(), self._write)

    def _write(self, path: Path | None) -> None:
        if path is None:
            return
        info = replace(self._info, iteration=self.completed, mean_reward=self.archive.mean_reward())
        learner = self._learner
        state = {"learner": learner.get_state(), "policy": learner.policy_state(), "best": self.archive.best_reward}
        save_checkpoint(path, info, self._config, state)
