"""Which object the user means, and where it is in the picture."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from pushgrasp.deploy.target import ALL, TargetWish, find_target, parse_target
from pushgrasp.perception.segment.segments import Segments, take_apart
from pushgrasp.perception.workspace import Workspace

GREEN, PALE_GREEN, RED, BLUE = (40, 160, 60), (130, 190, 130), (200, 40, 40), (40, 60, 200)
BOX = slice(90, 110), slice(90, 110)
OTHER = slice(90, 110), slice(130, 150)
BESIDE = slice(90, 110), slice(5, 20)


def picture(*boxes: tuple[tuple[slice, slice], tuple[int, int, int]], unknown: tuple | None = None) -> Segments:
    """Boxes of 5 cm on a grey table, 4 mm per pixel; the workspace ends 0.3 m from the middle, at pixels 25 and 175."""
    colour, depth = np.full((200, 200, 3), 128, dtype=np.uint8), np.ones((200, 200), dtype=np.float32)
    for place, paint in boxes:
        colour[place], depth[place] = paint, 0.95
    if unknown is not None:
        depth[unknown] = 0.0
    matrix = np.array([[250.0, 0.0, 100.0], [0.0, 250.0, 100.0], [0.0, 0.0, 1.0]])
    workspace = Workspace(-0.3, 0.3, -0.3, 0.3)
    return take_apart(colour, depth, matrix, np.diag([1.0, -1.0, -1.0]), np.array([0.0, 0.0, 1.0]), workspace)


def mask_of(*places: tuple[slice, slice]) -> np.ndarray:
    mask = np.zeros((200, 200), dtype=bool)
    for place in places:
        mask[place] = True
    return mask


def find(segments: Segments, word: str) -> np.ndarray:
    return find_target(segments, parse_target(word))


@pytest.mark.parametrize(
    ("word", "wish"),
    [
        ("green", TargetWish("colour", colour="green")),
        ("click:412,230", TargetWish("click", pixels=(412, 230))),
        ("box:380,200,460,280", TargetWish("box", pixels=(380, 200, 460, 280))),
        ("all", ALL),
        ("mask:a:b.png", TargetWish("mask", file=Path("a:b.png"))),
    ],
)
def test_words_name_targets_and_back(word: str, wish: TargetWish) -> None:
    assert parse_target(word) == wish
    assert str(wish) == word


@pytest.mark.parametrize(
    "word", ["", "teal", "click", "click:", "click:1", "click:1,2,3", "click:-1,2", "click:1.5,2", "box:1,2,3", "mask:"]
)
def test_other_words_are_refused_with_the_ways(word: str) -> None:
    with pytest.raises(ValueError, match=r"a colour \(red, .*click:COLUMN,ROW, box:LEFT.* or mask:FILE is needed"):
        parse_target(word)


@pytest.mark.parametrize("word", ["box:10,10,10,20", "box:10,20,30,20", "box:30,10,20,20"])
def test_empty_boxes_are_refused(word: str) -> None:
    with pytest.raises(ValueError, match="is empty: left < right and top < bottom"):
        parse_target(word)


@pytest.mark.parametrize("word", ["green", "click:100,100", "box:85,85,120,115"])
def test_each_way_finds_the_object(word: str) -> None:
    assert (find(picture((BOX, GREEN), (OTHER, RED)), word) == mask_of(BOX)).all()


def test_of_all_objects_the_one_of_which_most_is_seen_is_the_target() -> None:
    wide = slice(OTHER[0].start, OTHER[0].stop), slice(OTHER[1].start, OTHER[1].stop + 8)
    assert (find(picture((BOX, GREEN), (wide, RED)), "all") == mask_of(wide)).all()
    with pytest.raises(ValueError, match="nothing stands in the workspace"):
        find(picture(), "all")


def test_a_mask_file_finds_the_object(tmp_path: Path) -> None:
    file = tmp_path / "mask.png"
    Image.fromarray(255 * mask_of(BOX).astype(np.uint8)).save(file)
    assert (find(picture((BOX, GREEN), (OTHER, RED)), f"mask:{file}") == mask_of(BOX)).all()


def test_a_colour_that_is_not_there_is_told_with_those_that_are() -> None:
    with pytest.raises(ValueError, match="nothing green stands in the workspace; colours there: red, blue"):
        find(picture((BOX, BLUE), (OTHER, RED)), "green")


def test_a_colour_outside_the_workspace_is_told_with_its_place() -> None:
    # middle of the box: pixel 12, (12.5 - 100) / 250 * 0.95 m = -0.33 m
    with pytest.raises(
        ValueError, match=r"nothing green stands in the workspace, but outside it at pixel 12,100 .x -0.33"
    ):
        find(picture((BESIDE, GREEN), (OTHER, RED)), "green")


def test_two_objects_of_a_colour_are_told_with_their_places() -> None:
    with pytest.raises(ValueError, match=r"what is green lies in 2 parts: pixel 100,100 .*; pixel 140,100 .*click:"):
        find(picture((BOX, GREEN), (OTHER, GREEN)), "green")


def test_a_tint_of_the_colour_is_no_second_object() -> None:
    assert (find(picture((BOX, GREEN), (OTHER, PALE_GREEN)), "green") == mask_of(BOX)).all()
    assert (find(picture((OTHER, (90, 190, 90))), "green") == mask_of(OTHER)).all()  # alone, it is the target


def test_a_speck_of_the_colour_is_too_small() -> None:
    speck = slice(100, 102), slice(100, 103)
    with pytest.raises(ValueError, match=r"what is green is too small: 0.9 cm\^2"):
        find(picture((speck, GREEN)), "green")


def test_pixels_without_depth_belong_to_it_by_colour_alone() -> None:
    corner = slice(90, 95), slice(90, 95)
    assert (find(picture((BOX, GREEN), unknown=corner), "green") == mask_of(BOX)).all()
    assert not find(picture((BOX, GREEN), unknown=corner), "click:105,105")[corner].any()


def test_clicks_on_nothing_and_outside_the_picture_are_refused() -> None:
    segments = picture((BOX, GREEN))
    assert (find(segments, "click:112,100") == mask_of(BOX)).all()  # 3 pixels beside it, 11 mm
    with pytest.raises(ValueError, match="nothing stands on the table in the workspace at pixel 114,100"):
        find(segments, "click:114,100")
    with pytest.raises(ValueError, match="click 200,5 is outside the picture of 200 x 200 pixels"):
        find(segments, "click:200,5")
    with pytest.raises(ValueError, match="nothing stands"):
        find(picture(), "click:100,100")


def test_boxes_round_nothing_part_of_an_object_or_two_are_refused() -> None:
    segments = picture((BOX, GREEN), (OTHER, RED))
    with pytest.raises(ValueError, match="no object lies in box 10,10,20,20; nothing stands there"):
        find(segments, "box:10,10,20,20")
    with pytest.raises(ValueError, match="1 reach into it, by 50% at most where 60% is needed: draw it larger"):
        find(segments, "box:90,90,100,110")
    with pytest.raises(ValueError, match="what lies in box 80,80,160,120 lies in 2 parts"):
        find(segments, "box:80,80,160,120")
    with pytest.raises(ValueError, match="box 100,100,201,120 is not inside the picture"):
        find(segments, "box:100,100,201,120")


def test_masks_of_another_size_empty_outside_and_in_two_parts_are_refused(tmp_path: Path) -> None:
    segments, file = picture((BOX, GREEN), (OTHER, RED), (BESIDE, RED)), tmp_path / "mask.npy"

    def refused(mask: np.ndarray, reason: str) -> None:
        np.save(file, mask)
        with pytest.raises(ValueError, match=reason):
            find(segments, f"mask:{file}")

    refused(np.ones((100, 150), dtype=bool), r"mask.npy is a mask of 150 x 100 pixels; the picture has 200 x 200")
    refused(mask_of(), "mask.npy is an empty mask")
    refused(mask_of(BESIDE), r"mask.npy lies outside the workspace, at pixel 12,100")
    refused(mask_of(BOX, OTHER), "what .*mask.npy shows lies in 2 parts")
    refused(mask_of((slice(40, 60), slice(40, 60))), "too small: 0.0 cm")
    with pytest.raises(FileNotFoundError):
        find(segments, f"mask:{tmp_path / 'none.png'}")


def test_masks_are_drawn_again_but_those_of_files_not(tmp_path: Path) -> None:
    segments, smaller = picture((BOX, GREEN)), mask_of((slice(95, 105), slice(95, 105)))
    np.save(tmp_path / "mask.npy", mask_of(BOX))
    refine = lambda colour, mask: smaller | mask_of((slice(0, 20), slice(0, 20)))  # noqa: E731 - outside: cut off
    assert (find_target(segments, parse_target("green"), refine) == smaller).all()
    assert (find_target(segments, parse_target(f"mask:{tmp_path / 'mask.npy'}"), refine) == mask_of(BOX)).all()
    with pytest.raises(ValueError, match="target green, its mask drawn again, is too small"):
        find_target(segments, parse_target("green"), lambda colour, mask: mask_of())
