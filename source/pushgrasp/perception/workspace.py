"""The square table area that a heightmap covers, and its cells."""

import math
from dataclasses import dataclass

import torch

from pushgrasp.settings import Count, Settings


@dataclass
class Workspace(Settings):
    """Square table area in the world frame (origin on the table top, x right, y away, z up).

    Cell (row, col) has its centre at x = x_min + (col + 0.5) * resolution, y = y_max - (row + 0.5) * resolution:
    row 0 is the far edge. Defaults: Wang & Kasaei 2025, Sec. IV-C (1.0 m x 1.0 m, 224 x 224 cells).

    Raises:
        ValueError: If the limits are not finite, do not span a square, or ``cells`` is not a positive integer.
    """

    x_min: float = -0.5  # m
    x_max: float = 0.5  # m
    y_min: float = -0.5  # m
    y_max: float = 0.5  # m
    cells: Count = 224  # per side

    def check(self, where: str) -> None:
        """Refuse an area that is empty or not square."""
        super().check(where)
        width, depth = self.x_max - self.x_min, self.y_max - self.y_min
        if not (width > 0.0 and depth > 0.0 and math.isclose(width, depth, rel_tol=1e-6)):
            raise ValueError(f"{where} is {width} m x {depth} m; min < max and a square are needed")

    @property
    def resolution(self) -> float:
        """Side of one cell [m]."""
        return (self.x_max - self.x_min) / self.cells

    def cell_centres(
        self, device: torch.device | str | None = None, dtype: torch.dtype = torch.float32
    ) -> torch.Tensor:
        """Centres of all cells [m], shape (cells, cells, 2), world frame x, y."""
        index = torch.arange(self.cells, device=device)
        rows, cols = torch.meshgrid(index, index, indexing="ij")
        return self.cell_to_xy(torch.stack((rows, cols), dim=-1).to(dtype))

    def xy_to_cell(self, xy: torch.Tensor) -> torch.Tensor:
        """Cell that holds each point.

        Args:
            xy: Finite points [m], shape (..., 2), world frame.

        Returns:
            Long (row, col), shape (..., 2), rounded down and not clamped: a point outside gives an index outside
            ``range(cells)``, and so do the borders x = x_max and y = y_min themselves.

        Raises:
            ValueError: If the last dimension is not 2.
        """
        _require_pairs("xy", xy)
        rows = (self.y_max - xy[..., 1]) / self.resolution
        cols = (xy[..., 0] - self.x_min) / self.resolution
        return torch.stack((rows, cols)).floor().long().movedim(0, -1)  # planes: several times faster than pairs

    def cell_to_xy(self, cell: torch.Tensor) -> torch.Tensor:
        """Centre of each cell.

        Args:
            cell: (row, col), shape (..., 2), integer or fractional (cell centres at whole numbers).

        Returns:
            Points [m], shape (..., 2), world frame; floating dtype of ``cell``, else the default dtype.

        Raises:
            ValueError: If the last dimension is not 2.
        """
        _require_pairs("cell", cell)
        cell = cell if cell.is_floating_point() else cell.to(torch.get_default_dtype())
        x = self.x_min + (cell[..., 1] + 0.5) * self.resolution
        y = self.y_max - (cell[..., 0] + 0.5) * self.resolution
        return torch.stack((x, y), dim=-1)

    def contains(self, xy: torch.Tensor, margin: float = 0.0) -> torch.Tensor:
        """Whether points lie inside, borders included (NaN is outside).

        Args:
            xy: Points [m], shape (..., 2), world frame.
            margin: Distance to keep from the border [m]; negative widens the area.

        Returns:
            Bool, shape (...).

        Raises:
            ValueError: If the last dimension is not 2.
        """
        _require_pairs("xy", xy)
        x, y = xy[..., 0], xy[..., 1]
        in_x = (x >= self.x_min + margin) & (x <= self.x_max - margin)
        return in_x & (y >= self.y_min + margin) & (y <= self.y_max - margin)


def _require_pairs(name: str, values: torch.Tensor) -> None:
    if values.ndim < 1 or values.shape[-1] != 2:
        raise ValueError(f"{name} must have shape (..., 2), got {tuple(values.shape)}")
