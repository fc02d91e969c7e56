"""Which of this project's shapes a mesh of the field is, and how that shape is turned in the mesh's axes."""

from dataclasses import dataclass
from pathlib import Path

from scipy.spatial.transform import Rotation

from pushgrasp.scenes.own.store import name_of, own_object

_UNTURNED = Rotation.identity()
_QUARTER = Rotation.from_euler("z", 90, degrees=True)
"""The shape's x along the mesh's y."""
_X_UP = Rotation.from_euler("y", -90, degrees=True)
"""The shape's x along the mesh's z."""


def _axes(x: tuple[float, float, float], y: tuple[float, float, float], z: tuple[float, float, float]) -> Rotation:
    """Turn that takes the shape's axes to these directions of the mesh."""
    return Rotation.from_matrix([[x[i], y[i], z[i]] for i in range(3)])


_FLAT_ON_X = _axes((0.0, 1.0, 0.0), (0.0, 0.0, 1.0), (1.0, 0.0, 0.0))
"""The shape's z, across a tile, along the mesh's x."""

V_REP_AXES = _axes((0.0, 0.0, 1.0), (0.0, -1.0, 0.0), (1.0, 0.0, 0.0))
"""Turn of a mesh in CoppeliaSim's object frame: it re-frames meshes to their principal axes when they are imported."""


@dataclass(frozen=True)
class Mesh:
    """A mesh of the field.

    Attributes:
        shape: Name of the shape that takes its place.
        turn: Turn of that shape in the mesh's axes.
        reframed: Whether CoppeliaSim's object frame of it is :data:`V_REP_AXES`, not the mesh's own.
        centre: Centre of the shape's bounding box [m] in the mesh's frame; CoppeliaSim's object frame has it at 0.
    """

    shape: str
    turn: Rotation = _UNTURNED
    reframed: bool = True
    centre: tuple[float, float, float] = (0.0, 0.0, 0.0)

    def in_object_frame(self, coppelia: bool) -> Rotation:
        """Turn of the shape in the frame whose pose the file gives."""
        return V_REP_AXES * self.turn if coppelia and self.reframed else self.turn


def own_mesh(name: str) -> Mesh | None:
    """The own object that was added from a mesh file of that name; None if there is none.

    Raises:
        ValueError: If its file cannot be used.
    """
    own = own_object(name_of(Path(name)))
    if own is None:
        return None
    x, y, z = (-own.origin).tolist()
    return Mesh(own.name, reframed=False, centre=(x, y, z))


VPG = {
    "0.obj": Mesh("prism"),
    "1.obj": Mesh("arch"),
    "2.obj": Mesh("tile", _FLAT_ON_X, reframed=False),  # slanted in the mesh, but not in CoppeliaSim's object frame
    "3.obj": Mesh("slab"),
    "4.obj": Mesh("cube"),
    "6.obj": Mesh("cuboid", _X_UP, reframed=False),
    "7.obj": Mesh("half_cylinder", _QUARTER),  # its principal axes are those of the others, quarter turned
    "8.obj": Mesh("cylinder"),
}
"""Meshes of Zeng et al. 2018, which most CoppeliaSim scenes of the field use."""

_ON_SIDE = Rotation.from_euler("x", 90, degrees=True)
"""The shape's y, along which sections run, along the mesh's z; the shape's bottom towards the mesh's +y."""

VFT = {
    "cube.urdf": Mesh("small_cube"),
    "rect.urdf": Mesh("small_cuboid", _QUARTER),
    "half-cube.urdf": Mesh("small_tile", _FLAT_ON_X),
    "cylinder.urdf": Mesh("small_cylinder"),
    "half-cylinder.urdf": Mesh("small_half_cylinder", _ON_SIDE),
    "triangle.urdf": Mesh("small_prism", _axes((0, -1, 0), (0, 0, 1), (-1, 0, 0))),
    "concave.urdf": Mesh("small_arch", _ON_SIDE),
}
"""Blocks of Huang et al. 2021 (VFT), 2022 (MORE) and Wang & Kasaei 2025 (PG4DA)."""

DIPN = {
    "1.obj": Mesh("cuboid", _X_UP),
    "2.obj": Mesh("tile"),
    "3.obj": Mesh("slab"),
    "4.obj": Mesh("cube"),
}
"""Box-shaped meshes of Huang et al. 2021 (DIPN); the frames of the others are not known."""
