"""Bodies reconstructed from heightmaps of blocks whose size and place are known."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.spatial.transform import Rotation

from pushgrasp.perception.workspace import Workspace
from pushgrasp.policies.twin.outline import convex_pieces, hull_of, smallest_rectangle
from pushgrasp.policies.twin.reconstruction import SeenBody, reconstruct
from pushgrasp.scenes.solids import Box, Hull

CELL = Workspace().resolution

PIXEL = 0.002
"""What a pixel of the camera sees of a block's top [m]."""


class Table:
    """Heights and ids of upright boxes and cylinders; the highest counts, as in a heightmap."""

    def __init__(self) -> None:
        self.height, self.ids = torch.zeros(224, 224), torch.zeros(224, 224, dtype=torch.long)
        axis = torch.arange(-0.5 + PIXEL / 2, 0.5, PIXEL)
        self.pixels = torch.stack(torch.meshgrid(axis, axis, indexing="ij"), dim=-1)

    def put(self, number: int, inside: torch.Tensor, top: float) -> None:
        """Put what covers some of the pixels on the table: a cell shows it if any of them falls into it."""
        row, column = Workspace().xy_to_cell(self.pixels[inside]).unbind(dim=-1)
        seen = torch.zeros_like(self.ids, dtype=torch.bool)
        seen[row, column] = True
        seen &= top > self.height
        self.height[seen], self.ids[seen] = top, number

    def box(self, number: int, middle: tuple[float, float], size: tuple[float, float], yaw: float, top: float) -> None:
        turn = torch.tensor([[np.cos(yaw), -np.sin(yaw)], [np.sin(yaw), np.cos(yaw)]], dtype=torch.float32)
        local = (self.pixels - torch.tensor(middle)) @ turn
        self.put(number, (local.abs() <= torch.tensor(size) / 2).all(dim=-1), top)

    def bodies(self) -> dict[int, SeenBody]:
        return {body.object_id: body for body in reconstruct(self.height, self.ids, Workspace())}


def extent(body: SeenBody) -> tuple[np.ndarray, np.ndarray]:
    """Lowest and highest corner (3,) [m] of a body in the world."""
    corners = np.concatenate([part.corners for part in body.parts]) + body.position
    return corners.min(axis=0), corners.max(axis=0)


@pytest.mark.parametrize("yaw", [0.0, 0.3, 0.9])
def test_a_block_has_its_size_and_place(yaw: float) -> None:
    table = Table()
    table.box(4, (0.10, -0.05), (0.06, 0.04), yaw, top=0.05)
    (body,) = table.bodies().values()
    (part,) = body.parts
    assert body.object_id == 4 and isinstance(part, Box)
    middle = np.add(body.position, part.centre)
    np.testing.assert_allclose(middle, (0.10, -0.05, 0.025), atol=CELL / 2)
    np.testing.assert_allclose(sorted(part.size), (0.04, 0.05, 0.06), atol=1.5 * CELL)
    along = Rotation.from_quat(part.quaternion or (0, 0, 0, 1)).apply((1.0, 0.0, 0.0))
    long_side = (np.cos(yaw), np.sin(yaw)) if part.size[0] > part.size[1] else (-np.sin(yaw), np.cos(yaw))
    assert abs(along[:2] @ long_side) > np.cos(np.radians(8.0))


def test_a_standing_cylinder_is_a_round_hull() -> None:
    table = Table()
    table.put(1, (table.pixels - torch.tensor((0.001, -0.002))).norm(dim=-1) <= 0.03, 0.06)
    (part,) = table.bodies()[1].parts
    low, high = extent(table.bodies()[1])
    assert isinstance(part, Hull)
    np.testing.assert_allclose((*low, *high), (-0.03, -0.03, 0.0, 0.03, 0.03, 0.06), atol=1.5 * CELL)


def test_blocks_that_touch_do_not_overlap() -> None:
    table = Table()
    table.box(1, (-0.025, 0.0), (0.05, 0.05), 0.0, top=0.05)
    table.box(2, (0.025, 0.0), (0.05, 0.05), 0.0, top=0.04)
    bodies = table.bodies()
    assert extent(bodies[2])[0][0] - extent(bodies[1])[1][0] > -0.0005


def test_a_block_on_a_block_stands_on_it() -> None:
    table = Table()
    table.box(1, (0.0, 0.0), (0.10, 0.08), 0.0, top=0.04)
    table.box(2, (0.01, 0.0), (0.04, 0.04), 0.0, top=0.09)
    bodies = table.bodies()
    assert extent(bodies[2])[0][2] == pytest.approx(0.04, abs=0.001)
    assert extent(bodies[1])[0][2] == pytest.approx(0.0, abs=0.001)
    np.testing.assert_allclose(extent(bodies[1])[1][:2], (0.05, 0.04), atol=CELL)  # goes on under the other


def test_what_lies_half_under_another_goes_on_under_it() -> None:
    table = Table()
    table.box(1, (0.0, 0.0), (0.05, 0.05), 0.0, top=0.03)
    table.box(2, (0.045, 0.0), (0.06, 0.05), 0.0, top=0.08)  # hides it from x = 0.015 on
    assert extent(table.bodies()[1])[1][0] == pytest.approx(0.025, abs=CELL)


def test_an_angle_is_cut_where_its_hull_is_empty() -> None:
    table = Table()
    table.box(1, (0.0, 0.0), (0.12, 0.03), 0.0, top=0.03)
    table.box(1, (-0.045, 0.06), (0.03, 0.15), 0.0, top=0.031)
    parts = table.bodies()[1].parts
    assert len(parts) > 1
    volume = sum(hull.volume for part in parts if (hull := hull_of(part.corners[:, :2])) is not None)
    assert volume < 1.35 * (0.12 * 0.03 + 0.03 * 0.12)  # the hull of all is 2.2 times as large


def test_without_objects_there_are_no_bodies() -> None:
    table = Table()
    assert table.bodies() == {}
    table.ids[50, 50:70] = 3  # cells on a line
    table.ids[0, :3] = 5  # fewer cells than count
    assert table.bodies() == {}


def test_smallest_rectangle_is_that_of_a_turned_one() -> None:
    corners = np.array([(0.0, 0.0), (0.3, 0.4), (-0.1, 0.7), (-0.4, 0.3)])  # sides of 0.5
    centre, size, angle = smallest_rectangle(corners)
    np.testing.assert_allclose((*centre, *size), (-0.05, 0.35, 0.5, 0.5), atol=1e-12)
    assert np.tan(2 * angle) == pytest.approx(np.tan(2 * np.arctan2(0.4, 0.3)))


def test_convex_points_stay_whole() -> None:
    points = np.stack(np.meshgrid(np.arange(9.0), np.arange(6.0)), axis=-1).reshape(-1, 2)
    assert len(convex_pieces(points, np.array([[20.0, 20.0]]))) == 1
    assert convex_pieces(points[:3], points) == []  # on a line
