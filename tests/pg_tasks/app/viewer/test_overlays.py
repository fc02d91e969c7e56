"""Overlays and pictures of a state made by hand (see viewer_fakes)."""

from __future__ import annotations

import pytest
import torch
from viewer_fakes import WORKSPACE, make_action, make_heightmaps

from pg_tasks.app.viewer.overlays import (
    ARM_COLOURS,
    CLEARANCE,
    GRASP_COLOUR,
    OVERLAYS,
    TARGET_COLOUR,
    View,
    make,
)
from pg_tasks.app.viewer.pictures import COVER, FULL_HEIGHT, OBJECTS, TARGET, height_colours, mask_picture, to_bytes
from pushgrasp.interface.action import Kind


def view(is_grasp: bool | None, origin: tuple[float, ...] = (0.0, 0.0, 0.0)) -> View:
    action = None if is_grasp is None else make_action(is_grasp)
    return View(make_heightmaps(), torch.tensor([1, 1]), action, WORKSPACE, 0, torch.tensor(origin))


def test_target_and_objects_are_outlined_where_they_are() -> None:
    (target,), (objects,) = make("target mask", view(None)), make("object mask", view(None))
    # Cell (1, 1) of four 5 cm cells from (-0.1, 0.1): x in [-0.05, 0], y in [0, 0.05]; its neighbour ends at x = 0.05.
    for lines, right, count in ((target, 0.0, 4), (objects, 0.05, 6)):
        both = torch.cat((lines.starts, lines.ends))
        assert both[:, :2].amin(dim=0).tolist() == pytest.approx([-0.05, 0.0], abs=1e-6)
        assert both[:, :2].amax(dim=0).tolist() == pytest.approx([right, 0.05], abs=1e-6)
        assert len(lines.starts) == count
    assert target.colour == TARGET_COLOUR


def test_the_chosen_move_is_drawn_and_the_other_one_is_not() -> None:
    left, right = make("push paths", view(is_grasp=False))
    assert (left.colour, right.colour) == ARM_COLOURS and make("grasp", view(is_grasp=False)) == []
    (grasp,) = make("grasp", view(is_grasp=True))
    assert grasp.colour == GRASP_COLOUR and make("push paths", view(is_grasp=True)) == []


def test_a_move_is_drawn_where_it_picks_up_and_where_it_puts_down() -> None:
    state = view(is_grasp=True)
    state.action.kind[0, 1], state.action.place_position[0, 1] = Kind.MOVE, torch.tensor([-0.04, 0.03, 0.05])
    pick, place = make("grasp", state)
    torch.testing.assert_close(place.starts, pick.starts + torch.tensor([-0.06, 0.0, 0.0]))
    (way,) = make("push paths", state)
    assert way.colour == ARM_COLOURS[1]
    assert way.starts[0].tolist() == pytest.approx([0.02, 0.03, 0.05 + CLEARANCE])


def test_push_paths_lie_above_the_highest_object() -> None:
    left, _ = make("push paths", view(is_grasp=False))
    assert left.starts[:, 2].tolist() == pytest.approx([0.05 + CLEARANCE] * len(left.starts))


def test_moves_that_cannot_be_carried_out_are_not_drawn() -> None:
    state = view(is_grasp=True)
    state.action.valid[:] = False
    assert make("grasp", state) == []
    state = view(is_grasp=False)
    state.action.valid[:, 0] = False
    (right,) = make("push paths", state)
    assert right.starts[0, 1].item() == pytest.approx(0.05)
    state.action.valid[:] = False
    assert make("push paths", state) == []


def test_nothing_is_planned_before_an_action() -> None:
    assert make("push paths", view(None)) == make("grasp", view(None)) == []


@pytest.mark.parametrize("name", OVERLAYS)
def test_overlays_stand_where_their_world_stands(name: str) -> None:
    for here, there in zip(make(name, view(True)), make(name, view(True, (4.0, -4.0, 1.0))), strict=True):
        fields = ("positions",) if hasattr(here, "positions") else ("starts", "ends")
        for field in fields:
            moved = getattr(here, field) + torch.tensor([4.0, -4.0, 1.0])
            torch.testing.assert_close(getattr(there, field), moved)


def test_unknown_overlay_is_refused() -> None:
    with pytest.raises(ValueError, match="unknown overlay 'masks'; overlays: heightmap, target mask, "):
        make("masks", view(None))


def test_height_runs_from_violet_to_yellow() -> None:
    colours = height_colours(torch.tensor([[0.0, FULL_HEIGHT, 2.0 * FULL_HEIGHT]]))
    violet, yellow = (68 / 255, 1 / 255, 84 / 255), (253 / 255, 231 / 255, 36 / 255)  # ends of viridis
    torch.testing.assert_close(colours[0], torch.tensor([violet, yellow, yellow]), atol=0.003, rtol=0.0)


def test_mask_picture_tints_target_and_objects_only() -> None:
    picture = mask_picture(make_heightmaps(), torch.tensor([1, 1]), 0)
    assert picture[1, 1].tolist() == pytest.approx([0.5 * (1 - COVER) + COVER * c for c in TARGET])
    assert picture[1, 2].tolist() == pytest.approx([0.5 * (1 - COVER) + COVER * c for c in OBJECTS])
    picture[1, 1:3] = 0.5
    assert (picture == 0.5).all()


def test_bytes_round_and_clip() -> None:
    assert to_bytes(torch.tensor([-1.0, 0.0, 0.5, 1.0, 2.0])).tolist() == [0, 0, 128, 255, 255]
