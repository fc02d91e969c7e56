"""Grasps of a parallel jaw, their exact exchange with graspnetAPI's arrays, and the distinct ones among them.

A row of ``graspnetAPI.GraspGroup`` has 17 numbers: score, width, height, depth, rotation (9, row by row), translation
(3) and object id. GraspNet's gripper frame has +x as approach and +y as closing direction; its origin is a point on the
object's surface, and the finger tips reach ``depth`` beyond it. The frame of this project lies between the tips, with
+z as approach and +x as closing direction.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, fields

import numpy as np
import torch

from pushgrasp.grasping.angle_view import from_graspnet_frame, to_graspnet_frame

ROW_LENGTH = 17
"""Numbers per grasp in graspnetAPI."""

JAW_HEIGHT = 0.02
"""Breadth of GraspNet's fingers [m], the third number of each row."""

UNKNOWN = -1
"""Object id and class of grasps for which they are not known."""

MAX_DISTANCE = 0.03
"""Grasps further apart than this are different [m] (graspnetAPI's evaluation)."""

MAX_ANGLE = math.radians(30.0)
"""Grasps turned against each other by more than this are different [rad] (graspnetAPI's evaluation)."""


@dataclass
class GraspPoses:
    """K grasps in one frame: of the camera (optical: x right, y down, z forward), unless said otherwise.

    Attributes:
        position: Point between the finger tips [m], shape (K, 3).
        rotation: Gripper to frame, +z approach, +x closing direction, shape (K, 3, 3).
        width: Opening of the jaws [m], shape (K,).
        depth: How far the tips reach beyond the surface point that was chosen [m], shape (K,).
        score: Confidence, higher is better, shape (K,).
        object_id: Object that is grasped, -1 where unknown, long, shape (K,).
        class_index: Angle-view class, -1 where unknown, long, shape (K,).
    """

    position: torch.Tensor
    rotation: torch.Tensor
    width: torch.Tensor
    depth: torch.Tensor
    score: torch.Tensor
    object_id: torch.Tensor
    class_index: torch.Tensor

    def __len__(self) -> int:
        """Number of grasps."""
        return len(self.score)

    @property
    def approach(self) -> torch.Tensor:
        """Directions in which the gripper comes, shape (K, 3)."""
        return self.rotation[:, :, 2]

    def select(self, index: torch.Tensor) -> GraspPoses:
        """The grasps of an index or a mask."""
        return GraspPoses(**{field.name: getattr(self, field.name)[index] for field in fields(self)})


def to_rows(grasps: GraspPoses) -> np.ndarray:
    """Rows of a ``GraspGroup``, float64, shape (K, 17): ``GraspGroup(to_rows(grasps))``."""
    rotation = to_graspnet_frame(grasps.rotation).flatten(1)
    translation = grasps.position - grasps.depth[:, None] * grasps.approach
    height = torch.full_like(grasps.score, JAW_HEIGHT)
    columns = (grasps.score, grasps.width, height, grasps.depth, *rotation.T, *translation.T, grasps.object_id)
    return torch.stack([column.detach().double() for column in columns], dim=1).cpu().numpy()


def from_rows(rows: np.ndarray) -> GraspPoses:
    """Grasps of the rows of a ``GraspGroup``: ``from_rows(group.grasp_group_array)``; float64, on the CPU.

    Raises:
        ValueError: If the shape is not (K, 17) or a number is not finite.
    """
    rows = np.asarray(rows, dtype=np.float64)
    if rows.ndim != 2 or rows.shape[1] != ROW_LENGTH:
        raise ValueError(f"grasp rows have shape {rows.shape}; expected (K, {ROW_LENGTH})")
    broken = ~np.isfinite(rows).all(axis=1)
    if broken.any():
        raise ValueError(f"grasp row {int(broken.argmax())} holds numbers that are not finite")
    values = torch.from_numpy(rows.copy())
    score, width, _, depth = values[:, :4].unbind(dim=1)
    rotation = from_graspnet_frame(values[:, 4:13].view(-1, 3, 3))
    position = values[:, 13:16] + depth[:, None] * rotation[:, :, 2]
    object_id = values[:, 16].long()
    return GraspPoses(position, rotation, width, depth, score, object_id, torch.full_like(object_id, UNKNOWN))


def suppress(
    grasps: GraspPoses, max_distance: float = MAX_DISTANCE, max_angle: float = MAX_ANGLE, keep: int | None = None
) -> GraspPoses:
    """Distinct grasps in the order of falling score, as ``GraspGroup.nms`` finds them.

    Two grasps are the same if their surface points lie within ``max_distance`` [m] and their rotations within
    ``max_angle`` [rad] of each other. As in graspnetAPI, half a turn of the gripper counts as a turn.

    Args:
        grasps: The grasps.
        max_distance: See above.
        max_angle: See above.
        keep: Stop at this number of grasps; None keeps all.
    """
    grasps = grasps.select(grasps.score.argsort(descending=True, stable=True))
    surface = grasps.position - grasps.depth[:, None] * grasps.approach
    least_trace = 1 + 2 * math.cos(max_angle)
    left, kept = torch.ones_like(grasps.score, dtype=torch.bool), []
    while bool(left.any()) and (keep is None or len(kept) < keep):
        best = int(left.nonzero()[0, 0])
        kept.append(best)
        near = (surface - surface[best]).norm(dim=1) < max_distance
        alike = (grasps.rotation * grasps.rotation[best]).sum(dim=(1, 2)) > least_trace
        left &= ~(near & alike)
        left[best] = False
    return grasps.select(torch.tensor(kept, dtype=torch.long, device=grasps.score.device))
