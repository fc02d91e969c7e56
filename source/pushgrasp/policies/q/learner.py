"""Deep Q-learning in stages: an action in every world, then some steps (see :class:`pushgrasp.learning.loop.Learner`).

The worth of what was chosen moves towards reward + discount * the greatest worth of what may be chosen next, which is
computed anew each time, with the nets as they act. What ends an episode has no next.
"""

from __future__ import annotations

import logging
import math
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import huber_loss

from pushgrasp.interface.outcome import Outcome
from pushgrasp.learning.steps import net_states, restore_nets, step
from pushgrasp.policies.maps.memory import Memory
from pushgrasp.policies.maps.picture import Picture
from pushgrasp.policies.maps.planner import Choice
from pushgrasp.policies.maps.q_net import GRASP, MOVE, PUSH

from .agent import Agent, Sight, Table, Turn
from .cfg import RECENT, LearningCfg, StageCfg
from .replay import NONE, Batch, Replay

logger = logging.getLogger(__name__)

FIXED = "fixed"
"""Name of the greatest worth by nets that never learn among what is remembered of a picture."""

TRUSTED = 0.25
"""The threshold is the worth that so large a share of the last chosen grasps that have held did not reach."""


class QLearner:
    """Learns what an agent's nets have to know."""

    def __init__(
        self, env: Table, agent: Agent, stages: Mapping[str, StageCfg], cfg: LearningCfg, replay: Replay, seed: int
    ) -> None:
        """Set up.

        Args:
            env: Where actions are carried out.
            agent: What is trained.
            stages: Stages by name, in their order.
            cfg: How nets learn.
            replay: What is remembered.
            seed: Seed of all that is drawn here.
        """
        self._env, self._agent, self._cfg, self.replay = env, agent, cfg, replay
        self._stages, self._names = list(stages.items()), list(agent.chooses)
        self._fixed = set(self._names) - {name for stage in stages.values() for name in stage.learns}
        self._optimisers = {
            name: torch.optim.Adam(net.parameters(), cfg.learning_rate if name in agent.chooses else cfg.small_rate)
            for name, net in agent.nets.items()
        }
        self._generator = torch.Generator().manual_seed(seed)
        self._stage, self._done = 0, 0
        self._recent: deque[bool] = deque(maxlen=RECENT)
        self._trusted: deque[float] = deque(maxlen=RECENT)
        self._rewards: list[float] = []
        self.replay_source: Path | None = None
        """Where the files of a checkpoint's replay are; needed to go on from one."""

    @property
    def networks(self) -> Mapping[str, nn.Module]:
        """The nets by name."""
        return self._agent.nets

    @property
    def stage(self) -> StageCfg:
        """What is trained now."""
        return self._stages[self._stage][1]

    def rounds(self) -> int:
        """How many iterations all stages take together, if each takes as long as it may."""
        return sum(math.ceil(stage.most / self._env.num_worlds) for _, stage in self._stages)

    @torch.no_grad()
    def begin(self) -> None:
        """Begin new scenes in all worlds."""
        self._env.end_rule = self._judge
        self._begin_scenes()

    def _begin_scenes(self) -> None:
        self._env.draw_scenes(self.stage.scenes)
        self._env.reset()
        self._device = self._env.observe().target_id.device
        self._memory = Memory.empty(self._env.num_worlds, self._device)
        self._frames = [NONE] * self._env.num_worlds

    def iterate(self, completed: int, total: int) -> tuple[dict[str, float], float]:
        """Act once in every world and learn; return numbers for the log and the mean reward."""
        del total
        self._rewards = []
        self._act()
        losses = self._learn()
        reward = sum(self._rewards) / max(len(self._rewards), 1)
        good = sum(self._recent) / max(len(self._recent), 1)
        stage = {"Train/stage": float(self._stage + 1), "Train/stage_actions": float(self._done)}
        self._advance()
        actions = float((completed + 1) * self._env.num_worlds)
        return {**losses, "Train/reward": reward, "Train/good": good, **stage, "Train/actions": actions}, reward

    # Acting.

    @torch.no_grad()
    def _act(self) -> None:
        """Choose by the nets, or in some worlds at random, and carry it out; :meth:`_judge` hears what came of it."""
        agent, acts = self._agent, self.stage.acts
        before = agent.look(self._env.observe(), self._memory, acts)
        best = agent.best(before, self._memory, before.scores)
        net = agent.choose(before, self._memory, best)
        random = torch.rand(len(net), generator=self._generator).to(self._device) < self._epsilon()
        if bool(random.any()):
            drawn = agent.best(before, self._memory, {name: self._noise(maps) for name, maps in before.scores.items()})
            net = torch.where(random, self._any_net(drawn), net) if self.stage.any_net else net
            for name, choice in drawn.items():
                taken = random & self._is(net, name)
                best[name] = _rated(choice, before.scores[name]).where(taken, best[name])
        self._turn = Turn(before, net, self._chosen(net, best), random, agent.told(before, best))
        self._done += len(net)
        self._action = agent.action(before, net, best)
        self._env.carry_out(self._action)

    def _any_net(self, best: Mapping[str, Choice]) -> Tensor:
        """Return the number of any net that has something to choose in each world, shape (N,), long."""
        exists = torch.stack([choice.exists for choice in best.values()], dim=1)
        weights = (exists | ~exists.any(dim=1, keepdim=True)).float().cpu()
        drawn = torch.multinomial(weights, 1, generator=self._generator)[:, 0]
        return torch.tensor([self._names.index(name) for name in best])[drawn].to(self._device)

    def _chosen(self, net: Tensor, best: Mapping[str, Choice]) -> Choice:
        """Return what the chosen net of each world chooses."""
        chosen = next(iter(best.values()))
        for name, choice in best.items():
            chosen = choice.where(self._is(net, name), chosen)
        return chosen

    def _epsilon(self) -> float:
        first, last = self.stage.epsilon
        return first + (last - first) * min(self._done / self.stage.most, 1.0)

    def _noise(self, maps: Tensor) -> Tensor:
        noise = torch.rand(maps.shape, generator=self._generator).to(maps)
        return torch.where(maps > -torch.inf, noise, -torch.inf)

    def _judge(self, outcome: Outcome) -> Tensor:
        """Remember what an action was worth, before any world begins anew; return which do."""
        turn, stage, agent = self._turn, self.stage, self._agent
        seen = replace(self._env.observe(), target_id=turn.before.seen.target_id)
        lifted = self._lifted(outcome, turn.before.goal_id)
        tried = self._is(turn.net, GRASP) | self._is(turn.net, MOVE)
        failed = tried & ~outcome.lifted.flatten(1).any(dim=1)
        self._memory.add(self._is(turn.net, PUSH), tried)
        self._memory.add_failure(failed, turn.choice.position, turn.choice.rotation[..., 0])
        self._memory.swept.add(self._action, outcome.executed)
        after = agent.look(seen, self._memory, stage.acts)
        reward = agent.reward(stage.reward, turn, after, lifted)
        taken = lifted & (turn.before.goal_id == turn.before.seen.target_id) & self._is(turn.net, GRASP)
        lost = outcome.fault | outcome.target_lost
        ends = taken | lost | ~turn.choice.exists | (self._memory.actions >= stage.max_actions)
        self._remember(turn, after, reward, taken | lost, ends, turn.choice.exists & ~outcome.fault)
        self._note(turn, reward, lifted)
        self._memory = Memory.empty(len(ends), ends.device).where(ends, self._memory)
        return ends

    def _is(self, net: Tensor, name: str) -> Tensor:
        """Where the net of a name has chosen, shape (N,), bool."""
        return net == (self._names.index(name) if name in self._names else NONE)

    def _lifted(self, outcome: Outcome, goal: Tensor) -> Tensor:
        """Where the goal, and nothing else, was lifted, shape (N,), bool."""
        slots = outcome.lifted.any(dim=1)
        own = torch.nn.functional.one_hot((goal - 1).clamp_min(0), slots.shape[1]).bool() & (goal > 0)[:, None]
        return (slots == own).all(dim=1) & own.any(dim=1)

    def _remember(self, turn: Turn, after: Sight, reward: Tensor, over: Tensor, ends: Tensor, valid: Tensor) -> None:
        """Add what was done to the replay; the picture afterwards is that before the next action, if there is one."""
        missing = [world for world, frame in enumerate(self._frames) if frame == NONE and bool(valid[world])]
        for world, frame in zip(missing, self._stored(turn.before, missing), strict=True):
            self._frames[world] = frame
        onward = [world for world in (valid & ~over).nonzero()[:, 0].tolist()]
        following = dict(zip(onward, self._stored(after, onward), strict=True))
        for world in valid.nonzero()[:, 0].tolist():
            key = self._key(self._names[int(turn.net[world])])
            row = turn.choice.entry[world], reward[world], turn.facts[world]
            self.replay.add(key, self._frames[world], following.get(world, NONE), *row)
        self._frames = [NONE if bool(ends[world]) else following.get(world, NONE) for world in range(len(ends))]

    def _stored(self, sight: Sight, worlds: Sequence[int]) -> list[int]:
        """Remember pictures, and the greatest worth by nets that never learn: it is not computed again."""
        if not worlds:
            return []
        peaks = [maps.flatten(1).amax(dim=1) for name, maps in sight.scores.items() if name in self._fixed]
        fixed = torch.stack([torch.full_like(sight.facts[:, 0], -torch.inf), *peaks]).amax(dim=0)
        parts = {**sight.picture.compact(), FIXED: fixed}
        return self.replay.add_frames({name: part[list(worlds)] for name, part in parts.items()})

    def _key(self, net: str) -> str:
        """Actions that were rewarded otherwise are not learned from."""
        return f"{self.stage.reward}.{net}"

    def _note(self, turn: Turn, reward: Tensor, lifted: Tensor) -> None:
        """Keep what tells how far the stage is."""
        self._rewards += reward[turn.choice.exists].tolist()
        greedy = turn.choice.exists & ~turn.random
        self._recent.extend((reward[greedy] > 0).tolist())
        held = greedy & lifted & self._is(turn.net, GRASP)
        self._trusted.extend(turn.choice.value[held].tolist())

    # Learning.

    def _learn(self) -> dict[str, float]:
        """Take the steps of a round; return the mean losses, nothing while too little is remembered."""
        losses: dict[str, float] = {}
        for name in self.stage.learns:
            source = self._key(name if name in self.stage.acts else self.stage.acts[0])
            if self.replay.count(source) < self._cfg.batch:
                continue
            values = [self._step(name, source) for _ in range(self._cfg.steps)]
            losses[f"Loss/{name}"] = sum(values) / len(values)
        return losses

    def _step(self, name: str, source: str) -> float:
        batch = self.replay.sample(source, self._cfg.batch, self._generator, self._device)
        net = self._agent.nets[name].train()
        loss = self._agent.loss(name, batch)
        if loss is None:
            channels, cells = Picture.restored(batch.before).about(batch.entry[:, 1:], self._cfg.window)
            maps = net(channels)
            chosen = maps[torch.arange(len(maps), device=maps.device), batch.entry[:, 0], cells[:, 0], cells[:, 1]]
            loss = huber_loss(chosen, self._target(batch).to(chosen))
        return step(self._optimisers[name], loss)

    @torch.no_grad()
    def _target(self, batch: Batch) -> Tensor:
        """Return what the actions of a batch are worth by what may be chosen next, shape (B,)."""
        target = batch.reward.clone()
        if bool(batch.goes_on.any()) and self._cfg.discount > 0:
            target[batch.goes_on] += self._cfg.discount * self._next(batch.after).to(target)
        return target

    def _next(self, parts: dict[str, Tensor]) -> Tensor:
        """Return the greatest worth of what may be chosen in remembered pictures, 0 where nothing may, shape (N,)."""
        picture, best = Picture.restored(parts), parts[FIXED]
        for name in [name for name in self.stage.acts if name not in self._fixed]:
            net = self._agent.nets[name]
            maps = net.eval()(picture.channels()).masked_fill(~self._agent.allowed(picture, name), -torch.inf)
            best = torch.maximum(best, maps.flatten(1).amax(dim=1))
        return torch.where(best > -torch.inf, best, 0.0)

    # Stages.

    def _advance(self) -> None:
        """Begin the next stage when this one is enough, or has taken as long as it may."""
        name, stage = self._stages[self._stage]
        good = sum(self._recent) / max(len(self._recent), 1)
        enough = self._done >= min(stage.least, stage.most) and len(self._recent) == RECENT and good >= stage.advance
        if self._stage + 1 == len(self._stages) or not (enough or self._done >= stage.most):
            return
        self._end_stage()
        if not enough:
            logger.warning(
                "stage %s ends after %d actions with %.0f %% good ones of the last %d; %.0f %% were to be reached",
                *(name, self._done, 100.0 * good, len(self._recent), 100.0 * stage.advance),
            )
        self._stage, self._done = self._stage + 1, 0
        self._recent.clear()
        self._begin_scenes()

    def _end_stage(self) -> None:
        if self.stage.threshold and self._trusted:
            self._agent.threshold = float(torch.tensor(list(self._trusted)).quantile(TRUSTED))
        self._trusted.clear()

    def get_state(self) -> dict[str, Any]:
        """Return weights, optimisers, how far the stages are, how much is remembered, and the states of generators."""
        return {
            **net_states(self.networks, self._optimisers),
            "stage": [self._stage, self._done],
            "recent": list(self._recent),
            "trusted": list(self._trusted),
            "threshold": self._agent.threshold,
            "replay": self.replay.get_state(),
            "generator": self._generator.get_state(),
            "scenes": self._env.get_rng_state(),
        }

    def policy_state(self) -> dict[str, Any]:
        """Return the nets' weights in plain torch, and the threshold."""
        nets = {name: net.state_dict() for name, net in self._agent.plain().items()}
        return {"nets": nets, "threshold": self._agent.threshold}

    def set_state(self, state: dict[str, Any]) -> None:
        """Go on from what :meth:`get_state` has returned."""
        if self.replay_source is None:
            raise ValueError("where the replay of the checkpoint is must be known first")
        restore_nets(self.networks, self._optimisers, state)
        self.replay.set_state(state["replay"], self.replay_source)
        self._stage, self._done = state["stage"]
        self._recent.extend(state["recent"])
        self._trusted.extend(state["trusted"])
        self._agent.threshold = state["threshold"]
        self._generator.set_state(state["generator"])
        self._env.set_rng_state(state["scenes"])


def _rated(choice: Choice, scores: Tensor) -> Choice:
    """Return choices of noise with their worth by maps of scores (N, directions, S, S)."""
    direction, row, column = choice.entry.unbind(dim=1)
    worth = scores[torch.arange(len(scores), device=scores.device), direction, row, column]
    return choice.replace(value=worth.masked_fill(~choice.exists, -torch.inf))
