"""Recorded actions done again: as they came out, in whichever world, and whatever happens beside and before them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from pg_tasks.app import session
from pg_tasks.app.arguments import make_parser, parse
from pg_tasks.app.policies import choose_policy, make_policy
from pg_tasks.app.trials import run_trials
from pg_tasks.envs.push_grasp_env import PushGraspEnv
from pg_tasks.evaluate.replayer import Recorded, Replayer


@pytest.fixture(scope="module")
def recorded() -> Iterator[tuple[PushGraspEnv, list[Recorded]]]:
    """Two worlds, and the actions that the heuristic has done in two trials there."""
    words = ["--num_envs", "2", "--seed", "1", "physics=mujoco", "env.clutter.num_objects=8"]
    args, overrides = parse(make_parser(""), [*words, "env.clutter.layout=cluttered"])
    env_cfg, agent_cfg = session.resolve(args, overrides)
    session.lay_on_top(env_cfg)
    with session.environment(args, env_cfg) as env:
        records = run_trials(env, make_policy(choose_policy("heuristic", agent_cfg), env), 2, seed=1)
        yield env, [Recorded(trial, number) for trial in records for number in range(len(trial.actions))]


def test_an_action_comes_out_the_same_whichever_others_are_done_beside_and_before_it(
    recorded: tuple[PushGraspEnv, list[Recorded]],
) -> None:
    env, actions = recorded
    replayer = Replayer(env)
    alone = [replayer.carry_out([action])[0] for action in actions]
    backwards = [found for action in actions[::-1] for found in replayer.carry_out([actions[0], action])[1:]]
    assert alone == backwards[::-1]
    assert all(found.agrees for found in alone)
    assert any(found.apart for found in alone)
