"""The folder of own objects: found where the system keeps user data, written whole, read back to the bit."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import numpy as np
import pytest
import trimesh

from pushgrasp.scenes.own.building import Wishes, build
from pushgrasp.scenes.own.store import ObjectError, OwnObject, objects_folder, own_names, own_object, remove, save
from pushgrasp.scenes.scene import SceneObject
from pushgrasp.scenes.shapes import own_digests, shape_named


@pytest.fixture
def own(tmp_path: Path) -> OwnObject:
    trimesh.creation.box((0.08, 0.05, 0.03)).export(tmp_path / "block.stl")
    return build(tmp_path / "block.stl", Wishes())[0]


def kept(own: OwnObject) -> None:
    save(own, lambda: own.usd.write_text("usd"))


def test_where_objects_are_kept(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PUSHGRASP_OBJECTS", str(tmp_path / "mine"))
    assert objects_folder() == tmp_path / "mine"
    monkeypatch.delenv("PUSHGRASP_OBJECTS")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert objects_folder() == tmp_path / "pushgrasp" / "objects"
    monkeypatch.setenv("HOME", str(tmp_path))
    for nothing in ("", "relative/is/ignored"):
        monkeypatch.setenv("XDG_DATA_HOME", nothing)
        assert objects_folder() == tmp_path / ".local" / "share" / "pushgrasp" / "objects"


def test_what_is_kept_is_a_shape(own: OwnObject) -> None:
    with pytest.raises(ValueError, match=r"unknown shape 'block'; shapes: cube, .*objects add"):
        shape_named("block")
    kept(own)
    assert own_names() == ["block"]
    shape = shape_named("block")
    assert shape is shape_named("block")
    assert shape.size == pytest.approx((0.08, 0.05, 0.03))
    assert SceneObject("block", (0.0, 0.0, 0.02)).shape == "block"


def test_it_is_read_back_to_the_bit(own: OwnObject) -> None:
    kept(own)
    again = own_object("block")
    assert again is not None
    assert again.content == own.content
    assert own_digests(["cube", "block"]) == {"block": own.digest}
    assert np.array_equal(again.vertices, own.vertices)


def test_a_changed_object_is_noticed(own: OwnObject, tmp_path: Path) -> None:
    kept(own)
    heavier, _ = build(tmp_path / "block.stl", Wishes(mass=0.3, replace=True))
    kept(heavier)
    assert own_digests(["block"]) == {"block": heavier.digest} != {"block": own.digest}
    assert [path.name for path in objects_folder().glob("block/*.usda")] == [heavier.usd.name]


def test_replacing_must_be_asked_for(own: OwnObject, tmp_path: Path) -> None:
    kept(own)
    with pytest.raises(ObjectError, match="there is an own object 'block'; give --replace"):
        build(tmp_path / "block.stl", Wishes())


def test_an_object_that_cannot_be_written_leaves_the_old_one(own: OwnObject, tmp_path: Path) -> None:
    kept(own)
    other, _ = build(tmp_path / "block.stl", Wishes(mass=0.3, replace=True))

    def fail() -> None:
        raise OSError("no space left")

    with pytest.raises(OSError, match="no space"):
        save(other, fail)
    assert own_digests(["block"]) == {"block": own.digest}
    assert own.usd.is_file()


def test_removed_objects_are_gone(own: OwnObject) -> None:
    kept(own)
    remove("block")
    assert own_names() == []
    assert list(objects_folder().iterdir()) == []
    for name in ("block", "../block", "cube"):
        with pytest.raises(ObjectError, match=r"no own object is called .*; own objects: none"):
            remove(name)


def test_built_in_shapes_come_first(own: OwnObject) -> None:
    kept(own)
    (objects_folder() / "block").rename(objects_folder() / "cube")
    assert shape_named("cube").kind == "box"
    assert own_digests(["cube"]) == {}


@pytest.mark.parametrize("content", [b"", b"no zip", b"PK\x03\x04 half"])
def test_damaged_files_say_what_to_do(own: OwnObject, content: bytes) -> None:
    kept(own)
    (objects_folder() / "block" / "object.npz").write_bytes(content)
    with pytest.raises(ObjectError, match=r"block.object\.npz: no object of this project .*--replace"):
        shape_named("block")


def test_array_beyond_all_memory_is_refused(own_folder: Path) -> None:
    header = {"descr": "<f8", "fortran_order": False, "shape": (10**12, 3)}
    file = io.BytesIO()
    np.lib.format.write_array_header_1_0(file, header)
    (own_folder / "bomb").mkdir(parents=True)
    with zipfile.ZipFile(own_folder / "bomb" / "object.npz", "w") as archive:
        archive.writestr("vertices.npy", file.getvalue())
    with pytest.raises(ObjectError, match=r"object\.npz: no object of this project \(Unable to allocate"):
        own_object("bomb")
