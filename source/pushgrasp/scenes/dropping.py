"""Start heights for a drop: blocks let down one after the other onto a raster of those below, without touching."""

from dataclasses import replace
from functools import cache
from math import ceil

import numpy as np
import torch
from torch.nn.functional import max_pool2d

from pushgrasp.scenes.rotations import rotate
from pushgrasp.scenes.scene import Scene
from pushgrasp.scenes.shapes import Shape, mesh, shape_named

POINT_SPACING = 0.003
"""Of the points that stand for a block's surface [m]; below the raster's cell, so that a surface leaves no cell out."""
CELL = 0.005
"""Side of a raster cell [m]."""
ASSEMBLY_SEGMENTS = 16
"""Facets per half turn of the curved surfaces of household-like objects: their long thin facets cost many points."""
DROP_GAP = 0.005
"""Free height left under every block [m]; also covers what sampling the surface loses."""


def let_down(names: list[str], places: torch.Tensor, quaternion: torch.Tensor) -> torch.Tensor:
    """Let blocks down in order, each where it comes lowest among its places, free above table and earlier blocks.

    Args:
        names: Shapes of the n blocks.
        places: Offered body frames in the plane (n, K, 2) [m].
        quaternion: Orientations (n, 4) (x, y, z, w).

    Returns:
        Body frames (n, 3) [m], float64.
    """
    margin = max(shape_named(name).bounding_radius for name in names) + 2 * CELL
    origin = places.amin(dim=(0, 1)) - margin
    rows, columns = ((places.amax(dim=(0, 1)) - origin + margin) / CELL).ceil().long().tolist()
    pile = torch.zeros(rows * columns, dtype=torch.float64)
    positions = []
    for name, offers, turn in zip(names, places, quaternion, strict=True):
        block = rotate(turn, surface_points(shape_named(name)))
        cells = ((block[:, :2] + offers[:, None] - origin) / CELL).floor().long()
        index = cells[..., 0] * columns + cells[..., 1]
        ceiling = max_pool2d(pile.view(1, rows, columns), 3, stride=1, padding=1).view(-1)
        height, best = ((ceiling[index] - block[:, 2]).amax(dim=1) + DROP_GAP).min(dim=0)
        pile.scatter_reduce_(0, index[best], block[:, 2] + height, "amax")
        positions.append(torch.cat([offers[best], height[None]]))
    return torch.stack(positions)


def lifted_apart(scene: Scene) -> Scene:
    """Return the scene with every object over its place as low as it is free, above those that were lower."""
    order = sorted(range(len(scene.objects)), key=lambda index: scene.objects[index].position[2])
    position, quaternion = scene.poses()
    heights = let_down([scene.shapes[i] for i in order], position[order, None, :2], quaternion[order])[:, 2].tolist()
    lifted = dict(zip(order, heights, strict=True))
    objects = (replace(o, position=(*o.position[:2], lifted[i])) for i, o in enumerate(scene.objects))
    return replace(scene, objects=tuple(objects), start="drop")


@cache
def surface_points(shape: Shape) -> torch.Tensor:
    """Points (P, 3) on a block's surface in its body frame [m], about `POINT_SPACING` apart, float64."""
    vertices, faces = mesh(shape, ASSEMBLY_SEGMENTS) if shape.kind == "assembly" else mesh(shape)
    points = np.concatenate([vertices, *(_triangle_points(vertices[face]) for face in faces)])
    _, kept = np.unique(np.round(points / POINT_SPACING).astype(np.int64), axis=0, return_index=True)
    return torch.as_tensor(np.concatenate([vertices, points[kept]]))


def _triangle_points(corners: np.ndarray) -> np.ndarray:
    """Lattice of points over a triangle (3, 3), its edges included."""
    longest = np.linalg.norm(corners - np.roll(corners, 1, axis=0), axis=1).max()
    count = ceil(2 * longest / POINT_SPACING)
    i, j = np.meshgrid(np.arange(count + 1), np.arange(count + 1), indexing="ij")
    weights = np.stack([i, j, count - i - j], axis=-1)[i + j <= count] / count
    return weights @ corners
