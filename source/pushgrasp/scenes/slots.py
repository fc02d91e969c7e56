"""Object slots: every world owns the same blocks; a scene uses some and the others are parked."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import ceil, hypot, sqrt

import torch

from pushgrasp.scenes.scene import Scene
from pushgrasp.scenes.shapes import SHAPES, shape_named


@dataclass(frozen=True)
class SlotPoses:
    """Poses of all slots in N worlds.

    Attributes:
        position: Body frame (N, S, 3) [m], world frame.
        quaternion: Orientation (N, S, 4) (x, y, z, w).
        active: Slots (N, S) that the scene uses, bool; the others are parked.
        target: Slot (N,) of the target, long.
        colour: RGB (N, S, 3) of the scene's objects, 0 to 1; NaN where the scene gives none.
    """

    position: torch.Tensor
    quaternion: torch.Tensor
    active: torch.Tensor
    target: torch.Tensor
    colour: torch.Tensor


@dataclass(frozen=True)
class SlotLayout:
    """The blocks that each world owns.

    Attributes:
        shapes: Name of the shape in each of the S slots.
        parking_height: Plane under the table on which parked blocks lie [m].
        parking_spacing: Grid pitch of parked blocks [m], wide enough that none touch.

    Raises:
        ValueError: If there are no slots or a shape is unknown.
    """

    shapes: tuple[str, ...]
    parking_height: float = -0.5
    parking_spacing: float = 0.15

    def __post_init__(self) -> None:
        object.__setattr__(self, "shapes", tuple(self.shapes))
        if not self.shapes:
            raise ValueError("a slot layout needs at least one slot")
        for name in self.shapes:
            shape_named(name)

    @classmethod
    def default(cls, max_objects: int) -> "SlotLayout":
        """Equally many slots of every shape, enough for scenes of up to `max_objects` blocks.

        Raises:
            ValueError: If `max_objects` is not positive.
        """
        if max_objects < 1:
            raise ValueError(f"max_objects must be positive, got {max_objects}")
        return cls(tuple(SHAPES) * ceil(max_objects / len(SHAPES)))

    @classmethod
    def of(cls, shapes: Iterable[str], parking_height: float = -0.5) -> "SlotLayout":
        """Slots of these shapes, parked far enough apart for the largest of them.

        Raises:
            ValueError: If there are none or a shape is unknown.
        """
        names = tuple(shapes)
        longest = max((hypot(*shape_named(name).size[:2]) for name in names), default=0.0)
        return cls(names, parking_height, max(cls.parking_spacing, longest + 0.02))

    @classmethod
    def joining(cls, layouts: "Iterable[SlotLayout]") -> "SlotLayout":
        """As few slots as hold all that any of some layouts holds.

        Raises:
            ValueError: If there are no layouts.
        """
        counts: Counter[str] = Counter()
        for layout in layouts:
            counts |= Counter(layout.shapes)
        return cls.of(counts.elements())

    @classmethod
    def holding(cls, scenes: Iterable[Scene]) -> "SlotLayout":
        """As few slots as hold each of some scenes.

        Raises:
            ValueError: If there are no scenes.
        """
        return cls.joining(cls(scene.shapes) for scene in scenes)

    def parking_poses(self) -> tuple[torch.Tensor, torch.Tensor]:
        """Square grid about the world's origin, blocks unturned: positions (S, 3) [m], quaternions (S, 4)."""
        columns = ceil(sqrt(len(self.shapes)))
        index = torch.arange(len(self.shapes))
        centred = torch.stack([index % columns, index // columns], dim=-1) - (columns - 1) / 2
        heights = torch.tensor([self.parking_height + shape_named(name).size[2] / 2 for name in self.shapes])
        position = torch.cat([centred * self.parking_spacing, heights[:, None]], dim=-1)
        return position, torch.tensor([0.0, 0.0, 0.0, 1.0]).repeat(len(self.shapes), 1)

    def assign(self, scenes: Sequence[Scene]) -> SlotPoses:
        """Give every scene's objects to slots of their shapes, in the order of the scene, and park the other slots.

        Raises:
            ValueError: If a scene has more objects of a shape than there are slots of it.
        """
        slots = [self._slots_of(scene) for scene in scenes]
        position, quaternion = (pose.repeat(len(scenes), 1, 1) for pose in self.parking_poses())
        world = torch.tensor([n for n, used in enumerate(slots) for _ in used], dtype=torch.long)
        slot = torch.tensor([s for used in slots for s in used], dtype=torch.long)
        objects = [item for scene in scenes for item in scene.objects]
        position[world, slot] = torch.tensor([item.position for item in objects])
        quaternion[world, slot] = torch.tensor([item.quaternion for item in objects])
        active = torch.zeros(len(scenes), len(self.shapes), dtype=torch.bool)
        active[world, slot] = True
        target = torch.tensor([used[scene.target] for scene, used in zip(scenes, slots, strict=True)], dtype=torch.long)
        colour = torch.full((*active.shape, 3), torch.nan)
        colour[world, slot] = torch.tensor([item.colour or (torch.nan,) * 3 for item in objects])
        return SlotPoses(position, quaternion, active, target, colour)

    def _slots_of(self, scene: Scene) -> list[int]:
        """Slot of each of the scene's objects: the first free one of its shape."""
        asked, present = Counter(item.shape for item in scene.objects), Counter(self.shapes)
        for name, count in asked.items():
            if count > present[name]:
                raise ValueError(f"scene has {count} objects of shape {name!r}, but only {present[name]} slots do")
        free = {name: iter([i for i, shape in enumerate(self.shapes) if shape == name]) for name in asked}
        return [next(free[item.shape]) for item in scene.objects]
