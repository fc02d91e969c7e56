"""The overhead camera: what it sees and which way up."""

from __future__ import annotations

import pytest

from pg_tasks.assets.camera import OverheadCameraCfg
from pushgrasp.perception.workspace import Workspace


def test_picture_covers_the_workspace_and_its_tallest_heap() -> None:
    cfg = OverheadCameraCfg()
    # pinhole: field = aperture * distance / focal length; 14.4 mm * 2.0 m / 24 mm = 1.20 m on the table
    field = cfg.spawn.horizontal_aperture * cfg.offset.pos[2] / cfg.spawn.focal_length
    assert field == pytest.approx(1.20)
    assert cfg.width == cfg.height
    # At the edge of the workspace the view still holds what stands 33 cm high: 1.20 * (2.0 - 0.33) / 2.0 = 1.002 m.
    workspace = Workspace()
    assert field * (cfg.offset.pos[2] - 0.33) / cfg.offset.pos[2] > workspace.x_max - workspace.x_min


def test_pixels_are_finer_than_cells() -> None:
    assert 1.20 / OverheadCameraCfg().width < Workspace().resolution


def test_camera_looks_straight_down() -> None:
    # An OpenGL camera looks along its -z with +y up in the picture: unturned it sees +y at the top, +x on the right.
    offset = OverheadCameraCfg().offset
    assert (offset.convention, tuple(offset.rot)) == ("opengl", (0.0, 0.0, 0.0, 1.0))
    assert tuple(offset.pos[:2]) == (0.0, 0.0)


def test_table_is_within_the_clipping_range() -> None:
    near, far = OverheadCameraCfg().spawn.clipping_range
    assert near < 1.0 < 2.75 < far  # 2.75 m: the ground under the table
