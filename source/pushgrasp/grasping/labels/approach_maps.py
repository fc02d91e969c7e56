"""What a gripper sees of a scene along its approach: one orthographic picture per angle-view class.

Everything is in the frame of the class (x closing, y across, z approach), turned about the world's origin. Jaws that
come straight along z meet something exactly where the picture shows a surface in front of them.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch

PIXEL = 0.004
"""Side of a pixel [m]; wider than the points of a surface are apart."""

_STEP = 0.0001
_ID_BITS = 8
_IDS = 1 << _ID_BITS
_EMPTY = torch.iinfo(torch.int32).max // _IDS * _IDS


@dataclass(frozen=True)
class ApproachMaps:
    """Nearest surface per pixel of K classes; see :func:`approach_maps`.

    Attributes:
        packed: Place along z in steps of 0.1 mm times 256, plus the object's id; flat, with a rim of empty pixels.
        origin: x and y of the corner of pixel (0, 0) [m], shape (K, 2).
        size: Pixels along a side.
    """

    packed: torch.Tensor
    origin: torch.Tensor
    size: int

    def at(self, kind: torch.Tensor, x: torch.Tensor, y: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Nearest surface at points of class frames.

        Args:
            kind: Which of the K classes, shape (B,), long.
            x: Along the closing direction [m], shape (B, M) or (B, M, 1).
            y: Across [m], of a shape that broadcasts with x.

        Returns:
            Place along the approach [m], beyond 100 m where there is nothing, and id of the object; of the broadcast
            shape.
        """
        spread = (-1,) + (1,) * (x.ndim - 1)
        column = ((x - self.origin[kind, 0].view(spread)) / PIXEL).floor_().clamp_(0, self.size - 1).long()
        row = ((y - self.origin[kind, 1].view(spread)) / PIXEL).floor_().clamp_(0, self.size - 1).long()
        found = self.packed.take((kind.view(spread) * self.size + row).mul_(self.size) + column)
        return (found >> _ID_BITS) * _STEP, found & (_IDS - 1)


def approach_maps(points: torch.Tensor, object_id: torch.Tensor) -> ApproachMaps:
    """Pictures of K classes from surface points in their frames.

    Args:
        points: Points [m], class frames, shape (K, P, 3).
        object_id: Id of each point, 1 to 255, shape (P,).

    Raises:
        ValueError: If an id is out of range.
    """
    if bool(((object_id < 1) | (object_id >= _IDS)).any()):
        raise ValueError(f"object ids must be 1 to {_IDS - 1}, got {object_id.unique().tolist()}")
    kinds = len(points)
    x, y, z = (axis.contiguous() for axis in points.unbind(dim=2))
    low = torch.stack((x.amin(dim=1), y.amin(dim=1)), dim=1) - PIXEL
    column, row = ((x - low[:, :1]) / PIXEL).int(), ((y - low[:, 1:]) / PIXEL).int()
    size = int(torch.maximum(column.amax(), row.amax())) + 2
    kind = torch.arange(kinds, dtype=torch.int32, device=points.device)[:, None]
    flat = ((kind * size + row) * size + column).flatten().long()
    values = (z / _STEP).round_().int() * _IDS + object_id.int()
    packed = torch.full((kinds * size * size,), _EMPTY, dtype=torch.int32, device=points.device)
    packed.scatter_reduce_(0, flat, values.flatten(), reduce="amin")
    return ApproachMaps(packed, low, size)
