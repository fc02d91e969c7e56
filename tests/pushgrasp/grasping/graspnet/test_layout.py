"""What is wrong with a dataset is said before the work begins, also where graspnetAPI is not installed."""

from pathlib import Path

import numpy as np
import pytest

from pushgrasp.grasping.graspnet.dataset import SceneReader
from pushgrasp.grasping.graspnet.layout import SceneFiles
from pushgrasp.grasping.graspnet.protocol import Selection


@pytest.fixture
def files(tmp_path: Path) -> SceneFiles:
    """A scene of one picture, whose files are empty but for those of the camera."""
    files = SceneFiles(tmp_path, 100, "kinect")
    for folder in ("rgb", "depth", "label", "annotations"):
        (files.camera_folder / folder).mkdir(parents=True)
        (files.camera_folder / folder / f"0000.{'xml' if folder == 'annotations' else 'png'}").touch()
    (files.folder / "object_id_list.txt").write_text("0\n")
    np.save(files.camera_folder / "camK.npy", np.eye(3))
    np.save(files.camera_folder / "camera_poses.npy", np.eye(4)[None])
    np.save(files.camera_folder / "cam0_wrt_table.npy", np.eye(4))
    return files


@pytest.mark.parametrize("name", ["camK.npy", "camera_poses.npy", "cam0_wrt_table.npy"])
def test_damaged_matrices_of_the_camera_are_named(files: SceneFiles, name: str) -> None:
    path = files.camera_folder / name
    whole = path.read_bytes()
    for content in (b"", whole[:40], whole[:-8]):
        path.write_bytes(content)
        with pytest.raises(ValueError, match=rf"{name} is no readable array"):
            SceneReader(files.root, 100, "kinect")
    for array in (np.eye(2), np.full((4, 4, 4), np.nan), np.full((3, 3), "x")):
        np.save(path, array)
        with pytest.raises(ValueError, match=rf"{name} holds .*; finite matrices of shape"):
            SceneReader(files.root, 100, "kinect")


def test_other_pictures_in_the_folder_do_not_count(files: SceneFiles) -> None:
    (files.camera_folder / "rgb" / "0000_copy.png").touch()
    assert files.annotations() == [0]


def test_evaluation_names_what_is_missing_before_it_predicts(files: SceneFiles) -> None:
    selection = Selection(files.root, "kinect", ("seen",))
    with pytest.raises(FileNotFoundError, match=r"lacks models/000/nontextured\.ply"):
        selection.require()
    for name in ("nontextured.ply", "textured.obj", "textured.sdf"):
        files.model(0, name).parent.mkdir(parents=True, exist_ok=True)
        files.model(0, name).touch()
    selection.require()
    (files.camera_folder / "label" / "0000.png").unlink()
    with pytest.raises(FileNotFoundError, match=r"lacks scenes/scene_0100/kinect/label/0000\.png"):
        selection.require()
