"""How a training ended."""

from __future__ import annotations

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
        verb = "Stopped after" if self.interrupted else "Finished"
        where = f"checkpoint {self.checkpoint}" if self.checkpoint else "nothing was written"
        hint = f"; resume with: {resume_command.format(path=self.checkpoint)}"
        return f"{verb} {self.iteration} iterations; {where}{hint if self.interrupted and self.checkpoint else ''}"
