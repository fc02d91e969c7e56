"""What policies see, and what carries their actions out: a simulation or a robot cell."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

from pushgrasp.decoding.decoder import DecoderCfg
from pushgrasp.interface.action import Action
from pushgrasp.interface.outcome import Outcome
from pushgrasp.perception.heightmap import Heightmaps
from pushgrasp.perception.workspace import Workspace


@dataclass(frozen=True)
class Observation:
    """What a camera and a segmenter give of N worlds; nothing that only a simulation knows."""

    heightmaps: Heightmaps
    target_id: Tensor
    """Id of the target in the id heightmap, shape (N,), long."""
    workspace: Workspace
    """Area of the heightmaps."""

    def of(self, worlds: int | Tensor) -> Observation:
        """Return what is seen of one world, N = 1, or of those with indices (W,)."""
        index = worlds if isinstance(worlds, Tensor) else slice(worlds, worlds + 1)
        return Observation(self.heightmaps.of(worlds), self.target_id[index], self.workspace)


class Arms(Protocol):
    """What a policy has to know of the arms that it moves."""

    @property
    def num_arms(self) -> int:
        """How many there are."""
        ...

    def choose_arm(self, position: Tensor, rotation: Tensor, /) -> Tensor:
        """Return the arm, shape (N,), long, for grasps at positions (N, 3) [m] with rotations (N, 3, 3)."""
        ...


class World(Protocol):
    """N tables with objects, arms and a camera."""

    @property
    def num_worlds(self) -> int:
        """How many tables there are, N."""
        ...

    @property
    def workspace(self) -> Workspace:
        """Area that is seen."""
        ...

    @property
    def arms(self) -> Arms:
        """What carries actions out."""
        ...

    @property
    def decoder(self) -> DecoderCfg:
        """What is possible for the grippers: settings of whoever plans grasps and pushes."""
        ...

    def observe(self) -> Observation:
        """Return what is seen now."""
        ...

    def carry_out(self, action: Action) -> Outcome:
        """Do what an action says in all worlds and return what it achieved.

        Raises:
            ValueError: For an action that cannot be understood; nothing has moved.
        """
        ...


class Policy(Protocol):
    """What chooses actions in N worlds; made with the :class:`World` that it acts in.

    A trial must come out the same in whichever world it runs and whatever runs beside it. So what a policy draws comes
    from the generator that the trial brings along, and what it remembers belongs to a world.
    """

    def begin(self, world: int, generator: torch.Generator) -> None:
        """A trial begins in a world, whose scene has settled; ``generator`` depends on its seed and number alone."""
        ...

    def act(self, seen: Observation, running: Tensor) -> Action:
        """Return what to do.

        Args:
            seen: What is seen of the N worlds now.
            running: Worlds that run a trial, shape (N,), bool; what is done in the others does not matter.
        """
        ...

    def learn_of(self, action: Action, outcome: Outcome) -> None:
        """The last action of all worlds has been carried out; told before a world begins its next trial."""
        ...
