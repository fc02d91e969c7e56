"""Files that are no meshes, and URDF that names none: one line each that says what is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest
import trimesh

from pushgrasp.scenes.own.reading import read_mesh_file
from pushgrasp.scenes.own.store import ObjectError

TRIANGLE = "v 0 0 0\nv nan 0 1\nv 0 1 0\nv 1 0 0\nf 1 3 4\nf 1 2 3\n"
PLY = (
    "ply\nformat ascii 1.0\nelement vertex 3\nproperty float x\nproperty float y\nproperty float z\nelement face 1\n"
    "property list uchar int vertex_indices\nend_header\n0 0 0\n0 0.01 0\n0 0 0.01\n3 {}\n"
)
URDF = '<robot name="r"><link name="a">{}</link></robot>'


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.txt", b"", "unknown format '.txt'; formats: .obj, .stl, .ply, .glb, .urdf"),
        ("a.obj", b"", "holds no triangles|no obj mesh"),
        ("a.obj", b"hello\n", "holds no triangles"),
        ("a.obj", TRIANGLE.encode(), "1 of 4 vertices are not finite"),
        ("a.obj", b"v 0\nv 0.01\nv 0.02\nf 1 2 3\n", r"a\.obj: its vertices have 1 of 3 coordinates"),
        ("a.ply", PLY.format("0 1 3").encode(), r"a\.ply: its faces name vertices that there are not, 0 to 3 of 3"),
        ("a.ply", PLY.format("-1 1 2").encode(), r"a\.ply: its faces name vertices that there are not, -1 to 2 of 3"),
        ("a.stl", b"\x00\x01garbage" * 30, "holds no triangles|no stl mesh"),
        ("a.ply", b"ply\nformat ascii 1.0\nelement vertex 1\n", "no ply mesh|holds no triangles"),
        ("a.glb", b"glTFgarbage" * 30, "no glb mesh"),
        ("a.urdf", b"<robot", "no URDF"),
        ("a.urdf", URDF.format("").encode(), "one rigid body; links with a mesh: none"),
        ("a.urdf", (URDF.format("<visual><geometry><mesh/></geometry></visual>") * 2).encode(), "no URDF"),
        (
            "a.urdf",
            URDF.format("<visual><geometry><mesh filename='b.obj'/></geometry></visual>").encode(),
            r"a\.urdf: link 'a': there is no mesh file 'b\.obj'",
        ),
        (
            "a.urdf",
            URDF.format("<visual><geometry><mesh/></geometry></visual>").encode(),
            r"a\.urdf: link 'a': there is no mesh file ''",
        ),
        ("a.urdf", URDF.format("<visual><geometry><mesh/></geometry><origin xyz='1 2'/></visual>").encode(), ""),
    ],
)
def test_files_that_are_refused(tmp_path: Path, name: str, content: bytes, message: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises((ObjectError, OSError), match=message):
        read_mesh_file(tmp_path / name)


def test_missing_files_and_folders(tmp_path: Path) -> None:
    (tmp_path / "folder.obj").mkdir()
    for name in ("none.stl", "folder.obj"):
        with pytest.raises(OSError, match=name):
            read_mesh_file(tmp_path / name)


def test_textures_that_are_missing_do_no_harm(tmp_path: Path) -> None:
    body = trimesh.creation.box((0.1, 0.1, 0.1))
    (tmp_path / "box.obj").write_text("mtllib none.mtl\nusemtl gone\n" + body.export(file_type="obj"))
    assert read_mesh_file(tmp_path / "box.obj").mesh.volume == pytest.approx(1e-3)
