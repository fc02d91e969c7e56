"""Moves: where what is picked is put down, by hand-computed values."""

from __future__ import annotations

import math

import torch

from pushgrasp.interface.action import Kind
from pushgrasp.perception.heightmap import Heightmaps
from pushgrasp.perception.workspace import Workspace
from pushgrasp.policies.maps.moves import MovePrimitiveCfg, _meetings, moves

AREA = Workspace(cells=200)  # cells of 5 mm

COVER, TARGET, WALL = 1, 2, 3


class Arms:
    """Two arms; each takes what lies on its side."""

    num_arms = 2

    def choose_arm(self, position: torch.Tensor, rotation: torch.Tensor) -> torch.Tensor:
        return (position[:, 0] >= 0.0).long()


def covered() -> Heightmaps:
    """A cube of 5 cm (10 cells) whose middle is at x = 0.1, y = 0 lies on a target of 10 cm."""
    ids = torch.zeros(1, 200, 200, dtype=torch.long)
    ids[:, 90:110, 110:130] = TARGET
    ids[:, 95:105, 115:125] = COVER
    height = torch.tensor([0.0, 0.10, 0.05, 0.20])[ids]
    return Heightmaps(torch.zeros(1, 3, 200, 200), height, ids)


def move(maps: Heightmaps, angle: float = 0.0, cell: tuple[int, int] = (100, 120)):
    world, cells = torch.zeros(1, dtype=torch.long), torch.tensor([cell])
    target = maps.ids == TARGET
    return moves(maps, world, cells, torch.tensor([angle]), target, Arms(), 5, AREA, MovePrimitiveCfg())


def test_footprint_meets_what_is_blocked_and_what_is_outside() -> None:
    held = torch.zeros(1, 4, 4, dtype=torch.bool)
    held[0, 1, 1:3] = True  # the middle is cell 1: this one, and the next column
    blocked = torch.zeros(1, 5, 5, dtype=torch.bool)
    blocked[0, 2, 3] = True
    expected = torch.zeros(5, 5)
    expected[2, 3] = expected[2, 2] = 1.0
    expected[:, 4] = 1.0  # the next column is outside
    torch.testing.assert_close(_meetings(held, blocked)[0].round().abs(), expected)


def test_pick_is_four_centimetres_below_the_surface() -> None:
    action = move(covered())
    assert action.kind.tolist() == [[Kind.NONE, Kind.MOVE]] and action.valid.tolist() == [[False, True]]
    # Cell (100, 120): x = -0.5 + 120.5 * 5 mm, y = 0.5 - 100.5 * 5 mm; the surface is 10 cm high.
    torch.testing.assert_close(action.position[0, 1], torch.tensor([0.1025, -0.0025, 0.06]))


def test_place_is_bare_table_away_from_the_target_and_near() -> None:
    action = move(covered())
    place = action.place_position[0, 1]
    # The cube reaches 3 cm from the TCP along y, the jaws 1 cm; with 1 cm to spare it keeps 8 cm from the target, which
    # reaches 5 cm from the middle: at least 16.5 cm. Along x the open jaws reach further. Places are 3 cm apart.
    distance = (place[:2] - action.position[0, 1, :2]).norm()
    assert 0.16 <= float(distance) <= 0.21 and float(place[0]) >= 0.0  # on the arm's own side
    assert abs(float(place[0]) - 0.1) < 0.1 and abs(float(place[1])) > 0.15
    torch.testing.assert_close(place[2], action.position[0, 1, 2])
    torch.testing.assert_close(action.place_rotation, action.rotation)


def test_place_avoids_what_stands_where_it_would_be_nearest() -> None:
    maps = covered()
    free = move(maps).place_position[0, 1]
    row, column = AREA.xy_to_cell(free[:2]).tolist()
    maps.ids[:, row - 3 : row + 3, column - 3 : column + 3] = WALL
    other = move(maps).place_position[0, 1]
    assert float((other - free).abs().max()) > 0.04  # half the cube, half the wall, 1 cm


def test_place_is_within_reach_of_the_arm_that_picks() -> None:
    maps = covered()
    maps.ids = maps.ids.roll(-20, dims=2)  # the middle at x = 0: the right arm's
    maps.height = maps.height.roll(-20, dims=2)
    action = move(maps, math.pi / 2, (100, 100))
    assert action.valid.tolist() == [[False, True]] and float(action.place_position[0, 1, 0]) >= 0.0


def test_nothing_is_put_down_where_it_lay() -> None:
    maps = covered()
    maps.ids[maps.ids == TARGET] = 0  # out of view: no place is too near to it
    maps.height[maps.ids == 0] = 0.0
    action = move(maps)
    assert bool(action.valid[0, 1])
    x, y = (action.place_position[0, 1] - action.position[0, 1])[:2].abs().tolist()
    assert 0.06 < max(x, y) < 0.16  # 5 cm, and 1 cm between; the jaws, open by 7 cm, are 9.4 cm wide


def test_full_table_has_no_place() -> None:
    maps = covered()
    maps.ids = torch.where(maps.ids == 0, WALL, maps.ids)
    action = move(maps)
    assert action.does(Kind.MOVE).all() and not bool(action.valid.any())


def test_moves_of_several_worlds_are_those_of_each() -> None:
    one, other = covered(), covered()
    other.ids = other.ids.transpose(1, 2).contiguous()
    other.height = other.height.transpose(1, 2).contiguous()
    both = Heightmaps(*(torch.cat(pair) for pair in zip(vars(one).values(), vars(other).values(), strict=True)))
    world, cells = torch.tensor([1, 0]), torch.tensor([[120, 100], [100, 120]])
    angle = torch.tensor([0.4, 0.0])
    action = moves(both, world, cells, angle, both.ids == TARGET, Arms(), 5, AREA, MovePrimitiveCfg())
    for row, alone in ((0, move(other, 0.4, (120, 100))), (1, move(one))):
        torch.testing.assert_close(action.place_position[row], alone.place_position[0])
        assert torch.equal(action.kind[row], alone.kind[0])
