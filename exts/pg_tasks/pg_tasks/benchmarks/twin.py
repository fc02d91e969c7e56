"""Rehearsals in a reconstruction: what they cost, and what they say against copies of the true state."""

from __future__ import annotations

import statistics
import time
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from pg_tasks.app.bench import open_bench
from pushgrasp.policies.pg4da.policy import load_actor
from pushgrasp.policies.pg4da.pretrained import shipped_policy
from pushgrasp.policies.pg4da.spatial.choices import Choices, list_choices
from pushgrasp.policies.pg4da.spatial.nets import NUM_GRASPS
from pushgrasp.policies.pg4da.spatial.rehearsal import Rehearsal
from pushgrasp.policies.twin.planner import Planner, spread
from pushgrasp.policies.twin.policy import TwinPolicy, candidates

from .figures import Figure
from .twin_picture import save_twin_picture

CASES = ("P1/case1", "P1/case2", "P1/case3")

FIRST_SEED = 4200
"""Seed of the first scene."""

GRASPS, STROKES = 8, 6
"""Candidates that are tried in each scene, half of them those that the networks prefer."""

AT_A_TIME = 2
"""Copies that run at once."""


@dataclass
class Score:
    """What was found in the scenes of a case."""

    agree: list[float] = field(default_factory=list)
    """For each grasp whether reconstruction and truth agree on its outcome."""
    held: list[float] = field(default_factory=list)
    """For each grasp whether it truly holds."""
    regret: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    """For each scene how much less the stroke of a judge is worth than the best one that was tried."""
    seconds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    """Time of a core by what was done."""
    hidden: int = 0
    """Scenes whose target is not in the reconstruction."""


def run(case: str, scenes: int = 12, picture: Path | None = None) -> list[Figure]:
    """Run the benchmark on so many scenes of a case; ``picture`` shows the first one beside its reconstruction."""
    score = Score()
    with open_bench(1, 1, [f"env.clutter.scenes={case}"]) as bench, torch.inference_mode():
        policy = TwinPolicy(bench.env, *load_actor(shipped_policy(bench.env.arms.num_arms)))
        for seed in range(FIRST_SEED, FIRST_SEED + scenes):
            bench.env.reset(seed=seed)
            _measure(bench.env, policy, score, picture if seed == FIRST_SEED else None)
    return _figures(case, score)


def _measure(env: Any, policy: TwinPolicy, score: Score, picture: Path | None) -> None:  # noqa: ANN401
    """Try candidates of one scene in its reconstruction and in copies of it."""
    seen = env.observe()
    choices = list_choices(seen, env.arms.num_arms, env.decoder)
    begun = time.process_time()
    planner = policy.planner(0, choices)
    if planner is None:
        score.hidden += 1
        return
    score.seconds["reconstruction"].append(time.process_time() - begun)
    if picture is not None:
        save_twin_picture(picture, env.state, seen, planner.twin)
    grasps, strokes, odds = _candidates(policy, choices)
    truth = Rehearsal(env)
    if len(grasps):
        held = truth.worth(0, grasps, choices)
        score.agree += (_tried(planner, grasps, score) == held).float().tolist()
        score.held += held.tolist()
    if len(strokes) > 1:
        worth, found = truth.worth(0, strokes, choices), _tried(planner, strokes, score)
        for judge, value in (("reconstruction", found), ("networks", odds)):
            score.regret[judge].append(float(worth.max() - worth[int(value.argmax())]))
        score.regret["chance"].append(float(worth.max() - worth.mean()))


def _candidates(policy: TwinPolicy, choices: Choices) -> tuple[Tensor, Tensor, Tensor]:
    """Numbers of grasps and strokes to try, and the networks' log-odds of the strokes' worth."""
    scores = policy.scores(choices.seen, choices.groups())
    grasps, strokes = candidates(0, choices, scores)
    strokes = strokes[spread(len(strokes), STROKES)]
    return grasps[spread(len(grasps), GRASPS)], strokes, scores.strokes[0, strokes - NUM_GRASPS]


def _tried(planner: Planner, numbers: Tensor, score: Score) -> Tensor:
    """What the reconstruction says of choices of one kind (C,), shape (C,)."""
    judge, name = (planner.holds, "grasp") if int(numbers[0]) < NUM_GRASPS else (planner.worth, "stroke")
    found = []
    for some in numbers.split(AT_A_TIME):
        begun = time.process_time()
        found.append(judge(planner.action(some)))
        score.seconds[name].append((time.process_time() - begun) / len(some))
    return torch.cat(found)


def _figures(case: str, score: Score) -> list[Figure]:
    figures = [Figure("twin", f"{case}: targets not seen", float(score.hidden))]
    if score.agree:
        grasps = f"{case}: {len(score.agree)} grasps, {100.0 * statistics.mean(score.held):.0f} % hold: agreement"
        figures.append(Figure("twin", grasps, 100.0 * statistics.mean(score.agree), "%"))
    for judge, regret in score.regret.items():
        figures.append(
            Figure("twin", f"{case}: {len(regret)} scenes, regret of strokes, {judge}", statistics.mean(regret))
        )
    for part, seconds in score.seconds.items():
        figures.append(Figure("twin", f"{case}: {part}, time of a core", 1e3 * statistics.median(seconds), "ms"))
    return figures
