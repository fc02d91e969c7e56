"""Top-down grasps from true geometry: where a parallel jaw meets two faces of a resting block."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from pg_tasks.app.bench import Grasp
from pushgrasp.scenes.resting import resting_poses
from pushgrasp.scenes.rotations import about_z, multiply, rotate
from pushgrasp.scenes.scene import SceneObject
from pushgrasp.scenes.shapes import SHAPES, Shape, mesh

WIDEST = 0.12
"""Widest body that is grasped [m]: the stroke less 1 cm on either side."""

DEPTH = 0.03
"""How far the tips go below the top of the block [m]."""

TIP_HEIGHT = 0.006
"""Least height of the tips over the table [m]."""

MARGIN = 0.01
"""Opening on either side of the block before closing [m]."""

PAD_BREADTH = 0.024
"""Breadth of a finger pad [m]."""

TOUCH = 0.001
"""Surface this near to where a pad stops touches it [m]."""

SPACING = 0.003
"""Of the points that stand for a block's surface [m]."""

DIRECTION_STEP = np.radians(5.0)
"""Of directions nearer than this to each other one is tried [rad]."""

OFF_CENTRE = 0.01
"""Area of touch that a pad gives up to be nearer the middle [m^2 per m]."""

SHARPNESS = 16
"""Power of the cosine with which a face that does not lie square to the jaws counts less."""


@dataclass(frozen=True)
class TrueGrasp(Grasp):
    """A grasp of a resting block."""

    block: SceneObject


def draw_grasp(generator: torch.Generator, shape: Shape) -> TrueGrasp:
    """Draw a resting face, a yaw and a place near the middle of the table, and grasp the block across its faces."""
    rests = resting_poses(shape)
    yaw, x, y = torch.rand(3, generator=generator, dtype=torch.float64).sub(0.5).tolist()
    face = int(torch.randint(len(rests.height), (), generator=generator))
    quaternion = multiply(about_z(torch.tensor(2 * np.pi * yaw, dtype=torch.float64)), rests.quaternion[face])
    centre = torch.tensor([0.4 * x, 0.4 * y, float(rests.height[face])], dtype=torch.float64)
    block = SceneObject(shape.name, tuple(centre.tolist()), tuple(quaternion.tolist()))
    vertices, faces = mesh(shape)
    corners = (rotate(quaternion, torch.as_tensor(vertices)) + centre).numpy()
    height = max(corners[:, 2].max() - DEPTH, TIP_HEIGHT)
    closing, middle, width = closing_axis(corners[faces], height)
    down = np.array([0.0, 0.0, -1.0])
    rotation = np.stack([closing, np.cross(down, closing), down], axis=1)
    position = torch.tensor([*middle, height])
    return TrueGrasp(position, torch.as_tensor(rotation), width + 2 * MARGIN, block)


def closing_axis(triangles: np.ndarray, tip: float) -> tuple[np.ndarray, np.ndarray, float]:
    """Choose the horizontal direction and place in which the two pads touch most of a body.

    Args:
        triangles: Surface (F, 3, 3) of the resting body [m], outward.
        tip: Height of the finger tips [m]; what lies below is out of reach.

    Returns:
        The direction (3,), the point (2,) between the pads [m] and the body's width there [m].

    Raises:
        ValueError: If nothing narrow enough lies between the pads in any direction.
    """
    points, normals, area = _surface(triangles)
    reachable = points[:, 2] >= tip
    points, normals, area = points[reachable], normals[reachable], area[reachable]
    level = normals[np.abs(normals[:, 2]) < 1e-6]
    best: tuple[float, np.ndarray, np.ndarray, float] | None = None
    _, first = np.unique(np.round(np.arctan2(level[:, 1], level[:, 0]) / DIRECTION_STEP), return_index=True)
    for direction in level[first]:
        across = np.array([-direction[1], direction[0], 0.0])
        along, aside, cosine = points @ direction, points @ across, normals @ direction
        for offset in np.arange(aside.min(), aside.max(), SPACING):
            mine = np.abs(aside - offset) <= PAD_BREADTH / 2
            high, low = along[mine].max(initial=-np.inf), along[mine].min(initial=np.inf)
            touching = ((high - along < TOUCH) & (cosine > 0), (along - low < TOUCH) & (cosine < 0))
            score = min(float((area * np.abs(cosine) ** SHARPNESS)[mine & side].sum()) for side in touching)
            score -= OFF_CENTRE * abs(offset - float(aside.mean()))
            if high - low < WIDEST and (best is None or score > best[0]):
                best = score, direction, (high + low) / 2 * direction + offset * across, float(high - low)
    if best is None:
        raise ValueError(f"no horizontal width under {WIDEST} m")
    return best[1], best[2][:2], best[3]


def _surface(triangles: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Points (P, 3) spread evenly over triangles, their normals (P, 3) and the area (P,) that each stands for."""
    points, normals, areas = [], [], []
    for corners in triangles:
        normal = np.cross(corners[1] - corners[0], corners[2] - corners[0]) / 2
        area = float(np.linalg.norm(normal))
        count = max(1, int(np.ceil(np.linalg.norm(corners - np.roll(corners, 1, axis=0), axis=1).max() / SPACING)))
        i, j = (index.ravel() for index in np.meshgrid(np.arange(count), np.arange(count), indexing="ij"))
        inside = i + j < count
        weights = (np.stack([i, j, count - 1 - i - j], axis=-1)[inside] + 1 / 3) / count
        points.append(weights @ corners)
        normals.append(np.repeat(normal[None] / area, len(weights), axis=0))
        areas.append(np.full(len(weights), area / len(weights)))
    return np.concatenate(points), np.concatenate(normals), np.concatenate(areas)


def draw_grasps(generator: torch.Generator, count: int) -> list[TrueGrasp]:
    """Draw ``count`` grasps, the shapes in turn."""
    shapes = list(SHAPES.values())
    return [draw_grasp(generator, shapes[i % len(shapes)]) for i in range(count)]
