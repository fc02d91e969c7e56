"""Grasp the target or push; a goal out of view gives way to what may cover it (Li et al., Sec. III)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import ClassVar

import torch
from torch import Tensor, nn

from pushgrasp.interface.action import Action
from pushgrasp.interface.world import Observation, World
from pushgrasp.perception.isolation import isolate_rate
from pushgrasp.perception.masks import object_mask, target_mask
from pushgrasp.policies.maps.choose import peak
from pushgrasp.policies.maps.memory import Memory
from pushgrasp.policies.maps.picture import Picture, take_picture
from pushgrasp.policies.maps.planner import Choice, MapPlanner
from pushgrasp.policies.maps.q_net import GRASP, PUSH, QNetsCfg, plain_nets
from pushgrasp.policies.q.agent import Sight, Turn
from pushgrasp.policies.q.policy import QPolicy
from pushgrasp.policies.q.replay import Batch
from pushgrasp.policies.q.weights import Settings, trained_policy
from pushgrasp.policies.search import search_place

from .cfg import METHOD, RuleCfg

NETS = (GRASP, PUSH)
"""What chooses, in order."""

UNMEASURED = 0.5
"""Worth from which a grasp is trusted until it is measured."""

GAIN = 0.1
"""Rise of the best grasp's worth, and fall of the occupied share, that count as a change."""


class SwitchAgent:
    """The two nets and the rule (see :class:`pushgrasp.policies.q.agent.Agent`)."""

    chooses: ClassVar[Sequence[str]] = NETS
    tries: ClassVar[Sequence[str]] = (GRASP,)

    def __init__(self, world: World, nets: dict[str, nn.Module], cfg: QNetsCfg, rule: RuleCfg) -> None:
        """Act in ``world`` with nets by name."""
        self.nets, self.cfg, self.rule = nets, cfg, rule
        self.threshold = UNMEASURED
        self._planner = MapPlanner(world, nets, cfg.window, cfg.colours, rule.primitives)

    def look(self, seen: Observation, memory: Memory, names: Sequence[str]) -> Sight:
        """Return what is the target now, the worth of what may be done with it, and how far it is hemmed in."""
        maps, rule = seen.heightmaps, self.rule
        objects = object_mask(maps.ids, maps.height)
        goal = target_mask(maps.ids, seen.target_id)
        hidden = goal.sum(dim=(1, 2)) < rule.min_cells
        number = seen.target_id * ~hidden
        if rule.switching:
            others = objects & ~goal
            near = others & search_place(maps, seen.target_id, seen.workspace, memory.swept)
            cover = torch.where(near.any(dim=(1, 2), keepdim=True), near, others)
            number = torch.where(hidden, highest_object(maps.height * cover, maps.ids), number)
        target = (maps.ids == number[:, None, None]) & (number > 0)[:, None, None]
        picture = take_picture(seen, target, self.cfg.window, self.cfg.colours)
        scores = {
            name: self._weighted(name, picture, worth).masked_fill(~self.allowed(picture, name), -torch.inf)
            for name, worth in self._planner.worths(picture, names).items()
        }
        occupied = 1.0 - isolate_rate(target, objects, seen.workspace.resolution)
        return Sight(seen, picture, number, scores, torch.stack((peak(scores.get(GRASP), occupied), occupied), dim=1))

    def _weighted(self, name: str, picture: Picture, worth: Tensor) -> Tensor:
        """Return worths of which those of pushes of other objects than the target are a little less."""
        if name != PUSH:
            return worth
        lesser = torch.where(worth > 0, worth * self.rule.others, worth / max(self.rule.others, 1e-3))
        return torch.where(picture.goal[:, None], worth, lesser)

    def allowed(self, picture: Picture, name: str) -> Tensor:
        """Return what may be chosen: grasps of the target; pushes of objects that sweep something."""
        directions = self.cfg.directions
        if name == GRASP:
            return picture.goal[:, None].expand(-1, directions, -1, -1)
        return self._planner.pushes(picture, directions, picture.ids > 0, picture.goal)

    def best(self, sight: Sight, memory: Memory, scores: Mapping[str, Tensor]) -> dict[str, Choice]:
        """Return the best grasp and the best push."""
        return self._planner.best(sight.seen, sight.picture, scores, memory)

    def told(self, sight: Sight, best: Mapping[str, Choice]) -> Tensor:
        """Return the sight's facts."""
        del best
        return sight.facts

    def choose(self, sight: Sight, memory: Memory, best: Mapping[str, Choice]) -> Tensor:
        """Return 0 to grasp what is trusted and stands free, or has been pushed enough, else 1 to push."""
        can_grasp, can_push = (_exists(best.get(name), memory.pushes) for name in NETS)
        worth = best[GRASP].value if GRASP in best else sight.facts[:, 0]
        threshold = self.threshold if self.rule.threshold is None else self.rule.threshold
        trusted = (worth > threshold) & (sight.facts[:, 1] <= self.rule.max_occupied)
        grasps = can_grasp & (trusted | (memory.pushes >= self.rule.max_pushes))
        return (can_push & ~grasps).long()

    def action(self, sight: Sight, net: Tensor, best: Mapping[str, Choice]) -> Action:
        """Return the motions of what was chosen; what is not the goal is put down elsewhere, if there is room."""
        planner, seen, turns, pushes = self._planner, sight.seen, self.cfg.directions, net == NETS.index(PUSH)
        action, other = planner.grasp(best[GRASP]), ~pushes & (sight.goal_id != seen.target_id)
        if bool(other.any()):
            goal = target_mask(seen.heightmaps.ids, seen.target_id)
            move = planner.move(seen, sight.picture, best[GRASP], goal, turns)
            action = move.where(other & move.planned, action)
        if bool(pushes.any()):
            action = planner.push(seen, sight.picture, best[PUSH], turns).where(pushes, action)
        return action

    def reward(self, word: str, turn: Turn, after: Sight, lifted: Tensor) -> Tensor:
        """Return what an action was worth (Li et al., Eq. 2 to 4).

        Args:
            word: ``lifted``: grasps, 1 or 0. ``freed``: pushes, too. ``synergy``: grasps that change nothing cost 1.
            turn: What was done.
            after: What is seen afterwards.
            lifted: Whether the target, and nothing else, was lifted, shape (N,), bool.
        """
        rise = after.facts[:, 0] - turn.before.facts[:, 0]
        fall = turn.before.facts[:, 1] - after.facts[:, 1]
        changed = fall > GAIN
        push = torch.where(rise > GAIN, 0.5, torch.where(changed, 0.0, -0.5))
        missed = torch.where(changed | (word != "synergy"), 0.0, -1.0)
        return torch.where(turn.net == NETS.index(PUSH), push, torch.where(lifted, 1.0, missed))

    def tried_worth(self, name: str, lifted: Tensor) -> Tensor:
        """Return what tried grasps that a net may choose are worth, by whether they lifted their object alone, (L,)."""
        del name
        return lifted.float()

    def loss(self, name: str, batch: Batch) -> None:
        """Both nets have Q maps."""

    def plain(self) -> dict[str, nn.Module]:
        """Return the nets in plain torch."""
        return plain_nets(self.nets, self.cfg)


def highest_object(height: Tensor, ids: Tensor) -> Tensor:
    """Return the number of the object with the highest cell, shape (N,), long; 0 where none is seen.

    Args:
        height: Heights [m], 0 where no object is, shape (N, H, W).
        ids: Number of the object in each cell, 0 for none, shape (N, H, W).
    """
    highest = height.flatten(1).argmax(dim=1, keepdim=True)
    return ids.flatten(1).gather(1, highest)[:, 0]


def _exists(choice: Choice | None, like: Tensor) -> Tensor:
    return torch.zeros_like(like, dtype=torch.bool) if choice is None else choice.exists


def load_policy(
    world: World, checkpoint: Path, settings: Settings | None = None, device: torch.device | str = "cpu"
) -> QPolicy:
    """Return the policy of a checkpoint (see :func:`pushgrasp.policies.q.weights.trained_policy`)."""
    return trained_policy(world, checkpoint, METHOD, SwitchAgent, RuleCfg, settings, device)
