"""Grasp the target where the coordinator trusts the grasp, else push (Ding et al., Sec. III)."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import ClassVar, cast

import torch
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits

from pushgrasp.interface.action import Action
from pushgrasp.interface.world import Observation, World
from pushgrasp.perception.masks import dilate, is_visible, object_mask, target_mask
from pushgrasp.policies.maps.choose import peak
from pushgrasp.policies.maps.memory import Memory
from pushgrasp.policies.maps.picture import Picture, take_picture
from pushgrasp.policies.maps.planner import Choice, MapPlanner
from pushgrasp.policies.maps.q_net import GRASP, PUSH, QNetsCfg, plain_nets
from pushgrasp.policies.q.agent import Sight, Turn
from pushgrasp.policies.q.policy import QPolicy
from pushgrasp.policies.q.replay import Batch
from pushgrasp.policies.q.weights import Settings, trained_policy
from pushgrasp.policies.search import search_objects

from .amodal import AmodalNet, full_masks, occluded_share
from .cfg import AMODAL, COORDINATOR, METHOD, NETS, RuleCfg
from .coordinator import Coordinator, coordinator_features, crowding
from .rewards import TAKEN, adapted, grasp_reward, push_reward

TARGET = 1
"""Number of the target in pictures; the object that has it changes numbers with the target."""

IN_THE_WAY = 0.01
"""What stands higher than this in the strip about the target is in the way [m]."""

Q_PUSH, Q_GRASP, HIDDEN = 0, 1, 2
"""Columns of what the coordinator is told that the rewards look at, too."""


class OpgAgent:
    """The nets and the rule (see :class:`pushgrasp.policies.q.agent.Agent`); the threshold is T_g, which adapts."""

    chooses: ClassVar[Sequence[str]] = NETS
    tries: ClassVar[Sequence[str]] = (GRASP,)

    def __init__(self, world: World, nets: Mapping[str, nn.Module], cfg: QNetsCfg, rule: RuleCfg) -> None:
        """Act in ``world`` with nets by name; of those without a Q map, new ones are made where they are missing."""
        device = next(nets[GRASP].parameters()).device
        own = {COORDINATOR: Coordinator(), AMODAL: AmodalNet(rule.amodal.widths)}
        self.nets: dict[str, nn.Module] = {name: net.to(device) for name, net in own.items()} | dict(nets)
        self.cfg, self.rule, self.threshold = cfg, rule, TAKEN
        self._planner = MapPlanner(world, self.nets, cfg.window, cfg.colours, rule.primitives)

    def look(self, seen: Observation, memory: Memory, names: Sequence[str]) -> Sight:
        """Return the full mask as the goal of a picture, worths of what may be done, and the coordinator's features."""
        maps = seen.heightmaps
        own = target_mask(maps.ids, seen.target_id)
        visible = is_visible(own)
        own &= visible[:, None, None]
        full, objects = self._full_mask(seen, own), object_mask(maps.ids, maps.height, IN_THE_WAY)
        searched = search_objects(maps, seen.target_id, seen.workspace, memory.swept)
        picture = self._picture(seen, torch.where(visible[:, None, None], full, searched))
        scores = {
            name: worth.masked_fill(~self.allowed(picture, name), -torch.inf)
            for name, worth in self._planner.worths(picture, names).items()
        }
        hidden = occluded_share(own, full)
        q_push, q_grasp = (peak(scores.get(name), hidden) for name in (PUSH, GRASP))
        crowded = crowding(full, objects & ~own, self.rule.border)
        facts = coordinator_features(q_push, q_grasp, hidden, crowded, memory.failures)
        return Sight(seen, picture, seen.target_id * visible, scores, facts)

    @torch.no_grad()
    def _full_mask(self, seen: Observation, own: Tensor) -> Tensor:
        """Return what the amodal net takes for the target (N, H, W), bool."""
        net, maps = cast("AmodalNet", self.nets[AMODAL].eval()), seen.heightmaps
        return full_masks(net, maps.height, maps.ids, own, self.rule.amodal.window)

    def _picture(self, seen: Observation, goal: Tensor) -> Picture:
        """Return windows in which the target has the number :data:`TARGET`."""
        maps, target = seen.heightmaps, seen.target_id[:, None, None]
        is_target, is_first = maps.ids == target, maps.ids == TARGET
        ids = torch.where(is_target, TARGET, torch.where(is_first, target, maps.ids))
        renumbered = replace(seen, heightmaps=replace(maps, ids=ids))
        return take_picture(renumbered, goal, self.cfg.window, self.cfg.colours)

    def allowed(self, picture: Picture, name: str) -> Tensor:
        """Return what may be chosen: grasps of what is seen of the target; pushes near its full mask."""
        directions, shown = self.cfg.directions, picture.goal & (picture.ids == TARGET)
        if name == GRASP:
            return shown[:, None].expand(-1, directions, -1, -1)
        near = dilate(picture.goal, self.rule.push_reach / self._planner.workspace.resolution)
        return self._planner.pushes(picture, directions, near, shown)

    def best(self, sight: Sight, memory: Memory, scores: Mapping[str, Tensor]) -> dict[str, Choice]:
        """Return the best grasp and the best push."""
        return self._planner.best(sight.seen, sight.picture, scores, memory)

    def told(self, sight: Sight, best: Mapping[str, Choice]) -> Tensor:
        """Return what the coordinator is told of the best grasp and the best push."""
        facts = sight.facts.clone()
        for fact, name in ((Q_PUSH, PUSH), (Q_GRASP, GRASP)):
            facts[:, fact] = torch.where(best[name].exists, best[name].value, 0.0)
        return facts

    @torch.no_grad()
    def choose(self, sight: Sight, memory: Memory, best: Mapping[str, Choice]) -> Tensor:
        """Return 0 to grasp what the coordinator trusts, or where it has been pushed enough, else 1 to push."""
        coordinator = cast("Coordinator", self.nets[COORDINATOR])
        if self.rule.coordinator and int(coordinator.steps) >= self.rule.coordinator_after:
            trusted = coordinator(self.told(sight, best)) > 0.0
        else:
            trusted = best[GRASP].value >= best[PUSH].value
        enough = memory.pushes >= self.rule.max_pushes
        grasps = best[GRASP].exists & (trusted | enough | ~best[PUSH].exists)
        return (~grasps).long()

    def action(self, sight: Sight, net: Tensor, best: Mapping[str, Choice]) -> Action:
        """Return the motions of what was chosen."""
        push = self._planner.push(sight.seen, sight.picture, best[PUSH], self.cfg.directions)
        return push.where(net == NETS.index(PUSH), self._planner.grasp(best[GRASP]))

    def reward(self, word: str, turn: Turn, after: Sight, lifted: Tensor) -> Tensor:
        """Return what an action was worth; each push moves the threshold, in the order of the worlds.

        Args:
            word: There is one way to reward.
            turn: What was done.
            after: What is seen afterwards.
            lifted: Whether the target, and nothing else, was lifted, shape (N,), bool.
        """
        del word
        hidden, worth = ((turn.before.facts[:, fact], after.facts[:, fact]) for fact in (HIDDEN, Q_GRASP))
        row, column = turn.choice.entry[:, 1], turn.choice.entry[:, 2]
        on_target = turn.before.picture.goal[torch.arange(len(row), device=row.device), row, column]
        pushed = turn.net == NETS.index(PUSH)
        push = push_reward(hidden, worth, torch.tensor(self.threshold).to(worth[1]))
        for q_grasp in worth[1][pushed & turn.choice.exists]:
            self.threshold = float(adapted(torch.tensor(self.threshold).to(q_grasp), q_grasp))
        return torch.where(pushed, push, grasp_reward(on_target, lifted))

    def tried_worth(self, name: str, lifted: Tensor) -> Tensor:
        """Return what tried grasps that a net may choose are worth, by whether they lifted their object alone, (L,)."""
        del name
        return grasp_reward(torch.ones_like(lifted), lifted)

    def loss(self, name: str, batch: Batch) -> Tensor | None:
        """Return the binary cross entropy of the coordinator, told of grasps, with whether they took the target."""
        if name != COORDINATOR:
            return None
        coordinator = cast("Coordinator", self.nets[COORDINATOR])
        coordinator.steps += 1
        logits = coordinator(batch.facts)
        return binary_cross_entropy_with_logits(logits, (batch.reward >= TAKEN).to(logits))

    def plain(self) -> dict[str, nn.Module]:
        """Return the nets in plain torch, in evaluation mode."""
        q_nets = {name: self.nets[name] for name in NETS}
        others = {name: copy.deepcopy(self.nets[name]).eval() for name in (COORDINATOR, AMODAL)}
        return {**plain_nets(q_nets, self.cfg), **others}


def load_policy(
    world: World, checkpoint: Path, settings: Settings | None = None, device: torch.device | str = "cpu"
) -> QPolicy:
    """Return the policy of a checkpoint (see :func:`pushgrasp.policies.q.weights.trained_policy`)."""
    return trained_policy(world, checkpoint, METHOD, OpgAgent, RuleCfg, settings, device)
