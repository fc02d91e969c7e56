"""Scene files, text files of the field, and the user's own objects."""

from __future__ import annotations

import functools
import json
import os
from pathlib import Path
from typing import Any

import mutators
from target import FILE, ROOT, Target, given, of_file, written


def _scene_files(folder: Path) -> list[bytes]:
    del folder
    files = sorted((ROOT / "source" / "pushgrasp" / "scenes" / "data").glob("*/*.json"), key=lambda p: p.stat().st_size)
    small = {
        "schema": "pushgrasp.scene/1", "name": "a corner", "start": "drop", "target": "red", "visibility": 0.5,
        "workspace": {"x": [-0.5, 0.5], "y": [-0.4, 0.4]},
        "objects": [
            {"name": "red", "shape": "cube", "position": [0, 0, 0.025], "colour": [1, 0, 0]},
            {"shape": "cuboid", "position": [0.2, 0, 0.1], "quaternion": [0, 0, 0.6, 0.8]},
        ],
    }  # fmt: skip
    return [json.dumps(small, indent=1).encode(), *(path.read_bytes() for path in files[:2])]


def _read_scene(path: Path) -> object:
    from pushgrasp.scenes.file import read_scene

    return read_scene(path)


_LINES = (
    b"4.obj 0.9 0.3 0.3 -0.5 0.02 0.03 1.5 0.0 -0.3\n1.obj 0.3 0.9 0.3 -0.42 0.1 0.03 0 0 1.2\n",
    b"blue 4.obj -0.5 0.02 0.03 1.5 0.0 -0.3\nblock 3.obj -0.4 0.1 0.03 0 0 1.2\n",
    b"cube.urdf 0.9 0.3 0.3 0.5 0.02 0.03 0 0 0.3\ncylinder.urdf 0.3 0.3 0.9 0.42 0.1 0.03 0 0 1\n",
    b"block\nblue\nblock\ngreen\n",
)


def _import(content: bytes, folder: Path) -> object:
    """Import in the format that a file tells or in another one; the name's number may choose the target."""
    from pushgrasp.scenes.importing.dialects import DIALECTS
    from pushgrasp.scenes.importing.reader import import_scene

    number = sum(content[:100])
    path = written(folder, f"{FILE}-{number % 12}.txt", content)
    return import_scene(path, None if number % 3 else list(DIALECTS)[number % len(DIALECTS)], number % 5 or None)


@functools.cache
def _box() -> Any:
    import trimesh

    return trimesh.creation.box((0.05, 0.04, 0.03))


def _meshes(folder: Path) -> list[bytes]:
    """A box in each format, as text and as numbers."""
    del folder
    written = [_box().export(file_type=kind) for kind in ("obj", "stl", "stl_ascii", "ply", "glb")]
    return [content if isinstance(content, bytes) else content.encode() for content in written]


def _mesh_suffix(content: bytes) -> str:
    """Ending of the file that a damaged mesh most resembles."""
    starts = {b"ply": ".ply", b"glTF": ".glb", b"solid": ".stl", b"# ": ".obj", b"v ": ".obj", bytes(8): ".stl"}
    found = (ending for start, ending in starts.items() if content.startswith(start))
    return next(found, (".obj", ".stl", ".ply", ".glb")[len(content) % 4])


def _read_mesh(content: bytes, folder: Path) -> object:
    from pushgrasp.scenes.own.reading import read_mesh_file

    return read_mesh_file(written(folder, FILE + _mesh_suffix(content), content))


def _build(content: bytes, folder: Path) -> object:
    """The whole way from a mesh to an object."""
    from pushgrasp.scenes.own.building import Wishes, build

    os.environ["PUSHGRASP_OBJECTS"] = str(folder / "objects")
    path = written(folder, FILE + _mesh_suffix(content), content)
    return build(path, Wishes(hull=len(content) % 2 == 1, faces=None if len(content) % 3 else 12))


_URDF = b"""<?xml version="1.0"?>
<robot name="box"><link name="box">
<inertial><mass value="0.05"/><origin xyz="0 0 0"/></inertial>
<visual><origin xyz="0 0 0.1" rpy="0 0 1.57"/><geometry><mesh filename="box.obj" scale="1 1 1"/></geometry></visual>
<collision><geometry><mesh filename="box.obj"/></geometry></collision>
<contact><lateral_friction value="0.6"/></contact>
</link></robot>
"""


def _read_urdf(content: bytes, folder: Path) -> object:
    from pushgrasp.scenes.own.reading import read_mesh_file

    written(folder, "box.obj", _box().export(file_type="obj").encode())
    return read_mesh_file(written(folder, f"{FILE}.urdf", content))


def _own_objects(folder: Path) -> list[bytes]:
    from pushgrasp.scenes.own.building import Wishes, build

    os.environ["PUSHGRASP_OBJECTS"] = str(folder / "objects")
    return [build(written(folder, "box.stl", _box().export(file_type="stl")), Wishes())[0].content]


def _read_own_object(content: bytes, folder: Path) -> object:
    """An object as scenes use it."""
    from pushgrasp.scenes.own import store
    from pushgrasp.scenes.shapes import own_shape

    os.environ["PUSHGRASP_OBJECTS"] = str(folder)
    written(folder, f"{FILE}/object.npz", content)
    store._read.cache_clear()
    own = store.own_object(FILE)
    return own and own_shape(own)


TARGETS = (
    Target("scene", _scene_files, of_file(_read_scene, ".json"), mutators.damaged_json),
    Target("import", given(*_LINES), _import, share=0.3),
    Target("mesh", _meshes, _read_mesh),
    Target("mesh to object", _meshes, _build, share=0.05),
    Target("urdf", given(_URDF), _read_urdf),
    Target("own object", _own_objects, _read_own_object, share=0.3),
)  # fmt: skip
