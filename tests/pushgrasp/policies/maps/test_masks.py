"""Masks, places of objects, and jaws as pictures."""

from __future__ import annotations

import math

import torch

from pushgrasp.gripper.geometry import GripperGeometry
from pushgrasp.policies.maps.masks import SPAN, angle_index, in_the_way, jaws_picture, mask_places, object_masks


def test_each_object_has_its_own_mask_and_place() -> None:
    ids = torch.zeros(1, 4, 4, dtype=torch.uint8)
    ids[0, 0, 3] = 2  # the far right corner
    masks = object_masks(ids)
    assert masks.shape == (1, 2, 4, 4)
    assert masks[0, 0].sum() == 0 and masks[0, 1].nonzero().tolist() == [[0, 3]]
    # One and a half cells of 10 mm from the middle of the window: to the right, and away.
    torch.testing.assert_close(mask_places(masks, 0.01)[0, 1], torch.tensor([0.015, 0.015]))


def test_empty_masks_are_allowed() -> None:
    masks = object_masks(torch.zeros(2, 4, 4, dtype=torch.long))
    assert masks.shape == (2, 1, 4, 4)
    assert bool(mask_places(masks, 0.01).isfinite().all())


def test_jaws_are_drawn_where_the_pads_are() -> None:
    sizes = GripperGeometry()  # pads 12 mm thick and 24 mm broad
    picture = jaws_picture(torch.tensor([0.0]), torch.tensor([0.06]), 48, 0.002, sizes)[0]
    middle = 23  # where window_at puts a whole cell
    assert picture[middle, middle] == SPAN
    for side in (-1, 1):  # the pads are from 30 to 42 mm beside the middle: cells 15 to 21
        assert picture[middle, middle + side * 18] == 1.0
        assert picture[middle, middle + side * 24 if side < 0 else 47] < 0.1
    assert picture[middle + 10, middle] == 0.0  # 20 mm aside, where the pads reach 12 mm
    # 2 pads of 12 x 24 mm, and half of 60 x 24 mm between them, in cells of 4 mm^2
    assert abs(float(picture.sum()) - (2 * 12 * 24 + 0.5 * 60 * 24) / 4) < 2.0


def test_jaws_turn_with_the_angle() -> None:
    level = jaws_picture(torch.tensor([0.0]), torch.tensor([0.04]), 30, 0.004, GripperGeometry())
    upright = jaws_picture(torch.tensor([math.pi / 2]), torch.tensor([0.04]), 30, 0.004, GripperGeometry())
    # About the cell in row and column 14 the picture turns; rows and columns 0 to 28 are as far on both sides.
    torch.testing.assert_close(upright[:, :29, :29], torch.rot90(level[:, :29, :29], 1, (1, 2)), atol=1e-4, rtol=0.0)


def test_angles_count_from_zero_and_start_again_after_half_a_turn() -> None:
    angles = torch.tensor([0.0, 0.1, math.pi / 2, math.pi - 0.05])  # steps of ten degrees, 0.1745 rad
    assert angle_index(angles, 18).tolist() == [0, 1, 9, 0]


def test_what_stands_round_the_goal_and_on_it_is_in_its_way() -> None:
    ids = torch.zeros(1, 60, 60, dtype=torch.long)
    ids[0, 28:32, 28:32] = 1  # the goal, 4 cells of 5 mm
    ids[0, 28:32, 32] = 2  # lies on a part of it
    ids[0, 30, 41] = 3  # 9 cells away
    ids[0, 30, 45] = 4  # 13 cells away, more than 5 cm
    goal = torch.zeros(1, 60, 60, dtype=torch.bool)
    goal[0, 28:32, 28:33] = True
    gain = in_the_way(ids, goal, goal & (ids == 1), 0.005)
    assert gain[0, 30, [28, 31, 32, 36, 41, 45]].tolist() == [-1.0, -1.0, 1.0, 0.0, 1.0, 0.0]
    assert float(in_the_way(ids, goal, goal & False, 0.005)[0, 30, 30]) == 1.0  # looked for under it
