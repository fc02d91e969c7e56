"""The choice between grasp and push, and decoding as a whole."""

import pytest
import torch

from pushgrasp.decoding.decoder import Decision, DecoderCfg, decode, push_score_mask, readable_cells
from pushgrasp.perception.heightmap import Heightmaps
from pushgrasp.perception.masks import is_visible, target_mask
from pushgrasp.policies.pg4da.action import action_relevance, split_action

SCENE = [(0.0, 0.0, 0.06, 0.06, 0.05, 0.0), (0.07, 0.0, 0.06, 0.06, 0.05, 0.0)]


@pytest.fixture
def maps(draw):
    """Heightmaps of a target at the origin with a neighbour on its right."""
    height, ids = draw(SCENE)
    return Heightmaps(torch.zeros(1, 3, 224, 224), height, ids)


def coarse_peak(workspace, x, y, score=1.0):
    """56 x 56 feature map with one cell of ``score``."""
    row, column = (workspace.xy_to_cell(torch.tensor([x, y])) // 4).tolist()
    f_map = torch.zeros(1, 56, 56)
    f_map[0, row, column] = score
    return f_map


def run(f_map, maps, workspace, target=1, num_arms=2):
    v = torch.rand(len(f_map), 360, generator=torch.Generator().manual_seed(0))
    return decode(f_map, v, maps, torch.full((len(f_map),), target), workspace, num_arms)


def test_a_peak_on_the_target_means_grasp(maps, workspace):
    decision = run(coarse_peak(workspace, -0.01, 0.0), maps, workspace)
    assert decision.is_grasp.all() and (decision.grasp_score > decision.push_score).all()
    # Bilinear enlargement by four puts 7/8 x 7/8 of a lone cell's score at its four inner cells.
    assert decision.grasp_score.item() == pytest.approx(0.875**2)
    assert decision.grasps.valid.all()


def test_a_peak_on_the_neighbour_in_the_ring_means_push(maps, workspace):
    decision = run(coarse_peak(workspace, 0.043, 0.0), maps, workspace)
    assert not decision.is_grasp.any() and decision.pushes.valid.all()


def test_a_peak_out_of_reach_of_both_masks_counts_for_neither(maps, workspace):
    decision = run(coarse_peak(workspace, -0.3, 0.3), maps, workspace)
    assert decision.push_score.item() == 0.0 and decision.grasp_score.item() == 0.0


def test_a_tie_means_grasp(maps, workspace):
    assert run(torch.full((1, 56, 56), 0.25), maps, workspace).is_grasp.all()


def test_an_unseen_target_is_pushed_for(maps, workspace):
    decision = run(coarse_peak(workspace, 0.07, 0.0), maps, workspace, target=9)
    assert decision.grasp_score.item() == -torch.inf and not decision.is_grasp.any()
    assert not decision.grasps.valid.any() and decision.pushes.valid.all()


def test_push_mask_is_the_pushable_part_of_the_ring(draw):
    _, ids = draw(SCENE)
    mask = push_score_mask(ids == 1, ids > 0, 1 / 224, DecoderCfg(least_ring=0.0))
    assert mask.any() and not (mask & (ids == 1)).any()
    # The ring reaches from 3 cm to 4.5 cm. Only its right side is at the neighbour, which starts at 4 cm: no cell
    # farther left than 4 cm less 3 cells and one of rounding.
    columns = mask[0].nonzero()[:, 1]
    assert columns.min() >= 112 + (0.04 / 0.00446) - 4


def test_a_lone_target_keeps_the_whole_ring(draw):
    _, ids = draw(SCENE[:1])
    mask = push_score_mask(ids == 1, ids > 0, 1 / 224, DecoderCfg(least_ring=0.0))
    # 9 cm x 9 cm less 6 cm x 6 cm = 45 cm2, within the rounding of the rim.
    assert mask.sum().item() * (1 / 224) ** 2 == pytest.approx(0.0045, rel=0.12)


def test_ring_has_a_least_width(draw):
    _, ids = draw(SCENE[:1])
    mask = push_score_mask(ids == 1, ids > 0, 1 / 224, DecoderCfg(least_ring=0.04))
    # Four sides of 6 cm x 4 cm and a disc of 4 cm radius at the corners: 96 cm2 + 50.3 cm2.
    assert mask.sum().item() * (1 / 224) ** 2 == pytest.approx(0.01463, rel=0.12)


@pytest.mark.parametrize("num_arms", [1, 2])
def test_shapes_determinism_and_finite_results(draw_random, workspace, num_arms):
    height, ids = draw_random(3, 4)
    maps = Heightmaps(torch.zeros(3, 3, 224, 224), height, ids)
    f_map = torch.randn(3, 56, 56, generator=torch.Generator().manual_seed(9))
    first, again = (run(f_map, maps, workspace, num_arms=num_arms) for _ in range(2))
    assert first.pushes.paths.shape == (3, num_arms, 32, 3) and first.pushes.yaw.shape == (3, num_arms, 32)
    for one, other in ((first.grasps, again.grasps), (first.pushes, again.pushes)):
        for name, value in vars(one).items():
            assert torch.equal(value, getattr(other, name)) and torch.isfinite(value.float()).all(), name


def test_bad_input_is_named(maps, workspace):
    with pytest.raises(ValueError, match="f_map"):
        run(torch.zeros(1, 56, 56) * torch.nan, maps, workspace)
    with pytest.raises(ValueError, match="f_map"):
        run(torch.zeros(2, 56, 56), maps, workspace)
    with pytest.raises(ValueError, match="v_avh"):
        decode(torch.zeros(1, 56, 56), torch.zeros(1, 12), maps, torch.ones(1).long(), workspace, 2)
    with pytest.raises(ValueError, match="push_scale"):
        DecoderCfg(push_scale=1.0)


WORLDS = 30
UNSEEN = 99


def relevant_cells(maps, target_id, workspace):
    """Cells (N, 56, 56) of the feature map that the action counts."""
    cells = readable_cells(maps, target_id, workspace, DecoderCfg())
    return split_action(action_relevance(cells).float())[0] > 0


def assert_same(one: Decision, other: Decision):
    """Same choice, same grasps where one is chosen, same pushes where one is chosen."""
    assert torch.equal(one.is_grasp, other.is_grasp)
    for chosen, kind in ((one.is_grasp, "grasps"), (~one.is_grasp, "pushes")):
        for name, value in vars(getattr(one, kind)).items():
            assert torch.equal(value[chosen], getattr(getattr(other, kind), name)[chosen]), f"{kind}.{name}"


def seen_targets(ids):
    """The id of the first visible box of each world."""
    numbers = torch.arange(1, int(ids.max()) + 1)
    seen = torch.stack([is_visible(ids == number) for number in numbers], dim=1)
    return numbers[seen.long().argmax(dim=1)]


@pytest.mark.parametrize("num_arms", [1, 2])
@pytest.mark.parametrize("visible", [True, False])
def test_other_cells_cannot_change_the_decision(draw_random, workspace, visible, num_arms):
    height, ids = draw_random(WORLDS, 11)
    maps = Heightmaps(torch.zeros(WORLDS, 3, 224, 224), height, ids)
    target_id = seen_targets(ids) if visible else torch.full((WORLDS,), UNSEEN)
    assert is_visible(target_mask(ids, target_id)).eq(visible).all()
    relevant = relevant_cells(maps, target_id, workspace)
    generator = torch.Generator().manual_seed(12)
    v_avh = torch.randn(WORLDS, 360, generator=generator)
    f_map = torch.randn(WORLDS, 56, 56, generator=generator)
    first = decode(f_map, v_avh, maps, target_id, workspace, num_arms)
    chosen = first.is_grasp
    assert (chosen.any() and not chosen.all()) if visible else not chosen.any()  # both kinds are looked at
    for scale in (1.0, 10.0):
        noise = scale * torch.randn(WORLDS, 56, 56, generator=generator)
        other = decode(torch.where(relevant, f_map, noise), v_avh, maps, target_id, workspace, num_arms)
        assert_same(first, other)


def test_size_for_a_square_target(draw, workspace):
    # 1/224 m per cell. A 26-cell square about the centre has its outermost cell centres 12.5 cells off in x and y, the
    # corner sqrt(2) * 12.5 = 17.68 cells. Reach 0.06 m and span 0.05 m add 0.11 * 224 = 24.64: a disc of 42.32 cells.
    # The square scaled by 1.5 has its corner at 1.5 * 18.4 = 27.6 cells, inside the disc.
    side = 26 / 224
    height, ids = draw([(0.0, 0.0, side, side, 0.05, 0.0)])
    assert int((ids > 0).sum()) == 26 * 26
    maps = Heightmaps(torch.zeros(1, 3, 224, 224), height, ids)
    cells = readable_cells(maps, torch.tensor([1]), workspace, DecoderCfg())
    offset = torch.arange(224) - 111.5
    assert torch.equal(cells[0], offset[:, None].square() + offset.square() <= 42.32**2)
    # Its area is pi * 42.32^2 = 5626 cells, within the rounding of the rim.
    assert int(cells.sum()) == pytest.approx(5626, rel=0.01)
