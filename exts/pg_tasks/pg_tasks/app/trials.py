"""Run a policy on seeded scenes and record each trial."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Protocol

import torch

from pg_tasks.envs.push_grasp_env import PushGraspEnv
from pushgrasp.evaluation.records import ActionRecord, TrialRecord
from pushgrasp.interface.world import Observation, Policy

from .trial_records import action_records, start_facts, states, trial_record


class Referee(Protocol):
    """What ends trials and says why, instead of the rules of training."""

    def begin(self, world: int) -> None:
        """A trial begins in a world."""
        ...

    def close(self, world: int, record: TrialRecord) -> TrialRecord:
        """Return the record of the trial that has ended in a world with its end and cause."""
        ...

    def watch(self) -> None:
        """An action is about to be carried out."""
        ...

    def describe(self, world: int, action: ActionRecord) -> ActionRecord:
        """Return the record of an action with what the referee has found out about it."""
        ...


@dataclass
class _Running:
    """The trial that runs in one world; ``number`` is None where none does."""

    number: int | None
    facts: dict[str, Any] = field(default_factory=dict)
    actions: list[ActionRecord] = field(default_factory=list)
    wall: list[float] = field(default_factory=list)


class TrialRunner:
    """Runs numbered trials: worlds take the next number when they are free.

    Scene and randomness of a trial follow from the seed and its number.
    """

    def __init__(self, env: PushGraspEnv, policy: Policy, seed: int, referee: Referee | None = None) -> None:
        """Run trials of ``seed`` with ``policy``; ``referee`` None means that the environment's own rules end them."""
        self._env, self._policy, self._seed, self._referee = env, policy, seed, referee
        self.provenance: Mapping[str, Any] = {}
        """Goes into every record."""
        self.on_action: Callable[[int, int, int, ActionRecord], None] | None = None
        """Called after each action with its world, trial, number in the trial from 1 on, and record."""
        self.on_end: Callable[[int, TrialRecord], None] | None = None
        """Called with the world and the record of each trial that ends, when its world shows the next scene."""
        self.before: Observation
        """What the last action was chosen from; there from the first action on."""

    @torch.inference_mode()
    def run(self, numbers: Iterable[int]) -> Iterator[TrialRecord]:
        """Run the trials of these numbers and yield their records as they end."""
        env, queue = self._env, _Queue(numbers)
        env.scenes.begin_trials(self._seed, iter(queue))
        try:
            env.reset()
            running = [self._begin(world, queue) for world in range(env.num_envs)]
            while any(state.number is not None for state in running):
                yield from self._step(running, queue)
        finally:
            env.scenes.end_trials()

    def _begin(self, world: int, queue: _Queue) -> _Running:
        """Begin the trial whose scene lies in a world, unless there was none left for it."""
        number = queue.claim(int(self._env.scenes.trial[world]))
        if number is not None:
            self._policy.begin(world, trial_generator(self._seed, number))
            if self._referee is not None:
                self._referee.begin(world)
        return _Running(number, {} if number is None else start_facts(self._env, world))

    def _step(self, running: list[_Running], queue: _Queue) -> Iterator[TrialRecord]:
        """Do one action in each world; begin the next trial where one has ended."""
        env, begin = self._env, time.perf_counter()
        busy = torch.tensor([state.number is not None for state in running])
        if self._referee is not None:
            self._referee.watch()
        self.before, lying = env.observe(), states(env, [state.facts.get("setup") for state in running])
        action = self._policy.act(self.before, busy.to(env.device))
        _, _, terminated, truncated, _ = env.step(action)
        self._policy.learn_of(action, env.outcome)
        wall, done = (time.perf_counter() - begin) / int(busy.sum()), (terminated | truncated).tolist()
        for world, (state, record) in enumerate(zip(running, action_records(env, lying), strict=True)):
            if state.number is not None:
                self._add(world, state, record, wall)
        for world, state in enumerate(running):
            if done[world]:
                if state.number is not None:
                    yield self._close(world, state)
                running[world] = self._begin(world, queue)

    def _add(self, world: int, state: _Running, record: ActionRecord, wall: float) -> None:
        """Add an action to the trial of a world."""
        state.actions.append(self._referee.describe(world, record) if self._referee else record)
        state.wall.append(round(wall, 6))
        if self.on_action is not None:
            self.on_action(world, int(state.number or 0), len(state.actions), state.actions[-1])

    def _close(self, world: int, state: _Running) -> TrialRecord:
        times = {
            "finished": datetime.now(UTC).isoformat(timespec="seconds"),
            "wall_s": sum(state.wall),
            "actions_wall_s": state.wall,
        }
        record = trial_record(self._env, world, int(state.number or 0), state.actions, state.facts)
        record = replace(record, provenance=self.provenance, times=times)
        record = record if self._referee is None else self._referee.close(world, record)
        if self.on_end is not None:
            self.on_end(world, record)
        return record


class _Queue:
    """Numbers of trials; when they run out, worlds get the last one again, which nobody looks at."""

    def __init__(self, numbers: Iterable[int]) -> None:
        self._numbers, self._last = iter(numbers), 0
        self._waiting: set[int] = set()

    def __iter__(self) -> Iterator[int]:
        for number in self._numbers:
            self._last = number
            self._waiting.add(number)
            yield number
        while True:
            yield self._last

    def claim(self, number: int) -> int | None:
        """Return the number if a world has taken it for the first time, else None."""
        if number not in self._waiting:
            return None
        self._waiting.remove(number)
        return number


def trial_generator(seed: int, number: int) -> torch.Generator:
    """Return the generator of a trial's policy, apart from the one that draws its scene."""
    digest = hashlib.sha256(f"policy {seed} {number}".encode()).digest()
    return torch.Generator().manual_seed(int.from_bytes(digest[:7]))


def run_trials(
    env: PushGraspEnv,
    policy: Policy,
    trials: int,
    seed: int,
    progress: Callable[[int, int], None] | None = None,
    on_action: Callable[[int], None] | None = None,
) -> list[TrialRecord]:
    """Run ``trials`` trials on the scenes that ``seed`` gives, the same for every policy.

    Args:
        env: Environment; its episodes end the trials.
        policy: What to do.
        trials: How many scenes.
        seed: Which scenes.
        progress: Called with finished and all trials after each that ends.
        on_action: Called with its world after each action.

    Returns:
        One record per trial, in the order of the scenes.
    """
    if trials < 1:
        raise ValueError(f"trials is {trials}; at least 1 is needed")
    records, runner = [], TrialRunner(env, policy, seed)
    if on_action is not None:
        runner.on_action = lambda world, *_: on_action(world)
    for record in runner.run(range(trials)):
        records.append(record)
        if progress is not None:
            progress(len(records), trials)
    return sorted(records, key=lambda record: record.trial)
