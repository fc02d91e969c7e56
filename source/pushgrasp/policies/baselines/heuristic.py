"""The heuristic baseline: grasp where the jaws would hold the target, else sweep away what is in the way.

It sees what the camera sees and draws nothing at random. Of all grasps that the decoders allow, at points all over the
target, it takes the one with the best odds (:mod:`.grasp_candidates`). Where they are too low, it pushes along the
straight line, or the two lines of two arms, that sweep most of what stands around the target, above all where the
fingers of the best grasp would go. Pushes go over a target that lies under something. A target that is out of view is
looked for where :mod:`pushgrasp.policies.search` says.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from pushgrasp.decoding.decoder import Decision, DecoderCfg
from pushgrasp.decoding.grasp import Grasps
from pushgrasp.decoding.push import Pushes
from pushgrasp.interface.action import Action, act_one_by_one, push_action
from pushgrasp.interface.outcome import Outcome
from pushgrasp.interface.world import Observation, World
from pushgrasp.perception.heightmap import Heightmaps
from pushgrasp.perception.masks import is_visible, object_mask, target_mask
from pushgrasp.perception.workspace import Workspace
from pushgrasp.policies.failed_grasps import WHOLE_TRIAL, FailedGrasps
from pushgrasp.policies.search import Swept, search_place

from .grasp_candidates import GraspCandidates, HoldCfg, grasp_candidates, hold_logits, select
from .obstacles import Obstacles, around_target, top_of_heap
from .push_lines import PushLines, plan_push_lines, to_pushes


@dataclass
class HeuristicCfg:
    """Settings of the heuristic."""

    hold: HoldCfg = field(default_factory=HoldCfg)
    least_odds: float = 0.0
    """A grasp below these log-odds is not tried while something in the way can be pushed."""
    hopeless: float = -2.5
    """A grasp below these log-odds is not tried while anything can be pushed, be it the target itself."""
    least_gain: float = 0.001
    """A push that sweeps less of what is in the way pushes nothing in the way [m^2]."""
    failed: float = 1.5
    """Taken off the log-odds of a grasp like one that has failed."""
    same_place: float = 0.02
    """Grasps within this distance [m] are alike"""
    same_axis: float = 0.9
    """if their closing axes have at least this cosine between them."""


class Heuristic:
    """Decides in one world, and remembers what it has tried in a trial."""

    def __init__(
        self, workspace: Workspace, decoder: DecoderCfg, num_arms: int, cfg: HeuristicCfg | None = None
    ) -> None:
        """Begin with nothing tried.

        Args:
            workspace: Area of the heightmaps.
            decoder: Settings of the decoders.
            num_arms: 1 or 2.
            cfg: Settings; the defaults if None.
        """
        self._workspace, self._decoder, self._num_arms = workspace, decoder, num_arms
        self._cfg = cfg or HeuristicCfg()
        self.begin()

    def begin(self) -> None:
        """A trial begins."""
        self._target: int | None = None
        self._failed = FailedGrasps.none(1, kept=WHOLE_TRIAL)
        self._pushes: Counter[int] = Counter()
        self._swept = Swept.none(1)

    def get_state(self) -> dict[str, Any]:
        """Return what was tried in this trial, as plain data."""
        latest_first = zip(self._failed.position[0], self._failed.closing[0], strict=True)
        grasps = [tried for tried in latest_first if tried[0].isfinite().all()][::-1]
        swept = self._swept.ways.clone()
        return {"target": self._target, "grasps": grasps, "pushes": dict(self._pushes), "swept": swept}

    def set_state(self, state: dict[str, Any]) -> None:
        """Remember what :meth:`get_state` has returned."""
        self.begin()
        self._target, self._pushes = state["target"], Counter(state["pushes"])
        self._swept.ways[:] = state["swept"]
        for position, closing in state["grasps"]:
            self._expect_failure(position[None], closing[None])

    def decide(self, heightmaps: Heightmaps, target_id: Tensor) -> Decision:
        """Return what to do next in a trial that goes on: a grasp that came before has failed.

        Args:
            heightmaps: What the camera sees of this world, N = 1.
            target_id: Slot index + 1 of the target, shape (1,), long; another one than before begins a new trial.
        """
        if self._target != int(target_id):
            self.begin()
            self._target = int(target_id)
        target = target_mask(heightmaps.ids, target_id)
        target = target & is_visible(target)[:, None, None]
        grasps, odds = self._grasp(heightmaps.height, target)
        pushes, gain, number = self._push(heightmaps, target, target_id)
        least = self._cfg.least_odds if gain >= self._cfg.least_gain else self._cfg.hopeless
        is_grasp = bool(grasps.valid) and (odds >= least or not bool(pushes.valid))
        if is_grasp:
            self._expect_failure(grasps.position, grasps.rotation[:, :, 0])
        else:
            self._pushes[number] += 1
            self._swept.add(push_action(pushes.paths, pushes.yaw, pushes.active), pushes.valid)
        score, other = heightmaps.height.new_tensor([[odds], [gain]]).unbind()
        return Decision(torch.tensor([is_grasp], device=score.device), score, other, grasps, pushes)

    def _grasp(self, height: Tensor, target: Tensor) -> tuple[Grasps, float]:
        """Return the grasp with the best odds, and their logarithm."""
        found = grasp_candidates(height, target, self._workspace, self._decoder.grasp)
        if len(found.class_index) == 0:
            return _no_grasp(height, self._decoder.grasp.gripper.stroke), -torch.inf
        logits = hold_logits(found, self._cfg.hold)
        for alike in self._like_failed(found).unbind(dim=1):
            logits -= self._cfg.failed * alike
        index = int(logits.argmax())
        best = select(found, index)
        valid = torch.ones_like(best.class_index, dtype=torch.bool)
        poses = best.poses
        return Grasps(poses.position, poses.rotation, poses.width, best.class_index, valid), float(logits[index])

    def _expect_failure(self, position: Tensor, closing: Tensor) -> None:
        """Remember a grasp, TCP (1, 3) [m] and closing axis (1, 3): a trial that goes on afterwards tells it failed."""
        self._failed.add(position, closing, torch.tensor([True]))

    def _like_failed(self, found: GraspCandidates) -> Tensor:
        """Return which grasps that have failed each of B is like, shape (B, K), bool."""
        failed, poses = self._failed.to(found.poses.position.device), found.poses
        alike = self._cfg.same_place, self._cfg.same_axis
        return failed.alike(poses.world, poses.position, poses.rotation[:, :, 0], *alike)

    def _push(self, heightmaps: Heightmaps, target: Tensor, target_id: Tensor) -> tuple[Pushes, float, int]:
        """Return the push that gains most, how much that is [m^2], and its number."""
        lines, obstacles = self._lines(heightmaps, target, target_id)
        gain = lines.gain(obstacles.gains, self._workspace)[0]
        tried = torch.tensor([self._pushes[number] for number in range(len(gain))]).to(gain)
        gain = torch.where(gain > 0.0, gain * 0.5**tried, gain - self._cfg.least_gain * tried)
        number = int(gain.argmax())
        paths = lines.paths(number)
        tip = obstacles.level + self._decoder.push.tip_height
        pushes = to_pushes(*paths, gain[number, None] > -torch.inf, tip, self._num_arms, self._decoder.push.points)
        return pushes, float(gain[number]), number

    def _lines(self, heightmaps: Heightmaps, target: Tensor, target_id: Tensor) -> tuple[PushLines, Obstacles]:
        """Return all pushes, and what they are to sweep."""
        height, objects = heightmaps.height, object_mask(heightmaps.ids, heightmaps.height)
        if bool(target.any()):
            obstacles = around_target(height, target, objects, self._workspace, self._decoder)
        else:
            place = search_place(heightmaps, target_id, self._workspace, self._swept)
            obstacles = top_of_heap(height, place, objects, self._workspace, self._decoder)
        above = (height - obstacles.level[:, None, None]).clamp_min(0.0)
        lines = plan_push_lines(obstacles.place, above, self._workspace, self._num_arms, self._decoder.push)
        return lines, obstacles


class HeuristicPolicy:
    """A heuristic for each world."""

    def __init__(self, world: World) -> None:
        """Act in ``world``."""
        self._arms, self._decoder, arms = world.arms, world.decoder, world.arms.num_arms
        self._worlds = [Heuristic(world.workspace, world.decoder, arms) for _ in range(world.num_worlds)]

    def begin(self, world: int, generator: torch.Generator) -> None:
        """Forget what was tried; nothing is drawn at random."""
        del generator
        self._worlds[world].begin()

    def act(self, seen: Observation, running: Tensor) -> Action:
        """Return what to do, nothing where no trial runs."""
        nothing = Action.none(1, self._arms.num_arms, self._decoder.push.points, seen.target_id.device)
        return act_one_by_one(lambda world: self._one(seen, world), running, nothing)

    def _one(self, seen: Observation, world: int) -> Action:
        one = seen.of(world)
        decision = self._worlds[world].decide(one.heightmaps, one.target_id)
        return decision.action(self._arms.choose_arm(decision.grasps.position, decision.grasps.rotation))

    def learn_of(self, action: Action, outcome: Outcome) -> None:
        """Nothing to learn: a trial that goes on tells that the last action has not ended it."""

    def get_state(self) -> list[dict[str, Any]]:
        """Return what was tried in each world, as plain data."""
        return [heuristic.get_state() for heuristic in self._worlds]

    def set_state(self, state: list[dict[str, Any]]) -> None:
        """Remember what :meth:`get_state` has returned."""
        for heuristic, tried in zip(self._worlds, state, strict=True):
            heuristic.set_state(tried)


def _no_grasp(height: Tensor, stroke: float) -> Grasps:
    """Placeholder where there is no grasp: from above, jaws open."""
    rotation = torch.diag(height.new_tensor([1.0, -1.0, -1.0]))[None]
    none = torch.zeros(1, dtype=torch.bool, device=height.device)
    return Grasps(height.new_zeros(1, 3), rotation, height.new_full((1,), stroke), none.long(), none)
