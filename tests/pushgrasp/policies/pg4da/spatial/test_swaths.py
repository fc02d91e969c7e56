"""Swaths: the scene as a stroke sees it."""

import math

import torch

from pushgrasp.perception.workspace import Workspace
from pushgrasp.policies.pg4da.spatial.surroundings import (
    SWATH_ALONG,
    SWATH_ASIDE,
    SWATH_COLUMNS,
    SWATH_ROWS,
    stroke_frames,
    swaths,
)

WORKSPACE = Workspace()
MIDDLE = torch.zeros(1, 2)


def scene(*blocks: tuple[float, float]) -> torch.Tensor:
    """Heightmap (1, 224, 224) with blocks of 3 cm radius, 5 cm high, at points [m]."""
    cells = WORKSPACE.cell_centres()
    return sum(0.05 * ((cells - torch.tensor(at)).norm(dim=-1) < 0.03) for at in blocks).float()[None]


def stroke(angle: float, aside: float = 0.0) -> tuple[torch.Tensor, torch.Tensor]:
    """A stroke of 20 cm past the origin, at ``aside`` to the left of it."""
    unit = torch.tensor([math.cos(angle), math.sin(angle)])
    offset = aside * torch.tensor([-unit[1], unit[0]])
    return (offset - 0.1 * unit)[None, None], (offset + 0.1 * unit)[None, None]


def read(angle: float, aside: float, height: torch.Tensor, one_sided: bool = False) -> torch.Tensor:
    target = scene((0.0, 0.0)) > 0.0
    return swaths(*stroke(angle, aside), MIDDLE, torch.tensor([one_sided]), height, target, WORKSPACE)[0, 0]


def test_what_is_ahead_and_to_the_left_is_found_there() -> None:
    ahead = read(0.0, 0.0, scene((0.11, 0.0)))
    along, across = torch.linspace(*SWATH_ALONG, SWATH_ROWS), torch.linspace(*SWATH_ASIDE, SWATH_COLUMNS)
    height, target = ahead
    assert height.shape == (SWATH_ROWS, SWATH_COLUMNS)
    row, column = (height > 0.5).nonzero().unbind(dim=1)
    assert abs(float(along[row].mean()) - 0.11) < 0.01 and abs(float(across[column].mean())) < 0.01
    row, _ = (target > 0.5).nonzero().unbind(dim=1)
    assert abs(float(along[row].mean())) < 0.01
    _, column = (read(0.0, 0.0, scene((0.0, 0.06)))[0] > 0.5).nonzero().unbind(dim=1)
    assert float(across[column].mean()) > 0.04


def test_turned_scenes_look_the_same() -> None:
    first = read(0.0, 0.03, scene((0.1, 0.04), (-0.05, -0.06)))
    turned = read(math.pi / 2, 0.03, scene((-0.04, 0.1), (0.06, -0.05)))
    assert float((first - turned).abs().mean()) < 0.02


def test_strokes_on_the_other_side_are_turned_over() -> None:
    left = read(0.0, 0.04, scene((0.1, 0.05)), one_sided=True)
    right = read(0.0, -0.04, scene((0.1, -0.05)), one_sided=True)
    assert float((left - right).abs().mean()) < 0.02
    assert float((left - read(0.0, -0.04, scene((0.1, -0.05)))).abs().mean()) > 0.04


def test_frames_by_hand() -> None:
    unit, normal, aside = stroke_frames(*stroke(math.pi / 2, 0.04), torch.tensor([[0.01, 0.0]]))
    torch.testing.assert_close(unit[0, 0], torch.tensor([0.0, 1.0]), atol=1e-6, rtol=0.0)
    torch.testing.assert_close(normal[0, 0], torch.tensor([-1.0, 0.0]), atol=1e-6, rtol=0.0)
    assert abs(float(aside) - 0.05) < 1e-6  # 4 cm to the left of the origin, which is 1 cm to the left of the middle
