"""Scenes that were drawn before come back as they were, and nothing else does."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from pg_tasks.envs import scene_sets
from pg_tasks.envs.push_grasp_env_cfg import ClutterCfg
from pg_tasks.envs.scene_sets import scene_set
from pg_tasks.envs.scenes import SceneSource
from pushgrasp.scenes.scene import Scene

FAMILY = "P5/clutter10"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where scenes are kept."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / "pushgrasp" / "scenes"


def drawn(seed: int, index: int = 0, keep: bool = True) -> tuple[Scene, int]:
    """Return a scene, and what its generator gives next."""
    generator = torch.Generator().manual_seed(seed)
    scene = scene_set(FAMILY).draw(generator, index, keep)
    return scene, int(torch.randint(2**31, (), generator=generator))


@pytest.fixture
def never_settle(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every scene that must settle fail."""

    def settle(scene: Scene) -> None:
        raise AssertionError(f"{scene.name} settles")

    monkeypatch.setattr(scene_sets, "settle", settle)


def test_what_was_drawn_before_comes_back_to_the_bit(folder: Path, request: pytest.FixtureRequest) -> None:
    fresh = drawn(3, keep=False)
    assert not folder.exists()
    assert drawn(3) == fresh
    request.getfixturevalue("never_settle")
    assert drawn(3) == fresh


@pytest.mark.parametrize(("seed", "index"), [(4, 0), (3, 1)])
def test_another_seed_or_index_is_another_scene(seed: int, index: int, request: pytest.FixtureRequest) -> None:
    drawn(3)
    request.getfixturevalue("never_settle")
    with pytest.raises(AssertionError, match="settles"):
        drawn(seed, index)


@pytest.mark.parametrize("damage", [b"", b"no base64!\n{}", b"AAAA\n{}", b"\xff\xfe"])
def test_damaged_file_is_drawn_anew(folder: Path, damage: bytes) -> None:
    fresh = drawn(3)
    (file,) = folder.iterdir()
    whole = file.read_bytes()
    file.write_bytes(damage)
    assert drawn(3) == fresh
    assert file.read_bytes() == whole


def test_state_that_is_none_leaves_the_generator_alone(folder: Path) -> None:
    fresh = drawn(3)
    (file,) = folder.iterdir()
    file.write_bytes(b"AAAA\n" + file.read_bytes().split(b"\n", 1)[1])
    assert drawn(3) == fresh


def test_nothing_is_kept_where_nothing_can_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert drawn(3) == drawn(3, keep=False)


def test_trials_are_kept_and_scenes_of_trainings_are_not(folder: Path) -> None:
    clutter = ClutterCfg(scenes=FAMILY)
    source = SceneSource(clutter, clutter.slot_layout(), 1)
    source.draw(source.begin_episode(0))
    assert not folder.exists()
    source.begin_trials(seed=5)
    source.draw(source.begin_episode(0))
    assert len([*folder.iterdir()]) == 1
