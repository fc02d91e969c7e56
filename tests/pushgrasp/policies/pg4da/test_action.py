"""Splitting the action vector, refusing what is none, and which of its numbers the decoders can read."""

import pytest
import torch
from torch.nn import functional

from pushgrasp.policies.pg4da.action import ACTION_SIZE, action_relevance, split_action


def test_size_is_that_of_the_paper():
    assert ACTION_SIZE == 3496  # 56 * 56 + 360


def test_parts_come_in_order():
    # Numbers 0 to 3495: row r, column c of the map is 56 r + c, score k is 3136 + k. World 1 is 10,000 higher.
    action = torch.arange(3496.0).repeat(2, 1) + torch.tensor([[0.0], [10_000.0]])
    f_map, v_avh = split_action(action)
    assert f_map.shape == (2, 56, 56)
    assert v_avh.shape == (2, 360)
    assert f_map[0, 0, 55] == 55
    assert f_map[0, 1, 0] == 56
    assert f_map[1, 55, 55] == 13_135
    assert v_avh[0, 0] == 3136
    assert v_avh[1, 359] == 13_495


def test_dtype_and_gradients_pass_through():
    action = torch.zeros(1, 3496, dtype=torch.float64, requires_grad=True)
    f_map, v_avh = split_action(action)
    (f_map.sum() + 2 * v_avh.sum()).backward()
    assert f_map.dtype == torch.float64
    assert action.grad[0, :3136].unique().tolist() == [1.0]
    assert action.grad[0, 3136:].unique().tolist() == [2.0]


def test_no_worlds():
    f_map, v_avh = split_action(torch.zeros(0, 3496))
    assert f_map.shape == (0, 56, 56)
    assert v_avh.shape == (0, 360)


@pytest.mark.parametrize("shape", [(3496,), (2, 3495), (1, 2, 3496)])
def test_wrong_shape_is_refused(shape):
    with pytest.raises(ValueError, match="shape"):
        split_action(torch.zeros(shape))


def test_worlds_that_are_not_finite_are_named():
    action = torch.zeros(5, 3496)
    action[1, 7] = float("nan")
    action[4, 3400] = float("-inf")
    with pytest.raises(ValueError, match=r"in 2 of 5 worlds: 1, 4$"):
        split_action(action)


def test_one_heightmap_cell_touches_nine_map_cells() -> None:
    mask = torch.zeros(2, 224, 224, dtype=torch.bool)
    mask[0, 41, 82] = True  # map cell (10, 20), and its neighbours by interpolation
    cells, classes = split_action(action_relevance(mask).float())
    assert cells[0].sum() == 9 and cells[0, 9:12, 19:22].all()
    assert cells[1].sum() == 0 and classes.all()


def test_other_numbers_cannot_change_the_resized_map_inside_the_mask() -> None:
    generator = torch.Generator().manual_seed(0)
    mask = torch.zeros(1, 224, 224, dtype=torch.bool)
    mask[0, 100:131, 57:60] = True
    mask[0, 0, 223] = True
    relevant = split_action(action_relevance(mask).float())[0] > 0
    first = torch.randn(1, 56, 56, generator=generator)
    second = torch.where(relevant, first, torch.randn(1, 56, 56, generator=generator))
    resized = [
        functional.interpolate(f[None], size=224, mode="bilinear", align_corners=False)[0] for f in (first, second)
    ]
    assert torch.equal(resized[0][mask], resized[1][mask])
    assert not torch.equal(resized[0], resized[1])


@pytest.mark.parametrize("mask", [torch.zeros(1, 224, 224), torch.zeros(224, 224, dtype=torch.bool)])
def test_other_masks_are_refused(mask: torch.Tensor) -> None:
    with pytest.raises(ValueError, match=r"expected bool \(N, 224, 224\)"):
        action_relevance(mask)
