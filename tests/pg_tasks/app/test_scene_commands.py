"""The commands of the scenes script, in this process."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from pg_tasks.app import scene_commands
from pg_tasks.app.scene_files import family_scenes, scenes_of
from pushgrasp.program import UserError
from pushgrasp.scenes.designs import DATA, designs
from pushgrasp.scenes.file import read_scene, write_scene


def test_show_of_an_unknown_name_lists_the_families() -> None:
    with pytest.raises(ValueError, match=r"scenes 'P9': neither a scene family nor a scene file.*families: P1/case1"):
        scene_commands.run(Namespace(command="show", words="P9", seed=0, index=0))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"command": "export", "count": 0}, "--count=0: a whole number of at least 1"),
        ({"command": "show", "index": -1}, "--index=-1: a whole number of at least 0"),
        ({"command": "show", "index": 8}, r"--index 8: the scenes of .*P5_tight are 0 to 7"),
        ({"command": "render", "seed": 10**30}, "--seed=1000.*at least 0 and of at most"),
        ({"command": "render", "words": ["P5/tight,P1/case1"], "out": Path("x"), "view": "front"}, "named one by one"),
    ],
)
def test_wrong_numbers_are_refused(options: dict, message: str) -> None:
    words = str(DATA / "P5_tight")
    with pytest.raises((ValueError, UserError), match=message):
        scene_commands.run(Namespace(**{"words": words, "count": None, "seed": 0, "index": 0, **options}))


@pytest.fixture
def imported(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, list[str], list[str]]]:
    """Function: import files; return the exit status, the names of what is written, and what stderr says."""

    def run(files: dict[str, list[str]], **options: object) -> tuple[int, list[str], list[str]]:
        for name, lines in files.items():
            (tmp_path / name).parent.mkdir(exist_ok=True)
            (tmp_path / name).write_text("\n".join(lines))
        words, out = [str(tmp_path / name) for name in files], tmp_path / "out"
        settings = {"format": None, "target": None, "seed": 0, "settle": False, "out": out, **options}
        status = scene_commands.run(Namespace(command="import", words=words, **settings))
        lines = capsys.readouterr().err.replace(f"error: {tmp_path}/", "").splitlines()
        return status, sorted(path.name for path in out.iterdir()), lines

    return run


def line(x: float, y: float, z: float, mesh: str = "4.obj") -> str:
    return f"{mesh} 0.5 0.5 0.5 {x - 0.5} {y} {z} 0 0 0"


def test_import_says_what_would_be_refused(imported: Callable) -> None:
    overlapping = [line(0, 0, 0.025), line(0.04, 0, 0.025), line(0.2, 0, 0.025), line(0.2, 0.03, 0.025)]
    status, written, told = imported({"bad.txt": overlapping, "good.txt": [line(0, 0, 0.025)]})
    assert status == 1
    assert written == ["good.json"]
    assert told == [
        "bad.txt: object 0 (cube) and object 1 (cube) overlap by 10.0 mm",
        "bad.txt: object 2 (cube) and object 3 (cube) overlap by 20.0 mm",
        "bad.txt: not written; with --settle objects are lifted apart and fall to rest",
    ]


def test_overlapping_layers_settle(imported: Callable, tmp_path: Path) -> None:
    """Layers 3 cm apart of blocks 5 cm high, which would burst apart where they stand."""
    places = [(x, y, 0.03 * layer + 0.025) for layer in range(4) for x in (-0.04, 0.02) for y in (0.0, 0.06)]
    lines = [line(*place, mesh) for place, mesh in zip(places, ["4.obj", "8.obj", "3.obj", "1.obj"] * 4, strict=True)]
    assert imported({"layers.txt": lines}, settle=True) == (0, ["layers.json"], [])
    scene = read_scene(tmp_path / "out" / "layers.json")
    assert len(scene.objects) == 16
    assert max(abs(value) for item in scene.objects for value in item.position[:2]) < 0.25


def test_objects_in_one_pose_are_dropped_one_by_one(imported: Callable) -> None:
    """A tower, which falls over; the engine ran out of memory on as many contacts as there were."""
    status, written, told = imported({"same.txt": [line(0, 0, 0.1)] * 12}, settle=True)
    assert (status, written, told) == (0, ["same.json"], [])


def test_what_falls_off_the_table_is_named(imported: Callable) -> None:
    # a cuboid 9 cm long, stood up on the table's very edge and leaning outwards by 30 degrees
    lines = ["cube.urdf 0 0 0 0 0.5 0.0225 0 0 0", "rect.urdf 0 0 0 0.5 0.5 0.07 1.5707963 0.5 0"]
    status, written, told = imported({"edge.txt": lines}, settle=True)
    assert (status, written) == (1, [])
    assert told == ["edge.txt: object 1 (small_cuboid) falls off the table"]


def test_scenes_of_one_name_are_not_written_over_each_other(imported: Callable) -> None:
    status, written, told = imported({"case.txt": [line(0, 0, 0.025)], "b/case.txt": [line(0.1, 0, 0.025)]})
    assert (status, written) == (1, ["case.json"])
    assert "b/case.txt: has the name of" in told[0]


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
