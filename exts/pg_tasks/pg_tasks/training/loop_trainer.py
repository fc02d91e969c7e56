"""What trainings share that go by :class:`pushgrasp.learning.loop.TrainingLoop`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pushgrasp.console import Console
from pushgrasp.files.atomic import discard_abandoned
from pushgrasp.learning.checkpoint import CheckpointInfo
from pushgrasp.learning.loop import Learner, TrainingLoop
from pushgrasp.learning.progress import LearnOutcome

from .trainer import resume_command


class LoopTrainer:
    """Begins the loop, and goes on from a checkpoint (see :class:`pg_tasks.training.trainer.Trainer`)."""

    _cfg: Any
    _checkpoint: Path | None
    _loop: TrainingLoop

    def _begin_loop(
        self,
        learner: Learner,
        info: CheckpointInfo,
        config: Any,  # noqa: ANN401 - of the method
        folder: Path | None,
        console: Console,
        words: Sequence[str],
    ) -> int:
        """Get ready, and load the checkpoint to go on from; return how many iterations are completed."""
        cfg, command = self._cfg, resume_command(words)
        about = folder, cfg.save_interval, cfg.keep_checkpoints
        self._loop = TrainingLoop(learner, info, config, *about, console, command)
        if self._checkpoint is not None:
            self._loop.load(self._checkpoint)
            discard_abandoned(self._checkpoint.parent)
        return self._loop.completed

    def train(self) -> LearnOutcome:
        """Learn until the settings say that it is enough, or the user stops it."""
        return self._loop.learn_until(self._cfg.max_iterations)

    def how_to_resume(self) -> str:
        """Return where the last checkpoint is and how to go on from it."""
        return self._loop.how_to_resume()
