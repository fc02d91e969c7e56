"""Grasps on hand-made heightmaps: centre, opening, rejected classes."""

import math

import pytest
import torch

from pushgrasp.decoding.grasp import GraspDecoderCfg, decode_grasps
from pushgrasp.grasping.angle_view import class_rotations, nearest_class
from pushgrasp.perception.masks import is_visible

CFG = GraspDecoderCfg()


def top_down(closing_yaw):
    """Class nearest to a vertical approach with the closing axis at ``closing_yaw``."""
    c, s = math.cos(closing_yaw), math.sin(closing_yaw)
    return nearest_class(torch.tensor([[[c, s, 0.0], [s, -c, 0.0], [0.0, 0.0, -1.0]]]))[0]


def peak(mask, workspace, x, y):
    """Scores with one peak at (x, y), -inf off the mask."""
    offset = workspace.cell_centres() - torch.tensor([x, y])
    return (-offset.square().sum(-1)).expand(mask.shape).masked_fill(~mask, -torch.inf)


def prefer(*classes):
    """v_avh that ranks ``classes`` first, in this order."""
    v = torch.zeros(1, 360)
    for rank, index in enumerate(classes):
        v[0, index] = 10.0 - rank
    return v


def each_class(score, height, mask, workspace, max_tilt):
    """Classes up to ``max_tilt``, and the grasps of one scene (1, H, W) with each of them ranked first."""
    rotations = class_rotations()
    tried = (-rotations[:, 2, 2] >= math.cos(max_tilt)).nonzero()[:, 0]
    count = len(tried)
    v = torch.zeros(count, 360)
    v[torch.arange(count), tried] = 1.0
    score, height, mask = (value.expand(count, -1, -1) for value in (score, height, mask))
    return tried, decode_grasps(score, v, height, mask, workspace, GraspDecoderCfg(max_tilt=max_tilt))


def survivors(height, mask, workspace, max_tilt):
    """Classes up to ``max_tilt`` that fit at the centre of the target, each tried alone."""
    tried, grasps = each_class(peak(mask, workspace, 0.0, 0.0), height, mask, workspace, max_tilt)
    return tried[grasps.valid & (grasps.class_index == tried)]


@pytest.mark.parametrize("yaw", [0.0, 0.6, 1.3])
def test_lone_box_is_centred_across_its_narrow_side(draw, workspace, yaw):
    height, ids = draw([(0.1, -0.05, 0.10, 0.04, 0.06, yaw)])
    mask = ids == 1
    across = torch.tensor([-math.sin(yaw), math.cos(yaw)])
    wanted = top_down(yaw + math.pi / 2)
    # The best cell lies 1 cm off the middle, towards one long side.
    score = peak(mask, workspace, 0.1 + 0.01 * across[0].item(), -0.05 + 0.01 * across[1].item())
    grasps = decode_grasps(score, prefer(wanted), height, mask, workspace, CFG)
    assert grasps.valid[0] and grasps.class_index[0] == wanted
    closing = grasps.rotation[0, :2, 0]
    # A strip of 4 cm between pads of 24 mm, the closing axis off by delta: 0.04 / cos + 0.024 tan, plus 2 x 1 cm.
    delta = math.acos(min(1.0, abs(float(closing @ across) / float(closing.norm()))))
    expected = 0.04 / math.cos(delta) + 0.024 * math.tan(delta) + 0.02
    assert grasps.width[0] == pytest.approx(expected, abs=0.009)  # a cell of 4.5 mm on either side
    offset = grasps.position[0, :2] - torch.tensor([0.1, -0.05])
    assert abs(float(offset @ across)) < 0.005
    # 25 mm below the top along an approach tilted by 7 degrees; up to 1 mm more by the shift along the closing axis.
    assert grasps.position[0, 2] == pytest.approx(0.06 - 0.025 * 0.9917, abs=0.002)


def test_first_valid_class_in_order_wins(draw, workspace):
    height, ids = draw([(0.0, 0.0, 0.15, 0.04, 0.06, 0.0)])
    along, across = top_down(0.0), top_down(math.pi / 2)
    # Along the box: 15 cm do not fit between jaws of 14 cm. Across: 4 cm do.
    grasps = decode_grasps(peak(ids == 1, workspace, 0, 0), prefer(along, across), height, ids == 1, workspace, CFG)
    assert grasps.valid[0] and grasps.class_index[0] == across


def test_a_box_wider_than_the_stroke_is_rejected(draw, workspace):
    height, ids = draw([(0.0, 0.0, 0.15, 0.15, 0.05, 0.0)])
    grasps = decode_grasps(peak(ids == 1, workspace, 0, 0), torch.rand(1, 360), height, ids == 1, workspace, CFG)
    assert not grasps.valid[0]
    assert torch.isfinite(grasps.position).all() and torch.isfinite(grasps.rotation).all()


def test_walls_on_two_sides_leave_only_the_free_direction(draw, workspace):
    walls = [(sign * 0.045, 0.0, 0.04, 0.20, 0.05, 0.0) for sign in (-1, 1)]
    height, ids = draw([(0.0, 0.0, 0.04, 0.04, 0.05, 0.0), *walls])
    good = survivors(height, ids == 1, workspace, math.radians(20))
    assert len(good) > 0
    # Walls start 25 mm from the centre. The outer corner of a pad, 30 + 12 mm out and 12 mm aside, is at
    # 0.042 sin(d) + 0.012 cos(d) <= 0.025 + 0.002 + one cell: d <= 28 degrees.
    closing = class_rotations()[good, :2, 0]
    assert (torch.atan2(closing[:, 0].abs(), closing[:, 1].abs()) < math.radians(28)).all()
    free_height, free_ids = draw([(0.0, 0.0, 0.04, 0.04, 0.05, 0.0)])
    assert len(survivors(free_height, free_ids == 1, workspace, math.radians(20))) > 2 * len(good)


@pytest.mark.parametrize(("wall", "valid"), [(0.05, True), (0.13, False)])
def test_a_tall_wall_beside_the_pads_stops_the_palm(draw, workspace, wall, valid):
    # Pads close along x; they are 12 mm to a side in y, the palm 35 mm. A wall 25 mm off clears the pads and meets the
    # palm, whose underside is at 0.06 - 0.025 + 0.07 = 0.105 m, if it is taller than that.
    height, ids = draw([(0.0, 0.0, 0.04, 0.04, 0.06, 0.0), (0.0, 0.045, 0.30, 0.04, wall, 0.0)])
    wanted = top_down(0.0)
    grasps = decode_grasps(peak(ids == 1, workspace, 0, 0), prefer(wanted), height, ids == 1, workspace, CFG)
    assert bool(grasps.valid[0] and grasps.class_index[0] == wanted) == valid


def lowest_corner(grasps):
    """Lowest corner of the open pads [m], from the eight corners of each."""
    signs = torch.cartesian_prod(*[torch.tensor([-1.0, 1.0])] * 2)
    corners = torch.stack([torch.tensor([s * 1.0, b * 0.012, 0.0]) for s, b in signs.tolist()])
    corners = corners.expand(len(grasps.width), 4, 3).clone()
    corners[..., 0] *= (grasps.width / 2 + 0.012)[:, None]
    return (grasps.position[:, None] + corners @ grasps.rotation.transpose(1, 2))[..., 2].amin(dim=1)


def test_no_pad_corner_goes_under_the_table(draw, workspace):
    worlds = [[(0.0, 0.0, 0.05, 0.04, top, yaw)] for top in (0.022, 0.03) for yaw in (0.0, 0.4, 0.8, 1.2)]
    height, ids = draw(*worlds)
    v = torch.rand(len(worlds), 360, generator=torch.Generator().manual_seed(1))
    grasps = decode_grasps(peak(ids == 1, workspace, 0, 0), v, height, ids == 1, workspace, CFG)
    assert grasps.valid.all()
    assert (lowest_corner(grasps) >= 0.004 - 1e-5).all()


def test_no_tilted_class_goes_under_the_table_at_any_cell(draw, box_lists, workspace):
    generator = torch.Generator().manual_seed(4)
    for boxes in box_lists[:5]:
        height, ids = draw(boxes)
        score = torch.rand(1, 224, 224, generator=generator)
        _, grasps = each_class(score, height, ids == 1, workspace, math.radians(60))
        assert (lowest_corner(grasps)[grasps.valid] >= 0.004 - 1e-5).all()


def test_a_tilted_class_is_refused_where_its_pads_would_dig_in(draw, workspace):
    # Closing axis 45 degrees down: the lower pad's tip is (0.03 + 0.012) sin 45 = 30 mm below the TCP: it can not hold
    # a plate of 22 mm.
    height, ids = draw([(0.0, 0.0, 0.04, 0.04, 0.022, 0.0)])
    down = class_rotations()[survivors(height, ids == 1, workspace, math.radians(59)), 2, 0].abs()
    assert len(down) > 0 and (down < 0.5).all()


def test_a_plate_lower_than_the_tip_clearance_can_not_be_held(draw, workspace):
    height, ids = draw([(0.0, 0.0, 0.05, 0.05, 0.008, 0.0)])
    grasps = decode_grasps(peak(ids == 1, workspace, 0, 0), torch.rand(1, 360), height, ids == 1, workspace, CFG)
    assert not grasps.valid[0]


def test_steep_tilts_are_never_chosen_and_the_edge_is_no_wall(draw, workspace):
    height, ids = draw([(0.47, 0.0, 0.03, 0.03, 0.06, 0.0)])
    v = torch.arange(360, 0, -1.0)[None]  # views rise with the class: the flattest ones come first
    grasps = decode_grasps(peak(ids == 1, workspace, 0.47, 0), v, height, ids == 1, workspace, CFG)
    assert grasps.valid[0]
    assert -grasps.rotation[0, 2, 2] >= math.cos(math.radians(60)) - 1e-5


def inside_boxes(points, boxes, shrink):
    """Whether world points (M, 3) lie inside any of the boxes made smaller by ``shrink`` [m] on each face; analytic."""
    inside = torch.zeros(len(points), dtype=torch.bool)
    for x, y, length, breadth, top, yaw in boxes:
        dx, dy = points[:, 0] - x, points[:, 1] - y
        along = dx * math.cos(yaw) + dy * math.sin(yaw)
        across = dy * math.cos(yaw) - dx * math.sin(yaw)
        inside |= (
            (along.abs() < length / 2 - shrink) & (across.abs() < breadth / 2 - shrink) & (points[:, 2] < top - shrink)
        )
    return inside


def test_pads_stay_clear_of_the_boxes_themselves(draw, box_lists, workspace):
    scenes = box_lists
    height, ids = draw(*scenes)
    generator = torch.Generator().manual_seed(8)
    v = torch.rand(30, 360, generator=generator)
    mask = (ids == 1) & is_visible(ids == 1)[:, None, None]
    score = torch.rand(30, 224, 224, generator=generator)
    grasps = decode_grasps(score, v, height, mask, workspace, CFG)
    assert int(grasps.valid.sum()) >= 10
    x, y, z = (torch.linspace(low, high, 9) for low, high in ((0, 0.012), (-0.012, 0.012), (-0.17, 0.0)))
    pad = torch.cartesian_prod(x, y, z)
    between = torch.cartesian_prod(torch.linspace(-0.5, 0.5, 41), y, z[-4:])
    for n in grasps.valid.nonzero()[:, 0].tolist():
        for side in (-1.0, 1.0):
            local = torch.stack((side * (grasps.width[n] / 2 + pad[:, 0]), pad[:, 1], pad[:, 2]), dim=-1)
            points = local @ grasps.rotation[n].T + grasps.position[n]
            # 2 mm are tolerated, and a map of 4.5 mm cells does not know more than half of one.
            assert not inside_boxes(points, scenes[n], shrink=0.002 + 0.0045).any()
        jaws = between * torch.stack((grasps.width[n], torch.tensor(1.0), torch.tensor(1.0)))
        assert inside_boxes(jaws @ grasps.rotation[n].T + grasps.position[n], scenes[n][:1], shrink=0.0).any()


def test_an_empty_mask_gives_no_grasp(draw, workspace):
    height, ids = draw([(0.0, 0.0, 0.05, 0.04, 0.05, 0.0)])
    grasps = decode_grasps(torch.zeros(1, 224, 224), torch.rand(1, 360), height, ids == 9, workspace, CFG)
    assert not grasps.valid[0] and torch.isfinite(grasps.position).all()


def test_results_depend_on_neither_batch_nor_chunk(draw_random, workspace):
    height, ids = draw_random(5, 3)
    generator = torch.Generator().manual_seed(2)
    score, v = torch.rand(5, 224, 224, generator=generator), torch.rand(5, 360, generator=generator)
    together = decode_grasps(score, v, height, ids == 1, workspace, CFG)
    chunked = decode_grasps(score, v, height, ids == 1, workspace, GraspDecoderCfg(class_chunk=7))
    for n in range(5):
        one = slice(n, n + 1)
        alone = decode_grasps(score[one], v[one], height[one], ids[one] == 1, workspace, CFG)
        for name, value in vars(together).items():
            assert torch.allclose(value[one].double(), getattr(alone, name).double(), atol=1e-6), name
            assert torch.allclose(value[one].double(), getattr(chunked, name)[one].double(), atol=1e-6), name


def test_bad_input_is_named(draw, workspace):
    height, ids = draw([(0.0, 0.0, 0.05, 0.04, 0.05, 0.0)])
    score, v, mask = torch.zeros(1, 224, 224), torch.zeros(1, 360), ids == 1
    with pytest.raises(ValueError, match="score_map"):
        decode_grasps(score[:, :100], v, height, mask, workspace, CFG)
    with pytest.raises(ValueError, match="v_avh"):
        decode_grasps(score, v[:, :10], height, mask, workspace, CFG)
    with pytest.raises(ValueError, match="height"):
        decode_grasps(score, v, height * torch.nan, mask, workspace, CFG)
    with pytest.raises(ValueError, match="score_map holds NaN"):
        decode_grasps(score * torch.nan, v, height, mask, workspace, CFG)
    with pytest.raises(ValueError, match="target_mask"):
        decode_grasps(score, v, height, ids, workspace, CFG)
    with pytest.raises(ValueError, match="max_tilt"):
        GraspDecoderCfg(max_tilt=2.0)
