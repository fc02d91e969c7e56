"""Ends trials as a protocol says, and takes lifted objects off a table that is to be cleared."""

from __future__ import annotations

from dataclasses import replace

import torch

from pg_tasks.envs.push_grasp_env import PushGraspEnv
from pushgrasp.evaluation.causes import cause_of_trial
from pushgrasp.evaluation.protocols import Protocol
from pushgrasp.evaluation.records import ActionRecord, TrialRecord
from pushgrasp.evaluation.rules import ENDS, TrialRules, has_changed
from pushgrasp.interface.outcome import Outcome

from .clearing import on_table, take_off, target_most_visible


class ProtocolReferee:
    """Watches the actions of an environment; while it is attached, its protocol ends the episodes."""

    def __init__(self, env: PushGraspEnv, protocol: Protocol) -> None:
        """Attach to ``env``."""
        self._env, self._protocol = env, protocol
        self._rules = TrialRules(protocol.rule, env.num_envs, env.device)
        self._before = torch.zeros(0)
        self._taken = torch.zeros(env.num_envs, dtype=torch.long, device=env.device)
        env.end_rule, env.clearing = self._judge, protocol.goal == "clear"

    def watch(self) -> None:
        """Note what the table looks like; call it before each action."""
        self._before = self._env.heightmaps.height

    def begin(self, world: int) -> None:
        """A trial begins in a world."""
        self._rules.begin(world)
        self._taken[world] = 0
        if self._protocol.goal == "clear":
            target_most_visible(self._env, [world])

    def describe(self, world: int, action: ActionRecord) -> ActionRecord:
        """Return the record of an action with whether it changed the table."""
        return replace(action, changed=bool(self._changed[world]))

    def close(self, world: int, record: TrialRecord) -> TrialRecord:
        """Return the record of the trial that has ended in a world with its end and cause."""
        end = ENDS[int(self._ended[world])]
        taken = int(self._taken[world]) if self._protocol.goal == "clear" else record.taken
        done = end in ("completed", "cleared")
        return replace(record, end=end, completed=done, taken=taken, cause=cause_of_trial(end, record.actions))

    def _judge(self, outcome: Outcome) -> torch.Tensor:
        env = self._env
        self._changed = has_changed(self._before, env.heightmaps.height, env.cfg.workspace.resolution)
        if self._protocol.goal == "clear":
            return self._judge_clearing(outcome)
        lost = outcome.num_lost, outcome.target_lost
        self._ended = self._rules.judge(outcome.is_grasp, outcome.grasped, self._changed, *lost, outcome.fault)
        return self._ended >= 0

    def _judge_clearing(self, outcome: Outcome) -> torch.Tensor:
        """A grasp that lifted anything counts; what it lifted goes off the table, and another object is the target."""
        env = self._env
        lifted = outcome.taken
        took, none = lifted.any(dim=1), torch.zeros_like(outcome.fault)
        self._taken += lifted.sum(dim=1)
        self._ended = self._rules.judge(outcome.is_grasp, took, self._changed, outcome.num_lost, none, outcome.fault)
        empty = ~(on_table(env) & ~lifted).any(dim=1)
        self._ended = torch.where(empty & ~outcome.fault, ENDS.index("cleared"), self._ended)
        self._ended = torch.where(self._ended == ENDS.index("completed"), -1, self._ended)
        take_off(env, lifted & (self._ended < 0)[:, None])
        return self._ended >= 0
