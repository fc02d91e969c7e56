"""How trials are run and counted, on an environment that follows a script."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import count
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch

from pg_tasks.app import play
from pg_tasks.app.trial_records import states
from pg_tasks.app.trials import TrialRunner, run_trials, trial_generator
from pushgrasp.evaluation.records import ActionRecord
from pushgrasp.evaluation.replay import Setup, to_tensor
from pushgrasp.interface.action import Action, Kind
from pushgrasp.interface.outcome import Outcome
from pushgrasp.interface.world import Observation
from pushgrasp.perception.heightmap import Heightmaps
from pushgrasp.perception.workspace import Workspace
from pushgrasp.policies.pg4da.reward import FuzzyRewardCfg

SCENES = [(2, True), (1, False), (3, True), (1, True), (4, True)]
"""Actions until each trial ends, and whether its last action, a grasp, succeeds. All before it are pushes."""


class ScriptedEnv:
    """Two worlds that take the next scene whenever theirs has ended; its own source of scenes."""

    num_envs, device, physics_dt = 2, "cpu", 0.5
    cfg = SimpleNamespace(reward=FuzzyRewardCfg(), action_space=1, rig="training")
    rig, _layout = SimpleNamespace(num_arms=1), SimpleNamespace(shapes=("cube", "arch", "prism", "cuboid"))

    def __init__(self) -> None:
        self.scenes = self
        self.objects = SimpleNamespace(
            active=torch.tensor([[True, True, False, True]] * 2),
            target=torch.tensor([3, 0]),
            position=torch.arange(24.0).reshape(2, 4, 3),
            quaternion=torch.tensor([0.0, 0.0, 0.0, 1.0]).expand(2, 4, 4),
        )
        self.seed: int | None = None
        self.current = [None, None]
        self.heightmaps = Heightmaps(torch.zeros(2, 3, 1, 2), torch.zeros(2, 1, 2), torch.tensor([[[1, 0]], [[1, 1]]]))
        self.target_id, self.isolate_rate = torch.ones(2, dtype=torch.long), torch.tensor([0.0, 1.0])
        self.action_ticks, self.reward_buf = torch.tensor([4, 6]), torch.tensor([0.25, 0.75])
        self.pad_penetration: torch.Tensor | None = torch.tensor([0.5, 0.25])

    def begin_trials(self, seed: int, numbers: Iterator[int] | None = None) -> None:
        self.seed, self.numbers = seed, numbers or count()

    def end_trials(self) -> None:
        self.seed = None

    def reset(self) -> tuple[dict, dict]:
        self.trial, self.left = torch.zeros(2, dtype=torch.long), [0, 0]
        self._next(0)
        self._next(1)
        return {}, {}

    def _next(self, world: int) -> None:
        self.trial[world] = next(self.numbers)
        self.left[world] = SCENES[int(self.trial[world]) % len(SCENES)][0]

    def observe(self) -> Observation:
        return Observation(self.heightmaps, self.target_id, Workspace())

    def step(self, action: Action) -> tuple:
        self.left = [left - 1 for left in self.left]
        done = torch.tensor([left == 0 for left in self.left])
        good = done & torch.tensor([SCENES[int(trial) % len(SCENES)][1] for trial in self.trial])
        no, nothing = torch.zeros(2, dtype=torch.bool), torch.zeros(2, 4, dtype=torch.bool)
        kind = torch.where(done, Kind.GRASP, Kind.PUSH)[:, None]
        lost = (done & ~good)[:, None] & torch.tensor([True, False, False, True])
        self.outcome = Outcome(kind, ~no, good, no, no, no, nothing[:, None], nothing, lost)
        self.action = action
        self.objects.position = self.objects.position + 100.0
        action.valid[:], action.score[:, Kind.GRASP] = True, torch.tensor([2.0, -torch.inf])
        action.score[:, Kind.PUSH] = action.score[:, Kind.GRASP] + 1.0
        for world in range(2):
            if done[world]:
                self._next(world)
        return {}, None, done, torch.zeros_like(done), {}


def facts(records: list) -> list[tuple]:
    return [
        (r.trial, r.completed, r.count("push"), r.count("grasp"), r.grasp_successes, r.objects_lost) for r in records
    ]


def test_records_come_in_the_order_of_the_scenes() -> None:
    env = ScriptedEnv()
    steps: list[tuple[int, int]] = []
    records = run_trials(env, NotingPolicy(), 4, seed=7, progress=lambda *counts: steps.append(counts))
    assert facts(records) == [
        (0, True, 1, 1, 1, 0),
        (1, False, 0, 1, 0, 2),
        (2, True, 2, 1, 1, 0),
        (3, True, 0, 1, 1, 0),
    ]
    # World 0 runs trials 0, 3; world 1 runs 1, 2. They end in the order 1, 0, 3, 2.
    assert steps == [(1, 4), (2, 4), (3, 4), (4, 4)]
    assert env.seed is None


def test_scenes_beyond_the_last_do_not_count() -> None:
    # Trial 0 takes two actions; world 1 finishes trial 1 first and then has nothing to do.
    assert [record.trial for record in run_trials(ScriptedEnv(), NotingPolicy(), 2, seed=0)] == [0, 1]


def test_any_numbers_can_be_run() -> None:
    runner = TrialRunner(ScriptedEnv(), NotingPolicy(), seed=0)
    assert sorted(record.trial for record in runner.run([8, 3, 11])) == [3, 8, 11]
    assert list(runner.run([])) == []


def test_an_action_is_recorded_with_scores_reward_and_time() -> None:
    (record, _) = run_trials(ScriptedEnv(), NotingPolicy(), 2, seed=0)
    push, grasp = record.actions
    # world 0: the rate 0 is fully low; 4 ticks of 0.5 s
    facts = {"isolate_rate": 0.0, "levels": (1.0, 0.0, 0.0), "reward": 0.25, "simulated_s": 2.0}
    facts |= {"lifted": (0,), "pad_penetration_m": 0.5}
    expected = ActionRecord(("push",), False, {"grasp": 2.0, "push": 3.0}, **facts)
    assert replace(push, motion=None, before=None) == expected
    assert (grasp.kinds, grasp.success, grasp.scores) == (("grasp",), True, {"grasp": 2.0, "push": 3.0})
    assert (record.objects, record.target_cells, record.taken) == (3, 1, 1)


def test_what_was_done_and_where_things_lay_before_it_is_recorded() -> None:
    env = ScriptedEnv()
    env.objects.active[0, 1] = False
    (record, _) = run_trials(env, NotingPolicy(), 2, seed=0)
    assert record.setup == Setup("training", 1, (0, 3), ("cube", "cuboid"))
    first, second = (action.before for action in record.actions)
    assert first is not None and second is not None and first["target"] == 3
    poses = to_tensor(first["poses"], (2, 7), "poses")
    assert poses.tolist() == [[0.0, 1.0, 2.0, 0.0, 0.0, 0.0, 1.0], [9.0, 10.0, 11.0, 0.0, 0.0, 0.0, 1.0]]
    # the action shifts all objects by 100 m
    assert (to_tensor(second["poses"], (2, 7), "poses") - poses)[:, :3].eq(100.0).all()
    assert record.actions[0].motion == {"points": 2, "arms": [{"valid": True}]}


def test_what_was_taken_away_has_no_pose() -> None:
    env = ScriptedEnv()
    env.objects.active[0, 3] = False
    setup = Setup("training", 1, (0, 3), ("cube", "cuboid"))
    state, idle = states(env, [setup, None])
    assert state is not None and idle is None
    assert to_tensor(state["poses"], (2, 7), "poses").isnan().all(dim=1).tolist() == [False, True]


def test_physics_that_does_not_tell_leaves_the_penetration_open() -> None:
    env = ScriptedEnv()
    env.pad_penetration = None
    (record,) = run_trials(env, NotingPolicy(), 1, seed=0)
    assert [action.pad_penetration_m for action in record.actions] == [None, None]


class NotingPolicy:
    """Does nothing; notes the first number that each trial's generator gives, and which worlds are running."""

    def __init__(self) -> None:
        self.begun: list[tuple[int, float]] = []
        self.running: list[list[bool]] = []
        self.heard: list[Outcome] = []

    def begin(self, world: int, generator: torch.Generator) -> None:
        self.begun.append((world, float(torch.rand((), generator=generator))))

    def act(self, seen: Observation, running: torch.Tensor) -> Action:
        assert seen.target_id.tolist() == [1, 1]
        self.running.append(running.tolist())
        return Action.none(2, 1, 2)

    def learn_of(self, action: Action, outcome: Outcome) -> None:
        self.heard.append(outcome)


def test_a_policy_meets_each_trial_with_its_generator() -> None:
    policy, env = NotingPolicy(), ScriptedEnv()
    list(TrialRunner(env, policy, seed=5).run(range(4)))
    assert len(policy.heard) == len(policy.running) and policy.heard[-1] is env.outcome
    expected = [float(torch.rand((), generator=trial_generator(5, number))) for number in range(4)]
    assert policy.begun == [(0, expected[0]), (1, expected[1]), (1, expected[2]), (0, expected[3])]
    assert policy.running == [[True, True], [True, True], [True, True], [False, True]]


def test_generators_of_trials_differ() -> None:
    first = {float(torch.rand((), generator=trial_generator(*key))) for key in ((0, 0), (0, 1), (1, 0), (1, 1))}
    assert len(first) == 4


def test_at_least_one_trial() -> None:
    with pytest.raises(ValueError, match="trials is 0; at least 1 is needed"):
        run_trials(ScriptedEnv(), NotingPolicy(), 0, seed=0)


def test_recorded_trial_is_the_whole_first_one_of_world_0(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    env, recorded = ScriptedEnv(), []
    steps = count()

    @contextmanager
    def recorder(env: ScriptedEnv, path: Path) -> Iterator[None]:
        step, env.step = env.step, lambda action: (next(steps), step(action))[1]
        yield
        recorded.append(path)

    monkeypatch.setattr(play, "recorded", recorder)
    play.record_trial(env, NotingPolicy(), tmp_path / "a.mp4", seed=7)
    assert recorded == [tmp_path / "a.mp4"]
    assert next(steps) == SCENES[0][0]
    assert env.seed is None
