"""Which classes fit, at a point and all over a target: those that the grasp decoder carries out."""

from __future__ import annotations

import math

import pytest
import torch

from pushgrasp.decoding.candidates import SeenTarget
from pushgrasp.decoding.class_fit import feasible_pairs, fit_classes
from pushgrasp.decoding.grasp import GraspDecoderCfg, decode_grasps
from pushgrasp.grasping.angle_view import class_rotations
from pushgrasp.grasping.data.cells import cell_points
from pushgrasp.perception.workspace import Workspace

CFG = GraspDecoderCfg()
ONE = torch.zeros(1, dtype=torch.long)
"""One point in one world."""
ACROSS = (class_rotations()[:, 0, 0].abs() > 0.95) & (class_rotations()[:, 2, 2] < -0.9)
"""Classes that come from above and close along x, nearly."""
UPRIGHT = int((-class_rotations()[:, 2, 2]).argmax())


def central_points(target: torch.Tensor, height: torch.Tensor, workspace: Workspace) -> torch.Tensor:
    """Surface point (1, 3) at the one target's cell nearest to the mean of its cells; a corner where none is."""
    cells = target[0].nonzero() if target.any() else torch.zeros(1, 2).long()
    row, column = cells[(cells - cells.float().mean(dim=0)).square().sum(dim=1).argmin()]
    return torch.cat((workspace.cell_centres()[row, column], height[0, row, column][None]))[None]


def test_block_with_room_around_can_be_grasped_upright(draw, workspace):
    height, ids = draw([(0.0, 0.0, 0.05, 0.05, 0.05, 0.0)])
    target = ids == 1
    fits = fit_classes(ONE, central_points(target, height, workspace), SeenTarget(height, target, workspace), CFG)
    assert fits.feasible[0, UPRIGHT]
    # 5 cm across, up to 7.1 cm along the diagonal, and 1 cm to either side.
    assert 0.065 <= float(fits.width[0, UPRIGHT]) <= 0.095
    assert torch.equal(fits.feasible, fits.width > 0) and bool((fits.depth <= CFG.depth + 1e-6).all())
    tilt = torch.rad2deg(torch.arccos((-class_rotations()[:, 2, 2]).clamp(-1.0, 1.0)))
    assert not fits.feasible[0, tilt > 60.1].any()


def test_jaws_along_the_sides_face_the_outline(draw, workspace):
    height, ids = draw([(0.0, 0.0, 0.06, 0.06, 0.05, 0.0)])
    target = ids == 1
    fits = fit_classes(ONE, central_points(target, height, workspace), SeenTarget(height, target, workspace), CFG)
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
        fit_classes(ONE, central_points(target, shape, workspace), SeenTarget(shape, target, workspace), CFG)
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
    fits = fit_classes(ONE, points, SeenTarget(height, target, workspace), CFG)
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
    assert not fit_classes(ONE, points, SeenTarget(height, target, workspace), CFG).feasible.any()


def test_hidden_target_has_no_class(draw, workspace):
    height, ids = draw([(0.0, 0.0, 0.05, 0.05, 0.05, 0.0)])
    target = ids == 9
    points = central_points(target, height, workspace)
    assert bool(points.isfinite().all())
    assert not fit_classes(ONE, points, SeenTarget(height, target, workspace), CFG).feasible.any()


def test_between_neighbours_jaws_fit_only_tightly(draw, workspace):
    # A block of 5 cm and walls 30 mm beside it: pads, 12 mm thick and 24 mm broad, that are turned by 20 degrees
    # against the sides take 3 cm with 10 mm to spare, 5 mm less when tight.
    block, walls = (0.0, 0.0, 0.05, 0.05, 0.05, 0.0), [(s * 0.08, 0.0, 0.05, 0.2, 0.06, 0.0) for s in (-1.0, 1.0)]
    height, ids = draw([block, *walls])
    target = ids == 1
    point = central_points(target, height, workspace)
    fits, roomy = (
        fit_classes(ONE, point, SeenTarget(height, target, workspace), GraspDecoderCfg(tight=tight))
        for tight in (True, False)
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
    fits = fit_classes(ONE, central_points(target, height, workspace), SeenTarget(height, target, workspace), CFG)
    assert bool(fits.tight[0, ACROSS].any())
    assert bool((fits.tight | ~fits.feasible)[0, ACROSS].all())


@pytest.fixture(scope="module")
def rotations():
    return class_rotations()


def test_pairs_are_those_that_the_grasp_decoder_takes(draw, workspace, rotations):
    height, ids = draw([(0.0, 0.0, 0.05, 0.05, 0.05, 0.3), (0.055, 0.0, 0.05, 0.05, 0.06, 0.3)])
    target = ids == 1
    pairs = feasible_pairs(height[0], target[0], workspace)
    cells = cell_points(height[0], target[0].long(), workspace)
    assert set(pairs.cell.tolist()) <= set(cells.cell.tolist())
    chosen = len(cells.cell) // 2
    row, column = workspace.xy_to_cell(cells.point[chosen : chosen + 1, :2])[0]
    scores = torch.full_like(height, -torch.inf)
    scores[0, row, column] = 1.0
    here = pairs.cell == cells.cell[chosen]
    assert 0 < int(here.sum()) < 240
    for index in range(0, 360, 11):
        first = torch.nn.functional.one_hot(torch.tensor([index]), 360).to(height)
        grasp = decode_grasps(scores, first, height, target, workspace, GraspDecoderCfg(tight=False))
        taken = bool(grasp.valid) and int(grasp.class_index) == index
        mine = here & (pairs.view_angle == index)
        assert bool(mine.any()) == taken
        if taken:
            torch.testing.assert_close(pairs.position[mine][0], grasp.position[0])
            torch.testing.assert_close(pairs.width[mine][0], grasp.width[0])


def test_evidence_prefers_jaws_square_to_the_sides(draw, workspace, rotations):
    turn = 0.35
    height, ids = draw([(0.1, -0.05, 0.06, 0.06, 0.05, turn)])
    pairs = feasible_pairs(height[0], ids[0] == 1, workspace)
    closing = rotations[pairs.view_angle[pairs.evidence.argmax()], :, 0]
    heading = math.atan2(float(closing[1]), float(closing[0]))
    off = abs((heading - turn + math.pi / 4) % (math.pi / 2) - math.pi / 4)  # from the nearest side of the block
    assert off < math.radians(16.0)  # classes are 30 degrees apart
    assert abs(float(closing[2])) < math.sin(math.radians(12.0))  # the pads stand upright, as the sides do


def test_tilted_closing_axis_is_less_square(draw, workspace, rotations):
    height, ids = draw([(0.0, 0.0, 0.06, 0.06, 0.08, 0.0)])
    pairs = feasible_pairs(height[0], ids[0] == 1, workspace)
    level = rotations[pairs.view_angle, :2, 0].norm(dim=1)
    assert bool((pairs.squareness <= level + 1e-5).all())
    assert float(pairs.squareness.max()) > 0.95
    assert float(pairs.steepness.min()) >= 0.0 and float(pairs.steepness.max()) <= 3.0


def test_scores_are_those_of_the_heatmap(draw, workspace):
    height, ids = draw([(0.0, 0.0, 0.05, 0.05, 0.05, 0.0)])
    pairs = feasible_pairs(height[0], ids[0] == 1, workspace)
    heatmap = torch.arange(360 * 56 * 56, dtype=torch.float64).view(360, 56, 56)
    row, column = pairs.cell[7] // 56, pairs.cell[7] % 56
    assert pairs.scores(heatmap)[7] == heatmap[pairs.view_angle[7], row, column]
    with pytest.raises(ValueError, match=r"heatmap has shape \(360, 28, 28\)"):
        pairs.scores(heatmap[:, ::2, ::2])


def test_hidden_target_has_no_pair(draw, workspace):
    height, ids = draw([(0.0, 0.0, 0.05, 0.05, 0.05, 0.0)])
    pairs = feasible_pairs(height[0], ids[0] == 2, workspace)
    assert len(pairs.cell) == 0 and pairs.position.shape == (0, 3)
    assert pairs.evidence.shape == (0,)


def test_wrong_maps_are_refused(workspace):
    with pytest.raises(ValueError, match="height has shape"):
        feasible_pairs(torch.zeros(100, 224), torch.zeros(224, 224, dtype=torch.bool), workspace)
    with pytest.raises(ValueError, match="target_mask has dtype"):
        feasible_pairs(torch.zeros(224, 224), torch.zeros(224, 224), workspace)
