"""Blocks packed tightly on the table: each is slid towards the middle until it meets those that lie there."""

from math import pi

import numpy as np
import torch
from scipy.spatial import ConvexHull

from pushgrasp.scenes.resting import resting_poses
from pushgrasp.scenes.rotations import about_z, multiply, rotate
from pushgrasp.scenes.shapes import convex_parts, shape_named

GAP = 0.001
"""Clearance between packed blocks [m]."""
DEFAULT_FACE_SHARE = 0.8
"""Share of packed blocks that lie on their default face; the others take any of their steady faces."""
DIRECTIONS = 16
"""Directions from which each block is tried; it stays where it comes nearest to the middle."""


def pack(generator: torch.Generator, names: list[str]) -> tuple[torch.Tensor, torch.Tensor]:
    """Pack blocks about the origin, the first in the middle and on its default face.

    All sides are parallel or at right angles, turned together by a random angle.

    Args:
        generator: Source of all randomness, on the CPU.
        names: Shapes of the n blocks.

    Returns:
        Body frames (n, 3) [m] and quaternions (n, 4) (x, y, z, w), float64.
    """
    yaw = 2 * pi * torch.rand((), generator=generator, dtype=torch.float64)
    placed: list[np.ndarray] = []
    positions, quaternions = [], []
    for index, name in enumerate(names):
        quaternion, height = _draw_rest(generator, name, yaw, default=index == 0)
        angle = 2 * pi * torch.rand(DIRECTIONS, generator=generator, dtype=torch.float64)
        outline = footprint(name, quaternion)
        planar = _slid(outline, placed, torch.stack([angle.cos(), angle.sin()], dim=1).numpy())
        placed.append(outline + planar)
        positions.append(torch.tensor([*planar.tolist(), float(height)], dtype=torch.float64))
        quaternions.append(quaternion)
    return torch.stack(positions), torch.stack(quaternions)


def footprint(name: str, quaternion: torch.Tensor) -> np.ndarray:
    """Corners (P, 2) [m] of the convex outline of a turned shape seen from above, counter-clockwise."""
    points = torch.as_tensor(np.concatenate(convex_parts(shape_named(name))))
    planar = rotate(quaternion, points)[:, :2].numpy()
    return planar[ConvexHull(planar).vertices]


def _draw_rest(
    generator: torch.Generator, name: str, yaw: torch.Tensor, default: bool
) -> tuple[torch.Tensor, torch.Tensor]:
    """Steady pose (quaternion (4,), height [m]) whose sides are parallel or at right angles to `yaw`."""
    poses = resting_poses(shape_named(name))
    share = float(torch.rand((), generator=generator, dtype=torch.float64))
    other = int(torch.randint(len(poses.height), (), generator=generator))
    quarter = int(torch.randint(4, (), generator=generator))
    index = 0 if default or share < DEFAULT_FACE_SHARE else other
    return multiply(about_z(yaw + quarter * pi / 2), poses.quaternion[index]), poses.height[index]


def _slid(outline: np.ndarray, placed: list[np.ndarray], directions: np.ndarray) -> np.ndarray:
    """Place (2,) nearest the origin that an outline (P, 2) reaches when it is slid in along directions (K, 2)."""
    if not placed:
        return np.zeros(2)
    reach = np.max([_contact(outline, other, directions) for other in placed], axis=0)
    nearest = int(reach.argmin())
    return reach[nearest] * directions[nearest]


def _contact(moving: np.ndarray, fixed: np.ndarray, directions: np.ndarray) -> np.ndarray:
    """Distances (K,) [m] along directions (K, 2) at which a convex outline, coming from outside, meets another; >= 0.

    Along each normal of either outline the two overlap for an interval of distances (separating axes).
    """
    normals = np.concatenate([_normals(moving), _normals(fixed)])
    along = directions @ normals.T
    low = (fixed @ normals.T).min(axis=0) - (moving @ normals.T).max(axis=0) - GAP
    high = (fixed @ normals.T).max(axis=0) - (moving @ normals.T).min(axis=0) + GAP
    with np.errstate(divide="ignore", invalid="ignore"):
        ends = np.stack([low / along, high / along])
    parallel = np.abs(along) < 1e-12
    enter, leave = (np.where(parallel, limit, side) for limit, side in ((-np.inf, ends.min(0)), (np.inf, ends.max(0))))
    apart = (parallel & ((low > 0.0) | (high < 0.0))).any(axis=1) | (enter.max(axis=1) >= leave.min(axis=1))
    return np.where(apart, 0.0, np.maximum(leave.min(axis=1), 0.0))


def _normals(outline: np.ndarray) -> np.ndarray:
    """Unit normals (P, 2) of an outline's edges."""
    edge = np.roll(outline, -1, axis=0) - outline
    return np.stack([edge[:, 1], -edge[:, 0]], axis=1) / np.linalg.norm(edge, axis=1, keepdims=True)
