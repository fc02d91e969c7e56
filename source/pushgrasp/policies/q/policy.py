"""An agent as a policy: the best action by its nets and its rule, one world at a time."""

from __future__ import annotations

import torch
from torch import Tensor

from pushgrasp.interface.action import Action, Kind, act_one_by_one
from pushgrasp.interface.outcome import Outcome
from pushgrasp.interface.world import Observation, World
from pushgrasp.policies.maps.memory import Memory
from pushgrasp.policies.maps.planner import KINDS
from pushgrasp.policies.maps.q_net import GRASP
from pushgrasp.policies.partners import with_partner

from .agent import Agent


class QPolicy:
    """Acts by an agent whose nets are in evaluation mode; nothing is drawn at random.

    A loaded target (see :class:`pushgrasp.policies.maps.memory.Memory`) is not grasped where anything else may be done.
    Where a table is cleared, two arms grasp at once if they can.
    """

    def __init__(self, world: World, agent: Agent) -> None:
        """Act in ``world``."""
        self._agent, self._num_arms, self._points = agent, world.arms.num_arms, world.decoder.push.points
        self._memory = [Memory.empty(1) for _ in range(world.num_worlds)]

    def begin(self, world: int, generator: torch.Generator) -> None:
        """Forget what was tried."""
        del generator
        self._memory[world] = Memory.empty(1)

    @torch.no_grad()
    def act(self, seen: Observation, running: Tensor) -> Action:
        """Return what to do, nothing where no trial runs."""
        nothing = Action.none(1, self._num_arms, self._points, seen.target_id.device)
        return act_one_by_one(lambda world: self._with_partner(seen.of(world), world), running, nothing)

    def _with_partner(self, seen: Observation, world: int) -> Action:
        return with_partner(self._decide(seen, world), seen, lambda other: self._decide(other, world))

    def _decide(self, seen: Observation, world: int) -> Action:
        agent, memory = self._agent, self._memory[world].to(seen.target_id.device)
        sight = agent.look(seen, memory, agent.chooses)
        best = agent.best(sight, memory, sight.scores)
        if bool(memory.loaded) and any(bool(best[name].exists) for name in best.keys() - {GRASP}):
            best = agent.best(sight, memory, {**sight.scores, GRASP: torch.full_like(sight.scores[GRASP], -torch.inf)})
        action = agent.action(sight, agent.choose(sight, memory, best), best)
        for name, choice in best.items():
            action.score[:, KINDS[name]] = choice.value
        return action

    def learn_of(self, action: Action, outcome: Outcome) -> None:
        """Count pushes and grasps, and remember grasps that lifted nothing or something else, and what was swept."""
        for world, memory in enumerate(self._memory):
            pushed, moved = (bool(action.does(kind)[world]) for kind in (Kind.PUSH, Kind.MOVE))
            picks = action.picks[world].nonzero()[:, 0].tolist()
            memory.add(torch.tensor([pushed]), torch.tensor([bool(picks)]))
            for arm in picks:
                pose = action.position[world, arm], action.rotation[world, arm, :, 0]
                memory.add_failure(~outcome.lifted[world, arm].any()[None].cpu(), *(part[None].cpu() for part in pose))
            memory.wrong = (
                0 * memory.wrong if pushed or moved else memory.wrong + outcome.wrong_lifted[world, None].cpu()
            )
            memory.swept.add(action[world : world + 1], outcome.executed[world : world + 1])
