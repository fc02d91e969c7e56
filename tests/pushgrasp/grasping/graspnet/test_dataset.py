"""Layout, loader and labels on a miniature dataset, read through graspnetAPI."""

import shutil
from pathlib import Path

import numpy as np
import pytest
import torch

from pushgrasp.grasping.angle_view import class_rotations
from pushgrasp.grasping.data.dataset import GraspDataset
from pushgrasp.grasping.data.shards import read_shard, shard_paths
from pushgrasp.grasping.graspnet.dataset import SceneReader
from pushgrasp.grasping.graspnet.labels import convert, sparse_labels
from pushgrasp.grasping.graspnet.layout import SceneFiles, split_scenes
from pushgrasp.grasping.graspnet.poses import GraspPoses, from_rows
from pushgrasp.grasping.graspnet.square import SquareView


@pytest.fixture
def copy(mini: Path, tmp_path: Path) -> Path:
    """A copy of the dataset that a test may damage."""
    return Path(shutil.copytree(mini, tmp_path / "copy"))


def test_view_has_depth_labels_and_the_table_under_it(mini):
    view = SceneReader(mini, 100, "kinect").view(1)
    assert view.rgb.shape == (3, 180, 320)
    assert view.rgb.dtype == torch.uint8
    assert len(view.label.unique()) == 6  # table and five objects
    # A pixel of the table, taken to the table's frame by hand, lies at z = 0 within the depth's rounding.
    row, column = (int(values[0]) for values in ((view.label == 0) & (view.depth > 0)).nonzero(as_tuple=True))
    pixel = torch.tensor([column + 0.5, row + 0.5, 1.0])
    point = torch.linalg.inv(view.intrinsics) @ pixel * view.depth[row, column]
    assert abs(float((view.to_table[:3, :3] @ point + view.to_table[:3, 3])[2])) < 0.002


def test_grasps_are_those_that_the_package_loads_for_each_picture(mini, api):
    reader = SceneReader(mini, 100, "kinect")
    grasps = reader.grasps(0.4)
    assert len(grasps) > 100
    net = api.GraspNet(str(mini), "kinect", "custom", sceneIds=[100])
    for annotation in reader.annotations:
        theirs = from_rows(net.loadGrasp(100, annotation, camera="kinect", fric_coef_thresh=0.4001).grasp_group_array)
        ours = reader.seen_from(grasps, annotation)
        torch.testing.assert_close(ours.position, theirs.position, atol=1e-5, rtol=0)
        torch.testing.assert_close(ours.rotation, theirs.rotation, atol=1e-5, rtol=0)
    assert set(np.round((1.1 - grasps.score).numpy(), 3)) == {0.1, 0.2, 0.3, 0.4}


def test_label_goes_to_its_cell_and_class():
    view = SquareView(360, 640)
    intrinsics = torch.tensor([[300.0, 0.0, 320.0], [0.0, 300.0, 180.0], [0.0, 0.0, 1.0]])
    index = torch.tensor([353, 353, 12])
    flip = torch.tensor([1.0, -1.0, -1.0])[:, None]
    rotation = flip * class_rotations()[index]
    depth = torch.full((3,), 0.02)
    # Surface points at 0.5 m, 50 mm to the right: pixel 320 + 30 = 350, square 122.5, cell 30; rows: 112, cell 28.
    surface = torch.tensor([0.05, 0.0, 0.5])
    position = surface + depth[:, None] * rotation[:, :, 2]
    score = torch.tensor([0.9, 1.0, 0.8])
    grasps = GraspPoses(position, rotation, depth, depth, score, index, index)
    cell, view_angle, friction = sparse_labels(grasps, intrinsics, view)
    assert sorted(zip(cell.tolist(), view_angle.tolist(), strict=True)) == [(28 * 56 + 30, 12), (28 * 56 + 30, 353)]
    best = dict(zip(view_angle.tolist(), friction.tolist(), strict=True))
    assert best[353] == pytest.approx(0.1)  # the better of the two
    assert best[12] == pytest.approx(0.3)
    # Turned about their closing direction by half a turn, they come from behind the picture and have no class.
    behind = GraspPoses(position, rotation * flip[:, 0], depth, depth, score, index, index)
    assert len(sparse_labels(behind, intrinsics, view)[0]) == 0


def test_conversion_writes_shards_that_training_reads_and_resumes(mini, tmp_path):
    states = list(convert(mini, "kinect", "seen", tmp_path / "shards"))
    assert (states[-1].done, states[-1].total) == (2, 2)
    assert states[-1].labels > 50
    (path,) = shard_paths(tmp_path / "shards")
    before = path.read_bytes()
    assert list(convert(mini, "kinect", "seen", tmp_path / "shards"))[-1].labels == 0
    assert path.read_bytes() == before
    path.write_bytes(before[:1000])
    assert list(convert(mini, "kinect", "seen", tmp_path / "shards"))[-1].labels == states[-1].labels
    assert path.read_bytes() == before
    item = GraspDataset(tmp_path / "shards")[0]
    assert 0 < int(item["target"].sum()) < len(read_shard(path)[0].cell)  # some labels need more than 0.1
    # Most labels lie on cells that show an object; the others at its rim.
    cells = item["target"].any(dim=0)
    assert int((cells & item["objects"]).sum()) > 0.6 * int(cells.sum())
    assert 0.02 < float(item["height"].max()) < 0.2


def test_unknown_names_are_refused(mini, tmp_path):
    with pytest.raises(ValueError, match="unknown camera 'azure'; cameras: kinect, realsense"):
        SceneFiles(mini, 100, "azure")
    with pytest.raises(ValueError, match="unknown split 'val'; splits: train"):
        split_scenes(mini, "val")
    with pytest.raises(FileNotFoundError, match="no scene of split 'train'"):
        split_scenes(mini, "train")
    with pytest.raises(FileNotFoundError, match="it has no folder 'scenes'"):
        split_scenes(tmp_path, "train")


@pytest.mark.parametrize(
    "part",
    [
        "scenes/scene_0100/kinect/camK.npy",
        "scenes/scene_0100/kinect/depth/0001.png",
        "scenes/scene_0100/object_id_list.txt",
        "collision_label/scene_0100/collision_labels.npz",
    ],
)
def test_missing_part_is_named(copy, tmp_path, part):
    (copy / part).unlink()
    with pytest.raises(FileNotFoundError, match=part):
        list(convert(copy, "kinect", "seen", tmp_path / "shards"))


def test_missing_camera_and_broken_pictures_are_named(copy, tmp_path):
    with pytest.raises(FileNotFoundError, match=r"scene_0100 has no pictures in .*realsense"):
        SceneReader(copy, 100, "realsense")
    folder = copy / "scenes" / "scene_0100" / "kinect"
    (folder / "rgb" / "0000.png").write_bytes(b"no picture")
    with pytest.raises(ValueError, match="scene_0100, kinect, picture 0000"):
        SceneReader(copy, 100, "kinect").view(0)
    (folder / "annotations" / "0000.xml").write_text("<scene>")
    with pytest.raises(ValueError, match="scene_0100, kinect, picture 0000 cannot be read"):
        SceneReader(copy, 100, "kinect").grasps(0.4)
