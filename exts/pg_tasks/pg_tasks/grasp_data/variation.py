"""What differs between two pictures of a scene: colours, light, camera, its calibration, and noise."""

from __future__ import annotations

from dataclasses import dataclass, fields

import torch
from torchvision.transforms.functional import gaussian_blur

from pushgrasp.perception.heightmap import Heightmaps
from pushgrasp.perception.workspace import Workspace
from pushgrasp.scenes.colours import PALETTE, TARGET_COLOUR
from pushgrasp.scenes.rotations import multiply

DEFAULT_LIGHT = (-0.57735026, 0.57735026, -0.57735026)
"""Where the renderer's own light shines."""

EDGE = 0.02
"""Strip along the table's edges that a moved camera may not see [m]."""


@dataclass(frozen=True)
class VariationCfg:
    """How much pictures differ.

    Raises:
        ValueError: If a value is negative or not finite.
    """

    plain: float = 0.25
    """Share of the pictures with the light and the tones of the task."""
    palette: float = 0.5
    """Share of the objects in a colour of the task, the target's among them."""
    camera_shift: float = 0.006
    """Standard deviation of the camera's place along each axis [m]."""
    camera_turn: float = 0.004
    """Standard deviation of its rotation about each axis [rad]."""
    calibration_shift: float = 0.001
    """Standard deviation of the error of the place that heightmaps assume for it [m]."""
    calibration_turn: float = 0.0006
    """Standard deviation of the error of that rotation [rad]."""
    depth_noise: float = 0.0015
    """Largest standard deviation of the noise of a depth picture [m]."""
    holes: float = 0.004
    """Largest share of a depth picture's pixels where nothing comes back."""
    gain: float = 0.35
    """Largest change of brightness, as a share."""
    balance: float = 0.12
    """Largest change of a colour channel against the others, as a share."""
    pixel_noise: float = 5.0
    """Largest standard deviation of the noise of a colour, of 255."""
    table_tint: float = 0.6
    """Largest change of the table's brightness, as a share."""

    def __post_init__(self) -> None:
        """Reject values without a meaning."""
        for item in fields(self):
            value = getattr(self, item.name)
            if not 0.0 <= value < float("inf"):
                raise ValueError(f"variation {item.name} is {value}; a number of at least 0 is needed")
        for name in ("plain", "palette", "holes"):
            if getattr(self, name) > 1.0:
                raise ValueError(f"variation {name} is {getattr(self, name)}; a share of at most 1 is needed")


def draw_colours(generator: torch.Generator, slots: int, cfg: VariationCfg) -> torch.Tensor:
    """Linear RGB of each slot (S, 3): one of the task's colours, the target's too, or any, some of them grey."""
    known = torch.tensor([*PALETTE, TARGET_COLOUR])
    chosen = known[torch.randint(len(known), (slots,), generator=generator)]
    chosen = (chosen * (0.85 + 0.3 * torch.rand(slots, 3, generator=generator))).clamp(0.0, 1.0)
    share, grey = torch.rand(2, slots, 1, generator=generator)
    value = 0.08 + 0.92 * torch.rand(slots, 1, generator=generator)
    strength = torch.where(grey < 0.15, 0.05, torch.rand(slots, 1, generator=generator).sqrt())
    mixed = value * (1.0 - strength * torch.rand(slots, 3, generator=generator))
    return torch.where(share < cfg.palette, chosen, mixed)


def draw_light(generator: torch.Generator, plain: bool) -> tuple[float, float, float]:
    """Unit vector along which the light shines: the renderer's own, or any that comes from 25 degrees up and more."""
    azimuth, height = torch.rand(2, generator=generator)
    if plain:
        return DEFAULT_LIGHT
    down = 0.42 + 0.57 * height
    across = (1.0 - down.square()).sqrt()
    azimuth = azimuth * 2 * torch.pi
    return float(across * azimuth.cos()), float(across * azimuth.sin()), -float(down)


def jittered(
    generator: torch.Generator, position: torch.Tensor, quaternion: torch.Tensor, shift: float, turn: float
) -> tuple[torch.Tensor, torch.Tensor]:
    """Poses (N, 3) [m] and (N, 4), moved at random: standard deviations ``shift`` [m] and ``turn`` [rad] per axis."""
    moved = position + shift * torch.randn(position.shape, generator=generator)
    half = turn / 2 * torch.randn(position.shape, generator=generator)
    delta = torch.nn.functional.normalize(torch.cat((half, torch.ones_like(half[:, :1])), dim=1), dim=1)
    return moved, multiply(delta, quaternion)


def noisy_depth(generator: torch.Generator, depth: torch.Tensor, cfg: VariationCfg) -> torch.Tensor:
    """Depth pictures (N, h, w) [m] with noise, partly alike in neighbouring pixels, and with holes (0 there)."""
    strength, gaps = torch.rand(2, len(depth), 1, 1, generator=generator)
    white, wide, pits = torch.randn(3, *depth.shape, generator=generator)
    wide = 7.0 * gaussian_blur(wide, [13, 13], [2.0, 2.0])  # blurring takes the deviation down to a seventh
    noise = cfg.depth_noise * strength.square() * (0.5 * white + 0.87 * wide)
    pits = gaussian_blur(pits, [7, 7], [1.0, 1.0])
    limit = torch.quantile(pits.flatten(1)[:, ::7], 1.0 - cfg.holes, dim=1).view(-1, 1, 1)
    hole = (pits > limit) & (gaps < 0.5) & (cfg.holes > 0.0)
    return torch.where(hole, 0.0, depth + noise * (depth > 0.0))


def noisy_colours(
    generator: torch.Generator, rgb: torch.Tensor, ids: torch.Tensor, cfg: VariationCfg, plain: torch.Tensor
) -> torch.Tensor:
    """Colour pictures (N, h, w, 3), uint8, with other tones, another table and noise, but where ``plain`` (N,)."""
    count = len(rgb)

    def about_one(width: float, *shape: int) -> torch.Tensor:
        return 1.0 + width * (2 * torch.rand(count, *shape, generator=generator) - 1.0)

    gain = about_one(cfg.gain, 1, 1, 1) * about_one(cfg.balance, 1, 1, 3)
    gamma = about_one(0.25, 1, 1, 1)
    table = about_one(cfg.table_tint, 1, 1, 1) * about_one(2 * cfg.balance, 1, 1, 3)
    grain = gaussian_blur(torch.randn(count, 1, *rgb.shape[1:3], generator=generator), [21, 21], [4.0, 4.0])[:, 0]
    grain = 1.0 + 0.4 * torch.rand(count, 1, 1, generator=generator) * grain
    noise = torch.randn(rgb.shape, generator=generator) * torch.rand(count, 1, 1, 1, generator=generator)
    tones = rgb.float() / 255.0
    tones = torch.where((ids == 0)[..., None], tones * table * grain[..., None], tones)
    tones = (tones.clamp(0.0, 1.0) ** gamma * gain + cfg.pixel_noise / 255.0 * noise).clamp(0.0, 1.0)
    changed = (255.0 * tones).round().to(torch.uint8)
    return torch.where(plain.view(-1, 1, 1, 1), rgb, changed)


def cover_floor(generator: torch.Generator, maps: Heightmaps, yaw: torch.Tensor, workspace: Workspace) -> Heightmaps:
    """Heightmaps in which the table goes on beyond its edges, that a turn by ``yaw`` (N,) [rad] brought into sight.

    Each cell off the table takes the colour of a random cell that shows the table.
    """
    x, y = workspace.cell_centres().unbind(dim=-1)
    cos, sin = yaw.cos()[:, None, None], yaw.sin()[:, None, None]
    edge = -workspace.x_min - EDGE
    floor = ((cos * x + sin * y).abs() > edge) | ((cos * y - sin * x).abs() > edge)
    floor &= maps.ids == 0
    colour, height = maps.colour.clone(), maps.height.masked_fill(floor, 0.0)
    for world in range(len(yaw)):
        table = ((maps.ids[world] == 0) & ~floor[world]).nonzero()
        count = int(floor[world].sum())
        row, column = table[torch.randint(len(table), (count,), generator=generator)].unbind(dim=1)
        colour[world][:, floor[world]] = maps.colour[world][:, row, column]
    return Heightmaps(colour, height, maps.ids)
