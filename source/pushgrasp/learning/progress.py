"""What a training tells its user: a line per iteration with the time that is left, and how it has ended."""

from __future__ import annotations

import logging
import math
import shlex
from collections import deque
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from pushgrasp.console import Console

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class IterationStats:
    """What happened in one learning iteration."""

    iteration: int  # completed iterations, this one included
    total: int  # iterations at the end of training
    mean_reward: float  # per action
    kl: float  # mean KL divergence between old and new policy [nat]; NaN where the rate does not follow it
    learning_rate: float
    entropy: float  # of the policy, per action [nat]
    value_loss: float
    collect_time: float  # s
    learn_time: float  # s


class Progress:
    """Writes the lines to a rich console, or to the log when there is none."""

    def __init__(self, console: Console | None = None, window: int = 20) -> None:
        """Estimate the remaining time from the last ``window`` iterations."""
        self.console = console
        self._times: deque[float] = deque(maxlen=window)

    def update(self, stats: IterationStats) -> None:
        """Write the line of an iteration."""
        left = self.add(stats.collect_time + stats.learn_time, stats.total - stats.iteration)
        self.message(format_line(stats, left))

    def add(self, seconds: float, left: int) -> float:
        """Note how long an iteration took [s]; return the expected time for those that are left [s]."""
        self._times.append(seconds)
        return self.remaining(left)

    def remaining(self, iterations: int) -> float:
        """Return the expected time for a number of iterations [s]; 0 before the first one."""
        return iterations * sum(self._times) / len(self._times) if self._times else 0.0

    def message(self, text: str) -> None:
        """Write one line."""
        if self.console is None:
            logger.info(text)
        else:
            self.console.print(text)


def format_line(stats: IterationStats, remaining: float) -> str:
    """Return the line of an iteration; ``remaining`` in seconds."""
    width = len(str(stats.total))
    eta = timedelta(seconds=round(remaining))
    kl = "-" if math.isnan(stats.kl) else f"{stats.kl:.4f}"
    return (
        f"[{stats.iteration:>{width}}/{stats.total}] reward {stats.mean_reward:.3f}  kl {kl}  "
        f"lr {stats.learning_rate:.1e}  entropy {stats.entropy:.2f}  value loss {stats.value_loss:.4f}  "
        f"act {stats.collect_time:.1f} s  learn {stats.learn_time:.1f} s  ETA {eta}"
    )


@dataclass(frozen=True)
class LearnOutcome:
    """Result of ``PushGraspRunner.learn_until``."""

    iteration: int  # completed iterations
    interrupted: bool  # stopped by a signal before the last iteration
    checkpoint: Path | None  # last checkpoint; None when nothing was written

    def describe(self, resume_command: str) -> str:
        """Return one line for the user; "{path}" in ``resume_command`` stands for the checkpoint."""
        if self.interrupted:
            return f"Stopped after {self.iteration} iterations; {how_to_resume(self.checkpoint, resume_command)}"
        return f"Finished {self.iteration} iterations; checkpoint {self.checkpoint or 'not written'}"


def how_to_resume(checkpoint: Path | None, resume_command: str) -> str:
    """Return where the last checkpoint is and how to go on from it; "{path}" in ``resume_command`` stands for it."""
    if checkpoint is None:
        return "no checkpoint has been written"
    return f"checkpoint {checkpoint}; resume with: {resume_command.replace('{path}', shlex.quote(str(checkpoint)))}"
