"""Cells and angles as poses, by hand-computed values."""

from __future__ import annotations

import math

import pytest
import torch

from pushgrasp.interface.action import Kind
from pushgrasp.perception.heightmap import Heightmaps
from pushgrasp.perception.workspace import Workspace
from pushgrasp.policies.maps.primitives import (
    GraspPrimitiveCfg,
    PushPrimitiveCfg,
    of_most_gain,
    push_level,
    straight_pushes,
    swept_gains,
    top_grasps,
)

AREA = Workspace(cells=200)  # cells of 5 mm


class Arms:
    """Two arms; each takes what lies on its side."""

    num_arms = 2

    def choose_arm(self, position: torch.Tensor, rotation: torch.Tensor) -> torch.Tensor:
        return (position[:, 0] >= 0.0).long()


def bar() -> Heightmaps:
    """A bar 5 cm high, 4 cm (8 cells) along x and 10 cm (20 cells) along y, its middle in the middle of the table."""
    ids = torch.zeros(1, 200, 200, dtype=torch.long)
    ids[:, 90:110, 96:104] = 1
    return Heightmaps(torch.zeros(1, 3, 200, 200), 0.05 * ids, ids)


def grasp(row: int, column: int, angle: float, maps: Heightmaps | None = None):
    world, cell = torch.tensor([0]), torch.tensor([[row, column]])
    return top_grasps(maps or bar(), world, cell, torch.tensor([angle]), AREA, GraspPrimitiveCfg())


def test_grasp_stands_over_the_middle_of_the_cell() -> None:
    found = grasp(100, 99, 0.0)
    # Cell (100, 99): x = -0.5 + 99.5 * 5 mm, y = 0.5 - 100.5 * 5 mm; 3 cm under the surface.
    torch.testing.assert_close(found.position, torch.tensor([[-0.0025, -0.0025, 0.02]]))
    torch.testing.assert_close(found.rotation[0, :, 2], torch.tensor([0.0, 0.0, -1.0]))
    torch.testing.assert_close(found.rotation[0, :, 0], torch.tensor([1.0, 0.0, 0.0]))
    # The bar reaches from x = -20 to 20 mm, 22.5 mm from the TCP at most; with 1 cm on either side, in steps of 4 mm.
    assert 0.061 <= float(found.width) <= 0.066 and bool(found.fits)


def test_angle_turns_the_closing_direction_from_x_to_y() -> None:
    found = grasp(100, 99, math.pi / 2)
    torch.testing.assert_close(found.rotation[0, :, 0], torch.tensor([0.0, 1.0, 0.0]), atol=1e-6, rtol=0.0)
    assert 0.12 <= float(found.width) <= 0.126  # 10 cm along y, 1 cm on either side
    assert torch.det(found.rotation[0]) > 0.99


def test_what_is_wider_than_the_jaws_does_not_fit() -> None:
    maps = bar()
    maps.ids[:, 80:120, 96:104] = 1  # 20 cm
    assert not bool(grasp(100, 99, math.pi / 2, maps).fits)
    assert bool(grasp(100, 99, 0.0, maps).fits)


def test_jaws_open_round_their_own_object_alone() -> None:
    maps = bar()
    maps.ids[:, 90:110, 104:115] = 2
    assert float(grasp(100, 99, 0.0, maps).width) == float(grasp(100, 99, 0.0).width)


def test_flat_things_are_taken_just_over_the_table() -> None:
    maps = bar()
    maps.height *= 0.2  # 1 cm high
    assert float(grasp(100, 99, 0.0, maps).position[0, 2]) == torch.tensor(0.008)


def push(row: int, column: int, angle: float):
    maps = bar()
    world, cell = torch.tensor([0]), torch.tensor([[row, column]])
    return straight_pushes(maps, world, cell, torch.tensor([angle]), Arms(), 5, PushPrimitiveCfg(), AREA)


def test_push_goes_ten_centimetres_along_its_angle() -> None:
    action = push(100, 60, math.pi / 2)
    assert action.kind.tolist() == [[Kind.PUSH, Kind.NONE]] and action.valid.tolist() == [[True, False]]
    start = torch.tensor([-0.5 + 60.5 * 0.005, 0.5 - 100.5 * 0.005, 0.012])
    torch.testing.assert_close(action.path[0, 0, 0], start)
    torch.testing.assert_close(action.path[0, 0, -1], start + torch.tensor([0.0, 0.1, 0.0]), atol=1e-6, rtol=0.0)
    torch.testing.assert_close(action.yaw[0, 0, 0], torch.tensor(math.pi))  # the jaws close across the way


def test_push_over_an_object_goes_over_it() -> None:
    assert abs(float(push(100, 100, 0.0).path[0, 1, 0, 2]) - 0.053) < 1e-6  # 5 cm high, and 3 mm


def test_push_that_leaves_the_table_has_no_motion() -> None:
    assert not bool(push(100, 190, 0.0).valid.any())  # x = 0.4525 m, and 10 cm further


def test_level_holds_for_all_that_is_under_the_fingers() -> None:
    level = push_level(bar().height, PushPrimitiveCfg(), AREA)
    assert abs(float(level[0, 100, 94]) - 0.053) < 1e-6  # 10 mm beside the bar: the fingers reach 17 mm
    assert abs(float(level[0, 100, 90]) - 0.012) < 1e-6  # 30 mm beside it


def test_pushes_that_sweep_most_remain() -> None:
    swept = torch.tensor([[4.0, 3.0, 2.0, 9.0], [0.0, -1.0, 0.0, 5.0]])[:, :, None, None]
    allowed = torch.tensor([[True, True, True, False]] * 2)[:, :, None, None]
    most = of_most_gain(allowed, swept, 0.7)[..., 0, 0]
    assert most.tolist() == [[True, True, False, False], [True, True, True, False]]  # of 4; nothing to sweep
    assert torch.equal(of_most_gain(allowed, swept.clamp_min(0.0), 0.0), allowed)


def test_pushes_gain_by_what_is_higher_than_their_tips() -> None:
    height, ones = bar().height, torch.ones(1, 200, 200)
    gains = swept_gains(height, ones, 4, PushPrimitiveCfg(), AREA)[0]
    # of 8 places along 11.5 cm those at 8.2, 9.9 and 11.5 cm lie on the bar, which begins 8 cm ahead
    assert float(gains[0, 100, 80]) == pytest.approx(3 / 8)
    assert float(gains[2, 100, 80]) == 0.0  # away from it
    assert float(gains[0, 100, 100]) == 0.0  # from its top, over it
    # of 5 places across, 3 rows apart, those up to the middle of the way lie on it: it ends in row 109
    assert float(gains[0, 108, 80]) == pytest.approx(3 / 8 * 3 / 5)
    assert torch.equal(gains[:, 101, 81], gains[:, 100, 80])
    assert float(swept_gains(height, -ones, 4, PushPrimitiveCfg(), AREA)[0, 0, 100, 80]) == pytest.approx(-3 / 8)
