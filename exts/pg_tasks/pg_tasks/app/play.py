"""Trials of a policy for somebody who looks on: told in lines, compared in a table, filmed."""

from __future__ import annotations

import itertools
from pathlib import Path

from pg_tasks.envs.push_grasp_env import PushGraspEnv
from pushgrasp.console import Console
from pushgrasp.evaluation.metrics import Summary, summarise
from pushgrasp.evaluation.table import comparison_table
from pushgrasp.interface.world import Policy
from pushgrasp.policies.registry import METHODS

from .status import describe_outcome
from .trials import TrialRunner, run_trials
from .video import recorded


def compare(env: PushGraspEnv, trained: Policy, trials: int, seed: int, console: Console) -> dict[str, Summary]:
    """Run the trained and a random policy on the same scenes, print the table, return the summaries."""
    policies = {"trained": trained, "random": METHODS["random"].make(env)}
    summaries = {}
    for name, policy in policies.items():
        with console.status(f"{name}: 0 of {trials} trials") as status:
            records = run_trials(
                env,
                policy,
                trials,
                seed,
                lambda done, all_, name=name: status.update(f"{name}: {done} of {all_} trials"),
            )
        summaries[name] = summarise(records)
    console.table(comparison_table(summaries, f"{trials} trials on the same scenes, seed {seed}"))
    return summaries


def record_trial(env: PushGraspEnv, policy: Policy, path: Path, seed: int) -> None:
    """Write a video of the first trial that ends in world 0, with the scenes of ``seed``."""
    runner, ended = TrialRunner(env, policy, seed), set[int]()
    runner.on_end = lambda world, record: ended.add(world)
    with recorded(env, path):
        for _ in runner.run(itertools.count()):
            if 0 in ended:
                break


def play(env: PushGraspEnv, policy: Policy, trials: int, seed: int, console: Console) -> Summary:
    """Run a policy, print one line per action and the summary at the end."""

    def narrate(world: int) -> None:
        console.print(f"world {world}: {describe_outcome(env.outcome, env.reward_buf, world)}")

    records = run_trials(env, policy, trials, seed, on_action=narrate)
    summary = summarise(records)
    console.table(comparison_table({"policy": summary}, f"{trials} trials, seed {seed}"))
    return summary
