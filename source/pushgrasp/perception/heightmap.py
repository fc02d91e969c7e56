"""Heightmaps: RGB-D pictures seen orthographically along gravity (Wang & Kasaei 2025, Sec. III-A)."""

from dataclasses import dataclass

import torch

from pushgrasp.perception.camera import deproject, require_camera
from pushgrasp.perception.holes import fill_sources, hidden_height
from pushgrasp.perception.workspace import Workspace

_HEIGHT_STEPS = 100_000  # heights are compared in steps of 0.01 mm, so that rounding cannot decide between points


@dataclass
class Heightmaps:
    """What lies on the table, one value per workspace cell; all three values of a cell come from one pixel."""

    colour: torch.Tensor  # (N, 3, H, W) float in [0, 1], red green blue
    height: torch.Tensor  # (N, H, W) m above the table, >= 0
    ids: torch.Tensor  # (N, H, W) long, object slot index + 1, 0 = background

    def of(self, worlds: int | torch.Tensor) -> "Heightmaps":
        """Heightmaps of one world, N = 1, or of those with indices (W,)."""
        index = worlds if isinstance(worlds, torch.Tensor) else slice(worlds, worlds + 1)
        return Heightmaps(*(getattr(self, name)[index] for name in ("colour", "height", "ids")))

    def replaced(self, worlds: torch.Tensor, fresh: "Heightmaps") -> "Heightmaps":
        """Heightmaps with those of the worlds of indices (W,) replaced by ``fresh``, which has W of them; a copy."""
        names = ("colour", "height", "ids")
        return Heightmaps(*(getattr(self, name).index_copy(0, worlds, getattr(fresh, name)) for name in names))


def project_heightmaps(
    rgb: torch.Tensor,
    depth: torch.Tensor,
    ids: torch.Tensor,
    intrinsics: torch.Tensor,
    rotation: torch.Tensor,
    position: torch.Tensor,
    workspace: Workspace,
    max_height: float = 0.4,
) -> Heightmaps:
    """Project RGB-D pictures to heightmaps; the highest point in a cell wins.

    Cells that no pixel falls into are filled: pin-holes from their neighbours, and the shadow that an object casts for
    the camera with the nearest surface that could be hidden there, never with the top of the object in front.

    Args:
        rgb: Colour pictures, shape (N, h, w, 3), uint8.
        depth: Distance to the image plane [m], shape (N, h, w); 0, NaN or infinite where nothing came back.
        ids: Object slot index + 1 of every pixel, 0 for the background, shape (N, h, w), integer.
        intrinsics: Camera matrices [pixel], shape (N, 3, 3); see :mod:`pushgrasp.perception.camera`.
        rotation: Camera (optical frame) to world, shape (N, 3, 3).
        position: Camera centres [m], world frame, shape (N, 3).
        workspace: The area to map; points outside it are dropped.
        max_height: Points above this height are dropped [m]: a gripper in view, say.

    Returns:
        Heightmaps with ``workspace.cells`` cells per side; heights below the table are raised to 0.

    Raises:
        ValueError: If a shape or dtype is wrong, or some picture has no point in the workspace.
    """
    require_camera(depth, intrinsics, rotation, position)
    _require_pictures(rgb, depth, ids, max_height)
    depth = torch.where(torch.isfinite(depth) & (depth > 0.0), depth, torch.nan)
    points = deproject(depth, intrinsics, rotation, position).flatten(1, 2)
    pixels = _highest_pixels(points, workspace, max_height)
    _require_points(pixels)
    shape = (len(depth), workspace.cells, workspace.cells)
    holes = (pixels < 0).view(shape)
    heights = points[..., 2].gather(1, pixels.clamp(min=0)).clamp(min=0.0).masked_fill(pixels < 0, 0.0)
    ceiling = hidden_height(holes, heights.amax(dim=1), depth, intrinsics, rotation, position, workspace)
    sources = fill_sources(holes, heights.view(shape), ceiling)
    return _sample(rgb, ids, heights.gather(1, sources), pixels.gather(1, sources), shape)


def _highest_pixels(points: torch.Tensor, workspace: Workspace, max_height: float) -> torch.Tensor:
    """Flat index of the pixel whose point is the highest in each cell, (N, cells * cells) long, -1 for none.

    Height and index are packed into one integer, so that one maximum decides both, in any order of evaluation.
    """
    count, pixels = points.shape[:2]
    cells = workspace.cells
    height = points[..., 2]
    row, col = workspace.xy_to_cell(points[..., :2]).unbind(dim=2)
    kept = (height <= max_height) & (row >= 0) & (row < cells) & (col >= 0) & (col < cells)  # false where NaN
    cell = torch.where(kept, row * cells + col, cells * cells)  # one spare cell takes what is dropped
    steps = (height.nan_to_num(0.0).clamp(0.0, max_height) * _HEIGHT_STEPS).round().long()
    order = steps * pixels + torch.arange(pixels, device=points.device)
    best = order.new_full((count, cells * cells + 1), -1).scatter_reduce(1, cell, order, reduce="amax")[:, :-1]
    return torch.where(best < 0, -1, best % pixels)


def _sample(
    rgb: torch.Tensor, ids: torch.Tensor, heights: torch.Tensor, pixels: torch.Tensor, shape: tuple[int, int, int]
) -> Heightmaps:
    """Read colour and id of each cell's pixel; ``heights`` and ``pixels`` are (N, cells * cells)."""
    colour = rgb.flatten(1, 2).gather(1, pixels[..., None].expand(-1, -1, 3))
    colour = colour.view(*shape, 3).permute(0, 3, 1, 2).to(heights.dtype) / 255.0
    return Heightmaps(colour.contiguous(), heights.view(shape), ids.flatten(1).gather(1, pixels).view(shape).long())


def _require_pictures(rgb: torch.Tensor, depth: torch.Tensor, ids: torch.Tensor, max_height: float) -> None:
    if rgb.dtype != torch.uint8 or tuple(rgb.shape) != (*depth.shape, 3):
        raise ValueError(f"rgb must be uint8 with shape {(*depth.shape, 3)}, got {rgb.dtype} {tuple(rgb.shape)}")
    if ids.is_floating_point() or ids.shape != depth.shape:
        raise ValueError(f"ids must be integer with shape {tuple(depth.shape)}, got {ids.dtype} {tuple(ids.shape)}")
    if not max_height > 0.0:
        raise ValueError(f"max_height must be above 0 m, got {max_height}")


def _require_points(pixels: torch.Tensor) -> None:
    blank = (pixels < 0).all(dim=1)
    if bool(blank.any()):
        worlds = blank.nonzero().flatten().tolist()
        raise ValueError(f"depth pictures {worlds} have no point in the workspace below max_height")
