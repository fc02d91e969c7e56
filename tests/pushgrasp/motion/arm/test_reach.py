"""The part of the table that the arms serve."""

import math

import pytest
import torch

from pushgrasp.motion.arm.model import ArmsCfg, BasePose
from pushgrasp.motion.arm.reach import reach_map

CELLS = 20


@pytest.fixture(scope="module")
def reached() -> torch.Tensor:
    return reach_map(ArmsCfg(), CELLS)


def test_the_table_is_served_by_some_arm_and_its_middle_by_both(reached: torch.Tensor) -> None:
    assert reached.shape == (2, CELLS, CELLS)
    assert float(reached.any(dim=0).float().mean()) >= 0.97
    middle = slice(CELLS // 2 - 2, CELLS // 2 + 2)
    assert reached[:, middle, middle].all()


def test_arms_that_face_each_other_reach_alike(reached: torch.Tensor) -> None:
    assert torch.equal(reached[1], reached[0].flip(0, 1))


def test_no_cell_beyond_the_length_of_the_arm_is_reached(reached: torch.Tensor) -> None:
    # Farthest horizontally: links 0.425 + 0.3922, wrist 2 0.0997, and 0.1333 to the side: hypot(0.9169, 0.1333) m.
    centre = (torch.arange(CELLS) + 0.5) / CELLS - 0.5
    y, x = torch.meshgrid(-centre, centre, indexing="ij")
    far = torch.hypot(x + 0.70, y) > math.hypot(0.9169, 0.1333)
    assert far.any()
    assert not reached[0][far].any()


def test_a_single_arm_far_away_reaches_nothing() -> None:
    arms = ArmsCfg(bases=(BasePose((-2.0, 0.0, 0.3), 0.0),))
    assert not reach_map(arms, 4).any()


def test_a_map_without_cells_is_refused() -> None:
    with pytest.raises(ValueError, match="0 cells and 4 heights"):
        reach_map(ArmsCfg(), 0)
