"""Which share of each object an overhead camera sees: a z-buffer over the objects' meshes."""

from dataclasses import dataclass
from functools import cache

import torch

from pushgrasp.scenes.rotations import rotate
from pushgrasp.scenes.scene import Scene
from pushgrasp.scenes.shapes import Shape, mesh, shape_named

PAIRS = 2_000_000
"""Pairs of triangle and pixel that are looked at at once: fine meshes would fill the memory."""


@dataclass(frozen=True)
class OverheadView:
    """Pinhole camera over the middle of the table that looks straight down, its picture's top towards +y.

    Attributes:
        height: Height of the optical centre above the table [m].
        field: Side of the square that it sees on the table [m].
        pixels: Pixels along a side.

    Raises:
        ValueError: If a value is not positive.
    """

    height: float = 2.0
    field: float = 1.2
    pixels: int = 288

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if not value > 0:
                raise ValueError(f"{name} of an overhead view must be positive, got {value}")

    def project(self, points: torch.Tensor) -> torch.Tensor:
        """Column, row [pixels] and inverse distance [1/m] of points (..., 3) [m]; pixel centres lie at halves.

        The inverse distance of a plane is an affine function of column and row.
        """
        near = 1.0 / (self.height - points[..., 2])
        scale = self.pixels * self.height / self.field
        column = self.pixels / 2 + scale * points[..., 0] * near
        row = self.pixels / 2 - scale * points[..., 1] * near
        return torch.stack([column, row, near], dim=-1)


def visible_shares(scene: Scene, view: OverheadView | None = None) -> torch.Tensor:
    """Share (n,) of each object's outline that the camera sees, 0 to 1, float64.

    An object outside the picture, or below one pixel in it, counts as not seen.

    Args:
        scene: The scene; its objects are below the camera.
        view: The camera; the environment's if None.
    """
    view = view or OverheadView()
    position, quaternion = scene.poses()
    layers = torch.stack([seen_alone(view, *placed) for placed in zip(scene.shapes, position, quaternion, strict=True)])
    outline = layers > 0.0
    seen = outline & (layers >= layers.amax(dim=0))
    return seen.sum(dim=(1, 2)).double() / outline.sum(dim=(1, 2)).clamp(min=1)


def seen_alone(view: OverheadView, shape: str, position: torch.Tensor, quaternion: torch.Tensor) -> torch.Tensor:
    """Inverse distance [1/m] per pixel (rows, columns) of an object as if it were alone, 0 where it is not, float64.

    Args:
        view: The camera.
        shape: Name of its shape.
        position: Its place (3,) [m].
        quaternion: Its orientation (4,).
    """
    corners = rotate(quaternion.double(), _corners(shape_named(shape)))
    return inverse_depth(view, corners + position.double())


def inverse_depth(view: OverheadView, triangles: torch.Tensor) -> torch.Tensor:
    """Inverse distance [1/m] of the nearest of some triangles (F, 3, 3) [m] per pixel (rows, columns), 0 where none is.

    A pixel shows what is at its centre.
    """
    picture = torch.zeros(view.pixels, view.pixels, dtype=triangles.dtype)
    corners = view.project(triangles)
    low = corners[..., :2].amin(dim=(0, 1)).floor().long().clamp(0, view.pixels)
    high = corners[..., :2].amax(dim=(0, 1)).ceil().long().clamp(0, view.pixels)
    columns, rows = (torch.arange(int(a), int(b), dtype=triangles.dtype) + 0.5 for a, b in zip(low, high, strict=True))
    if not len(columns) or not len(rows):
        return picture
    centres = torch.stack(torch.meshgrid(rows, columns, indexing="ij")[::-1], dim=-1).reshape(-1, 1, 2)
    nearest = _nearest(corners, centres).view(len(rows), len(columns))
    picture[int(low[1]) : int(high[1]), int(low[0]) : int(high[0])] = nearest
    return picture


def _nearest(corners: torch.Tensor, centres: torch.Tensor) -> torch.Tensor:
    """Greatest inverse distance (P,) of projected triangles (F, 3, 3) at points (P, 1, 2), 0 where none is."""
    corners = corners[_area(corners) < -1e-9]  # the others face away from the camera: rows run downwards
    parts = corners.split(max(1, PAIRS // len(centres)))
    nearest = [_nearest_of(part, centres) for part in parts if len(part)]
    return torch.stack(nearest).amax(dim=0) if nearest else centres.new_zeros(len(centres))


def _nearest_of(corners: torch.Tensor, centres: torch.Tensor) -> torch.Tensor:
    a, b, c = (corners[:, i, :2] for i in range(3))
    share = [_cross(q - p, centres - p) / _area(corners) for p, q in ((b, c), (c, a), (a, b))]
    inside = torch.stack(share).amin(dim=0) >= 0.0
    depth = torch.stack([s * corners[:, i, 2] for i, s in enumerate(share)]).sum(dim=0)
    return torch.where(inside, depth, 0.0).amax(dim=1)


def _area(corners: torch.Tensor) -> torch.Tensor:
    """Twice the signed area (F,) of projected triangles (F, 3, 3)."""
    return _cross(corners[:, 1, :2] - corners[:, 0, :2], corners[:, 2, :2] - corners[:, 0, :2])


def _cross(one: torch.Tensor, other: torch.Tensor) -> torch.Tensor:
    return one[..., 0] * other[..., 1] - one[..., 1] * other[..., 0]


@cache
def _corners(shape: Shape) -> torch.Tensor:
    """Corners (F, 3, 3) [m] of the triangles of a shape's mesh, float64."""
    vertices, faces = mesh(shape)
    return torch.as_tensor(vertices[faces])
