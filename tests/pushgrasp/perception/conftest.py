"""An overhead RGB-D camera that ray-casts boxes and upright cylinders analytically: the truth for heightmap tests."""

from dataclasses import dataclass, field

import numpy as np
import pytest
import torch


@dataclass(frozen=True)
class Solid:
    """Box (yaw about z) or upright elliptic cylinder inscribed in it."""

    centre: tuple[float, float, float]  # m, world frame
    size: tuple[float, float, float]  # m
    yaw: float = 0.0  # rad
    colour: tuple[int, int, int] = (200, 40, 40)
    round: bool = False

    def local(self, xy: np.ndarray) -> np.ndarray:
        """World offsets (..., 2) in the solid's own axes, scaled so that the footprint has half size 1."""
        c, s = np.cos(self.yaw), np.sin(self.yaw)
        turned = np.stack((c * xy[..., 0] + s * xy[..., 1], c * xy[..., 1] - s * xy[..., 0]), axis=-1)
        return turned / (np.array(self.size[:2]) / 2)

    def outside(self, xy: np.ndarray) -> np.ndarray:
        """Signed distance [m] of world points (..., 2) to the footprint, negative inside (circle or box)."""
        local = self.local(xy - np.array(self.centre[:2]))
        if self.round:
            return (np.linalg.norm(local, axis=-1) - 1.0) * self.size[0] / 2
        gap = (np.abs(local) - 1.0) * np.array(self.size[:2]) / 2
        return np.linalg.norm(gap.clip(min=0.0), axis=-1) + gap.max(axis=-1).clip(max=0.0)

    def hit(self, origin: np.ndarray, rays: np.ndarray) -> np.ndarray:
        """Ray parameter of the first hit, inf for a miss; rays (..., 3) from a camera outside the solid."""
        start, step = self.local((origin - self.centre)[:2]), self.local(rays[..., :2])
        low = (-self.size[2] / 2 - (origin - self.centre)[2]) / rays[..., 2]
        high = (self.size[2] / 2 - (origin - self.centre)[2]) / rays[..., 2]
        enter, leave = np.minimum(low, high), np.maximum(low, high)
        spans = [self._round_span(start, step)] if self.round else self._slab_spans(start, step)
        for begin, end in spans:
            enter, leave = np.maximum(enter, begin), np.minimum(leave, end)
        return np.where((enter <= leave) & (enter > 0), enter, np.inf)

    @staticmethod
    def _slab_spans(start: np.ndarray, step: np.ndarray) -> list[tuple[np.ndarray, np.ndarray]]:
        with np.errstate(divide="ignore"):
            ends = [((-1 - start[i]) / step[..., i], (1 - start[i]) / step[..., i]) for i in (0, 1)]
        return [(np.minimum(a, b), np.maximum(a, b)) for a, b in ends]

    @staticmethod
    def _round_span(start: np.ndarray, step: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        a, b, c = (step**2).sum(-1), (step * start).sum(-1), (start**2).sum() - 1.0
        with np.errstate(invalid="ignore"):
            root = np.sqrt(b**2 - a * c)
        miss = np.isnan(root)
        return np.where(miss, np.inf, (-b - root) / a), np.where(miss, -np.inf, (-b + root) / a)


@dataclass
class Overhead:
    """Camera over the origin looking straight down, image right = +x, image down = -y."""

    pixels: int = 400
    width: float = 1.1  # m of table seen
    height: float = 1.8  # m above the table
    rotation: np.ndarray = field(default_factory=lambda: np.diag([1.0, -1.0, -1.0]))
    position: tuple[float, float] = (0.0, 0.0)

    def camera(self) -> dict[str, torch.Tensor]:
        """Intrinsics, rotation and position with a leading dimension of 1."""
        focal = self.pixels * self.height / self.width
        matrix = [[focal, 0.0, self.pixels / 2], [0.0, focal, self.pixels / 2], [0.0, 0.0, 1.0]]
        position = [*self.position, self.height]
        values = {"intrinsics": matrix, "rotation": self.rotation, "position": position}
        return {name: torch.tensor(np.array(value), dtype=torch.float32)[None] for name, value in values.items()}

    def render(self, solids: list[Solid]) -> dict[str, torch.Tensor]:
        """Arguments of ``project_heightmaps`` but workspace and max_height; solid k has id k + 1, the table 0."""
        middle = (np.arange(self.pixels) + 0.5 - self.pixels / 2) * self.width / (self.pixels * self.height)
        col, row = np.meshgrid(middle, middle)
        rays = np.stack((col, row, np.ones_like(col)), axis=-1) @ self.rotation.T
        origin = np.array([*self.position, self.height])
        table = -self.height / rays[..., 2]
        hits = np.stack([table, *(solid.hit(origin, rays) for solid in solids)])
        first = hits.argmin(axis=0)
        colours = np.array([(128, 128, 128), *(solid.colour for solid in solids)], dtype=np.uint8)
        return {
            "rgb": torch.from_numpy(colours[first])[None],
            "depth": torch.tensor(hits.min(axis=0), dtype=torch.float32)[None],
            "ids": torch.from_numpy(first)[None],
            **self.camera(),
        }


@pytest.fixture
def solid() -> type[Solid]:
    return Solid


@pytest.fixture
def overhead() -> type[Overhead]:
    return Overhead
