"""Which classes fit at a point: the same ones that the grasp decoder carries out."""

from __future__ import annotations

import torch

from pushgrasp.decoding.class_fit import central_points, fit_classes
from pushgrasp.decoding.grasp import GraspDecoderCfg, decode_grasps
from pushgrasp.grasping.angle_view import class_rotations

CFG = GraspDecoderCfg()
ONE = torch.zeros(1, dtype=torch.long)
"""One point in one world."""
ACROSS = (class_rotations()[:, 0, 0].abs() > 0.95) & (class_rotations()[:, 2, 2] < -0.9)
"""Classes that come from above and close along x, nearly."""
UPRIGHT = int((-class_rotations()[:, 2, 2]).argmax())


def test_block_with_room_around_can_be_grasped_upright(draw, workspace):
    height, ids = draw([(0.0, 0.0, 0.05, 0.05, 0.05, 0.0)])
    target = ids == 1
    fits = fit_classes(ONE, central_points(target, height, workspace), height, target, workspace, CFG)
    assert fits.feasible[0, UPRIGHT]
    # 5 cm across, up to 7.1 cm along the diagonal, and 1 cm to either side.
    assert 0.065 <= float(fits.width[0, UPRIGHT]) <= 0.095
    assert torch.equal(fits.feasible, fits.width > 0) and bool((fits.depth <= CFG.depth + 1e-6).all())
    tilt = torch.rad2deg(torch.arccos((-class_rotations()[:, 2, 2]).clamp(-1.0, 1.0)))
    assert not fits.feasible[0, tilt > 60.1].any()


def test_jaws_along_the_sides_face_the_outline(draw, workspace):
    height, ids = draw([(0.0, 0.0, 0.06, 0.06, 0.05, 0.0)])
    target = ids == 1
    fits = fit_classes(ONE, central_points(target, height, workspace), height, target, workspace, CFG)
    closing = class_rotations()[:, :2, 0]
    off = torch.atan2(closing[:, 1].abs(), closing[:, 0].abs())
    off = torch.minimum(off, torch.pi / 2 - off)  # angle to the nearest side of the block
    feasible = fits.feasible[0]
    square, oblique = feasible & (off < 0.09), feasible & (off > 0.6)
    assert square.any() and oblique.any()
    assert float(fits.facing[0, square].min()) > 0.95
    assert float(fits.facing[0, oblique].mean()) < 0.85


def test_roof_is_flatter_than_wall(draw, workspace):
    height, ids = draw([(0.0, 0.0, 0.06, 0.06, 0.05, 0.0)])
    target = ids == 1
    x = workspace.cell_centres()[..., 0]
    roof = torch.where(target, 0.05 - x.abs(), height)  # falls by 45 degrees to both sides, from 5 cm to 2 cm
    wall, slope = (
        fit_classes(ONE, central_points(target, shape, workspace), shape, target, workspace, CFG)
        for shape in (height, roof)
    )
    across = class_rotations()[:, 0, 0].abs() > 0.95
    both = wall.feasible[0] & slope.feasible[0] & across
    assert both.any()
    assert float(slope.steepness[0, both].mean()) < 0.7 * float(wall.steepness[0, both].mean())


def test_verdict_is_that_of_the_grasp_decoder(draw, workspace):
    scene = [(0.0, 0.0, 0.05, 0.05, 0.05, 0.3), (0.055, 0.0, 0.05, 0.05, 0.06, 0.3)]
    height, ids = draw(scene)
    target = ids == 1
    points = central_points(target, height, workspace)
    fits = fit_classes(ONE, points, height, target, workspace, CFG)
    assert 0 < int(fits.feasible.sum()) < 240
    cell = workspace.xy_to_cell(points[:, :2])[0]
    scores = torch.full_like(height, -torch.inf)
    scores[0, cell[0], cell[1]] = 1.0
    for index in range(0, 360, 7):
        first = torch.nn.functional.one_hot(torch.tensor([index]), 360).to(height)
        grasp = decode_grasps(scores, first, height, target, workspace, CFG)
        assert bool(fits.feasible[0, index]) == (int(grasp.class_index) == index and bool(grasp.valid))


def test_walls_leave_no_class(draw, workspace):
    around = [(x, y, 0.04, 0.04, 0.15, 0.0) for x in (-0.045, 0.0, 0.045) for y in (-0.045, 0.0, 0.045) if x or y]
    height, ids = draw([(0.0, 0.0, 0.04, 0.04, 0.04, 0.0), *around])
    target = ids == 1
    points = central_points(target, height, workspace)
    assert not fit_classes(ONE, points, height, target, workspace, CFG).feasible.any()


def test_hidden_target_has_no_class(draw, workspace):
    height, ids = draw([(0.0, 0.0, 0.05, 0.05, 0.05, 0.0)])
    target = ids == 9
    points = central_points(target, height, workspace)
    assert bool(points.isfinite().all())
    assert not fit_classes(ONE, points, height, target, workspace, CFG).feasible.any()


def test_central_point_lies_on_the_target(draw, workspace):
    height, ids = draw([(0.1, -0.05, 0.06, 0.04, 0.05, 0.0)])
    point = central_points(ids == 1, height, workspace)[0]
    assert (point - torch.tensor([0.1, -0.05, 0.05])).abs().max() < 0.005
    ring = (ids == 1) & ~(
        (ids == 1).roll(4, 1) & (ids == 1).roll(-4, 1) & (ids == 1).roll(4, 2) & (ids == 1).roll(-4, 2)
    )
    cell = workspace.xy_to_cell(central_points(ring, height, workspace)[:, :2])[0]
    assert ring[0, cell[0], cell[1]]


def test_between_neighbours_jaws_fit_only_tightly(draw, workspace):
    # A block of 5 cm and walls 30 mm beside it: pads, 12 mm thick and 24 mm broad, that are turned by 20 degrees
    # against the sides take 3 cm with 10 mm to spare, 5 mm less when tight.
    block, walls = (0.0, 0.0, 0.05, 0.05, 0.05, 0.0), [(s * 0.08, 0.0, 0.05, 0.2, 0.06, 0.0) for s in (-1.0, 1.0)]
    height, ids = draw([block, *walls])
    target = ids == 1
    point = central_points(target, height, workspace)
    fits, roomy = (
        fit_classes(ONE, point, height, target, workspace, GraspDecoderCfg(tight=tight)) for tight in (True, False)
    )
    assert bool((fits.feasible & fits.tight & ~roomy.feasible)[0, ACROSS].any())
    assert torch.equal(fits.feasible & ~fits.tight, roomy.feasible) and not roomy.tight.any()
    squeezed = fits.tight[0]
    assert float(fits.depth[0, squeezed].max()) <= CFG.tight_depth + 1e-6
    for name in ("width", "depth", "facing", "steepness"):
        assert torch.equal(getattr(fits, name)[roomy.feasible], getattr(roomy, name)[roomy.feasible])


def test_over_lower_neighbours_jaws_fit_tightly(draw, workspace):
    # Blocks of 3 cm touch one of 5 cm: pads of 14 mm depth stay above them, those of 25 mm do not.
    block, others = (0.0, 0.0, 0.05, 0.05, 0.05, 0.0), [(s * 0.05, 0.0, 0.05, 0.2, 0.034, 0.0) for s in (-1.0, 1.0)]
    height, ids = draw([block, *others])
    target = ids == 1
    fits = fit_classes(ONE, central_points(target, height, workspace), height, target, workspace, CFG)
    assert bool(fits.tight[0, ACROSS].any())
    assert bool((fits.tight | ~fits.feasible)[0, ACROSS].all())
