"""Protocols that end trials and clear tables, in the environment."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
import torch

from pg_tasks.app import session
from pg_tasks.app.trials import TrialRunner
from pg_tasks.envs.push_grasp_env import PushGraspEnv
from pg_tasks.evaluate.arguments import parse
from pg_tasks.evaluate.clearing import on_table, take_off
from pg_tasks.evaluate.configuration import configure
from pg_tasks.evaluate.referee import ProtocolReferee
from pushgrasp.evaluation.protocols import protocol_named
from pushgrasp.evaluation.rules import FailureRule
from pushgrasp.interface.action import Action, push_action
from pushgrasp.interface.outcome import Outcome
from pushgrasp.interface.world import Observation
from pushgrasp.policies.pg4da.pretrained import pretrained_policy
from pushgrasp.policies.registry import METHODS

pytestmark = pytest.mark.slow

PROTOCOL = protocol_named("P5/clearing10")


@pytest.fixture(scope="module")
def env() -> Iterator[PushGraspEnv]:
    args, overrides = parse(["--policy", "zero", "--protocol", PROTOCOL.name, "--num_envs", "2", "--physics", "mujoco"])
    env_cfg, _ = configure(args, overrides, PROTOCOL)
    with session.environment(args, env_cfg) as env:
        yield env


def state(env: PushGraspEnv, world: int) -> torch.Tensor:
    return torch.cat((env.objects.position[world], env.objects.quaternion[world]), dim=-1).clone()


def test_an_object_that_is_taken_off_is_gone_and_another_is_green(env: PushGraspEnv) -> None:
    env.reset(seed=3)
    slots = torch.zeros_like(env.objects.active)
    slots[0, env.objects.target[0]] = True
    gone, other, before = int(env.objects.target[0]), state(env, 1), int(on_table(env)[0].sum())
    take_off(env, slots)
    assert int(on_table(env)[0].sum()) == before - 1
    assert not (env.heightmaps.ids[0] == gone + 1).any()
    assert torch.equal(state(env, 1), other)
    ids, target = env.heightmaps.ids[0], int(env.target_id[0])
    assert target == int(ids[ids > 0].mode().values)
    red, green, blue = env.heightmaps.colour[0][:, ids == target].median(dim=1).values.tolist()
    assert green > 1.3 * red
    assert green > 1.3 * blue


class DecidingPolicy:
    """Pushes 10 cm through free space at the edge of the table, world after world, as a plan of its own."""

    def begin(self, world: int, generator: torch.Generator) -> None:
        pass

    def act(self, seen: Observation, running: torch.Tensor) -> Action:
        paths = torch.tensor([-0.4, 0.4, 0.02]).repeat(2, 2, 32, 1)
        paths[..., 0] += torch.linspace(0.0, 0.1, 32)
        self.last = push_action(paths, torch.zeros(2, 2, 32), torch.tensor([[True, False]] * 2))
        return self.last

    def learn_of(self, action: Action, outcome: Outcome) -> None:
        assert action is self.last and outcome.executed.all()


def test_a_plan_of_the_policy_is_carried_out_until_the_rule_ends_the_trial(env: PushGraspEnv) -> None:
    policy, protocol = DecidingPolicy(), replace(PROTOCOL, rule=FailureRule(3))
    runner = TrialRunner(env, policy, 0, ProtocolReferee(env, protocol))
    records = list(runner.run(range(2)))
    env.end_rule = None
    assert (env.action == policy.last).all()
    # nothing is lifted and nothing moves: the limit of three actions ends the trials
    for record in records:
        assert (record.end, record.cause, record.taken) == ("action limit", "time-out", 0)
        assert record.count("push") == len(record.actions) == 3
        assert all(action.executed and not action.changed for action in record.actions)


def test_whatever_is_taken_is_a_success_where_the_table_is_cleared(env: PushGraspEnv) -> None:
    referee = ProtocolReferee(env, replace(PROTOCOL, rule=FailureRule(3)))
    policy = METHODS["epg"].make(env, pretrained_policy("epg"))  # it takes what is easiest
    records = list(TrialRunner(env, policy, 3, referee).run(range(2)))
    env.end_rule = None
    assert sum(record.taken for record in records) >= 4
    assert all(record.grasp_successes == record.taken for record in records)
    assert not any(action.wrong_lifted for record in records for action in record.actions)
