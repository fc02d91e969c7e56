"""Text files of the field that name own objects."""

from __future__ import annotations

from pathlib import Path

import pytest
import trimesh

from pushgrasp.scenes.importing.reader import import_scene
from pushgrasp.scenes.own.building import Wishes, build
from pushgrasp.scenes.own.store import save


@pytest.fixture
def block(tmp_path: Path) -> None:
    """Own object of 8 x 5 x 3 cm whose file has its origin at the middle of one end of its floor."""
    body = trimesh.creation.box((0.08, 0.05, 0.03))
    body.apply_translation((0.04, 0.0, 0.015))
    body.export(tmp_path / "My block.obj")
    own, _ = build(tmp_path / "My block.obj", Wishes())
    save(own, lambda: None)


@pytest.mark.usefixtures("block")
@pytest.mark.parametrize(
    ("format_name", "line", "place"),
    [
        # CoppeliaSim: the pose of the middle; workspace about x -0.5
        ("vpg", "my_block.obj 1 0 0 -0.45 0.1 0.015 0 0 1.5707963", (0.05, 0.1, 0.015)),
        # PyBullet: the pose of the file's origin, a quarter turned: the middle lies 4 cm further along y
        ("vft", "my_block.urdf 1 0 0 0.55 0.1 0 0 0 1.5707963", (0.05, 0.14, 0.015)),
    ],
)
def test_own_objects_lie_where_the_format_says(
    tmp_path: Path, format_name: str, line: str, place: tuple[float, float, float]
) -> None:
    (tmp_path / "scene.txt").write_text(line + "\n")
    (item,) = import_scene(tmp_path / "scene.txt", format_name).scene.objects
    assert item.shape == "my_block"
    assert item.position == pytest.approx(place, abs=1e-6)


@pytest.mark.usefixtures("block")
def test_unknown_meshes_list_own_objects(tmp_path: Path) -> None:
    (tmp_path / "scene.txt").write_text("cup.obj 1 0 0 -0.5 0 0.05 0 0 0\n")
    with pytest.raises(ValueError, match=r"unknown mesh 'cup.obj' of format vpg; meshes: 0.obj.*, my_block"):
        import_scene(tmp_path / "scene.txt", "vpg")
