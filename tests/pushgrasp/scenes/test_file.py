"""Scene files: what is written is read, and what is wrong is said with file, place and object."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from pushgrasp.files.text_files import FileError
from pushgrasp.scenes.file import parse_scene, read_scene, read_scenes, scene_to_json, write_scene
from pushgrasp.scenes.generators import cluttered, scattered
from pushgrasp.scenes.scene import Extent, Scene, SceneObject

CUBE = {"shape": "cube", "position": [0, 0, 0.025], "name": "red"}
GOOD = {"schema": "pushgrasp.scene/1", "target": 0, "objects": [CUBE]}


def parsed(**changes: Any) -> Scene:
    return parse_scene(json.dumps({**GOOD, **changes}), "f.json")


@pytest.mark.parametrize("generate", [cluttered, scattered])
def test_scene_comes_back_to_the_bit(generate: Any, tmp_path: Path) -> None:
    scene = replace(generate(torch.Generator().manual_seed(4), 12), visibility=1 / 3, name="n")
    scene = replace(scene, objects=(replace(scene.objects[0], colour=(0.1, 0.2, 0.3), name="a"), *scene.objects[1:]))
    write_scene(tmp_path / "a.json", scene)
    assert read_scene(tmp_path / "a.json") == scene


def test_a_short_file_is_enough() -> None:
    scene = parsed()
    assert scene == Scene((SceneObject("cube", (0.0, 0.0, 0.025), name="red"),), 0)
    assert scene.workspace == Extent((-0.5, 0.5), (-0.5, 0.5))


def test_target_may_be_a_name() -> None:
    assert parsed(target="blue", objects=[CUBE, {**CUBE, "name": "blue", "position": [0.2, 0, 0.025]}]).target == 1


def test_file_has_one_object_per_line() -> None:
    text = scene_to_json(scattered(torch.Generator().manual_seed(0), 5))
    assert sum('"shape"' in line for line in text.splitlines()) == 5


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"schema": "pushgrasp.scene/9"}, "f.json: schema: unknown schema 'pushgrasp.scene/9'; .*'pushgrasp.scene/1'"),
        ({"objects": []}, "at least one object"),
        ({"objects": {}}, "f.json: objects: must be a list, got {}"),
        ({"objects": [7]}, r"f.json: objects\[0\]: must be an object {...}, got 7"),
        ({"objects": [{**CUBE, "shape": "ball"}]}, r"f.json: objects\[0\]: unknown shape 'ball'; shapes: cube"),
        ({"objects": [CUBE, {"shape": "cube"}]}, r"f.json: objects\[1\].position: is missing"),
        ({"objects": [{**CUBE, "position": [0, float("nan"), 0]}]}, r"f.json:1: no JSON: NaN is no number"),
        ({"objects": [{**CUBE, "position": [0, 0]}]}, r"objects\[0\].position: must be 3 numbers, got 2"),
        ({"objects": [{**CUBE, "position": [0, "x", 0]}]}, r"position\[1\]: must be a number, got 'x'"),
        ({"objects": [{**CUBE, "quaternion": [0, 0, 0, 0]}]}, r"objects\[0\]: quaternion of 'cube' has no direction"),
        ({"objects": [{**CUBE, "colour": [2, 0, 0]}]}, r"objects\[0\]: colour of 'cube' must be .* from 0 to 1"),
        ({"objects": [{**CUBE, "mass": 1}]}, r"f.json: objects\[0\].mass: unknown field"),
        ({"colour": 1}, "f.json: colour: unknown field"),
        ({"target": 3}, "f.json: target: there is no object 3; the scene's objects are 0 to 0"),
        ({"target": "blue"}, "f.json: target: no object is named 'blue'; named are: 'red'"),
        ({"target": True}, "f.json: target: must be a whole number or text, got True"),
        ({"start": "fly"}, "unknown start 'fly'; starts: rest, drop"),
        ({"visibility": 2}, "visibility must be 0 to 1"),
        ({"workspace": {"x": [1, 0], "y": [0, 1]}}, "f.json: workspace: range x of the workspace must be two rising"),
        ({"workspace": {"x": [0, 1]}}, "f.json: workspace.y: is missing"),
    ],
)
def test_wrong_fields_are_named(changes: dict, message: str) -> None:
    with pytest.raises(FileError, match=message):
        parsed(**changes)


def test_all_faults_of_a_file_are_told_at_once() -> None:
    objects = [{"shape": 7, "position": [0, "x", None]}, {**CUBE, "shape": "ball"}, {**CUBE, "mass": 1, "size": 2}]
    with pytest.raises(FileError) as caught:
        parsed(objects=objects, target="blue", start=3)
    assert [fault.split(";")[0] for fault in caught.value.faults] == [
        "f.json: objects[0].shape: must be text, got 7",
        "f.json: objects[0].position[1]: must be a number, got 'x'",
        "f.json: objects[0].position[2]: must be a number, got None",
        "f.json: objects[1]: unknown shape 'ball'",
        "f.json: objects[2].mass: unknown field",
        "f.json: objects[2].size: unknown field",
        "f.json: start: must be text, got 3",
    ]


def test_all_that_cannot_be_in_a_scene_is_told(tmp_path: Path) -> None:
    sunk = {**CUBE, "position": [0.2, 0, 0.0]}
    (tmp_path / "a.json").write_text(json.dumps({**GOOD, "objects": [CUBE] * 2 + [sunk] * 30}))
    _, errors = read_scenes([tmp_path / "a.json"])
    assert len(errors) == 21
    # 30 in the table, the first two in each other, and each pair of the 30: 30 * 29 / 2
    assert errors[-1] == f"{tmp_path / 'a.json'}: and {30 + 1 + 435 - 20} more faults"


def test_broken_json_names_the_line() -> None:
    with pytest.raises(FileError, match=r"f.json:3: no JSON: .* at column"):
        parse_scene('{\n"schema": "pushgrasp.scene/1",\noops\n}', "f.json")


def test_impossible_scene_is_refused_with_its_file(tmp_path: Path) -> None:
    path = tmp_path / "deep.json"
    path.write_text(json.dumps({**GOOD, "objects": [{**CUBE, "position": [0, 0, 0.0]}]}))
    with pytest.raises(FileError, match=r"deep.json: object 0 \('red', cube\) is 25.0 mm deep in the table"):
        read_scene(path)


def test_one_bad_file_does_not_stop_the_others(tmp_path: Path) -> None:
    for name, text in (("a", json.dumps(GOOD)), ("b", "{"), ("c", json.dumps(GOOD))):
        (tmp_path / f"{name}.json").write_text(text)
    paths = [tmp_path / name for name in ("a.json", "b.json", "c.json", "none.json")]
    scenes, errors = read_scenes(paths)
    assert list(scenes) == [paths[0], paths[2]]
    assert len(errors) == 2
    assert "b.json:1: no JSON" in errors[0]
    assert "none.json" in errors[1]
