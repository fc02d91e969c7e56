"""One part of a target, and id pictures."""

import numpy as np
import pytest
import torch

from pushgrasp.interface.world import Observation
from pushgrasp.perception.heightmap import project_heightmaps
from pushgrasp.perception.segment.segments import TARGET_ID, object_ids, one_part
from pushgrasp.perception.workspace import Workspace

RED, GREEN, BLUE = (200, 40, 40), (40, 160, 60), (40, 60, 200)
ROWS, LEFT, MIDDLE, RIGHT = slice(90, 110), slice(70, 85), slice(90, 105), slice(110, 125)


def row_of_three(table):
    return table().put(ROWS, LEFT, 0.05, RED).put(ROWS, MIDDLE, 0.05, GREEN).put(ROWS, RIGHT, 0.05, BLUE)


def test_the_target_comes_first_and_the_others_by_place(table) -> None:
    segments = row_of_three(table).put(slice(40, 60), RIGHT, 0.05, RED).segments()
    target = np.zeros((200, 200), dtype=bool)
    target[ROWS, MIDDLE] = True
    ids = object_ids(segments, target)
    places = [(50, 115), (100, 75), (100, 115)]  # far before near, then left before right
    assert [ids[place] for place in places] == [2, 3, 4]
    assert (ids[target] == TARGET_ID).all() and ids.max() == 4 and ids[0, 0] == 0


def test_a_thin_rim_of_the_target_s_piece_is_no_object(table) -> None:
    segments = row_of_three(table).segments()
    target = np.zeros((200, 200), dtype=bool)
    target[91:109, 91:104] = True
    ids = object_ids(segments, target)
    assert ids[90, 95] == 0 and ids.max() == 3


def test_half_a_piece_that_is_left_is_an_object_of_its_own(table) -> None:
    segments = row_of_three(table).segments()
    target = np.zeros((200, 200), dtype=bool)
    target[90:102, MIDDLE] = True
    ids = object_ids(segments, target)
    assert ids.max() == 4 and ids[105, 97] > 1


def test_an_empty_target_is_refused(table) -> None:
    with pytest.raises(ValueError, match="mask is empty"):
        object_ids(row_of_three(table).segments(), np.zeros((200, 200), dtype=bool))


def test_two_parts_are_told_with_their_places(table) -> None:
    segments = row_of_three(table).segments()
    mask = np.zeros((200, 200), dtype=bool)
    mask[ROWS, LEFT] = mask[ROWS, RIGHT] = True
    # middle of the left part: pixel 77, which is (77.5 - 100) / 250 * 0.95 m = -0.086 m
    with pytest.raises(ValueError, match=r"it lies in 2 parts: pixel 77,100 \(x -0.09 m, .*\); pixel 117,100"):
        one_part(segments, mask, "it")


@pytest.mark.parametrize(("height", "width"), [(0.08, 18), (0.055, 18), (0.08, 26)])
def test_parts_with_something_higher_close_between_them_are_one(table, height: float, width: int) -> None:
    middle, right = slice(85, 85 + width), slice(85 + width, 100 + width)
    seen = table().put(ROWS, LEFT, 0.05, RED).put(ROWS, right, 0.05, RED).put(slice(80, 120), middle, height, BLUE)
    mask = np.zeros((200, 200), dtype=bool)
    mask[ROWS, LEFT] = mask[ROWS, right] = True
    if height == 0.08 and width == 18:  # 18 pixels are 66 mm: each half is nearer than 40 mm to a part
        assert (one_part(seen.segments(), mask, "it") == mask).all()
    else:  # hardly higher than the parts, or 26 pixels, 96 mm, wide
        with pytest.raises(ValueError, match="it lies in 2 parts"):
            one_part(seen.segments(), mask, "it")


def test_small_parts_beyond_something_higher_belong_to_it(table) -> None:
    seen = table().put(ROWS, LEFT, 0.05, RED).put(slice(80, 120), slice(85, 103), 0.08, BLUE)
    strip = slice(98, 101), slice(103, 106)  # 1.3 cm^2
    seen.put(*strip, 0.05, RED)
    mask = np.zeros((200, 200), dtype=bool)
    mask[ROWS, LEFT] = mask[strip] = True
    assert (one_part(seen.segments(), mask, "it") == mask).all()


def test_small_parts_do_not_count_and_too_small_targets_are_refused(table) -> None:
    segments = row_of_three(table).segments()
    mask = np.zeros((200, 200), dtype=bool)
    mask[ROWS, LEFT] = True
    speck = mask.copy()
    speck[100:103, 115:118] = True  # 9 pixels of 0.144 cm^2
    assert (one_part(segments, speck, "it") == mask).all()
    assert (one_part(segments, speck & ~mask, "it") == (speck & ~mask)).all()  # alone, mostly hidden
    speck[102] = False
    with pytest.raises(ValueError, match=r"it is too small: 0.9 cm\^2 stand on the table; 1 are needed"):
        one_part(segments, speck & ~mask, "it")


def test_a_target_that_is_mostly_hidden_is_in_the_id_picture(table) -> None:
    segments, speck = row_of_three(table).segments(), np.zeros((200, 200), dtype=bool)
    speck[100:103, 95:98] = True
    assert ((object_ids(segments, speck) == TARGET_ID) == speck).all()


def test_heightmaps_for_policies_come_out_of_it(table) -> None:
    seen, workspace = row_of_three(table), Workspace(-0.3, 0.3, -0.3, 0.3, 100)
    target = np.zeros((200, 200), dtype=bool)
    target[ROWS, MIDDLE] = True
    ids = object_ids(seen.segments(), target)
    camera = (torch.as_tensor(part, dtype=torch.float32)[None] for part in seen.camera)
    pictures = (torch.as_tensor(part)[None] for part in (seen.colour, seen.depth, ids))
    maps = project_heightmaps(*pictures, *camera, workspace)
    observed = Observation(maps, torch.tensor([TARGET_ID]), workspace)
    cells = observed.heightmaps.ids[0] == observed.target_id
    # 20 x 15 pixels of 0.95 / 250 m are 76 x 57 mm: 12.7 x 9.5 cells of 6 mm
    assert 110 <= int(cells.sum()) <= 140
    assert torch.allclose(observed.heightmaps.height[0][cells], torch.tensor(0.05), atol=1e-5)
