"""What a clutter scene is: blocks with poses, one of which is the target."""

from dataclasses import dataclass
from math import hypot, isfinite

from pushgrasp.scenes.shapes import shape_named


@dataclass(frozen=True)
class SceneObject:
    """One block of a scene.

    Attributes:
        shape: Name of the shape.
        position: Centre of the block's bounding box (x, y, z) [m], world frame.
        quaternion: Orientation (x, y, z, w); normalised on construction.

    Raises:
        ValueError: If the shape is unknown, a number is not finite, or the quaternion is zero.
    """

    shape: str
    position: tuple[float, float, float]
    quaternion: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 1.0)

    def __post_init__(self) -> None:
        shape_named(self.shape)
        object.__setattr__(self, "position", self._checked("position", self.position, 3))
        quaternion = self._checked("quaternion", self.quaternion, 4)
        norm = hypot(*quaternion)
        if norm < 1e-6:
            raise ValueError(f"quaternion of {self.shape!r} has no direction: {quaternion}")
        object.__setattr__(self, "quaternion", tuple(value / norm for value in quaternion))

    def _checked(self, name: str, values: tuple[float, ...], length: int) -> tuple[float, ...]:
        numbers = tuple(float(value) for value in values)
        if len(numbers) != length or not all(isfinite(number) for number in numbers):
            raise ValueError(f"{name} of {self.shape!r} must be {length} finite numbers, got {numbers}")
        return numbers


@dataclass(frozen=True)
class Scene:
    """A clutter scene.

    Attributes:
        objects: The blocks, at least one.
        target: Index into `objects` of the block to grasp.

    Raises:
        ValueError: If there are no objects or the target is not one of them.
    """

    objects: tuple[SceneObject, ...]
    target: int

    def __post_init__(self) -> None:
        object.__setattr__(self, "objects", tuple(self.objects))
        if not self.objects:
            raise ValueError("a scene needs at least one object")
        if not 0 <= self.target < len(self.objects):
            last = len(self.objects) - 1
            raise ValueError(f"target {self.target} is out of range: the scene's objects are 0 to {last}")
