"""The rule at run time: grasp what the critic trusts, else push (Hu et al. 2025, Sec. III-B)."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol, cast

import torch
from torch import Tensor

from pushgrasp.interface.action import Action, Kind, act_one_by_one
from pushgrasp.interface.outcome import Outcome
from pushgrasp.interface.world import Observation, World
from pushgrasp.perception.masks import centroid, dilate, is_visible, object_mask, target_mask
from pushgrasp.policies.failed_grasps import LOADED, WHOLE_TRIAL, FailedGrasps, alike
from pushgrasp.policies.maps.choose import best_entries, choose_apart
from pushgrasp.policies.maps.crop import crop, window_at
from pushgrasp.policies.maps.masks import in_the_way, jaws_picture, mask_places, object_masks
from pushgrasp.policies.maps.memory import SAME_AXIS, SAME_PLACE
from pushgrasp.policies.maps.primitives import (
    TopGrasps,
    grasp_angles,
    push_angles,
    straight_pushes,
    sweeping_most,
    top_grasps,
)
from pushgrasp.policies.partners import with_partner
from pushgrasp.policies.search import Swept, search_objects

from .cfg import NetsCfg, RuleCfg
from .weights import Nets, load_nets


@dataclass(frozen=True)
class View:
    """What the nets see of one world: a window about the target."""

    seen: Observation
    """All of the heightmaps, N = 1."""
    target: Tensor
    """Cells of the target, or, where it is out of view, of what lies where it is looked for, shape (1, H, W), bool."""
    is_visible: bool
    """Whether the target is in view."""
    corner: Tensor
    """First cell of the window, shape (1, 2), long."""
    size: int
    """Side of the window [cells]."""

    def window(self, maps: Tensor) -> Tensor:
        """Return the window of maps (1, H, W), shape (1, S, S)."""
        return crop(maps, self.corner, self.size)


Window = tuple[Tensor, Tensor, Tensor, Tensor]
"""What the critic sees of K grasps: heights, target, objects and jaws, each of shape (K, S, S)."""


@dataclass(frozen=True)
class RatedGrasp:
    """The best grasp of the target."""

    grasp: TopGrasps
    """The grasp, B = 1."""
    window: Window
    """What the critic sees of it, each of shape (1, S, S)."""
    logit: float
    """Log-odds that it holds, by the critic, less what is taken off for failures."""

    @property
    def chance(self) -> float:
        """Chance that it holds."""
        return float(torch.tensor(self.logit).sigmoid())


@dataclass
class Tried:
    """What has been tried for a target in one trial, and what was swept."""

    target: int = 0
    pushes: int = 0
    wrong: int = 0
    """Grasps that have lifted another object since something was pushed last."""
    failed: FailedGrasps = field(default_factory=lambda: FailedGrasps.none(1, kept=WHOLE_TRIAL))
    swept: Swept = field(default_factory=lambda: Swept.none(1))


class EpgPlanner:
    """The nets at work in one world."""

    def __init__(self, world: World, nets: Nets, cfg: NetsCfg, rule: RuleCfg) -> None:
        """Plan for ``world`` with nets in evaluation mode."""
        self.nets, self.cfg, self.rule = nets, cfg, rule
        self._arms, self._decoder = world.arms, world.decoder

    def view(self, seen: Observation, swept: Swept | None = None) -> View:
        """Return the window about the target of one world, N = 1, where so much has been swept."""
        target = target_mask(seen.heightmaps.ids, seen.target_id)
        visible = bool(is_visible(target))
        if not visible:
            target = search_objects(seen.heightmaps, seen.target_id, seen.workspace, swept)
        corner = window_at(centroid(target), self.cfg.window)
        return View(seen, target, visible, corner, self.cfg.window)

    def any_object(self, seen: Observation) -> Observation:
        """Return the observation with the object as the target that GraspNet gives the best grasp."""
        maps = seen.heightmaps
        objects = object_mask(maps.ids, maps.height)
        corner = window_at(centroid(objects), self.cfg.window)
        allowed = crop(objects, corner, self.cfg.window)
        if not bool(allowed.any()):
            return seen
        scores = self.nets.grasp(crop(maps.height, corner, self.cfg.window))[0]
        entries, _ = best_entries(scores, allowed.expand_as(scores), self.rule.top)
        cells = entries[:, 1:] + corner
        grasps = self._place(seen, entries, cells)
        first = int(grasps.fits.int().argmax())
        return replace(seen, target_id=maps.ids[:, cells[first, 0], cells[first, 1]])

    def best_grasp(self, view: View, tried: Tried) -> RatedGrasp | None:
        """Return that of GraspNet's best grasps of the target that the critic rates highest; None where none fits.

        Grasps like one that has failed are rated lower by both nets.
        """
        if not view.is_visible:
            return None
        scores = self.nets.grasp(view.window(view.seen.heightmaps.height))[0]
        entries, values = best_entries(scores, view.window(view.target).expand_as(scores), self.rule.top)
        grasps = self._place(view.seen, entries, entries[:, 1:] + view.corner)
        loss = self.rule.failed * _failures(grasps, tried)
        few = _apart(grasps, (values - loss).masked_fill(~grasps.fits, -torch.inf), self.rule.rated)
        if len(few) == 0:
            return None
        chosen = grasps.of(few)
        angle = grasp_angles(self.cfg.angles)[entries[few, 0].cpu()].to(scores)
        window = self._about(view, entries[few, 1:] + view.corner, angle, chosen)
        logits = self.nets.critic(*window) - loss[few]
        best = logits.argmax(dim=0, keepdim=True)
        rated = cast("Window", tuple(part[best] for part in window))
        return RatedGrasp(chosen.of(best), rated, float(logits[best]))

    def _about(self, view: View, cell: Tensor, angle: Tensor, grasp: TopGrasps) -> Window:
        """Return what the critic sees of grasps at cells (K, 2) with closing angles (K,) [rad]."""
        size, maps = self.cfg.critic_window, view.seen.heightmaps
        corner, resolution = window_at(cell, size), view.seen.workspace.resolution
        jaws = jaws_picture(angle, grasp.width, size, resolution, self.rule.grasp.gripper)
        wide = len(cell), *maps.ids.shape[1:]
        target, objects = (crop(mask.expand(wide), corner, size).float() for mask in (view.target, maps.ids > 0))
        return crop(maps.height.expand(wide), corner, size), target, objects, jaws

    def push_scores(self, view: View) -> Tensor:
        """Return PushNet's worth of each direction and cell of the window, shape (directions, S, S).

        Raises:
            ValueError: If there is no PushNet.
        """
        if self.nets.push is None:
            raise ValueError("these weights are of the first stage: they hold no PushNet")
        maps = view.seen.heightmaps
        masks = object_masks(view.window(maps.ids))
        places = mask_places(masks, view.seen.workspace.resolution)
        return self.nets.push(view.window(maps.height), view.window(view.target).float(), masks, places)[0]

    def allowed_pushes(self, view: View) -> Tensor:
        """Return which pushes begin near the target, stay on the table and sweep enough, (directions, S, S), bool."""
        area, maps, rule = view.seen.workspace, view.seen.heightmaps, self.rule
        height, ids, goal = (view.window(part) for part in (maps.height, maps.ids, view.target))
        near = view.window(dilate(view.target, rule.push_reach / area.resolution))
        gain = in_the_way(ids, goal, goal & view.is_visible, area.resolution)
        return sweeping_most(near, height, gain, view.corner, self.cfg.directions, rule.push, rule.sweep, area)[0]

    def push(self, view: View, entry: Tensor) -> Action:
        """Return the push of an entry (direction, row, column), shape (3,), of the window as an action, N = 1."""
        return self.pushes(view, entry[None])

    def pushes(self, view: View, entries: Tensor) -> Action:
        """Return the pushes of entries (K, 3) of the window, each as the action of one world."""
        cell = entries[:, 1:] + view.corner
        angle = push_angles(self.cfg.directions)[entries[:, 0].cpu()].to(view.seen.heightmaps.height)
        points, world = self._decoder.push.points, torch.zeros_like(cell[:, 0])
        workspace = view.seen.workspace
        return straight_pushes(view.seen.heightmaps, world, cell, angle, self._arms, points, self.rule.push, workspace)

    def grasp(self, rated: RatedGrasp) -> Action:
        """Return a grasp as an action, N = 1."""
        return rated.grasp.action(self._arms, self._decoder.push.points)

    def nothing(self, device: torch.device) -> Action:
        """Return an action, N = 1, in which nothing moves."""
        return Action.none(1, self._arms.num_arms, self._decoder.push.points, device)

    def _place(self, seen: Observation, entries: Tensor, cells: Tensor) -> TopGrasps:
        """Return the grasps of entries (K, 3) at cells (K, 2) of the heightmap."""
        angle = grasp_angles(self.cfg.angles)[entries[:, 0].cpu()].to(seen.heightmaps.height)
        world = torch.zeros_like(entries[:, 0])
        return top_grasps(seen.heightmaps, world, cells, angle, seen.workspace, self.rule.grasp)


def _failures(grasps: TopGrasps, tried: Tried) -> Tensor:
    """How many grasps like each of B have failed, shape (B,)."""
    failed, world = tried.failed.to(grasps.width.device), torch.zeros_like(grasps.width, dtype=torch.long)
    return failed.alike(world, grasps.position, grasps.rotation[:, :, 0], SAME_PLACE, SAME_AXIS).sum(dim=1)


def _apart(grasps: TopGrasps, values: Tensor, most: int) -> Tensor:
    """Return the numbers (K,), long, of up to ``most`` of B grasps: the best by values (B,) that are not alike."""
    position, closing = grasps.position, grasps.rotation[:, :, 0]
    chosen = choose_apart(
        values, most, lambda best: alike(position, closing, position[best], closing[best], SAME_PLACE, SAME_AXIS)
    )
    return torch.tensor(chosen, dtype=torch.long, device=values.device)


class EpgPolicy:
    """Grasps and pushes by the rule, one world at a time."""

    def __init__(self, world: World, planner: EpgPlanner) -> None:
        """Act in ``world``."""
        self._planner = planner
        self._tried = [Tried() for _ in range(world.num_worlds)]

    def begin(self, world: int, generator: torch.Generator) -> None:
        """Forget what was tried; nothing is drawn at random."""
        del generator
        self._tried[world] = Tried()

    @torch.no_grad()
    def act(self, seen: Observation, running: Tensor) -> Action:
        """Return what to do, nothing where no trial runs."""
        nothing = self._planner.nothing(seen.target_id.device)
        return act_one_by_one(lambda world: self._decide(seen.of(world), world), running, nothing)

    def _decide(self, seen: Observation, world: int) -> Action:
        planner, rule = self._planner, self._planner.rule
        seen = planner.any_object(seen) if seen.clearing else seen
        tried = self._tried[world]
        if tried.target != int(seen.target_id):
            tried = self._tried[world] = Tried(int(seen.target_id), failed=tried.failed, swept=tried.swept)
        view = planner.view(seen, tried.swept)
        rated = planner.best_grasp(view, tried)
        enough = tried.pushes >= rule.max_pushes
        trusted = rated is not None and tried.wrong < LOADED and (rated.chance > rule.tau or enough)
        entry, worth = (None, -torch.inf) if trusted else self._best_push(view)
        if entry is not None:
            action = planner.push(view, entry)
        else:
            action = planner.nothing(seen.target_id.device) if rated is None else planner.grasp(rated)
        action.score[0, Kind.GRASP] = -torch.inf if rated is None else rated.logit
        action.score[0, Kind.PUSH] = worth
        return with_partner(action, seen, lambda other: self._trusted_grasp(other, tried))

    def _trusted_grasp(self, seen: Observation, tried: Tried) -> Action:
        """Return the best grasp of a target in view that the critic trusts; nothing where there is none."""
        rated = self._planner.best_grasp(self._planner.view(seen), tried)
        if rated is None or rated.chance <= self._planner.rule.tau:
            return self._planner.nothing(seen.target_id.device)
        return self._planner.grasp(rated)

    def _best_push(self, view: View) -> tuple[Tensor | None, float]:
        """Return the push (direction, row, column) that PushNet prefers and its worth; None where there is none."""
        if self._planner.nets.push is None or self._planner.rule.max_pushes == 0:
            return None, -torch.inf
        entries, worth = best_entries(self._planner.push_scores(view), self._planner.allowed_pushes(view), 1)
        return (entries[0], float(worth[0])) if len(entries) else (None, -torch.inf)

    def learn_of(self, action: Action, outcome: Outcome) -> None:
        """Count pushes since the last grasp, and remember grasps that have failed, and what was swept."""
        for world, tried in enumerate(self._tried):
            tried.swept.add(action[world : world + 1], outcome.executed[world : world + 1])
            tried.pushes += bool(action.does(Kind.PUSH)[world])
            tried.wrong = 0 if bool(action.does(Kind.PUSH)[world]) else tried.wrong + bool(outcome.wrong_lifted[world])
            for arm in action.arms(world, Kind.GRASP):
                tried.pushes = 0
                if not bool(outcome.lifted[world, arm].any()):
                    pose = action.position[world, arm, None], action.rotation[world, arm, None, :, 0]
                    tried.failed.add(*pose, torch.tensor([True]))


class Settings(Protocol):
    """What a policy was trained with."""

    rule: RuleCfg


def load_policy(
    world: World, checkpoint: Path, settings: Settings | None = None, device: torch.device | str = "cpu"
) -> EpgPolicy:
    """Return the policy of a checkpoint for a world.

    Args:
        world: World to act in.
        checkpoint: File of a training, or of ``assets/weights``.
        settings: Settings with a rule at run time; None takes the rule of the training.
        device: Where the nets act.

    Raises:
        FileNotFoundError: If the file is missing.
        CheckpointError: If it is damaged or of another method.
    """
    nets, cfg, rule = load_nets(checkpoint, settings.rule if settings else None, device)
    return EpgPolicy(world, EpgPlanner(world, nets, cfg, rule))
