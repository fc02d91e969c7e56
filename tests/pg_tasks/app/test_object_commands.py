"""The commands on own objects, as the scenes script calls them."""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Callable
from pathlib import Path

import pytest
import trimesh
from PIL import Image

from pushgrasp.scenes.own.store import own_object

SCRIPT = Path(__file__).resolve().parents[3] / "scripts" / "scenes.py"


@pytest.fixture
def objects(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., int]:
    """Run `scenes.py objects ...` in a folder with a file `my box.stl` in millimetres."""
    monkeypatch.setenv("PUSHGRASP_OBJECTS", str(tmp_path / "own objects"))
    monkeypatch.chdir(tmp_path)
    trimesh.creation.box((80, 50, 30)).export("my box.stl")
    spec = importlib.util.spec_from_file_location("scenes_script", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    return lambda *words: script.main(["objects", *words])


def test_add_show_list_remove(objects: Callable[..., int], capsys: pytest.CaptureFixture[str]) -> None:
    assert objects("add", "my box.stl", "--scale", "0.001", "--mass", "0.3", "--friction", "0.6") == 0
    own = own_object("my_box")
    assert own is not None
    with Image.open(own.picture) as picture:
        assert min(picture.size) > 300
    assert own.usd.read_text().startswith("#usda")
    assert objects("show", "my_box") == 0
    added, shown = capsys.readouterr().out.split("my_box: ")[1:]
    assert added == shown
    assert added.startswith("80 x 50 x 30 mm, 0.3 kg, friction 0.6, from my box.stl")
    assert "30 mm across; a jaw of 140 mm holds it" in added
    assert objects("list") == 0
    assert "80 x 50 x 30" in capsys.readouterr().out
    assert objects("remove", "my_box") == 0
    assert own_object("my_box") is None


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("add", "my box.stl"), r"my box.stl: is 80 m long with --scale 1; .*--scale 0.001 \(millimetres\)"),
        (("add", "mug.obj"), "mug.obj"),
        (("add", "my box.stl", "--scale", "0.001", "--name", "cube"), "'cube' is a built-in shape"),
        (("show", "mug"), "no own object is called 'mug'; own objects: none"),
        (("remove", "mug"), "no own object is called 'mug'; own objects: none"),
    ],
)
def test_mistakes_give_one_line(
    objects: Callable[..., int], capsys: pytest.CaptureFixture[str], words: tuple[str, ...], message: str
) -> None:
    with pytest.raises(SystemExit) as ended:
        objects(*words)
    assert ended.value.code == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("error: ")
    assert re.search(message, line)
