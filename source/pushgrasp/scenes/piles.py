"""Seeded scenes: packed layers, one or several with more blocks dropped on the target, Gaussian drops."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from math import pi, sqrt

import torch

from pushgrasp.scenes.dropping import let_down
from pushgrasp.scenes.packing import pack
from pushgrasp.scenes.resting import resting_poses
from pushgrasp.scenes.rotations import about_z, multiply, random_rotations, rotate
from pushgrasp.scenes.scene import Scene, scene_of
from pushgrasp.scenes.shapes import shape_named

COVER_SPREAD = 0.012
"""Standard deviation of the covers' places about the target [m]."""
DROP_SPREAD = 0.08
"""Standard deviation of the places of other blocks dropped on a layer [m]."""
LID_SPREAD, LID_TURN = 0.003, 0.05
"""The same of what lies flat in one of several heaps, and its largest angle to what it covers [rad]."""
MIDDLE_BLOCK = "cube"
"""What the others are packed about in heaps that do not hold the target: it carries what lies flat."""
HEAP_SPREAD = 0.04
"""The same of other blocks dropped on one of several heaps [m]."""
OFFERED_PLACES = 3
"""Places offered to every block that is dropped, which takes the lowest: heaps grow wide, not into towers."""


def packed(generator: torch.Generator, num_objects: int, pool: Sequence[str], target: str) -> Scene:
    """Blocks packed in one layer about a target of that shape.

    Args:
        generator: Source of all randomness, on the CPU.
        num_objects: Number of blocks.
        pool: Shapes that may be taken, each as often as it occurs.
        target: Shape of the target, which comes first.

    Raises:
        ValueError: If the pool does not hold that many blocks, or the target.
    """
    names = draw_names(generator, num_objects, pool, [target])
    return scene_of(names, *pack(generator, names), 0)


def covered(
    generator: torch.Generator,
    num_objects: int,
    dropped: int,
    pool: Sequence[str],
    target: str,
    covers: Sequence[str],
    walls: Sequence[str] = (),
    cover_turn: float = pi,
) -> Scene:
    """A packed layer about the target, on which more are dropped: first flat covers, then others turned at random.

    Args:
        generator: Source of all randomness, on the CPU.
        num_objects: Number of blocks in all.
        dropped: How many of them are dropped on the layer.
        pool: Shapes that may be taken, each as often as it occurs.
        target: Shape of the target, which comes first.
        covers: Shapes of the first dropped blocks, which lie flat close to the target.
        walls: Shapes of the blocks packed next to the target, which hold the covers.
        cover_turn: Largest angle between the long sides of covers and target [rad].

    Raises:
        ValueError: If the pool does not hold them.
    """
    drawn = draw_names(generator, num_objects, pool, [target, *walls, *covers])
    layer = 1 + len(walls)
    base, top = [*drawn[:layer], *drawn[layer + dropped :]], drawn[layer : layer + dropped]
    places, quaternion = _dropped_on(generator, base, top, len(covers), COVER_SPREAD, DROP_SPREAD, cover_turn)
    return scene_of([*base, *top], let_down([*base, *top], places, quaternion), quaternion, 0, start="drop")


@dataclass(frozen=True)
class Heap:
    """One of several heaps.

    Attributes:
        layer: Number of blocks that are packed in a layer.
        covers: Shapes of the blocks that lie flat, one on the other, on the first of them.
        dropped: Number of blocks that are then dropped, turned at random.
    """

    layer: int
    covers: tuple[str, ...]
    dropped: int

    @property
    def size(self) -> int:
        """Number of blocks."""
        return self.layer + len(self.covers) + self.dropped


def heaps(
    generator: torch.Generator,
    of: Sequence[Heap],
    distance: float,
    pool: Sequence[str],
    target: str,
    walls: Sequence[str],
) -> Scene:
    """Several heaps, the target at the bottom of the first; see :func:`covered`.

    Args:
        generator: Source of all randomness, on the CPU.
        of: The heaps. The last three stand at the corners of a triangle, one before them in its middle.
        distance: Side of the triangle [m].
        pool: Shapes that may be taken, each as often as it occurs.
        target: Shape of the target, which comes first.
        walls: Shapes of the blocks packed next to it.

    Raises:
        ValueError: If the pool does not hold them.
    """
    first = [[target, *walls], *([MIDDLE_BLOCK] for _ in of[1:])]
    asked = [*chain(*first), *chain(*(heap.covers for heap in of))]
    left = draw_names(generator, sum(heap.size for heap in of), pool, asked)[len(asked) :]
    corners = _corners(generator, distance)
    middles = torch.cat([torch.zeros(len(of) - len(corners), 2, dtype=torch.float64), corners])
    names, parts = [], []
    for heap, base, middle in zip(of, first, middles, strict=True):
        base += [left.pop() for _ in range(heap.layer - len(base))]
        top = [*heap.covers, *(left.pop() for _ in range(heap.dropped))]
        places, turns = _dropped_on(generator, base, top, len(heap.covers), LID_SPREAD, HEAP_SPREAD, LID_TURN)
        names += [*base, *top]
        parts.append((places + middle, turns))
    places, quaternion = (torch.cat(part) for part in zip(*parts, strict=True))
    return scene_of(names, let_down(names, places, quaternion), quaternion, 0, start="drop")


def _corners(generator: torch.Generator, side: float) -> torch.Tensor:
    """Corners (3, 2) [m] of a triangle of equal sides about the origin, turned by a random angle, float64."""
    turn = torch.rand((), generator=generator, dtype=torch.float64)
    angle = 2 * pi * (turn + torch.arange(3, dtype=torch.float64) / 3)
    return side / sqrt(3.0) * torch.stack([angle.cos(), angle.sin()], dim=1)


def _dropped_on(
    generator: torch.Generator,
    base: list[str],
    top: list[str],
    covers: int,
    cover_spread: float,
    spread: float,
    cover_turn: float,
) -> tuple[torch.Tensor, torch.Tensor]:
    """Offered places (n, K, 2) [m] and quaternions (n, 4) of a layer about the origin and of blocks dropped on it.

    So many first ones of these lie flat, close to the first block of the layer.
    """
    position, quaternion = pack(generator, base)
    spreads = torch.full((len(top), 1, 1), spread, dtype=torch.float64)
    spreads[:covers] = cover_spread
    places = spreads * torch.randn(len(top), OFFERED_PLACES, 2, generator=generator, dtype=torch.float64)
    turns = random_rotations(generator, len(top))
    turn = cover_turn * (2 * torch.rand(len(top), generator=generator, dtype=torch.float64) - 1)
    yaw = turn + heading(quaternion[0])
    for index, name in enumerate(top[:covers]):
        turns[index] = multiply(about_z(yaw[index]), resting_poses(shape_named(name)).quaternion[0])
    places = torch.cat([position[:, None, :2].expand(-1, OFFERED_PLACES, -1), places])
    return places, torch.cat([quaternion, turns])


def heading(quaternion: torch.Tensor) -> torch.Tensor:
    """Direction of a resting block's x axis, or of its y axis where that one stands upright [rad], scalar."""
    axes = rotate(quaternion, torch.eye(3, dtype=quaternion.dtype)[:2])
    level = axes[0] if abs(float(axes[0, 2])) < 0.5 else axes[1]
    return torch.atan2(level[1], level[0])


def gaussian_drop(
    generator: torch.Generator, num_objects: int, pool: Sequence[str], spread: float, first_targets: int
) -> Scene:
    """Blocks dropped one after the other at places of a 2-D Gaussian; the target is one of the first.

    Args:
        generator: Source of all randomness, on the CPU.
        num_objects: Number of blocks.
        pool: Shapes that may be taken, each as often as it occurs.
        spread: Standard deviation of the places [m], cut off at twice that.
        first_targets: The target is drawn from so many first blocks.

    Raises:
        ValueError: If the pool does not hold that many blocks.
    """
    names = draw_names(generator, num_objects, pool, [])
    target = int(torch.randint(min(first_targets, num_objects), (), generator=generator))
    places = torch.randn(num_objects, OFFERED_PLACES, 2, generator=generator, dtype=torch.float64)
    quaternion = random_rotations(generator, num_objects)
    position = let_down(names, spread * places.clamp(-2.0, 2.0), quaternion)
    return scene_of(names, position, quaternion, target, start="drop")


def draw_names(generator: torch.Generator, count: int, pool: Sequence[str], first: Sequence[str]) -> list[str]:
    """Shapes of a scene: the given first ones, then others of the pool, each as often as it occurs there.

    Raises:
        ValueError: If the pool does not hold them.
    """
    left = Counter(pool)
    left.subtract(first)
    missing = [name for name, number in left.items() if number < 0]
    if missing or not len(first) <= count <= len(pool):
        raise ValueError(f"{count} objects, among them {', '.join(first) or 'any'}, are not in a pool of {len(pool)}")
    rest = list(left.elements())
    order = torch.randperm(len(rest), generator=generator).tolist()
    return [*first, *(rest[i] for i in order[: count - len(first)])]
