"""What a camera sees of a cell: triangles on bodies, with their colours."""

from __future__ import annotations

from collections.abc import Iterator
from math import pi

import numpy as np
from scipy.spatial.transform import Rotation

from pushgrasp.physics.mujoco_package import MjModel, import_mujoco
from pushgrasp.scenes.colours import PALETTE, TARGET_COLOUR
from pushgrasp.scenes.mjcf import object_name
from pushgrasp.scenes.scene import Scene
from pushgrasp.scenes.shapes import mesh, shape_named
from pushgrasp.scenes.solids import Box, Cylinder, Revolved, solid_mesh

from .picture import CellGeometry

RIG_COLOURS = {
    "table": (0.30, 0.30, 0.32),
    "ground": (0.12, 0.12, 0.13),
    "pedestal": (0.20, 0.20, 0.22),
    "palm": (0.045, 0.047, 0.05),
    "pad": (0.22, 0.23, 0.24),
}
"""Linear RGB of the rig's geoms whose names hold these words."""

LINK_COLOUR = (0.50, 0.51, 0.52)
"""Linear RGB of the links."""

FACETS = 48
"""Flat sides of a round link."""

Vector = tuple[float, float, float]


def cell_geometry(model: MjModel, scene: Scene) -> CellGeometry:
    """Return what is seen of a cell: colliders of the rig, and the objects' own surfaces.

    The target is green; other objects have the scene's colours, or else those of the palette, one after the other.
    """
    parts = [*_rig_parts(model, len(scene.objects)), *_object_parts(model, scene)]
    starts = np.cumsum([0, *(len(vertices) for vertices, *_ in parts[:-1])])
    return CellGeometry(
        vertices=np.concatenate([vertices for vertices, *_ in parts]),
        body=np.concatenate([np.full(len(vertices), body) for vertices, _, body, *_ in parts]),
        faces=np.concatenate([part[1] + start for part, start in zip(parts, starts, strict=True)]),
        colour=np.concatenate([np.tile(colour, (len(faces), 1)) for _, faces, _, colour, _ in parts]),
        thing=np.concatenate([np.full(len(faces), thing) for _, faces, _, _, thing in parts]),
    )


Part = tuple[np.ndarray, np.ndarray, int, Vector, int]
"""Vertices, faces, body, colour and thing."""


def _object_parts(model: MjModel, scene: Scene) -> Iterator[Part]:
    for index, item in enumerate(scene.objects):
        colour = TARGET_COLOUR if index == scene.target else item.colour or PALETTE[index % len(PALETTE)]
        yield *mesh(shape_named(item.shape)), model.body(object_name(index)).id, colour, index + 1


def _rig_parts(model: MjModel, objects: int) -> Iterator[Part]:
    bodies = {model.body(object_name(index)).id for index in range(objects)}
    for geom in range(model.ngeom):
        body = int(model.geom_bodyid[geom])
        if body not in bodies:
            name = model.geom(geom).name
            colour = next((colour for word, colour in RIG_COLOURS.items() if word in name), LINK_COLOUR)
            yield *_geom_mesh(model, geom), body, colour, 0


def _geom_mesh(model: MjModel, geom: int) -> tuple[np.ndarray, np.ndarray]:
    """Vertices in the body's frame and faces of a box, a cylinder or a capsule."""
    kinds = import_mujoco().mjtGeom
    x, y, z = (2.0 * model.geom_size[geom]).tolist()
    if model.geom_type[geom] == kinds.mjGEOM_BOX:
        vertices, faces = solid_mesh(Box((x, y, z)))
    elif model.geom_type[geom] == kinds.mjGEOM_CYLINDER:
        vertices, faces = solid_mesh(Cylinder(x / 2, y), FACETS)
    else:
        vertices, faces = solid_mesh(_capsule(x / 2, y), FACETS)
    w, i, j, k = model.geom_quat[geom]
    return Rotation.from_quat((i, j, k, w)).apply(vertices) + model.geom_pos[geom], faces


def _capsule(radius: float, length: float) -> Revolved:
    """Capsule along z whose cylinder has a length."""
    angle = np.linspace(-pi / 2, 0.0, 5)
    lower = np.stack((radius * np.cos(angle), radius * np.sin(angle) - length / 2), axis=1)
    lower[0, 0] = 0.0
    upper = lower[::-1] * (1.0, -1.0)
    return Revolved(tuple(map(tuple, np.concatenate((lower, upper)).tolist())))
