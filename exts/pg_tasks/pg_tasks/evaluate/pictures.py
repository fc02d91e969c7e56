"""Picture strips of the first trials of an evaluation."""

from __future__ import annotations

from pathlib import Path

from pg_tasks.app.trials import TrialRunner
from pg_tasks.envs.push_grasp_env import PushGraspEnv
from pushgrasp.evaluation.records import ActionRecord, TrialRecord
from pushgrasp.evaluation.strips import Frame, caption, draw_action, frame, strip_png

LONGEST = 12
"""Frames of a strip; of longer trials the last actions are shown."""


def strip_path(folder: Path, number: int) -> Path:
    """Return the file of a trial's strip."""
    return folder / f"trial_{number:04d}.png"


class TrialPictures:
    """Collects the pictures of trials with numbers below a limit and makes a strip of each."""

    def __init__(self, env: PushGraspEnv, runner: TrialRunner, limit: int) -> None:
        """Watch the trials of ``runner`` in ``env``."""
        self._env, self._runner, self._limit = env, runner, limit
        self._frames: dict[int, list[Frame]] = {}
        self.strips: dict[int, bytes] = {}
        """PNG files of the trials that have ended; whoever takes one removes it."""
        runner.on_action, runner.on_end = self._add, self._end

    def _add(self, world: int, number: int, count: int, action: ActionRecord) -> None:
        if number < self._limit:
            shown = frame(self._runner.before.heightmaps.colour[world], caption(count, action))
            draw_action(shown, self._env.action, self._env.cfg.workspace, world)
            self._frames.setdefault(number, []).append(shown)

    def _end(self, world: int, record: TrialRecord) -> None:
        frames = self._frames.pop(record.trial, None)
        if frames:
            last = frame(self._env.after.colour[world], record.end or "end")
            self.strips[record.trial] = strip_png([*frames[1 - LONGEST :], last])
