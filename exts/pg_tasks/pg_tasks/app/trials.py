"""Run a policy on seeded scenes and record each trial."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch

from pg_tasks.envs.push_grasp_env import PushGraspEnv
from pushgrasp.evaluation.metrics import TrialRecord

Policy = Callable[[torch.Tensor], torch.Tensor]
"""Pictures (N, 3, 224, 224) in [0, 1] to actions (N, 3496)."""


@dataclass
class _Running:
    """Counters of the trial that runs in one world."""

    trial: int
    pushes: int = 0
    grasps: int = 0


@torch.inference_mode()
def run_trials(
    env: PushGraspEnv, policy: Policy, trials: int, seed: int, progress: Callable[[int, int], None] | None = None
) -> list[TrialRecord]:
    """Run ``trials`` trials on the scenes that ``seed`` gives, the same for every policy.

    Worlds take the next scene when they are free. The first ``trials`` scenes count, whatever their length; worlds that
    run further ones while the last of these end are not looked at.

    Args:
        env: Environment; its episodes end the trials.
        policy: What to do.
        trials: How many scenes.
        seed: Which scenes.
        progress: Called with finished and all trials.

    Returns:
        One record per trial, in the order of the scenes.
    """
    if trials < 1:
        raise ValueError(f"trials is {trials}; at least 1 is needed")
    env.scenes.begin_trials(seed)
    observations, _ = env.reset()
    running = [_Running(trial) for trial in env.scenes.trial.tolist()]
    records: dict[int, TrialRecord] = {}
    while len(records) < trials:
        observations, _, terminated, truncated, _ = env.step(policy(observations["policy"]))
        _count(env, running, terminated | truncated, trials, records)
        if progress is not None:
            progress(len(records), trials)
    env.scenes.end_trials()
    return [records[trial] for trial in range(trials)]


def _count(
    env: PushGraspEnv, running: list[_Running], done: torch.Tensor, trials: int, records: dict[int, TrialRecord]
) -> None:
    """Add one action per world; close the trials that it ended and start the next ones."""
    outcome = env.outcome
    for world, state in enumerate(running):
        grasp = bool(outcome.is_grasp[world])
        state.grasps += grasp
        state.pushes += not grasp
        if done[world]:
            if state.trial < trials:
                records[state.trial] = _record(env, world, state)
            running[world] = _Running(int(env.scenes.trial[world]))


def _record(env: PushGraspEnv, world: int, state: _Running) -> TrialRecord:
    outcome = env.outcome
    grasped = bool(outcome.grasped[world])
    return TrialRecord(
        trial=state.trial,
        completed=grasped,
        pushes=state.pushes,
        grasps=state.grasps,
        grasp_successes=int(grasped),
        objects_lost=int(outcome.lost[world]),
        fault=bool(outcome.fault[world]),
    )
