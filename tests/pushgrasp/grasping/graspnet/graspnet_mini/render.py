"""RGB-D pictures of the miniature dataset, by rays: flat-shaded objects on a mottled table."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from graspnet_mini.raycast import Rays, shape_mesh
from graspnet_mini.scenes import OBJECTS, MiniScene

TABLE_SIDE = 2.0
"""Side of the square table [m]."""

TABLE_COLOUR = (0.62, 0.55, 0.46)
_LIGHT = np.array([0.35, -0.25, 0.9]) / np.linalg.norm([0.35, -0.25, 0.9])
_AMBIENT = 0.45


@dataclass(frozen=True)
class Picture:
    """A view of a scene.

    Attributes:
        rgb: Colours, uint8, shape (H, W, 3).
        depth: Distance to the image plane [mm], 0 where nothing is, uint16, shape (H, W).
        label: Object number + 1, 0 for the table, uint8, shape (H, W).
    """

    rgb: np.ndarray
    depth: np.ndarray
    label: np.ndarray


def scene_rays(scene: MiniScene) -> Rays:
    """Objects in their order, and the table last."""
    meshes = [shape_mesh(OBJECTS[number]) for number in scene.object_ids]
    placed = [
        (dense.vertices @ pose[:3, :3].T + pose[:3, 3], dense.faces)
        for dense, pose in zip(meshes, scene.poses, strict=True)
    ]
    half = TABLE_SIDE / 2
    table = np.array([(-half, -half, 0.0), (half, -half, 0.0), (half, half, 0.0), (-half, half, 0.0)])
    return Rays([*placed, (table, np.array([(0, 1, 2), (0, 2, 3)]))])


def render(scene: MiniScene, rays: Rays, pose: np.ndarray, intrinsics: np.ndarray, height: int, width: int) -> Picture:
    """Picture of a scene.

    Args:
        scene: What is seen.
        rays: What :func:`scene_rays` made of it.
        pose: Camera (optical frame) to table, shape (4, 4) [m].
        intrinsics: Camera matrix [pixel], pixel centres at whole numbers, shape (3, 3).
        height: Rows of the picture.
        width: Columns of the picture.
    """
    column, row = np.meshgrid(np.arange(width), np.arange(height))
    pixels = np.stack([column, row, np.ones_like(row)], axis=-1).reshape(-1, 3)
    direction = pixels @ np.linalg.inv(intrinsics).T @ pose[:3, :3].T  # depth 1 along the optical axis
    hits = rays.cast(np.broadcast_to(pose[:3, 3], direction.shape), direction)
    seen = hits.body >= 0
    colour = np.concatenate([scene.colours, [TABLE_COLOUR]])[hits.body]
    points = pose[:3, 3] + np.where(seen, hits.distance, 0.0)[:, None] * direction
    on_table = hits.body == len(scene.object_ids)
    shade = _AMBIENT + (1 - _AMBIENT) * np.abs(hits.normal @ _LIGHT) - 0.08 * on_table * _mottle(points)
    numbers = np.array([*(number + 1 for number in scene.object_ids), 0])
    rgb = np.where(seen[:, None], 255 * colour * shade[:, None], 0.0).clip(0, 255)
    depth = np.where(seen, np.round(hits.distance * 1000), 0.0)
    shape = (height, width)
    return Picture(
        rgb.astype(np.uint8).reshape(*shape, 3),
        depth.astype(np.uint16).reshape(shape),
        np.where(seen, numbers[hits.body], 0).astype(np.uint8).reshape(shape),
    )


def _mottle(points: np.ndarray) -> np.ndarray:
    """Smooth pattern in [-1, 1] over the table."""
    x, y = points[:, 0], points[:, 1]
    return np.sin(31 * x + 3 * np.sin(17 * y)) * np.cos(23 * y + 2 * np.sin(29 * x))
