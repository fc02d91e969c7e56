"""Seeded scenes of the protocols: packed layers, layers with more blocks dropped on the target, Gaussian drops."""

from collections import Counter
from collections.abc import Sequence
from math import pi

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
    position, quaternion = pack(generator, base)
    spread = torch.full((dropped, 1, 1), DROP_SPREAD, dtype=torch.float64)
    spread[: len(covers)] = COVER_SPREAD
    places = spread * torch.randn(dropped, OFFERED_PLACES, 2, generator=generator, dtype=torch.float64)
    turns = random_rotations(generator, dropped)
    turn = cover_turn * (2 * torch.rand(dropped, generator=generator, dtype=torch.float64) - 1)
    yaw = turn + heading(quaternion[0])
    for index, name in enumerate(covers):
        turns[index] = multiply(about_z(yaw[index]), resting_poses(shape_named(name)).quaternion[0])
    places = torch.cat([position[:, None, :2].expand(-1, OFFERED_PLACES, -1), places])
    quaternion = torch.cat([quaternion, turns])
    return scene_of([*base, *top], let_down([*base, *top], places, quaternion), quaternion, 0, start="drop")


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
