"""Pictures of the fake cell: depth, outlines and colours worked out by hand."""

from __future__ import annotations

import multiprocessing

import numpy as np
import pytest

from pushgrasp.deploy.devices import DeviceFault
from pushgrasp.deploy.fake.physics.camera import CellCamera
from pushgrasp.deploy.fake.physics.cell import CellPhysics
from pushgrasp.deploy.fake.physics.geometry import cell_geometry
from pushgrasp.deploy.fake.physics.picture import CellCameraCfg, Picture, simulator_camera, take_picture
from pushgrasp.perception.camera_noise import CameraNoiseCfg


def picture_of(cell: CellPhysics, camera: CellCameraCfg) -> Picture:
    return take_picture(cell_geometry(cell.model, cell.scene), cell.body_poses(), camera)


def test_a_cube_is_where_the_lens_puts_it(cell: CellPhysics) -> None:
    seen = picture_of(cell, CellCameraCfg())
    rows, columns = np.nonzero(seen.ids == 1)
    # Its top of 5 cm, 1.95 m away at (0.2, 0.1) m: 800 pixels focal length, the middle at (320, 240)
    scale, top = 800.0 / 1.95, (seen.ids == 1) & (np.abs(seen.depth - 1.95) < 1e-3)
    assert top.sum() == pytest.approx((0.05 * scale) ** 2, rel=0.05)
    assert columns.max() + 1 == pytest.approx(320 + 0.225 * scale, abs=1.0)
    assert rows.min() == pytest.approx(240 - 0.125 * scale, abs=1.0)
    assert seen.depth[240, 320] == pytest.approx(2.0, abs=1e-5)  # the table
    assert seen.depth[0, 320] == pytest.approx(2.75, abs=1e-5)  # the ground beside it


def test_colours_are_lit_from_above_and_by_a_lamp(cell: CellPhysics) -> None:
    seen = picture_of(cell, CellCameraCfg())
    # level surfaces: 0.2 from above (0.225 in blue) and 3**-0.5 from the lamp; sRGB of 0.3 * 0.77735 is 0.5197
    assert seen.colour[240, 320].tolist() == [132, 132, 138]
    red, green, blue = seen.colour[seen.ids == 1].astype(int).T
    assert (green > 1.5 * np.maximum(red, blue)).all()  # the target is green from all sides


def test_arms_at_home_are_beside_the_simulators_picture(cell: CellPhysics) -> None:
    seen = picture_of(cell, simulator_camera())
    assert seen.depth.shape == (288, 288)
    assert seen.depth[24:-24, 24:-24].min() > 1.94  # nothing higher than the cube over the table


def test_an_arm_over_the_table_is_seen(cell: CellPhysics, grasp, follow) -> None:
    follow(cell, grasp, 1.5)
    assert picture_of(cell, simulator_camera()).depth[24:-24, 24:-24].min() < 1.7


def test_the_camera_shows_the_cell_as_it_is(cell: CellPhysics) -> None:
    camera = CellCamera(cell, simulator_camera())
    try:
        cell.advance(0.1)
        seen, expected = camera.picture(), picture_of(cell, simulator_camera())
        np.testing.assert_array_equal(seen.depth, expected.depth)
        np.testing.assert_array_equal(seen.colour, expected.colour)
        np.testing.assert_array_equal(seen.ids, expected.ids)
        (process,) = multiprocessing.active_children()
        process.kill()
        process.join()
        with pytest.raises(DeviceFault, match="fake camera: its process has ended"):
            camera.picture()
    finally:
        camera.close()


def test_a_noisy_camera_errs_as_it_is_told_to(cell: CellPhysics) -> None:
    camera = CellCamera(cell, simulator_camera(), CameraNoiseCfg(depth=0.002, holes=0.05))
    try:
        one, other = camera.picture(), camera.picture()
    finally:
        camera.close()
    assert (one.depth == 0.0).mean() == pytest.approx(0.05, abs=0.005)
    table = one.depth[100:200, 40:80]
    assert np.std(table[table > 0.0] - 2.0) == pytest.approx(0.008, rel=0.5)  # 2 mm at 1 m are 8 mm at 2 m
    assert (one.depth != other.depth).mean() > 0.5
