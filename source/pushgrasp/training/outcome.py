"""How a training ended."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from pathlib import Path


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
