"""What Q-learning needs of a method, and of the table where it learns."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Protocol

from torch import Tensor, nn

from pushgrasp.interface.action import Action
from pushgrasp.interface.outcome import Outcome
from pushgrasp.interface.world import DrawsScenes, Observation, World
from pushgrasp.policies.maps.memory import Memory
from pushgrasp.policies.maps.picture import Picture
from pushgrasp.policies.maps.planner import Choice

from .replay import Batch


@dataclass(frozen=True)
class Sight:
    """What an agent makes of what is seen of N worlds."""

    seen: Observation
    picture: Picture
    goal_id: Tensor
    """Number of the object that is to be taken now, 0 where none is seen, shape (N,), long."""
    scores: Mapping[str, Tensor]
    """Worth of what each net may choose, -inf for the rest, shape (N, directions, S, S)."""
    facts: Tensor
    """What the method's rule and rewards look at, shape (N, F)."""


@dataclass(frozen=True)
class Turn:
    """An action of N worlds."""

    before: Sight
    net: Tensor
    """Number of the net, in the agent's order, that has chosen, shape (N,), long."""
    choice: Choice
    """What it has chosen."""
    random: Tensor
    """Where it was drawn at random, shape (N,), bool."""
    facts: Tensor
    """What is remembered of it beside the picture, shape (N, F)."""


class Agent(Protocol):
    """A method: its nets, what they may choose, its rule and its rewards. All functions are for N worlds."""

    chooses: ClassVar[Sequence[str]]
    """Names of the nets that choose actions, in the order in which they are numbered."""
    tries: ClassVar[Sequence[str]]
    """Names of those among them that learn from tried grasps before Q-learning."""
    nets: dict[str, nn.Module]
    """Its nets by name; those with a Q map have the names of :mod:`pushgrasp.policies.maps.q_net`."""
    threshold: float
    """Worth from which a grasp is trusted (Q* in the papers)."""

    def look(self, seen: Observation, memory: Memory, names: Sequence[str]) -> Sight:
        """Return what it makes of what is seen, with the maps of some nets."""
        ...

    def allowed(self, picture: Picture, name: str) -> Tensor:
        """Return what a net may choose, shape (N, directions, S, S), bool."""
        ...

    def best(self, sight: Sight, memory: Memory, scores: Mapping[str, Tensor]) -> dict[str, Choice]:
        """Return what each net chooses by maps of scores: the sight's own, or others with -inf in the same places."""
        ...

    def told(self, sight: Sight, best: Mapping[str, Choice]) -> Tensor:
        """Return the sight's facts, those about what may be done as they are for ``best``, shape (N, F)."""
        ...

    def choose(self, sight: Sight, memory: Memory, best: Mapping[str, Choice]) -> Tensor:
        """Return which of ``best`` is carried out: the number of the net in the agent's order, shape (N,), long."""
        ...

    def action(self, sight: Sight, net: Tensor, best: Mapping[str, Choice]) -> Action:
        """Return the motion of what has been chosen."""
        ...

    def reward(self, word: str, turn: Turn, after: Sight, lifted: Tensor) -> Tensor:
        """Return what an action was worth, shape (N,).

        Args:
            word: Which of its rewards, as the stage says.
            turn: What was done.
            after: What is seen afterwards.
            lifted: Whether it lifted what it was to lift, and nothing else, shape (N,), bool.
        """
        ...

    def tried_worth(self, name: str, lifted: Tensor) -> Tensor:
        """Return what tried grasps that a net may choose are worth, by whether they lifted their object alone, (L,)."""
        ...

    def loss(self, name: str, batch: Batch) -> Tensor | None:
        """Return the loss of a net without a Q map; None for the others, which learn by Huber's loss."""
        ...

    def plain(self) -> dict[str, nn.Module]:
        """Return its nets in plain torch, in evaluation mode."""
        ...


class Table(World, DrawsScenes, Protocol):
    """A simulation whose scenes a learner begins, ends and chooses."""

    end_rule: Callable[[Outcome], Tensor] | None
    """Which worlds begin a new scene after an action, (N,), bool; asked when it is seen what the action has done."""

    def draw_scenes(self, words: str) -> None:
        """Draw new scenes from these families and files from now on; all must be among those it was made for."""
        ...
