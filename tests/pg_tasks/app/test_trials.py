"""How trials are counted, on an environment that follows a script."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
import torch

from pg_tasks.app.trials import run_trials
from pushgrasp.evaluation.metrics import TrialRecord

SCENES = [(2, True), (1, False), (3, True), (1, True), (4, True)]
"""Actions until each trial ends, and whether its last action, a grasp, succeeds. All before it are pushes."""


class ScriptedEnv:
    """Two worlds that take the next scene whenever theirs has ended; its own source of scenes."""

    def __init__(self) -> None:
        self.scenes = self
        self.seed: int | None = None
        self.begun = 0

    def begin_trials(self, seed: int) -> None:
        self.seed, self.begun = seed, 0

    def end_trials(self) -> None:
        self.seed = None

    def reset(self) -> tuple[dict, dict]:
        self.trial, self.left = torch.zeros(2, dtype=torch.long), [0, 0]
        self._next(0)
        self._next(1)
        return {"policy": torch.zeros(2, 1)}, {}

    def _next(self, world: int) -> None:
        self.trial[world], self.left[world] = self.begun, SCENES[self.begun % len(SCENES)][0]
        self.begun += 1

    def step(self, actions: torch.Tensor) -> tuple:
        self.left = [count - 1 for count in self.left]
        done = torch.tensor([count == 0 for count in self.left])
        good = torch.tensor([SCENES[int(trial) % len(SCENES)][1] for trial in self.trial])
        lost = torch.where(done & ~good, 2, 0)
        self.outcome = SimpleNamespace(
            is_grasp=done, grasped=done & good, lost=lost, fault=torch.zeros(2, dtype=torch.bool)
        )
        for world in range(2):
            if done[world]:
                self._next(world)
        return {"policy": actions}, None, done, torch.zeros_like(done), {}


def test_records_come_in_the_order_of_the_scenes() -> None:
    env = ScriptedEnv()
    steps: list[tuple[int, int]] = []
    records = run_trials(env, lambda pictures: pictures, 4, seed=7, progress=lambda *counts: steps.append(counts))
    assert records == [
        TrialRecord(trial=0, completed=True, pushes=1, grasps=1, grasp_successes=1, objects_lost=0),
        TrialRecord(trial=1, completed=False, pushes=0, grasps=1, grasp_successes=0, objects_lost=2),
        TrialRecord(trial=2, completed=True, pushes=2, grasps=1, grasp_successes=1, objects_lost=0),
        TrialRecord(trial=3, completed=True, pushes=0, grasps=1, grasp_successes=1, objects_lost=0),
    ]
    # World 0 runs trials 0, 3; world 1 runs 1, 2. Finished after the steps 1 to 4: {1}, {0, 1}, {0, 1, 3}, all.
    assert steps == [(1, 4), (2, 4), (3, 4), (4, 4)]
    assert env.seed is None


def test_scenes_beyond_the_last_do_not_count() -> None:
    # Trial 0 takes two actions; world 1 finishes trial 1 first and begins trial 2, which nobody asked for.
    assert [record.trial for record in run_trials(ScriptedEnv(), lambda pictures: pictures, 2, seed=0)] == [0, 1]


def test_at_least_one_trial() -> None:
    with pytest.raises(ValueError, match="trials is 0; at least 1 is needed"):
        run_trials(ScriptedEnv(), lambda pictures: pictures, 0, seed=0)
