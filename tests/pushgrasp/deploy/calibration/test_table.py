"""The world from boards on the table, and from its depth."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from pushgrasp.deploy.calibration.rigid import apply, inverse, rigid
from pushgrasp.deploy.calibration.table import world_from_boards, world_from_depth

SIZE = (1280, 720)
INTRINSICS = np.array(((921.3, 0.0, 642.1), (0.0, 919.8, 357.6), (0.0, 0.0, 1.0)))
PLACES = ((0.0, 0.0, 0.0), (0.38, 0.25, 0.4), (-0.38, 0.25, -1.0), (-0.38, -0.25, 2.0), (0.38, -0.25, 0.1))
CORNERS = np.array(((-0.5, -0.5, 0.0), (0.5, -0.5, 0.0), (0.5, 0.5, 0.0), (-0.5, 0.5, 0.0), (0.0, 0.0, 0.0)))


def test_boards_give_the_world(cell: Callable) -> None:
    made = cell(5)
    solution = world_from_boards([made.corners(made.lying(*place)) for place in PLACES], made.board, INTRINSICS)
    off = apply(solution.world_from_camera @ inverse(made.world_from_camera), CORNERS) - CORNERS
    assert np.abs(off[-1]).max() < 0.002  # the origin is the middle of the first board, at the height of the table
    assert np.abs(off).max() < 0.005
    assert solution.rms == pytest.approx(0.3 * np.sqrt(2.0), rel=0.15)  # 0.3 px in each coordinate


@pytest.mark.parametrize(("quarters", "slant"), [(0, 0.2), (1, 0.0), (2, -0.3), (3, 0.1)])
def test_x_is_the_side_closest_to_the_right(quarters: int, slant: float, cell: Callable) -> None:
    made = cell(5)
    made.pixel_noise = 0.0
    made.world_from_camera = rigid(np.diag((1.0, -1.0, -1.0)), np.array((0.0, 0.0, 1.4)))
    first = (0.0, 0.0, 0.5 * np.pi * quarters + slant)
    places = [made.corners(made.lying(*place)) for place in (first, *PLACES[1:])]
    solution = world_from_boards(places, made.board, INTRINSICS)
    sine, cosine = np.sin(slant), np.cos(slant)
    turn = np.array(((cosine, sine, 0.0), (-sine, cosine, 0.0), (0.0, 0.0, 1.0)))
    assert solution.world_from_camera[:3, :3] == pytest.approx(turn @ np.diag((1.0, -1.0, -1.0)), abs=1.0e-5)
    assert solution.world_from_camera[:3, 3] == pytest.approx((0.0, 0.0, 1.4), abs=1.0e-5)


def test_bad_places_are_refused(cell: Callable) -> None:
    made = cell(5)
    seen = [made.corners(made.lying(*place)) for place in PLACES]
    with pytest.raises(ValueError, match="4 pictures of the board on it; at least 5"):
        world_from_boards(seen[:4], made.board, INTRINSICS)
    row = [made.corners(made.lying(x, 0.0, 0.0)) for x in (0.0, -0.4, -0.2, 0.2, 0.4)]
    with pytest.raises(ValueError, match=r"within \d mm of one line"):
        world_from_boards(row, made.board, INTRINSICS)
    lifted = made.lying(*PLACES[2])
    lifted[2, 3] += 0.05
    with pytest.raises(ValueError, match=r"in picture 3 the board lies \d+\.\d mm off the plane"):
        world_from_boards([*seen[:2], made.corners(lifted), *seen[3:]], made.board, INTRINSICS)


def depth_of_plane(world_from_camera: np.ndarray) -> np.ndarray:
    """Depth of the table [m], shape (h, w)."""
    columns, rows = np.meshgrid(np.arange(SIZE[0]) + 0.5, np.arange(SIZE[1]) + 0.5)
    rays = np.stack((columns, rows, np.ones_like(rows)), axis=-1) @ np.linalg.inv(INTRINSICS).T
    return -world_from_camera[2, 3] / (rays @ world_from_camera[2, :3])


def test_depth_gives_the_world(cell: Callable) -> None:
    made = cell(6)
    depth = depth_of_plane(made.world_from_camera)
    depth += np.random.default_rng(0).normal(0.0, 0.002, depth.shape)
    depth[:150, :400] -= 0.2  # a box
    depth[300:320] = 0.0
    found = world_from_depth(depth, INTRINSICS).world_from_camera
    assert found[2, :3] == pytest.approx(made.world_from_camera[2, :3], abs=0.0005)  # the table's normal
    assert found[2, 3] == pytest.approx(made.world_from_camera[2, 3], abs=0.0005)
    assert found[:3, 0] @ (1.0, 0.0, 0.0) > 0.999 and found[1, 1] < -0.99  # x to the right, y away
    middle = inverse(found)[:3, 3]
    assert middle[:2] / middle[2] * INTRINSICS[(0, 1), (0, 1)] + INTRINSICS[:2, 2] == pytest.approx((640.0, 360.0))


def test_depth_without_a_table_is_refused() -> None:
    noise = np.random.default_rng(0).uniform(0.5, 2.0, (SIZE[1], SIZE[0]))
    with pytest.raises(ValueError, match="% of the depth picture is one plane"):
        world_from_depth(noise, INTRINSICS)
    with pytest.raises(ValueError, match="holds 0 measured pixels"):
        world_from_depth(np.full((SIZE[1], SIZE[0]), np.nan), INTRINSICS)
