"""Object models of the miniature dataset: what graspnetAPI's evaluation reads of an object."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from graspnet_mini.raycast import Rays, shape_mesh
from pushgrasp.files.atomic import atomic_write

SDF_CELLS = 56
"""Points along a side of the distance grid."""

SDF_PADDING = 6
"""Points between the object and the grid's border, along its longest side."""

SDF_NOISE = 2e-6
"""Standard deviation of the distances' noise [m]. The evaluation looks for the surface with a parabola through three
distances; between the flat sides of an ideal block they lie on a line, and it finds no surface there."""


def write_model(folder: Path, name: str, seed: int) -> None:
    """Write ``nontextured.ply``, ``textured.obj`` and ``textured.sdf`` of a shape into a folder, which is made.

    Args:
        folder: Folder of the object.
        name: Shape of this project.
        seed: Seed of the distances' noise.
    """
    folder.mkdir(parents=True, exist_ok=True)
    dense = shape_mesh(name)
    contents = {
        "nontextured.ply": dense.export(file_type="ply"),
        "textured.obj": dense.export(file_type="obj", include_normals=False).encode(),
        "textured.sdf": _distance_grid(name, np.random.default_rng(seed)).encode(),
    }
    for file_name, content in contents.items():
        atomic_write(folder / file_name, lambda file, content=content: file.write(content))


def _distance_grid(name: str, rng: np.random.Generator) -> str:
    """Text of a dex-net SDF file: cells, origin and resolution, then distances with x running fastest."""
    dense = shape_mesh(name)
    low, high = dense.bounds
    resolution = float((high - low).max()) / (SDF_CELLS - 1 - 2 * SDF_PADDING)
    origin = (low + high) / 2 - resolution * (SDF_CELLS - 1) / 2
    axis = np.arange(SDF_CELLS) * resolution
    z, y, x = np.meshgrid(axis, axis, axis, indexing="ij")
    points = np.stack([x, y, z], axis=-1).reshape(-1, 3) + origin
    distance = Rays([(dense.vertices, dense.faces)]).signed_distance(points)
    distance += rng.normal(0.0, SDF_NOISE, len(distance))
    head = f"{SDF_CELLS} {SDF_CELLS} {SDF_CELLS}\n{origin[0]:.9f} {origin[1]:.9f} {origin[2]:.9f}\n{resolution:.9f}\n"
    return head + "\n".join(f"{value:.9f}" for value in distance) + "\n"
