"""Masks over heightmap cells: which cells are the target or an object, how they grow, where they lie."""

import math

import torch


def target_mask(ids: torch.Tensor, target_id: torch.Tensor) -> torch.Tensor:
    """Cells that show the target.

    Args:
        ids: Object id of every cell, shape (N, H, W), integer; 0 is the background.
        target_id: Id of each world's target (slot index + 1), shape (N,), integer.

    Returns:
        Bool, shape (N, H, W).

    Raises:
        ValueError: If shapes disagree or a target id is the background's.
    """
    if ids.ndim != 3 or target_id.shape != ids.shape[:1]:
        raise ValueError(f"need ids (N, H, W) and target_id (N,), got {tuple(ids.shape)} and {tuple(target_id.shape)}")
    if bool((target_id < 1).any()):
        raise ValueError(
            f"target_id must be at least 1 (slot index + 1; 0 is the background), got {target_id.tolist()}"
        )
    return ids == target_id[:, None, None]


def object_mask(ids: torch.Tensor, height: torch.Tensor, min_height: float = 0.005) -> torch.Tensor:
    """Cells that show an object higher than ``min_height``.

    Args:
        ids: Object id of every cell, shape (N, H, W), integer; 0 is the background.
        height: Height above the table [m], shape (N, H, W).
        min_height: Cells at or below this height do not count [m].

    Returns:
        Bool, shape (N, H, W).

    Raises:
        ValueError: If shapes disagree.
    """
    if ids.ndim != 3 or ids.shape != height.shape:
        raise ValueError(f"ids and height must be (N, H, W) alike, got {tuple(ids.shape)} and {tuple(height.shape)}")
    return (ids > 0) & (height > min_height)


def dilate(mask: torch.Tensor, radius_cells: float) -> torch.Tensor:
    """Grow a mask by a disc: a cell is set if a mask cell's centre is at most ``radius_cells`` away.

    The disc is a stack of horizontal runs, and a run is one difference of a running sum: the cost is linear in the
    radius.

    Args:
        mask: Bool, shape (N, H, W).
        radius_cells: Radius of the disc in cells, at least 0.

    Returns:
        Bool, shape (N, H, W).

    Raises:
        ValueError: If ``mask`` is not a bool (N, H, W) or the radius is negative or not finite.
    """
    require_mask("mask", mask)
    if not math.isfinite(radius_cells) or radius_cells < 0.0:
        raise ValueError(f"radius_cells must be finite and at least 0, got {radius_cells}")
    height, width = mask.shape[1:]
    reach = min(int(radius_cells + 1e-9), max(height, width))
    counts = torch.nn.functional.pad(mask.int(), (reach + 1, reach)).cumsum(dim=2, dtype=torch.int32)
    grown = torch.zeros_like(mask)
    for offset in range(min(reach, height - 1) + 1):
        half = min(int(math.sqrt(max(radius_cells**2 - offset**2, 0.0)) + 1e-9), reach)
        after = counts[:, :, reach + 1 + half : reach + 1 + half + width]
        before = counts[:, :, reach - half : reach - half + width]
        run = after > before
        grown[:, offset:] |= run[:, : height - offset]
        grown[:, : height - offset] |= run[:, offset:]
    return grown


def scale_mask(mask: torch.Tensor, factor: float) -> torch.Tensor:
    """Scale a mask about its centroid, nearest neighbour, cut off at the picture's border.

    Args:
        mask: Bool, shape (N, H, W).
        factor: Scale of lengths, above 0 (1.5 for the push mask; Wang & Kasaei 2025, Sec. III-C2).

    Returns:
        Bool, shape (N, H, W); an empty mask stays empty.

    Raises:
        ValueError: If ``mask`` is not a bool (N, H, W) or the factor is not finite and positive.
    """
    require_mask("mask", mask)
    if not math.isfinite(factor) or factor <= 0.0:
        raise ValueError(f"factor must be finite and above 0, got {factor}")
    centre = centroid(mask)
    rows, row_inside = _sources(centre[:, 0], mask.shape[1], factor)
    cols, col_inside = _sources(centre[:, 1], mask.shape[2], factor)
    by_row = mask.gather(1, rows[:, :, None].expand_as(mask))
    by_cell = by_row.gather(2, cols[:, None, :].expand_as(mask))
    return by_cell & row_inside[:, :, None] & col_inside[:, None, :]


def centroid(mask: torch.Tensor) -> torch.Tensor:
    """Mean (row, col) of the mask's cells, shape (N, 2), float; the picture's centre for an empty mask.

    Raises:
        ValueError: If ``mask`` is not a bool (N, H, W).
    """
    require_mask("mask", mask)
    per_row, per_col = mask.sum(dim=2), mask.sum(dim=1)
    total = per_row.sum(dim=1)
    moments = [(cells * torch.arange(cells.shape[1], device=mask.device)).sum(dim=1) for cells in (per_row, per_col)]
    middle = torch.tensor([(size - 1) / 2 for size in mask.shape[1:]], device=mask.device)
    return torch.where((total > 0)[:, None], torch.stack(moments, dim=1) / total.clamp(min=1)[:, None], middle)


def contour_radius(mask: torch.Tensor) -> torch.Tensor:
    """Largest distance in cells from the centroid to a mask cell's centre, shape (N,), float; 0 for an empty mask.

    Raises:
        ValueError: If ``mask`` is not a bool (N, H, W).
    """
    centre = centroid(mask)
    rows = torch.arange(mask.shape[1], device=mask.device) - centre[:, 0, None]
    cols = torch.arange(mask.shape[2], device=mask.device) - centre[:, 1, None]
    squared = rows.square()[:, :, None] + cols.square()[:, None, :]
    return (squared * mask).amax(dim=(1, 2)).sqrt()


def is_visible(mask: torch.Tensor, min_cells: int = 10) -> torch.Tensor:
    """Whether at least ``min_cells`` cells are set, shape (N,), bool.

    Raises:
        ValueError: If ``mask`` is not a bool (N, H, W).
    """
    require_mask("mask", mask)
    return mask.sum(dim=(1, 2)) >= min_cells


def require_mask(name: str, mask: torch.Tensor) -> None:
    """Check that a mask is a bool tensor (N, H, W).

    Raises:
        ValueError: If it is not, naming the mask.
    """
    if mask.ndim != 3 or mask.dtype != torch.bool:
        raise ValueError(f"{name} must be bool with shape (N, H, W), got {mask.dtype} {tuple(mask.shape)}")


def _sources(centre: torch.Tensor, size: int, factor: float) -> tuple[torch.Tensor, torch.Tensor]:
    """Index along one axis that each scaled cell is read from, (N, size), and whether it lies inside the picture."""
    cells = torch.arange(size, device=centre.device)
    source = (centre[:, None] + (cells - centre[:, None]) / factor + 0.5).floor().long()
    return source.clamp(0, size - 1), (source >= 0) & (source < size)
