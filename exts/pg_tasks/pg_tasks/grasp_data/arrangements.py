"""Blocks that lean on others and blocks between walls, in groups on a grid; physics brings them to rest."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from math import cos, pi, sin, sqrt

import torch

from pushgrasp.scenes.rotations import about_z, multiply, rotate
from pushgrasp.scenes.scene import Scene, scene_of
from pushgrasp.scenes.shapes import shape_named

SUPPORTS = ("cube", "cuboid", "arch", "cylinder", "small_cube", "small_cuboid", "carton", "can")
"""What others lean on; they stand on their default face."""

LEANERS = ("slab", "cuboid", "tile", "small_cuboid", "small_tile", "soap", "packet", "prism")
"""What leans."""

WALLS = ("cuboid", "slab", "small_cuboid", "carton", "cube")
"""What stands beside others; long ones stand on end."""

PITCH = 0.24
"""Distance of the groups from each other [m]."""

GAP = 0.001
"""Least distance left between neighbours before they settle [m]."""

Placed = tuple[str, torch.Tensor, torch.Tensor]
"""A shape's name, its position (3,) [m] and its quaternion (4,)."""


def leaning(generator: torch.Generator, pool: Sequence[str]) -> Scene:
    """One to six groups, most of them a block that leans on another, some a block alone."""
    return _groups(generator, pool, _leaning_group, 6)


def walled(generator: torch.Generator, pool: Sequence[str]) -> Scene:
    """One to four groups: a block with others close beside it on one to four sides."""
    return _groups(generator, pool, _walled_group, 4)


def _groups(generator: torch.Generator, pool: Sequence[str], draw, most: int) -> Scene:  # noqa: ANN001
    """Groups in random cells of a grid, each turned at random, until the pool has none of what they need."""
    left = Counter(pool)
    placed: list[Placed] = []
    count = 1 + int(torch.randint(most, (), generator=generator))
    for cell in torch.randperm(9, generator=generator)[:count].tolist():
        try:
            group = draw(generator, left)
        except _NoneLeftError:
            break
        turn = about_z(2 * pi * torch.rand((), generator=generator, dtype=torch.float64))
        middle = torch.tensor([cell % 3 - 1.0, cell // 3 - 1.0, 0.0], dtype=torch.float64) * PITCH
        placed += [(name, rotate(turn, place) + middle, multiply(turn, way)) for name, place, way in group]
    names, places, ways = zip(*placed, strict=True)
    return scene_of(names, torch.stack(places), torch.stack(ways), 0, start="drop")


class _NoneLeftError(Exception):
    """A pool has none of what a group needs."""


def _take(generator: torch.Generator, left: Counter[str], names: Sequence[str]) -> str:
    """One of the names that are left, which then is one less."""
    there = [name for name in names if left[name] > 0]
    if not there:
        raise _NoneLeftError
    name = there[int(torch.randint(len(there), (), generator=generator))]
    left[name] -= 1
    return name


def _uniform(generator: torch.Generator, low: float, high: float) -> float:
    return low + (high - low) * float(torch.rand((), generator=generator, dtype=torch.float64))


def _leaning_group(generator: torch.Generator, left: Counter[str]) -> list[Placed]:
    """A support at x > 0, and a block whose lower edge lies at the origin and whose underside meets the support."""
    support, leaner = _take(generator, left, SUPPORTS), _take(generator, left, LEANERS)
    width, _, height = shape_named(support).size
    length, _, thickness = shape_named(leaner).size
    tilt = _uniform(generator, pi / 8, 0.38 * pi)
    foot = min(height / sin(tilt) * cos(tilt), length * cos(tilt)) + GAP
    aside = _uniform(generator, -0.015, 0.015)
    x = length / 2 * cos(tilt) - thickness / 2 * sin(tilt)
    z = length / 2 * sin(tilt) + thickness / 2 * cos(tilt)
    about_y = (0.0, -sin(tilt / 2), 0.0, cos(tilt / 2))
    return [
        _placed(support, (foot + width / 2 - x, 0.0, height / 2 + GAP), (0.0, 0.0, 0.0, 1.0)),
        _placed(leaner, (0.0, aside, z + GAP), about_y),
    ]


def _walled_group(generator: torch.Generator, left: Counter[str]) -> list[Placed]:
    """A block on its default face and walls on some of its four sides."""
    name = _take(generator, left, [name for name in left if shape_named(name).size[0] < 0.15])
    size = shape_named(name).size
    placed = [_placed(name, (0.0, 0.0, size[2] / 2 + GAP), (0.0, 0.0, 0.0, 1.0))]
    sides = 1 + int(torch.randint(4, (), generator=generator))
    for side in torch.randperm(4, generator=generator)[:sides].tolist():
        wall = _take(generator, left, WALLS)
        x, y, z = shape_named(wall).size
        on_end = x > z and float(torch.rand((), generator=generator)) < 0.7
        thick, high = (z, x) if on_end else (y, z)
        reach = size[side % 2] / 2 + thick / 2 + GAP + _uniform(generator, 0.0, 0.03)
        turn = torch.tensor([0.0, -sqrt(0.5), 0.0, sqrt(0.5)] if on_end else [0.0, 0.0, sqrt(0.5), sqrt(0.5)])
        yaw = about_z(torch.tensor(side * pi / 2, dtype=torch.float64))
        way = multiply(yaw, turn.double())
        place = rotate(yaw, torch.tensor([reach, 0.0, high / 2 + GAP], dtype=torch.float64))
        placed.append((wall, place, way))
    return placed


def _placed(name: str, position: tuple[float, ...], quaternion: tuple[float, ...]) -> Placed:
    return name, torch.tensor(position, dtype=torch.float64), torch.tensor(quaternion, dtype=torch.float64)
