"""Carry away what lies on the target, push what hems it in, grasp it (Li et al. 2024, MPGNet)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import ClassVar

import torch
from torch import Tensor, nn

from pushgrasp.interface.action import Action
from pushgrasp.interface.world import Observation, World
from pushgrasp.perception.masks import dilate, is_visible, target_mask
from pushgrasp.policies.maps.choose import peak
from pushgrasp.policies.maps.memory import Memory
from pushgrasp.policies.maps.picture import Picture, take_picture
from pushgrasp.policies.maps.planner import Choice, MapPlanner
from pushgrasp.policies.maps.q_net import GRASP, MOVE, PUSH, QNetsCfg, plain_nets
from pushgrasp.policies.q.agent import Sight, Turn
from pushgrasp.policies.q.policy import QPolicy
from pushgrasp.policies.q.replay import Batch
from pushgrasp.policies.q.weights import Settings, trained_policy
from pushgrasp.policies.search import search_cell

from .cfg import METHOD, RuleCfg
from .occlusion import HIDDEN, overhang, rectangles
from .rewards import grasp_reward, has_changed, move_reward, push_reward

NETS = (GRASP, MOVE, PUSH)
"""What chooses, in order."""

UNMEASURED = 0.5
"""Worth from which a grasp is trusted until it is measured."""

SURROUNDINGS = 0.05
"""Changes count that are at most so far from the target [m]."""

MARK = 1.5
"""Radius of the mark where a target out of view is looked for [cells]: nine cells."""


class MpgAgent:
    """The three nets and the rule (see :class:`pushgrasp.policies.q.agent.Agent`).

    Where a target that is out of view is looked for, a mark of fewer cells than a target in view has is the goal, and
    what is there may be moved.
    """

    chooses: ClassVar[Sequence[str]] = NETS
    tries: ClassVar[Sequence[str]] = (GRASP, MOVE)

    def __init__(self, world: World, nets: dict[str, nn.Module], cfg: QNetsCfg, rule: RuleCfg) -> None:
        """Act in ``world`` with nets by name."""
        self.nets, self.cfg, self.rule = nets, cfg, rule
        self.threshold = UNMEASURED
        self._planner = MapPlanner(world, nets, cfg.window, cfg.colours, rule.primitives)
        self._arms, self._points, self._workspace = world.arms, world.decoder.push.points, world.workspace

    # What is seen.

    def look(self, seen: Observation, memory: Memory, names: Sequence[str]) -> Sight:
        """Return the worth of what may be done, the worth of the best grasp, and how much stands over the target."""
        maps = seen.heightmaps
        target = target_mask(maps.ids, seen.target_id)
        visible = is_visible(target)
        cell = search_cell(maps, seen.target_id, seen.workspace, memory.swept)
        goal = torch.where(visible[:, None, None], target, dilate(cell, MARK))
        picture = take_picture(seen, goal, self.cfg.window, self.cfg.colours)
        scores = {
            name: worth.masked_fill(~self.allowed(picture, name), -torch.inf)
            for name, worth in self._planner.worths(picture, names).items()
        }
        over = overhang(picture.height, picture.ids > 0, picture.goal)
        return Sight(
            seen, picture, seen.target_id * visible, scores, torch.stack((peak(scores.get(GRASP), over), over), 1)
        )

    def allowed(self, picture: Picture, name: str) -> Tensor:
        """Return what may be chosen: grasps of the target, moves of what is on it or beside it, pushes near it."""
        directions, goal, resolution = self.cfg.directions, picture.goal, self._workspace.resolution
        visible = is_visible(goal)[:, None, None]
        if name == GRASP:
            return (goal & visible)[:, None].expand(-1, directions, -1, -1)
        if name == MOVE:
            near = dilate(rectangles(goal), self.rule.move_reach / resolution)
            return (near & (picture.ids > 0) & ~(goal & visible))[:, None].expand(-1, directions, -1, -1)
        near = dilate(goal, self.rule.push_reach / resolution)
        return self._planner.pushes(picture, directions, near, goal & visible)

    # What is done.

    def best(self, sight: Sight, memory: Memory, scores: Mapping[str, Tensor]) -> dict[str, Choice]:
        """Return the best grasp, move and push."""
        return self._planner.best(sight.seen, sight.picture, scores, memory)

    def told(self, sight: Sight, best: Mapping[str, Choice]) -> Tensor:
        """Return the sight's facts."""
        del best
        return sight.facts

    def choose(self, sight: Sight, memory: Memory, best: Mapping[str, Choice]) -> Tensor:
        """Return the number of the net that acts.

        What lies on the target is moved, as long as it is early in the trial or the target is out of view; a grasp that
        is trusted, or for which it has been pushed enough, is carried out; else it is pushed.
        """
        over = sight.facts[:, 1]
        values = torch.stack([best[name].value if name in best else torch.full_like(over, -torch.inf) for name in NETS])
        if not self.rule.workflow:
            return values.argmax(dim=0)
        can_grasp, can_move, can_push = values > -torch.inf
        early = (memory.actions < self.rule.max_moves) | (over >= HIDDEN)
        threshold = self.threshold if self.rule.threshold is None else self.rule.threshold
        trusted = (values[0] > threshold) | (memory.pushes >= self.rule.max_pushes)
        grasps = can_grasp & (trusted | ~can_push)
        late = torch.where(grasps, NETS.index(GRASP), torch.where(can_push, NETS.index(PUSH), NETS.index(MOVE)))
        return torch.where(can_move & early & (over > self.rule.overhang), NETS.index(MOVE), late)

    def action(self, sight: Sight, net: Tensor, best: Mapping[str, Choice]) -> Action:
        """Return the motions of what was chosen."""
        action = Action.none(len(net), self._arms.num_arms, self._points, net.device)
        for name, choice in best.items():
            chosen = net == NETS.index(name)
            if bool(chosen.any()):
                action = self._motion(name, sight, choice).where(chosen, action)
        return action

    def _motion(self, name: str, sight: Sight, choice: Choice) -> Action:
        if name == GRASP:
            return self._planner.grasp(choice)
        if name == PUSH:
            return self._planner.push(sight.seen, sight.picture, choice, self.cfg.directions)
        target = target_mask(sight.seen.heightmaps.ids, sight.seen.target_id)
        action = self._planner.move(sight.seen, sight.picture, choice, target, self.cfg.directions)
        action.valid &= choice.exists[:, None]
        return action

    # What it was worth.

    def reward(self, word: str, turn: Turn, after: Sight, lifted: Tensor) -> Tensor:
        """Return what an action was worth (Li et al. 2024, Eq. 4 to 7), the same in all stages.

        Args:
            word: Not looked at.
            turn: What was done.
            after: What is seen afterwards.
            lifted: Whether the target, and nothing else, was lifted, shape (N,), bool.
        """
        del word
        before, limit = turn.before, self.rule.overhang
        gain = after.facts[:, 0] - before.facts[:, 0]
        near = dilate(before.picture.goal, SURROUNDINGS / self._workspace.resolution)
        heights = before.picture.window(after.seen.heightmaps.height)
        changed = has_changed(before.picture.height, heights, near)
        cleared = (before.facts[:, 1] > limit) & (after.facts[:, 1] <= limit)
        by_net = {
            GRASP: grasp_reward(lifted),
            MOVE: move_reward(cleared, lifted, gain, changed),
            PUSH: push_reward(gain, changed),
        }
        return torch.stack([by_net[name] for name in NETS]).gather(0, turn.net[None])[0]

    def tried_worth(self, name: str, lifted: Tensor) -> Tensor:
        """Return what tried grasps that a net may choose are worth, by whether they lifted their object alone, (L,)."""
        return grasp_reward(lifted) if name == GRASP else torch.where(lifted, 0.5, -0.5)

    def loss(self, name: str, batch: Batch) -> None:
        """All nets have Q maps."""

    def plain(self) -> dict[str, nn.Module]:
        """Return the nets in plain torch."""
        return plain_nets(self.nets, self.cfg)


def load_policy(
    world: World, checkpoint: Path, settings: Settings | None = None, device: torch.device | str = "cpu"
) -> QPolicy:
    """Return the policy of a checkpoint (see :func:`pushgrasp.policies.q.weights.trained_policy`)."""
    return trained_policy(world, checkpoint, METHOD, MpgAgent, RuleCfg, settings, device)
