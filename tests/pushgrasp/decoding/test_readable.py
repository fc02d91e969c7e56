"""Which cells of the feature map a decision depends on."""

import pytest
import torch

from pushgrasp.decoding import Decision, DecoderCfg, decode
from pushgrasp.decoding.readable import readable_cells
from pushgrasp.perception.heightmap import Heightmaps
from pushgrasp.perception.masks import is_visible, target_mask
from pushgrasp.policies.pg4da.action import action_relevance, split_action

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
