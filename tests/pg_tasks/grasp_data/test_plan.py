"""Shards of a data set: which there are, which are left, and whose recipe they follow."""

import json

import pytest
import torch
from safetensors.torch import save_file

from pg_tasks.grasp_data.plan import all_shards, begin, left_to_do
from pg_tasks.grasp_data.samples import RecipeCfg, scene_seed
from pg_tasks.grasp_data.variation import VariationCfg
from pushgrasp.grasping.data.sample import GraspSample
from pushgrasp.grasping.data.shards import write_shard


def blank_sample() -> GraspSample:
    none = torch.zeros(0)
    picture = torch.zeros(3, 224, 224, dtype=torch.uint8)
    return GraspSample(
        picture, torch.zeros(224, 224).half(), picture[0], none.to(torch.int16), none.to(torch.int16), none.half()
    )


def test_shards_hold_every_sample_once(tmp_path):
    found = all_shards(tmp_path, {"train": 150, "val": 20, "test": 0})
    assert {(shard.split, shard.first, shard.count) for shard in found} == {
        ("train", 0, 64),
        ("train", 64, 64),
        ("train", 128, 22),
        ("val", 0, 20),
    }
    assert len({shard.path for shard in found}) == 4


def test_splits_grow_alike(tmp_path):
    order = [shard.split for shard in all_shards(tmp_path, {"train": 640, "val": 128, "test": 64})]
    assert set(order[:3]) == {"train", "val", "test"}
    assert order.index("val", 2) > 4


def test_a_larger_set_begins_with_the_smaller_one(tmp_path):
    small = {(shard.path, shard.first) for shard in all_shards(tmp_path, {"train": 128})}
    assert small < {(shard.path, shard.first) for shard in all_shards(tmp_path, {"train": 256})}


def test_only_what_is_missing_or_short_is_left(tmp_path):
    begin(tmp_path / "set", RecipeCfg())
    full, short, missing = all_shards(tmp_path / "set", {"train": 130})
    write_shard(full.path, [blank_sample()] * 64)
    write_shard(short.path, [blank_sample()] * 3)
    assert left_to_do([full, short, missing]) == [short, missing]


def test_corrupt_shard_is_named(tmp_path):
    begin(tmp_path, RecipeCfg())
    (shard,) = all_shards(tmp_path, {"train": 5})
    save_file({"weight": torch.zeros(1)}, shard.path)
    with pytest.raises(ValueError, match=r"shard-00000\.safetensors: .*delete it"):
        left_to_do([shard])


def test_folder_of_another_recipe_is_refused(tmp_path):
    begin(tmp_path / "set", RecipeCfg())
    begin(tmp_path / "set", RecipeCfg())
    with pytest.raises(ValueError, match="another seed"):
        begin(tmp_path / "set", RecipeCfg(seed=1))
    with pytest.raises(ValueError, match="another variation"):
        begin(tmp_path / "set", RecipeCfg(variation=VariationCfg(holes=0.0)))
    for text in ("{", "[" * 100_000, '{"seed": NaN}'):
        (tmp_path / "set" / "recipe.json").write_text(text)
        with pytest.raises(ValueError, match=r"recipe.json:1: no JSON: .*; delete the folder or name another one"):
            begin(tmp_path / "set", RecipeCfg())


def test_foreign_folder_is_refused(tmp_path):
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(ValueError, match="no folder of grasp data"):
        begin(tmp_path, RecipeCfg())
    with pytest.raises(ValueError, match="no folder of grasp data"):
        begin(tmp_path / "thesis.txt", RecipeCfg())


def test_recipe_says_how_the_data_was_made(tmp_path):
    begin(tmp_path, RecipeCfg(seed=7))
    recipe = json.loads((tmp_path / "recipe.json").read_text())
    assert recipe["seed"] == 7
    assert "hammer" in recipe["held_out"]
    assert recipe["labels"]["stroke"] == 0.14


def test_scene_seeds_differ():
    seeds = {scene_seed(seed, split, i) for seed in (0, 1) for split in ("train", "val", "test") for i in (0, 1, 999)}
    assert len(seeds) == 18
