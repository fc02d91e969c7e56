"""Files of tried grasps."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from pushgrasp.policies.maps.tries import SceneTries, read_folders, read_tries, shard_recipe, write_tries


def scene(tries: int, seed: int = 0) -> SceneTries:
    generator = torch.Generator().manual_seed(seed)
    return SceneTries(
        height=torch.rand(224, 224, generator=generator).half(),
        ids=torch.randint(9, (224, 224), generator=generator).byte(),
        cell=torch.randint(224, (tries, 2), generator=generator).byte(),
        angle=torch.rand(tries, generator=generator),
        width=torch.rand(tries, generator=generator),
        lifted=torch.rand(tries, generator=generator) < 0.5,
    )


def test_scenes_come_back_as_they_were_written(tmp_path: Path) -> None:
    scenes = [scene(3), scene(0, 1), scene(2, 2)]
    write_tries(tmp_path / "shard-00001.safetensors", scenes[:2], "recipe")
    (tmp_path / "more").mkdir()
    write_tries(tmp_path / "more" / "shard-00000.safetensors", scenes[2:], "recipe")
    for there, back in zip(scenes, read_folders(f"{tmp_path},{tmp_path / 'more'}"), strict=True):
        for name, value in vars(there).items():
            assert torch.equal(getattr(back, name), value)
    assert shard_recipe(tmp_path / "shard-00001.safetensors") == "recipe"


def test_what_is_no_shard_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="no shards of tried grasps"):
        read_folders(str(tmp_path))
    path = tmp_path / "shard-00000.safetensors"
    write_tries(path, [scene(3)], "")
    path.write_bytes(path.read_bytes()[:1000])
    with pytest.raises(ValueError, match=r"shard-00000\.safetensors: no readable safetensors file"):
        read_tries(path)
