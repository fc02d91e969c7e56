"""Grasps of a parallel jaw, and their exact exchange with graspnetAPI's arrays.

A row of ``graspnetAPI.GraspGroup`` has 17 numbers: score, width, height, depth, rotation (9, row by row), translation
(3) and object id. GraspNet's gripper frame has +x as approach and +y as closing direction; its origin is a point on the
object's surface, and the finger tips reach ``depth`` beyond it. The frame of this project lies between the tips, with
+z as approach and +x as closing direction.
"""

from __future__ import annotations

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
