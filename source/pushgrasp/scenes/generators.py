"""Seeded random scenes: blocks scattered apart, and blocks dropped into a heap.

Scenes draw their shapes from a slot layout without replacement, so that they always fit its slots.
"""

from math import pi, sqrt

import torch

from pushgrasp.scenes.dropping import let_down
from pushgrasp.scenes.resting import resting_poses
from pushgrasp.scenes.rotations import about_z, multiply, random_rotations
from pushgrasp.scenes.scene import Scene, scene_of
from pushgrasp.scenes.shapes import shape_named
from pushgrasp.scenes.slots import SlotLayout

MAX_OBJECTS = 35
"""Size of the default slot layout, the largest scene of the field (Wang & Kasaei 2025, random drops)."""
UPRIGHT_SHARE = 0.6
"""Share of scattered blocks that lie on their default face; the others take any of their steady faces."""
HEAP_RADIUS = 0.03
"""Default radius of a heap over the square root of its number of blocks [m]."""
OFFERED_PLACES = 4
"""Places offered to every dropped block, which takes the lowest: heaps grow wide like settled ones, not into towers."""


def scattered(
    generator: torch.Generator,
    num_objects: int,
    extent: float = 0.7,
    gap: float = 0.03,
    target: int | None = None,
    layout: SlotLayout | None = None,
) -> Scene:
    """Blocks that rest apart from each other on the table.

    Args:
        generator: Source of all randomness, on the CPU.
        num_objects: Number of blocks.
        extent: Side of the square about the origin that holds the blocks' centres [m].
        gap: Clearance between the blocks' bounding circles [m]; halved, then dropped where it does not fit.
        target: Index of the target; drawn at random if None.
        layout: Slots to draw shapes from; the default layout of 35 if None.

    Raises:
        ValueError: If the number of objects, the target or the extent is out of range, or the blocks do not fit.
    """
    names = _draw_shapes(generator, num_objects, layout)
    target = _draw_target(generator, num_objects, target)
    rests = [_draw_rest(generator, name) for name in names]
    quaternion, height, radius = (torch.stack(values) for values in zip(*rests, strict=True))
    planar = _spread(generator, radius, _positive("extent", extent), gap)
    return scene_of(names, torch.cat([planar, height[:, None]], dim=-1), quaternion, target)


def cluttered(
    generator: torch.Generator,
    num_objects: int,
    radius: float | None = None,
    centre_extent: float = 0.3,
    target: int | None = None,
    layout: SlotLayout | None = None,
    target_shape: str | None = None,
) -> Scene:
    """Blocks in the air over a disc, ready to be dropped into a heap by letting physics settle.

    Each block in turn, turned at random, is let down until it is 5 mm above what lies below, so nothing overlaps and
    falls are short. The target lies near the middle of the disc, at any depth of the heap.

    Args:
        generator: Source of all randomness, on the CPU.
        num_objects: Number of blocks.
        radius: Disc that holds the blocks' centres [m]; 3 cm times the square root of their number if None.
        centre_extent: Side of the square about the origin from which the disc's centre is drawn [m].
        target: Index of the target; drawn at random if None.
        layout: Slots to draw shapes from; the default layout of 35 if None.
        target_shape: Shape of the target, which changes places with a block of that shape; any if None.

    Raises:
        ValueError: If the number of objects, the target or the radius is out of range, or no block has that shape.
    """
    names = _draw_shapes(generator, num_objects, layout)
    target = _draw_target(generator, num_objects, target)
    if target_shape is not None:
        _give_shape(names, target, target_shape)
    radius = _positive("radius", HEAP_RADIUS * sqrt(num_objects) if radius is None else radius)
    reach = torch.full((num_objects,), radius, dtype=torch.float64)
    reach[target] = radius / 4
    centre = centre_extent * (torch.rand(2, generator=generator, dtype=torch.float64) - 0.5)
    places = centre + reach[:, None, None] * _draw_in_disc(generator, num_objects, OFFERED_PLACES)
    quaternion = random_rotations(generator, num_objects)
    position = let_down(names, places, quaternion)
    return scene_of(names, position, quaternion, target, start="drop")


def _draw_shapes(generator: torch.Generator, num_objects: int, layout: SlotLayout | None) -> list[str]:
    """Shapes of random slots, each slot at most once."""
    shapes = (layout or SlotLayout.default(MAX_OBJECTS)).shapes
    if not 1 <= num_objects <= len(shapes):
        raise ValueError(f"num_objects must be 1 to {len(shapes)}, the slots of the layout, got {num_objects}")
    return [shapes[i] for i in torch.randperm(len(shapes), generator=generator)[:num_objects].tolist()]


def _give_shape(names: list[str], target: int, shape: str) -> None:
    """Let the target change places with the first block of a shape."""
    if shape not in names:
        raise ValueError(f"no block of shape {shape!r} for the target among {', '.join(sorted(set(names)))}")
    place = names.index(shape)
    names[place], names[target] = names[target], names[place]


def _draw_target(generator: torch.Generator, num_objects: int, target: int | None) -> int:
    """The given target, or any; draws in both cases, so that giving one does not change the rest of the scene."""
    drawn = int(torch.randint(num_objects, (), generator=generator))
    if target is not None and not 0 <= target < num_objects:
        raise ValueError(f"target {target} is out of range: the scene's objects are 0 to {num_objects - 1}")
    return drawn if target is None else target


def _draw_rest(generator: torch.Generator, name: str) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Steady pose with a random yaw: quaternion (4,), height and planar radius [m]."""
    poses = resting_poses(shape_named(name))
    share, yaw = torch.rand(2, generator=generator, dtype=torch.float64)
    other = int(torch.randint(len(poses.height), (), generator=generator))
    index = 0 if share < UPRIGHT_SHARE else other
    return multiply(about_z(2 * pi * yaw), poses.quaternion[index]), poses.height[index], poses.radius[index]


def _draw_in_disc(generator: torch.Generator, *size: int) -> torch.Tensor:
    """Points (*size, 2) spread evenly over the unit disc."""
    distance, angle = torch.rand(2, *size, generator=generator, dtype=torch.float64)
    return distance.sqrt()[..., None] * torch.stack([torch.cos(2 * pi * angle), torch.sin(2 * pi * angle)], dim=-1)


def _spread(generator: torch.Generator, radii: torch.Tensor, extent: float, gap: float) -> torch.Tensor:
    """Random centres (n, 2) in a square for circles that do not overlap: thrown at random, then pushed apart."""
    start = extent * (torch.rand(len(radii), 2, generator=generator, dtype=torch.float64) - 0.5)
    for clearance in (gap, gap / 2, 0.0):
        reach = radii[:, None] + radii + clearance
        planar = _pushed_apart(start, reach.fill_diagonal_(0.0), extent / 2)
        if bool((torch.cdist(planar, planar) >= reach).all()):
            return planar
    raise ValueError(f"{len(radii)} objects do not fit apart from each other into a square of {extent} m")


def _pushed_apart(planar: torch.Tensor, reach: torch.Tensor, limit: float, steps: int = 500) -> torch.Tensor:
    """Points (n, 2) within +-limit, moved until each pair is `reach` (n, n) apart or the steps are used up."""
    for _ in range(steps):
        offset = planar[:, None] - planar
        distance = offset.norm(dim=-1).clamp(min=1e-9)
        overlap = (reach - distance).clamp(min=0.0)
        if not bool(overlap.any()):
            break
        push = (0.5 * overlap + 1e-4 * (overlap > 0.0)) / distance
        planar = (planar + (push[..., None] * offset).sum(dim=1)).clamp(-limit, limit)
    return planar


def _positive(name: str, length: float) -> float:
    if not 0.0 < length < float("inf"):
        raise ValueError(f"{name} must be a positive length [m], got {length}")
    return length
