"""The commands of the scenes script, in this process."""

from __future__ import annotations

from argparse import Namespace
from dataclasses import replace
from pathlib import Path

import pytest

from pg_tasks.app import scene_commands
from pg_tasks.app.errors import UserError
from pg_tasks.app.scene_files import family_scenes, scenes_of
from pushgrasp.scenes.designs import DATA, designs
from pushgrasp.scenes.file import read_scene, write_scene


def test_show_of_an_unknown_name_lists_the_families() -> None:
    with pytest.raises(ValueError, match=r"scenes 'P9': neither a scene family nor a scene file.*families: P1/case1"):
        scene_commands.run(Namespace(command="show", words="P9", seed=0, index=0))


def test_too_few_scenes_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="--count 0: at least 1 is needed"):
        scene_commands.run(Namespace(command="export", words=["P5/tight"], count=0, seed=0, out=tmp_path, drop=False))


def test_validate_names_each_bad_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    scene = designs("P5_tight")[0]
    write_scene(tmp_path / "good.json", scene)
    item = scene.objects[1]
    sunk = replace(scene, objects=(scene.objects[0], replace(item, position=(*item.position[:2], 0.0))))
    write_scene(tmp_path / "sunk.json", sunk)
    assert scene_commands.run(Namespace(command="validate", words=[str(tmp_path / "*.json")])) == 1
    captured = capsys.readouterr()
    assert "good.json: 3 objects" in captured.out
    assert "sunk.json: object 1 (cube) is 25.0 mm deep in the table" in captured.err


def test_exported_scenes_are_at_rest_and_named(tmp_path: Path) -> None:
    scene_commands.run(Namespace(command="export", words=["P5/clutter10"], count=1, seed=3, out=tmp_path, drop=False))
    scene = read_scene(tmp_path / "P5_clutter10_000.json")
    assert scene.start == "rest"
    assert scene.name == "P5/clutter10/000"
    assert scene.visibility is not None
    assert family_scenes("P5/clutter10", 1, 3, settled=False)[0].start == "drop"


def test_names_of_pictures_are_unlike() -> None:
    scenes = scenes_of(["P4/hard", str(DATA / "P4_hard")], seed=0, count=None)
    assert len(scenes) == 12
    assert "P4_hard_005" in scenes
