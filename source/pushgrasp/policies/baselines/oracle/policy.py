"""The oracle: what works in a copy of the world is done in the world."""

from __future__ import annotations

import torch

from pushgrasp.interface.action import Action, Kind, act_one_by_one
from pushgrasp.interface.outcome import Outcome
from pushgrasp.interface.world import Observation, Simulation

from .actions import grasp_actions, push_actions
from .geometry import best_cost, target_costs, target_grasps, target_pushes
from .grasps import TrueGrasps, diverse
from .pushes import spread_order

GRASPS, GRASPS_AT_A_TIME = 8, 2
"""Grasps that are tried at most, and how many at a time."""

PUSHES, PUSHES_AT_A_TIME = 16, 4
"""Pushes that are tried at most, and how many at a time."""

BLOCKED = 4e-6
"""A grasp with more than this in its way is tried only when no push helps [m^3]."""

GOOD = 0.4
"""Cost of the best grasp after a push that makes it needless to try others."""

IDLE, LOST = 100.0, 1000.0
"""Cost of a push that moves nothing, and of each object that leaves the table."""


class OraclePolicy:
    """Knows where everything is and what would happen: the ceiling of what the primitives can do.

    It grasps where a grasp lifts the target alone in a copy of the world. Otherwise it pushes, in the way that leaves
    the target easiest to grasp in a copy. Nothing is drawn at random.
    """

    def __init__(self, simulation: Simulation) -> None:
        """Know a simulation.

        Raises:
            UserError: If its physics cannot be copied.
        """
        self._simulation, self._imagine = simulation, simulation.imagine
        self._points = simulation.decoder.push.points
        self._nothing = Action.none(1, simulation.arms.num_arms, self._points)

    def begin(self, world: int, generator: torch.Generator) -> None:
        """Nothing to remember."""

    def act(self, seen: Observation, running: torch.Tensor) -> Action:
        """Return what to do, nothing where no trial runs."""
        del seen
        return act_one_by_one(self._choose, running, self._nothing)

    def learn_of(self, action: Action, outcome: Outcome) -> None:
        """Nothing to learn: it knew."""

    def _choose(self, world: int) -> Action:
        grasps = target_grasps(self._simulation.state, world)
        free = grasps.blocked <= BLOCKED
        grasp = self._lifting_grasp(world, grasps.select(free))
        if grasp is not None:
            return grasp
        push = self._best_push(world)
        if push is not None and bool(_worth(push) > -best_cost(grasps)):
            return push
        likeliest = self._lifting_grasp(world, grasps.select(~free)), push, self._nothing
        return next(action for action in likeliest if action is not None)

    def _lifting_grasp(self, world: int, grasps: TrueGrasps) -> Action | None:
        """The first of the best grasps that lifts the target and nothing else, and loses nothing."""
        tried, target = diverse(grasps, GRASPS), int(self._simulation.state.target[world])
        actions = grasp_actions(tried, self._simulation.arms, self._points)
        for start in range(0, len(tried), GRASPS_AT_A_TIME):
            some = actions[start : start + GRASPS_AT_A_TIME]
            good = self._imagine(world, some).lifts_only(target)
            if bool(good.any()):
                return some[[int(good.long().argmax())]]
        return None

    def _best_push(self, world: int) -> Action | None:
        """The push after which the best grasp costs least, None if there is no push; its score is the negative cost."""
        pushes = target_pushes(self._simulation, world)
        actions = push_actions(pushes, pushes.yaw.new_zeros(len(pushes.valid)))
        order = spread_order(len(pushes.valid))[:PUSHES]
        best: Action | None = None
        for start in range(0, len(order), PUSHES_AT_A_TIME):
            tried = actions[order[start : start + PUSHES_AT_A_TIME]]
            tried.score[:, Kind.PUSH] = -self._costs_after(world, tried)
            one = tried[[int(_worth(tried).argmax())]]
            best = one if best is None or bool(_worth(one) > _worth(best)) else best
            if bool(_worth(best) > -GOOD):
                break
        return best

    def _costs_after(self, world: int, pushes: Action) -> torch.Tensor:
        """What the best grasp costs after each of C pushes and what they lose, shape (C,)."""
        imagined = self._imagine(world, pushes)
        costs = target_costs(imagined.after)
        return costs + IDLE * ~imagined.moved.any(dim=1) + LOST * imagined.lost.sum(dim=1)


def _worth(pushes: Action) -> torch.Tensor:
    """Scores of pushes, shape (C,)."""
    return pushes.score[:, Kind.PUSH]
