"""Heatmap and depth picture to grasps: places, openings and refusals worked out by hand."""

import math

import pytest
import torch

from pushgrasp.grasping.angle_view import nearest_class
from pushgrasp.grasping.graspnet.jaw_fit import JawCfg, fit_jaws
from pushgrasp.grasping.graspnet.predictions import PredictionCfg, camera_rotations, predict_grasps
from pushgrasp.grasping.graspnet.square import SquareView

FOCAL, DISTANCE = 500.0, 0.5
INTRINSICS = torch.tensor([[FOCAL, 0.0, 224.0], [0.0, FOCAL, 168.0], [0.0, 0.0, 1.0]])
VIEW = SquareView(336, 448)  # 2 camera pixels per pixel of the net, 56 rows of padding on either side


def block() -> tuple[torch.Tensor, torch.Tensor]:
    """Depth and ids of a table at 0.5 m with a block whose top, at 0.45 m, shows at columns 204-244, rows 140-196.

    At 0.45 m a pixel is 0.9 mm: the top is 36 mm wide (x) and 50.4 mm long (y), about the optical axis.
    """
    depth = torch.full((336, 448), DISTANCE)
    depth[140:196, 204:244] = 0.45
    return depth, (depth < DISTANCE).long()


def straight_class(closing_angle: float) -> int:
    """Class nearest to an approach along the optical axis, closing at that angle from x towards y of the picture."""
    c, s = math.cos(closing_angle), math.sin(closing_angle)
    picture = torch.tensor([[[c, s, 0.0], [s, -c, 0.0], [0.0, 0.0, -1.0]]])
    return int(nearest_class(picture))


def heatmap(row: int, column: int, class_index: int) -> torch.Tensor:
    scores = torch.zeros(360, 56, 56)
    scores[class_index, row, column] = 1.0
    return scores


def test_grasp_sits_on_the_block_and_opens_around_it():
    depth, ids = block()
    index = straight_class(0.0)
    # Padding: (448 - 336) / 2 = 56 rows. Row 168 is row 224 of the square of 448, in cell 28, and so is column 224.
    grasps = predict_grasps(heatmap(28, 28, index), depth, INTRINSICS, VIEW, PredictionCfg(candidates=1), ids=ids)
    assert len(grasps) == 1
    assert grasps.class_index.tolist() == [index]
    assert grasps.object_id.tolist() == [1]
    # The nearest class is tilted by 13 degrees, so numbers hold within some millimetres.
    torch.testing.assert_close(grasps.position[0], torch.tensor([0.0, 0.0, 0.47]), atol=0.006, rtol=0)
    body = 0.036 + 2 * 0.012  # width of the top, and the margin on either side
    assert float(grasps.width[0]) == pytest.approx(body, abs=0.009)
    assert float(grasps.approach[0, 2]) > math.cos(math.radians(14))


def test_jaws_move_to_the_middle_of_what_they_take():
    depth, ids = block()
    # Cell 26 lies 2 cells = 16 camera pixels = 14 mm to the left; the block's middle is at x = 0.
    grasps = predict_grasps(
        heatmap(28, 26, straight_class(0.0)), depth, INTRINSICS, VIEW, PredictionCfg(candidates=1), ids=ids
    )
    assert abs(float(grasps.position[0, 0])) < 0.006


def test_turned_by_a_right_angle_the_jaws_open_along_the_other_side():
    depth, ids = block()
    narrow, wide = (
        predict_grasps(
            heatmap(28, 28, straight_class(angle)), depth, INTRINSICS, VIEW, PredictionCfg(candidates=1), ids=ids
        )
        for angle in (0.0, math.pi / 2)
    )
    assert float(wide.width[0] - narrow.width[0]) == pytest.approx(0.0504 - 0.036, abs=0.009)


def test_a_neighbour_in_the_way_of_a_finger_rules_the_grasp_out():
    depth, ids = block()
    # A second object from 3 mm beside the first, where the finger would go; its depth is the same.
    depth[140:196, 247:290] = 0.45
    ids[140:196, 247:290] = 2
    scores = heatmap(28, 28, straight_class(0.0))
    cfg = PredictionCfg(candidates=1)
    assert len(predict_grasps(scores, depth, INTRINSICS, VIEW, cfg, ids=ids)) == 0
    along = heatmap(28, 28, straight_class(math.pi / 2))
    assert len(predict_grasps(along, depth, INTRINSICS, VIEW, cfg, ids=ids)) == 1


def test_mask_limits_where_grasps_begin():
    depth, _ = block()
    scores = torch.rand(360, 56, 56, generator=torch.Generator().manual_seed(0))
    mask = torch.zeros(336, 448, dtype=torch.bool)
    mask[140:168, 204:244] = True  # the upper half of the block
    grasps = predict_grasps(scores, depth, INTRINSICS, VIEW, mask=mask)
    assert len(grasps) > 3
    surface = grasps.position - grasps.depth[:, None] * grasps.approach
    across = (surface[:, :2] * grasps.rotation[:, :2, 1]).sum(dim=1)  # what centring leaves as it is
    assert across.isfinite().all()
    assert (grasps.score.diff() <= 0).all()


def test_camera_rotations_look_away_from_the_camera():
    rotations = camera_rotations(torch.zeros(1))
    assert (rotations[:, 2, 2] > 0).all()
    torch.testing.assert_close(torch.linalg.det(rotations), torch.ones(360))


def test_object_wider_than_the_jaws_is_not_taken():
    points = torch.cartesian_prod(torch.arange(-30, 31) * 0.002, torch.arange(-4, 5) * 0.002, torch.zeros(1))[None]
    body = torch.ones(1, points.shape[1], dtype=torch.bool)
    # 120 mm wide: does not fit into 100 mm, does into 150 mm.
    assert not fit_jaws(points, body, JawCfg()).fits.any()
    found = fit_jaws(points, body, JawCfg(max_width=0.15))
    assert found.fits.all()
    assert float(found.width[0]) == pytest.approx(0.12 + 2 * 0.012, abs=0.005)
    assert float(found.shift[0]) == pytest.approx(0.0, abs=0.003)


def test_deepest_depth_that_fits_is_taken():
    # A body 20 mm wide whose sides widen to a plate 15 mm below its top: 20 mm deep the fingers meet the plate.
    across, along = torch.arange(-5, 6) * 0.002, torch.arange(-4, 5) * 0.002
    top = torch.cartesian_prod(across, along, torch.zeros(1))
    plate = torch.cartesian_prod(torch.arange(-30, 31) * 0.002, along, torch.tensor([0.015]))
    points = torch.cat([top, plate])[None]
    body = torch.arange(points.shape[1])[None] < len(top)
    found = fit_jaws(points, body, JawCfg())
    assert found.fits.tolist() == [True]
    assert found.depth.tolist() == pytest.approx([0.01])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"heatmap": torch.zeros(359, 56, 56)}, "heatmap has shape"),
        ({"heatmap": torch.zeros(360, 55, 55)}, "does not divide"),
        ({"depth": torch.zeros(480, 640)}, "depth has shape"),
        ({"depth": torch.zeros(336, 448)}, "no pixel with a depth"),
        ({"intrinsics": torch.eye(4)}, "intrinsics have shape"),
        ({"mask": torch.zeros(336, 448, dtype=torch.bool)}, "mask is empty"),
        ({"ids": torch.zeros(3, 3, dtype=torch.long)}, "ids has shape"),
    ],
)
def test_bad_input_is_named(change, message):
    arguments = {"heatmap": torch.zeros(360, 56, 56), "depth": block()[0], "intrinsics": INTRINSICS, "view": VIEW}
    with pytest.raises(ValueError, match=message):
        predict_grasps(**{**arguments, **change})


def test_square_view_keeps_angles_and_pads_with_the_mean_colour():
    view = SquareView(360, 640)
    # 640 / 224 camera pixels per pixel; the picture starts (640 - 360) / 2 = 140 camera pixels below the top.
    corners = view.to_square(torch.tensor([[0.0, 0.0], [640.0, 360.0], [320.0, 180.0]]))
    expected = torch.tensor([[0.0, 49.0], [224.0, 175.0], [112.0, 112.0]])
    torch.testing.assert_close(corners, expected)
    picture = view.colour(torch.full((3, 360, 640), 255, dtype=torch.uint8))
    assert picture.shape == (3, 224, 224)
    torch.testing.assert_close(picture[:, 112, 112], torch.ones(3))
    torch.testing.assert_close(picture[:, 10, 112], torch.tensor([0.485, 0.456, 0.406]))
    values = view.nearest(torch.arange(360.0)[:, None].expand(-1, 640))
    assert float(values[10, 5]) == 0.0
    assert float(values[112, 5]) == 181.0  # middle of row 112: (112.5 * 640 / 224 = 321.4) - 140, rounded down
    with pytest.raises(ValueError, match="rgb has shape"):
        view.colour(torch.zeros(3, 480, 640))
