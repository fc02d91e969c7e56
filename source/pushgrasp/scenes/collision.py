"""What shapes collide with: boxes and cylinders wherever a face is flat, convex hulls for the rest.

Engines find up to eight contact points between boxes, but only one between a hull and a box that is not parallel to a
tenth of a degree: blocks that stand on hulls alone wobble and never come to rest.
"""

from functools import cache

import numpy as np

from pushgrasp.scenes.sections import ARCH_OPENING_RATIO
from pushgrasp.scenes.shapes import Shape, convex_parts
from pushgrasp.scenes.solids import Box, Cylinder, Hull, Primitive

PLATE = 0.003
"""Thickness of the boxes inside the flat faces of hulls [m]."""
FLAT = 0.02
"""Least width of a face that gets a plate [m]; the facets of round surfaces are narrower."""


@cache
def collision_primitives(shape: Shape) -> tuple[Primitive, ...]:
    """Collision geometry of a shape in its body frame."""
    if shape.kind == "assembly":
        return shape.collision
    if shape.kind == "box":
        return (Box(shape.size),)
    if shape.kind == "cylinder":
        return (Cylinder(shape.size[0] / 2, shape.size[2]),)
    if shape.kind == "arch":
        return _arch(shape)
    (hull,) = convex_parts(shape)
    return (_extruded(hull), *_plates(hull))


def _extruded(points: np.ndarray) -> Hull:
    return Hull(tuple(map(tuple, points.tolist())), extruded=True)


def _plates(hull: np.ndarray) -> list[Box]:
    """Boxes inside an extruded hull (k, 3), each flush with one flat side face and with both ends."""
    depth = float(np.ptp(hull[:, 1]))
    outline = hull[: len(hull) // 2][:, [0, 2]]
    plates = []
    for before, start, end, after in zip(*(np.roll(outline, 1 - i, axis=0) for i in range(4)), strict=True):
        length = float(np.linalg.norm(end - start))
        if length < FLAT:
            continue
        along = (end - start) / length
        inward = np.array([-along[1], along[0]])
        low, high = (PLATE * _inset(side, inward) for side in (before - start, after - end))
        middle = start + along * (low + length - high) / 2 + inward * PLATE / 2
        half_turn = np.arctan2(along[1], along[0]) / 2
        turn = (0.0, float(-np.sin(half_turn)), 0.0, float(np.cos(half_turn)))
        plates.append(Box((length - low - high, depth, PLATE), (float(middle[0]), 0.0, float(middle[1])), turn))
    return plates


def _inset(side: np.ndarray, inward: np.ndarray) -> float:
    """How far a plate keeps from the end of its face, per thickness, where the next face (2,) leans over it."""
    rise = float(side @ inward)
    run = float(np.sqrt(max(side @ side - rise**2, 0.0)))
    return run / rise


def _arch(shape: Shape) -> tuple[Primitive, ...]:
    """Two pillars and a crown as boxes, which meet face to face, and a wedge in each corner of the opening.

    The wedges touch the round of the opening at 45 degrees and leave at most 2.3 mm of the corners free; following the
    round in six facets costs a fifth more time in heaps.
    """
    width, depth, height = shape.size
    radius = ARCH_OPENING_RATIO * height
    pillar, crown = width / 2 - radius, height - radius
    boxes = (
        Box((pillar, depth, height), (-(radius + pillar / 2), 0.0, 0.0)),
        Box((pillar, depth, height), (radius + pillar / 2, 0.0, 0.0)),
        Box((2 * radius, depth, crown), (0.0, 0.0, (height - crown) / 2)),
    )
    top, leg = height / 2 - crown, (2.0 - np.sqrt(2.0)) * radius
    corner = np.array([(radius, top), (radius - leg, top), (radius, top - leg)])
    wedges = (corner * (-1.0, 1.0))[::-1], corner
    ends = (-depth / 2, depth / 2)
    return (*boxes, *(_extruded(np.concatenate([np.insert(w, 1, y, axis=1) for y in ends])) for w in wedges))
