"""Object slots and colours."""

from __future__ import annotations

import colorsys
from pathlib import Path

import pytest

from pg_tasks.assets.objects import object_slots, slot_colour, slot_name
from pushgrasp.scenes.colours import PALETTE, TARGET_COLOUR

SHAPES = ("cube", "arch", "cube")
PARKING = ((0.0, 0.0, -0.7), (0.1, 0.0, -0.7), (0.2, 0.0, -0.7))


def test_names_sort_by_index() -> None:
    names = [slot_name(index) for index in range(35)]
    assert names[:2] == ["slot_00", "slot_01"]
    assert sorted(names) == names


def test_each_slot_has_its_shape_place_and_class() -> None:
    slots = object_slots(SHAPES, PARKING).rigid_objects
    assert list(slots) == ["slot_00", "slot_01", "slot_02"]
    for (name, slot), shape, place in zip(slots.items(), SHAPES, PARKING, strict=True):
        assert Path(slot.spawn.usd_path).name == f"{shape}.usda"
        assert Path(slot.spawn.usd_path).is_file()
        assert slot.init_state.pos == place
        assert slot.spawn.semantic_tags == [("class", name)]
        assert slot.prim_path.endswith(name)


def test_every_shape_needs_a_place() -> None:
    with pytest.raises(ValueError, match="zip"):
        object_slots(SHAPES, PARKING[:2])


def test_colour_belongs_to_its_slot() -> None:
    assert slot_colour(3).prim_path == "{ENV_REGEX_NS}/slot_03/colour"
    assert slot_colour(len(PALETTE)).spawn.diffuse_color == PALETTE[0]


def test_only_the_target_is_green() -> None:
    hue = {colour: 360.0 * colorsys.rgb_to_hsv(*colour)[0] for colour in (TARGET_COLOUR, *PALETTE)}
    assert 100.0 < hue.pop(TARGET_COLOUR) < 140.0
    assert all(not 80.0 < angle < 160.0 for angle in hue.values())
    assert len(hue) == len(PALETTE)
