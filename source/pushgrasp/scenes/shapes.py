"""The shapes that scenes are made of: parametric meshes of the field's blocks and household-like objects, own objects.

The default blocks are the seven of Zeng et al. 2018 (VPG's set), the small ones those of Huang et al. 2021 (VFT's set).
The body frame of every shape sits at the centre of its bounding box, not at its centre of mass: scene files of the
field give bounding-box centres. Extruded shapes keep their cross-section in the x-z plane and run along y; the cylinder
stands along z. Half cylinder and prism lie on their widest face, the arch opens downwards.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from math import pi

import numpy as np

from pushgrasp.scenes.household import HOUSEHOLD, extent
from pushgrasp.scenes.mass import BLOCK_DENSITY, mass_properties
from pushgrasp.scenes.own.store import OwnObject, own_names, own_object
from pushgrasp.scenes.sections import ARCH_OPENING_RATIO, extrude, extrusion_faces, section
from pushgrasp.scenes.solids import Primitive, Solid, Surface, corner_points, solid_mesh

KINDS = ("box", "cylinder", "half_cylinder", "prism", "arch", "assembly")
BLOCK_FRICTION = 0.8
"""Coulomb friction of blocks."""
MESH_SEGMENTS = 48
"""Flat facets per half turn of a curved surface in :func:`mesh`."""
COLLISION_SEGMENTS = 16
"""Flat facets per half turn of a curved surface in :func:`convex_parts`, except the arch's opening."""
ARCH_COLLISION_SEGMENTS = 6
"""Facets of the arch's opening in :func:`convex_parts`; each costs a collision part, the chord error is 0.9 mm."""


@dataclass(frozen=True)
class Shape:
    """A shape: a block, or an assembly of solids.

    Attributes:
        name: Key in :data:`ALL_SHAPES`, or name of an own object.
        size: Bounding box (x, y, z) [m], centred at the body frame.
        kind: One of :data:`KINDS`.
        density: Density [kg/m^3].
        solids: What an assembly consists of; the solids do not overlap.
        collision: What an assembly collides with.
        friction: Coulomb friction.

    Raises:
        ValueError: If the kind is unknown, a size is not positive, or the sizes do not fit the kind.
    """

    name: str
    size: tuple[float, float, float]
    kind: str
    density: float = BLOCK_DENSITY
    solids: tuple[Solid, ...] = ()
    collision: tuple[Primitive, ...] = ()
    friction: float = BLOCK_FRICTION

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
        if (self.kind == "assembly") != bool(self.solids and self.collision):
            raise ValueError(f"shape {self.name!r}: assemblies, and only they, need solids and collision geometry")

    @property
    def volume(self) -> float:
        """Closed-form volume [m^3] of a block, with round surfaces truly round.

        Raises:
            ValueError: If the shape is an assembly.
        """
        if self.kind == "assembly":
            raise ValueError(f"{self.name!r} is an assembly: take the volume of its mesh")
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

OTHER_BLOCKS: dict[str, Shape] = {
    shape.name: shape
    for shape in (
        Shape("tile", (0.05, 0.05, 0.025), "box"),
        Shape("small_cube", (0.045, 0.045, 0.045), "box"),
        Shape("small_cuboid", (0.09, 0.045, 0.045), "box"),
        Shape("small_tile", (0.045, 0.045, 0.0225), "box"),
        Shape("small_cylinder", (0.044, 0.044, 0.045), "cylinder"),
        Shape("small_half_cylinder", (0.044, 0.045, 0.022), "half_cylinder"),
        Shape("small_prism", (0.09, 0.045, 0.045), "prism"),
        Shape("small_arch", (0.09, 0.045, 0.045), "arch"),
    )
}
"""The VPG set's square tile, and the VFT set."""

NOVEL: dict[str, Shape] = {
    name: Shape(name, extent(parts[1]), "assembly", density, *parts) for name, (parts, density) in HOUSEHOLD.items()
}
"""Household-like objects."""

ALL_SHAPES: dict[str, Shape] = {**SHAPES, **OTHER_BLOCKS, **NOVEL}
"""All shapes by name."""


def shape_named(name: str) -> Shape:
    """Look a shape up among the built-in ones and the own objects.

    Raises:
        ValueError: If there is none of that name, and then the message lists the valid names; or if the file of an own
            object cannot be used.
    """
    if name in ALL_SHAPES:
        return ALL_SHAPES[name]
    own = own_object(name)
    if own is None:
        names = ", ".join([*ALL_SHAPES, *own_names()])
        raise ValueError(f"unknown shape {name!r}; shapes: {names}; scripts/scenes.py objects add makes one of a mesh")
    return own_shape(own)


@cache
def own_shape(own: OwnObject) -> Shape:
    """Shape of an own object."""
    x, y, z = np.ptp(own.vertices, axis=0).tolist()
    density = own.mass / mass_properties(own.vertices, own.faces, 1.0).mass
    surface = Surface(own.vertices, own.faces)
    return Shape(own.name, (x, y, z), "assembly", density, (surface,), own.parts, own.friction)


def own_digests(names: Iterable[str]) -> dict[str, str]:
    """Digests of the content of those of some shapes that are own objects, by name.

    Raises:
        ValueError: If the file of one cannot be used.
    """
    found = {name: own_object(name) for name in sorted(set(names) - ALL_SHAPES.keys())}
    return {name: own.digest for name, own in found.items() if own is not None}


def mesh(shape: Shape, segments: int = MESH_SEGMENTS) -> tuple[np.ndarray, np.ndarray]:
    """Watertight triangle mesh of a shape in its body frame.

    Args:
        shape: The shape.
        segments: Flat facets per half turn of a curved surface.

    Returns:
        Vertices (V, 3) float64 [m], and faces (F, 3) int64 with outward normals.
    """
    if shape.kind == "assembly":
        return _joined([solid_mesh(solid, 2 * segments) for solid in shape.solids])
    outline, cells = section(shape.kind, shape.size, segments)
    return extrude(shape.kind, shape.size, outline), extrusion_faces(len(outline), cells)


def convex_parts(shape: Shape) -> list[np.ndarray]:
    """Exact convex decomposition, for collision: the parts meet face to face and do not overlap.

    Curved surfaces are coarser than in :func:`mesh`. The arch gives two pillars and the wedges between them over the
    opening, every other shape is one part.

    Returns:
        Vertices (k, 3) float64 [m] of each part in the body frame; the part is their convex hull. Parts of blocks are
        extrusions: the first k / 2 vertices lie on one end plane, the others opposite them, as :func:`extrusion_faces`
        wants them.
    """
    if shape.kind == "assembly":
        return [corner_points(part, 2 * COLLISION_SEGMENTS) for part in shape.collision]
    segments = ARCH_COLLISION_SEGMENTS if shape.kind == "arch" else COLLISION_SEGMENTS
    outline, cells = section(shape.kind, shape.size, segments)
    return [extrude(shape.kind, shape.size, outline[list(cell)]) for cell in cells]


def _joined(meshes: Sequence[tuple[np.ndarray, np.ndarray]]) -> tuple[np.ndarray, np.ndarray]:
    """One mesh of several."""
    starts = np.cumsum([0, *(len(vertices) for vertices, _ in meshes[:-1])])
    faces = [part + start for (_, part), start in zip(meshes, starts, strict=True)]
    return np.concatenate([vertices for vertices, _ in meshes]), np.concatenate(faces)
