"""What policies see, what carries their actions out (a simulation or a robot cell), and what a simulation knows."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Protocol

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
    clearing: bool = False
    """Whether every object is to be taken, and the target is only the one that comes next."""

    def of(self, worlds: int | Tensor) -> Observation:
        """Return what is seen of one world, N = 1, or of those with indices (W,)."""
        index = worlds if isinstance(worlds, Tensor) else slice(worlds, worlds + 1)
        return replace(self, heightmaps=self.heightmaps.of(worlds), target_id=self.target_id[index])


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


@dataclass(frozen=True)
class State:
    """Where everything really is in N worlds with S slots for objects; no camera tells."""

    position: Tensor
    """Body frames of the slots [m], the worlds' own frames, shape (N, S, 3)."""
    quaternion: Tensor
    """Their orientations (x, y, z, w), shape (N, S, 4)."""
    active: Tensor
    """Slots whose object is on the table or was there, shape (N, S), bool."""
    target: Tensor
    """Slot of the target, shape (N,), long; in the id heightmap it has this number plus one."""
    shapes: tuple[str, ...]
    """Shape of each slot's object, the same in all worlds (see :mod:`pushgrasp.scenes.shapes`)."""


@dataclass(frozen=True)
class Imagined:
    """What C actions lead to, each tried in a copy of one world with S slots.

    A single grasp that does not lift the target alone is watched up to the end of its lift only.
    """

    reachable: Tensor
    """Whether the action can be carried out, shape (C,), bool."""
    lifted: Tensor
    """Slots that each of A arms lifts, shape (C, A, S), bool."""
    moved: Tensor
    """Slots that lie elsewhere at the end, shape (C, S), bool."""
    lost: Tensor
    """Slots that are outside the workspace at the end, shape (C, S), bool."""
    after: State
    """Where everything then is, N = C."""

    def lifts_only(self, slot: int) -> Tensor:
        """Which actions lift one slot and no other, and lose nothing, shape (C,), bool."""
        return only(self.lifted, slot) & ~self.lost.any(dim=1)


def only(lifted: Tensor, slot: int) -> Tensor:
    """In which rows of (C, A, S), bool, arms lift one slot and no other, shape (C,), bool."""
    slots = lifted.any(dim=1)
    return slots[:, slot] & (slots.sum(dim=1) == 1)


class Simulation(World, Protocol):
    """A world that tells where everything is, and what actions would lead to."""

    @property
    def state(self) -> State:
        """Where everything is now."""
        ...

    def imagine(self, world: int, actions: Action, /) -> Imagined:
        """Return what each of C actions would lead to in a world, which stays as it is.

        Raises:
            UserError: If the physics cannot be copied, which asking for the method alone already tells.
            ValueError: For an action that cannot be understood.
        """
        ...


class DrawsScenes(Protocol):
    """What a learner needs of a simulation to begin new scenes, and to go on exactly."""

    def reset(self) -> Any:  # noqa: ANN401
        """Begin new scenes in all worlds."""
        ...

    def get_rng_state(self) -> Tensor:
        """Return the state of what draws scenes."""
        ...

    def set_rng_state(self, state: Tensor) -> None:
        """Set the state of what draws scenes."""
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
