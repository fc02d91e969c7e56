"""Scenes for pictures: shapes by split, groups that lean and stand in walls, and their seeds."""

from collections import Counter

import pytest
import torch

from pg_tasks.envs.settling import settle
from pg_tasks.grasp_data.arrangements import leaning, walled
from pg_tasks.grasp_data.scenes import FAMILIES, draw_scene
from pg_tasks.grasp_data.shapes import HELD_OUT, pool, slot_layout
from pushgrasp.scenes.rotations import rotate
from pushgrasp.scenes.slots import SlotLayout

FEW = SlotLayout.default(25).shapes
"""Shapes of which two groups may take all that can stand as walls."""


def test_held_out_shapes_are_only_in_the_test_split():
    for split in ("train", "val"):
        assert not set(pool(split)) & set(HELD_OUT)
    assert set(HELD_OUT) < set(pool("test"))
    with pytest.raises(ValueError, match="unknown split 'all'; splits: train, val, test"):
        pool("all")


@pytest.mark.parametrize("seed", range(6))
def test_scenes_fit_the_slots_and_repeat(seed):
    scenes = [draw_scene(torch.Generator().manual_seed(seed), pool("test")) for _ in range(2)]
    assert scenes[0] == scenes[1]
    slot_layout().assign(scenes[:1])
    assert scenes[0].name in FAMILIES
    assert scenes[0].poses()[0][:, :2].abs().max() < 0.5


def test_leaning_blocks_lean_when_they_have_settled():
    tilts = []
    for seed in range(4):
        scene = settle(leaning(torch.Generator().manual_seed(seed), pool("train"))).scene
        for item in scene.objects[1::2]:
            up = rotate(torch.tensor(item.quaternion), torch.tensor([0.0, 0.0, 1.0]))
            tilts.append(float(torch.acos(up[2].abs().clamp(max=1.0)).rad2deg()))
    assert sum(15.0 < tilt < 75.0 for tilt in tilts) > len(tilts) / 2


@pytest.mark.parametrize("draw", [leaning, walled])
def test_groups_end_where_a_pool_has_not_enough_for_another_one(draw) -> None:
    for seed in range(40):
        names = Counter(item.shape for item in draw(torch.Generator().manual_seed(seed), FEW).objects)
        assert names and names <= Counter(FEW)


def test_walls_stand_close_and_stay():
    for seed in range(4):
        scene = walled(torch.Generator().manual_seed(seed), pool("train"))
        settled = settle(scene)
        assert settled.rested
        assert settled.moved.max() < 0.05
