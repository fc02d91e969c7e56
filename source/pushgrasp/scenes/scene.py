"""What a clutter scene is: objects with poses, one of which is the target."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import hypot, isfinite
from typing import Literal, get_args

import torch

from pushgrasp.scenes.shapes import shape_named

MOST_OBJECTS = 100
"""Objects of a scene at most: the table holds no more, and every two of them are held against each other."""

Start = Literal["rest", "drop"]
"""How objects start: at rest where they are, or in the air, to be dropped."""


@dataclass(frozen=True)
class SceneObject:
    """One object of a scene.

    Attributes:
        shape: Name of the shape.
        position: Centre of the object's bounding box (x, y, z) [m], world frame.
        quaternion: Orientation (x, y, z, w); normalised on construction.
        colour: RGB, each 0 to 1; the environment draws one if None.
        name: What messages call it; may be empty.

    Raises:
        ValueError: If the shape is unknown, a number is not finite or out of range, or the quaternion is zero.
    """

    shape: str
    position: tuple[float, float, float]
    quaternion: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 1.0)
    colour: tuple[float, float, float] | None = None
    name: str = ""

    def __post_init__(self) -> None:
        shape_named(self.shape)
        object.__setattr__(self, "position", self._checked("position", self.position, 3))
        quaternion = self._checked("quaternion", self.quaternion, 4)
        norm = hypot(*quaternion)
        if norm < 1e-6:
            raise ValueError(f"quaternion of {self.shape!r} has no direction: {quaternion}")
        if abs(norm - 1.0) > 1e-12:  # so that a scene that is written and read again stays the same to the bit
            quaternion = tuple(value / norm for value in quaternion)
        object.__setattr__(self, "quaternion", quaternion)
        if self.colour is not None:
            colour = self._checked("colour", self.colour, 3)
            if not all(0.0 <= value <= 1.0 for value in colour):
                raise ValueError(f"colour of {self.shape!r} must be three numbers from 0 to 1, got {colour}")
            object.__setattr__(self, "colour", colour)

    def _checked(self, name: str, values: tuple[float, ...], length: int) -> tuple[float, ...]:
        numbers = tuple(float(value) for value in values)
        if len(numbers) != length or not all(isfinite(number) for number in numbers):
            raise ValueError(f"{name} of {self.shape!r} must be {length} finite numbers, got {numbers}")
        return numbers


@dataclass(frozen=True)
class Extent:
    """Rectangle on the table within which the objects' centres lie.

    Attributes:
        x: Least and greatest x [m].
        y: Least and greatest y [m].

    Raises:
        ValueError: If a range is empty or not finite.
    """

    x: tuple[float, float] = (-0.5, 0.5)
    y: tuple[float, float] = (-0.5, 0.5)

    def __post_init__(self) -> None:
        for name in ("x", "y"):
            low, high = (float(value) for value in getattr(self, name))
            if not (isfinite(low) and isfinite(high) and low < high):
                raise ValueError(f"range {name} of the workspace must be two rising numbers [m], got {(low, high)}")
            object.__setattr__(self, name, (low, high))

    def holds(self, x: float, y: float) -> bool:
        """Whether a point [m] is inside."""
        return self.x[0] <= x <= self.x[1] and self.y[0] <= y <= self.y[1]


@dataclass(frozen=True)
class Scene:
    """A clutter scene.

    Attributes:
        objects: The objects, one to :data:`MOST_OBJECTS`.
        target: Index into `objects` of the one to grasp.
        start: Whether the objects are at rest or are to be dropped.
        name: What the scene is called; may be empty.
        workspace: Where the objects' centres are.
        visibility: Share of the target's outline that the overhead camera sees, 0 to 1; None if not measured.

    Raises:
        ValueError: If there are no objects or too many, the target is not one of them, or a value is out of range.
    """

    objects: tuple[SceneObject, ...]
    target: int
    start: Start = "rest"
    name: str = ""
    workspace: Extent = Extent()
    visibility: float | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "objects", tuple(self.objects))
        if not self.objects:
            raise ValueError("a scene needs at least one object")
        if len(self.objects) > MOST_OBJECTS:
            raise ValueError(f"{len(self.objects)} objects; a scene has at most {MOST_OBJECTS}")
        if not 0 <= self.target < len(self.objects):
            last = len(self.objects) - 1
            raise ValueError(f"target {self.target} is out of range: the scene's objects are 0 to {last}")
        if self.start not in get_args(Start):
            raise ValueError(f"unknown start {self.start!r}; starts: {', '.join(get_args(Start))}")
        if self.visibility is not None and not 0.0 <= self.visibility <= 1.0:
            raise ValueError(f"visibility must be 0 to 1, got {self.visibility}")

    @property
    def shapes(self) -> tuple[str, ...]:
        """Shape of each object."""
        return tuple(item.shape for item in self.objects)

    def poses(self) -> tuple[torch.Tensor, torch.Tensor]:
        """Positions (n, 3) [m] and quaternions (n, 4) of the objects, float64."""
        position = torch.tensor([item.position for item in self.objects], dtype=torch.float64)
        return position, torch.tensor([item.quaternion for item in self.objects], dtype=torch.float64)

    def called(self, index: int) -> str:
        """How messages call an object: its place, name and shape."""
        item = self.objects[index]
        return f"object {index} ({f'{item.name!r}, ' if item.name else ''}{item.shape})"


def scene_of(
    names: Sequence[str], position: torch.Tensor, quaternion: torch.Tensor, target: int, start: Start = "rest"
) -> Scene:
    """Scene of shapes with poses (n, 3) [m] and (n, 4)."""
    poses = zip(names, position.tolist(), quaternion.tolist(), strict=True)
    return Scene(tuple(SceneObject(name, tuple(p), tuple(q)) for name, p, q in poses), target, start)
