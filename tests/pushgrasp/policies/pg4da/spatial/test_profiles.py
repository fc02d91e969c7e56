"""Profiles: the scene between the jaws of a grasp."""

import math

import torch

from pushgrasp.decoding.candidates import SeenTarget
from pushgrasp.perception.workspace import Workspace
from pushgrasp.policies.pg4da.spatial.surroundings import (
    PROFILE_ALONG,
    PROFILE_COLUMNS,
    PROFILE_ROWS,
    PROFILE_UNIT,
    profiles,
)

WORKSPACE = Workspace()
ONE = torch.zeros(1, dtype=torch.long)
ACROSS = torch.linspace(*PROFILE_ALONG, PROFILE_ROWS)


def block(width: float, depth: float, centre: tuple[float, float] = (0.0, 0.0)) -> torch.Tensor:
    """Heightmap (1, 224, 224) of a block 5 cm high, so wide along x and deep along y [m]."""
    away = (WORKSPACE.cell_centres() - torch.tensor(centre)).abs()
    return 0.05 * ((away[..., 0] < width / 2) & (away[..., 1] < depth / 2)).float()[None]


def read(angle: float, tcp: tuple[float, float, float], height: torch.Tensor, lean: float = 0.0) -> torch.Tensor:
    """Profile (2, 33, 3) of jaws that close along ``angle`` from x, and rise by ``lean`` [rad] along that."""
    closing = torch.tensor([math.cos(angle) * math.cos(lean), math.sin(angle) * math.cos(lean), math.sin(lean)])
    side = torch.tensor([math.sin(angle), -math.cos(angle), 0.0])
    rotation = torch.stack((closing, side, torch.linalg.cross(closing, side)), dim=1)[None]
    return profiles(ONE, torch.tensor([tcp]), rotation, SeenTarget(height, height > 0.0, WORKSPACE))[0]


def test_heights_are_counted_from_the_tcp_plane() -> None:
    above, target = read(0.0, (0.0, 0.0, 0.03), block(0.06, 0.2))
    assert above.shape == (PROFILE_ROWS, PROFILE_COLUMNS)
    inside, outside = ACROSS.abs() < 0.03 - WORKSPACE.resolution, ACROSS.abs() > 0.03 + WORKSPACE.resolution
    torch.testing.assert_close(above[inside], torch.full_like(above[inside], 0.02 / PROFILE_UNIT))
    torch.testing.assert_close(above[outside], torch.full_like(above[outside], -0.03 / PROFILE_UNIT))
    assert bool((target[inside] == 1.0).all()) and bool((target[outside] == 0.0).all())


def test_profiles_follow_the_closing_axis() -> None:
    along_x, along_y = (read(angle, (0.0, 0.0, 0.03), block(0.03, 0.09))[1].mean() for angle in (0.0, math.pi / 2))
    assert 2.0 < float(along_y / along_x) < 4.0  # 9 cm against 3 cm
    moved = read(math.pi / 2, (0.02, -0.01, 0.03), block(0.03, 0.09, centre=(0.02, -0.01)))[1].mean()
    assert abs(float(moved / along_y) - 1.0) < 0.15


def test_leaning_jaws_see_the_surface_lean() -> None:
    above, _ = read(0.0, (0.0, 0.0, 0.03), block(0.2, 0.2), lean=0.3)
    wanted = (0.02 - ACROSS * math.sin(0.3)) / PROFILE_UNIT
    torch.testing.assert_close(above[:, 1], wanted, atol=1e-4, rtol=0.0)
