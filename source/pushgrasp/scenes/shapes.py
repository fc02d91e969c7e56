"""The seven block shapes of the field's clutter scenes, as parametric meshes (Zeng et al. 2018, VPG's block set).

The body frame of every shape sits at the centre of its bounding box, not at its centre of mass: scene files of the
field give bounding-box centres. Extruded shapes keep their cross-section in the x-z plane and run along y; the cylinder
stands along z. Half cylinder and prism lie on their widest face, the arch opens downwards.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import pi

import numpy as np

KINDS = ("box", "cylinder", "half_cylinder", "prism", "arch")
MESH_SEGMENTS = 48
"""Flat facets per half turn of a curved surface in :func:`mesh`."""
COLLISION_SEGMENTS = 16
"""Flat facets per half turn of a curved surface in :func:`convex_parts`, except the arch's opening."""
ARCH_COLLISION_SEGMENTS = 6
"""Facets of the arch's opening in :func:`convex_parts`; each costs a collision part, the chord error is 0.9 mm."""
ARCH_OPENING_RATIO = 0.514
"""Radius of the arch's half-round opening over the block's height; VPG's arch fills 0.79 of its box, as this does."""


@dataclass(frozen=True)
class Shape:
    """A block shape.

    Attributes:
        name: Key in :data:`SHAPES`.
        size: Bounding box (x, y, z) [m], centred at the body frame.
        kind: One of :data:`KINDS`.

    Raises:
        ValueError: If the kind is unknown, a size is not positive, or the sizes do not fit the kind.
    """

    name: str
    size: tuple[float, float, float]
    kind: str

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"unknown kind {self.kind!r} of shape {self.name!r}; kinds: {', '.join(KINDS)}")
        if len(self.size) != 3 or not all(np.isfinite(s) and s > 0 for s in self.size):
            raise ValueError(f"size of shape {self.name!r} must be three positive lengths [m], got {self.size}")
        width, depth, height = self.size
        if self.kind == "cylinder" and width != depth:
            raise ValueError(f"cylinder {self.name!r} needs equal x and y sizes, got {width} and {depth}")
        if self.kind == "half_cylinder" and abs(width - 2 * height) > 1e-9:
            raise ValueError(f"half cylinder {self.name!r} needs an x size of twice its z size, got {self.size}")
        if self.kind == "arch" and width <= 2 * ARCH_OPENING_RATIO * height:
            raise ValueError(f"arch {self.name!r} is too narrow for its opening: size {self.size}")

    @property
    def volume(self) -> float:
        """Closed-form volume [m^3], with round surfaces truly round."""
        width, depth, height = self.size
        section = {
            "box": width * height,
            "cylinder": pi / 4 * width * height,
            "half_cylinder": pi / 2 * height**2,
            "prism": width * height / 2,
            "arch": width * height - pi / 2 * (ARCH_OPENING_RATIO * height) ** 2,
        }
        return section[self.kind] * depth

    @property
    def bounding_radius(self) -> float:
        """Radius [m] of the sphere about the body frame that holds the bounding box."""
        return float(np.linalg.norm(self.size)) / 2


SHAPES: dict[str, Shape] = {
    shape.name: shape
    for shape in (
        Shape("cube", (0.05, 0.05, 0.05), "box"),
        Shape("cuboid", (0.10, 0.05, 0.05), "box"),
        Shape("slab", (0.10, 0.05, 0.025), "box"),
        Shape("cylinder", (0.0448, 0.0448, 0.05), "cylinder"),
        Shape("half_cylinder", (0.05, 0.05, 0.025), "half_cylinder"),
        Shape("prism", (0.0933, 0.05, 0.0486), "prism"),
        Shape("arch", (0.10, 0.05, 0.05), "arch"),
    )
}
"""Block shapes by name, with the VPG set's bounding boxes [m]."""


def shape_named(name: str) -> Shape:
    """Look a shape up.

    Raises:
        ValueError: If there is none of that name; the message lists the valid names.
    """
    if name not in SHAPES:
        raise ValueError(f"unknown shape {name!r}; shapes: {', '.join(SHAPES)}")
    return SHAPES[name]


def mesh(shape: Shape) -> tuple[np.ndarray, np.ndarray]:
    """Watertight triangle mesh of a shape in its body frame.

    Returns:
        Vertices (V, 3) float64 [m], and faces (F, 3) int64 with outward normals.
    """
    outline, cells = _section(shape, MESH_SEGMENTS)
    return _extrude(shape, outline), extrusion_faces(len(outline), cells)


def convex_parts(shape: Shape) -> list[np.ndarray]:
    """Exact convex decomposition, for collision: the parts meet face to face and do not overlap.

    Curved surfaces are coarser than in :func:`mesh`. The arch gives two pillars and the wedges between them over the
    opening, every other shape is one part.

    Returns:
        Vertices (k, 3) float64 [m] of each part in the body frame; the part is their convex hull. It is an extrusion:
        the first k / 2 vertices lie on one end plane, the others opposite them, as :func:`extrusion_faces` wants them.
    """
    segments = ARCH_COLLISION_SEGMENTS if shape.kind == "arch" else COLLISION_SEGMENTS
    outline, cells = _section(shape, segments)
    return [_extrude(shape, outline[list(cell)]) for cell in cells]


def extrusion_faces(count: int, cells: Sequence[tuple[int, ...]] | None = None) -> np.ndarray:
    """Outward triangles (F, 3) of an extruded polygon, given by its corners on the near and then on the far end plane.

    Args:
        count: Corners P of the polygon, counter-clockwise as seen against the direction of extrusion.
        cells: Convex cells that tile the polygon, as indices of its corners; the polygon is convex without them.
    """
    cells = [tuple(range(count))] if cells is None else cells
    caps = np.array([(cell[0], cell[i], cell[i + 1]) for cell in cells for i in range(1, len(cell) - 1)])
    near = np.arange(count)
    following = np.roll(near, -1)
    lower = np.stack([near, following, following + count], axis=1)
    upper = np.stack([near, following + count, near + count], axis=1)
    return np.concatenate([caps[:, ::-1], caps + count, lower, upper])


def _section(shape: Shape, segments: int) -> tuple[np.ndarray, list[tuple[int, ...]]]:
    """Cross-section (P, 2), counter-clockwise, and its convex cells as tuples of indices into it."""
    width, _, height = shape.size
    if shape.kind == "arch":
        return _arch_section(width, height, segments)
    if shape.kind == "cylinder":
        outline = _arc(width / 2, 0.0, 2 * pi, 2 * segments)[:-1]
    elif shape.kind == "half_cylinder":
        outline = _arc(height, 0.0, pi, segments) - (0.0, height / 2)
    elif shape.kind == "prism":
        outline = np.array([(-width / 2, -height / 2), (width / 2, -height / 2), (0.0, height / 2)])
    else:
        outline = np.array([(-width, -height), (width, -height), (width, height), (-width, height)]) / 2
    return outline, [tuple(range(len(outline)))]


def _arch_section(width: float, height: float, segments: int) -> tuple[np.ndarray, list[tuple[int, ...]]]:
    """Block with a half-round opening at the bottom; each pillar's cell takes in the column over the next facet."""
    arc = _arc(ARCH_OPENING_RATIO * height, pi, 0.0, segments)
    top = np.stack([arc[-2:0:-1, 0], np.full(segments - 1, height)], axis=1)
    left, right = -width / 2, width / 2
    outline = np.concatenate([[(left, 0.0)], arc, [(right, 0.0), (right, height)], top, [(left, height)]])
    last = len(outline) - 1  # outline[last - i] lies over arc point i, which is outline[1 + i]
    pillars = [(0, 1, 2, last - 1, last), (segments, segments + 1, segments + 2, segments + 3, segments + 4)]
    wedges = [(1 + i, 2 + i, last - i - 1, last - i) for i in range(1, segments - 1)]
    return outline - (0.0, height / 2), pillars + wedges


def _arc(radius: float, start: float, stop: float, segments: int) -> np.ndarray:
    """Points (segments + 1, 2) on a circle about the origin."""
    angle = np.linspace(start, stop, segments + 1)
    return radius * np.stack([np.cos(angle), np.sin(angle)], axis=1)


def _extrude(shape: Shape, section: np.ndarray) -> np.ndarray:
    """The section's points (P, 2) on both end planes (2P, 3); a counter-clockwise section faces the second plane."""
    _, depth, height = shape.size
    if shape.kind == "cylinder":
        return np.concatenate([np.insert(section, 2, side * height / 2, axis=1) for side in (-1, 1)])
    return np.concatenate([np.insert(section, 1, -side * depth / 2, axis=1) for side in (-1, 1)])
