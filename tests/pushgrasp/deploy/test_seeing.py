"""What the camera's look counts, by hand: a camera 2 m over the table that looks straight down."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from pushgrasp.deploy.devices import Frame
from pushgrasp.deploy.sections import BoxCfg, TrayCfg
from pushgrasp.deploy.seeing import Eye
from pushgrasp.deploy.settings import read_cell
from pushgrasp.deploy.target import parse_target
from pushgrasp.perception.heightmap import project_heightmaps
from pushgrasp.perception.workspace import Workspace
from pushgrasp_assets import ROOT

CELL = read_cell(ROOT / "cells" / "loopback.yaml")
FOCAL = 400.0
"""So that a pixel covers 5 mm of the table."""


class Above:
    """A camera of 240 x 240 pixels, its middle over the origin."""

    name = "camera"
    intrinsics = np.array([[FOCAL, 0.0, 120.0], [0.0, FOCAL, 120.0], [0.0, 0.0, 1.0]])


def eye(*trays: TrayCfg, **camera: object) -> Eye:
    area = BoxCfg((-0.4, 0.4), (-0.3, 0.3), (0.0, 0.6))
    return Eye(Above(), replace(CELL.camera, **camera), area, trays)  # pyright: ignore[reportArgumentType]


def test_depth_of_the_empty_table() -> None:
    depth = eye(TrayCfg((0.25, 0.0, 0.0), 0.0)).table_depth(240, 240)
    wanted = np.zeros((240, 240), np.float32)
    wanted[60:180, 40:200] = 2.0  # 0.6 m by 0.8 m
    row, column = np.mgrid[:240, :240] + 0.5
    wanted[np.hypot(column - 120 - 50, row - 120) < 24] = 0.0  # 0.12 m round the tray
    np.testing.assert_allclose(depth, wanted, atol=1e-6)


def test_maps_are_those_of_the_whole_picture() -> None:
    draw = np.random.default_rng(0)
    depth, colour = np.full((240, 240), 2.0, np.float32), np.zeros((240, 240, 3), np.uint8)
    colour[..., :] = 90
    for row, column in draw.integers(75, 155, (6, 2)):
        depth[row : row + 10, column : column + 12] = 1.95
        colour[row : row + 10, column : column + 12] = (200, 30, draw.integers(0, 60))
    colour[100:112, 60:72], depth[100:112, 60:72] = (20, 200, 30), 1.95
    seen = eye().see(Frame(colour, depth, 0.0, 0), parse_target("green"))
    maps = project_heightmaps(
        *(torch.from_numpy(part)[None] for part in (colour, seen.picture.depth, seen.ids)),
        torch.from_numpy(Above.intrinsics.astype(np.float32))[None],
        eye().rotation[None],
        eye().position[None],
        Workspace(),
    )
    found = seen.observation.heightmaps
    assert not seen.missing and int((found.ids == 1).sum()) > 0
    torch.testing.assert_close(found.height, maps.height, atol=1e-5, rtol=0.0)
    assert float((found.ids != maps.ids).float().mean()) < 1e-3


@pytest.mark.parametrize(("level", "off"), [(False, 0.012), (True, 0.0)])
def test_a_levelled_camera_that_has_turned_sees_things_where_they_are(level: bool, off: float) -> None:
    depth, colour = np.full((240, 240), 2.0, np.float32), np.full((240, 240, 3), 90, np.uint8)
    depth[110:130, 110:130], colour[110:130, 110:130] = 1.95, (20, 200, 30)  # under the camera, at the origin
    half = 0.006 / 2.0  # of the angle by which the camera is thought to be turned about x: 12 mm at 2 m
    turned = eye(quaternion=(float(np.cos(half)), 0.0, 0.0, float(-np.sin(half))), level=level)
    assert turned.tilt(depth) == pytest.approx(0.006, abs=1e-4)
    looked = turned.see(Frame(colour, depth, 0.0, 0), parse_target("green"))
    maps = looked.observation.heightmaps
    cells = (maps.ids[0] == 1).nonzero().float().mean(dim=0)
    place = looked.observation.workspace.cell_to_xy(cells[None])[0]
    assert float(place.norm()) == pytest.approx(off, abs=0.003)
