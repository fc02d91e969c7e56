"""Splitting the action vector, and refusing what is none."""

import pytest
import torch

from pushgrasp.policies.pg4da.action import ACTION_SIZE, split_action


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
