"""Writes the miniature dataset: the folder layout of GraspNet-1Billion, so that graspnetAPI reads and scores it.

The rectangle labels (``rect``), which nothing here reads, are left out.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image
from scipy.io import savemat
from scipy.spatial.transform import Rotation

from graspnet_mini.collisions import scene_collisions, thinned
from graspnet_mini.grasps import ObjectGrasps, label_object
from graspnet_mini.models import write_model
from graspnet_mini.raycast import shape_mesh
from graspnet_mini.render import Picture, render, scene_rays
from graspnet_mini.scenes import OBJECTS, OBJECTS_OF, MiniScene, camera_matrix, draw_cameras, draw_scene
from pushgrasp.files.atomic import atomic_write
from pushgrasp.grasping.graspnet.layout import CAMERAS, SPLITS, SceneFiles

SURFACE_SPACING = 0.005
"""Spacing of the surface points that collisions are looked for with [m]."""


@dataclass(frozen=True)
class MiniCfg:
    """Size of the miniature dataset."""

    scenes: int = 1
    """Scenes of each split."""
    splits: tuple[str, ...] = tuple(SPLITS)
    """Splits to write."""
    cameras: tuple[str, ...] = CAMERAS
    """Cameras to write."""
    views: int = 2
    """Pictures of each scene and camera (256 in the published data)."""
    objects: int = 6
    """Objects of each scene; the published AP needs five or more to reach 1."""
    points: int = 24
    """Points of each object at which grasps are labelled."""
    extent: float = 0.34
    """Side of the square that the objects' middles lie in [m]."""
    height: int = 360
    """Rows of the pictures, which are 16 : 9 (720 in the published data)."""
    seed: int = 0
    """Seed of everything random."""

    def __post_init__(self) -> None:
        """Raise ValueError for counts below 1, too many objects, and unknown splits or cameras."""
        for name in ("scenes", "views", "objects", "points", "height"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be at least 1, got {getattr(self, name)}")
        most = min(len(numbers) for numbers in OBJECTS_OF.values())
        if self.objects > most:
            raise ValueError(f"objects must be at most {most}, got {self.objects}")
        for kind, given, known in (("split", self.splits, SPLITS), ("camera", self.cameras, CAMERAS)):
            for name in given:
                if name not in known:
                    raise ValueError(f"unknown {kind} {name!r}; {kind}s: {', '.join(known)}")


def write_dataset(root: Path, cfg: MiniCfg) -> Iterator[str]:
    """Write the dataset into a folder, which is made; hands out what has been done, step by step.

    Raises:
        ImportError: If open3d or trimesh is missing.
        OSError: If something cannot be written.
    """
    scenes = [(split, SPLITS[split][index]) for split in cfg.splits for index in range(cfg.scenes)]
    drawn = {number: _draw(split, number, cfg) for split, number in scenes}
    labels: dict[int, ObjectGrasps] = {}
    for number in sorted({number for scene in drawn.values() for number in scene.object_ids}):
        write_model(root / "models" / f"{number:03d}", OBJECTS[number], cfg.seed)
        labels[number] = label_object(OBJECTS[number], cfg.points, seed=1000 * cfg.seed + number)
        _write_labels(root / "grasp_label" / f"{number:03d}_labels.npz", labels[number])
        yield f"object {number:03d} ({OBJECTS[number]})"
    for number, scene in drawn.items():
        _write_scene(root, number, scene, labels, cfg)
        yield f"scene {number:04d} ({', '.join(OBJECTS[index] for index in scene.object_ids)})"


def _draw(split: str, number: int, cfg: MiniCfg) -> MiniScene:
    seed = 1000 * cfg.seed + number
    pool = np.random.default_rng(seed).permutation(OBJECTS_OF[split])[: cfg.objects]
    return draw_scene([int(index) for index in pool], seed, cfg.extent)


def _write_scene(root: Path, number: int, scene: MiniScene, labels: dict[int, ObjectGrasps], cfg: MiniCfg) -> None:
    folder = SceneFiles(root, number, cfg.cameras[0]).folder
    folder.mkdir(parents=True, exist_ok=True)
    _write(folder / "object_id_list.txt", "".join(f"{index}\n" for index in scene.object_ids).encode())
    surfaces = [thinned(shape_mesh(OBJECTS[index]).vertices, SURFACE_SPACING) for index in scene.object_ids]
    collisions = scene_collisions([labels[index] for index in scene.object_ids], surfaces, scene.poses)
    path = SceneFiles(root, number, cfg.cameras[0]).collision_labels
    path.parent.mkdir(parents=True, exist_ok=True)
    _write(path, _saved(lambda file: np.savez_compressed(file, *collisions)))
    tables = {}
    for order, camera in enumerate(cfg.cameras):
        poses = draw_cameras(camera, cfg.views, seed=10 * (1000 * cfg.seed + number) + order)
        tables[camera] = poses[0]
        _write_views(SceneFiles(root, number, camera), scene, poses, cfg.height)
    between = np.linalg.inv(tables.get("kinect", np.eye(4))) @ tables.get("realsense", np.eye(4))
    _write_array(folder / "rs_wrt_kn.npy", np.tile(between, (cfg.views, 1, 1)))


def _write_views(files: SceneFiles, scene: MiniScene, poses: np.ndarray, height: int) -> None:
    """Pictures, annotations and camera files of one camera; poses are camera to table."""
    for name in ("rgb", "depth", "label", "annotations", "meta"):
        (files.camera_folder / name).mkdir(parents=True, exist_ok=True)
    intrinsics = camera_matrix(files.camera, height)
    rays = scene_rays(scene)
    for view, pose in enumerate(poses):
        _write_picture(files, view, render(scene, rays, pose, intrinsics, height, height * 16 // 9))
        in_camera = [np.linalg.inv(pose) @ placed for placed in scene.poses]
        path = files.camera_folder / "annotations" / f"{view:04d}.xml"
        _write(path, _annotation(scene.object_ids, in_camera).encode())
        meta = {
            "poses": np.stack(in_camera, axis=-1)[:3],
            "cls_indexes": np.array(scene.object_ids)[:, None] + 1,
            "intrinsic_matrix": intrinsics,
            "factor_depth": 1000,
        }
        _write(files.camera_folder / "meta" / f"{view:04d}.mat", _saved(lambda file, meta=meta: savemat(file, meta)))
    _write_array(files.camera_folder / "camK.npy", intrinsics)
    _write_array(files.camera_folder / "cam0_wrt_table.npy", poses[0])
    _write_array(files.camera_folder / "camera_poses.npy", np.linalg.inv(poses[0]) @ poses)


def _write_picture(files: SceneFiles, view: int, picture: Picture) -> None:
    for name, pixels in (("rgb", picture.rgb), ("depth", picture.depth), ("label", picture.label)):
        path = files.camera_folder / name / f"{view:04d}.png"
        _write(path, _saved(lambda file, pixels=pixels: Image.fromarray(pixels).save(file, "png")))


def _annotation(object_ids: list[int], poses: list[np.ndarray]) -> str:
    """XML of object poses in the camera's frame; the quaternion is (w, x, y, z)."""
    entries = []
    for number, pose in zip(object_ids, poses, strict=True):
        x, y, z, w = Rotation.from_matrix(pose[:3, :3]).as_quat()
        position = " ".join(f"{value:.6f}" for value in pose[:3, 3])
        entries.append(
            f"    <obj>\n        <obj_id>{number}</obj_id>\n        <obj_name>{OBJECTS[number]}</obj_name>\n"
            f"        <obj_path>{number:03d}</obj_path>\n        <pos_in_world>{position}</pos_in_world>\n"
            f"        <ori_in_world>{w:.8f} {x:.8f} {y:.8f} {z:.8f}</ori_in_world>\n    </obj>\n"
        )
    return f'<?xml version="1.0" ?>\n<scene>\n{"".join(entries)}</scene>\n'


def _write_labels(path: Path, label: ObjectGrasps) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    free = np.zeros(label.scores.shape, dtype=bool)
    arrays = {"points": label.points, "offsets": label.offsets, "scores": label.scores, "collision": free}
    _write(path, _saved(lambda file: np.savez_compressed(file, allow_pickle=False, **arrays)))


def _write_array(path: Path, array: np.ndarray) -> None:
    _write(path, _saved(lambda file: np.save(file, array)))


def _saved(save: Callable[[io.BytesIO], object]) -> bytes:
    buffer = io.BytesIO()
    save(buffer)
    return buffer.getvalue()


def _write(path: Path, content: bytes) -> None:
    atomic_write(path, lambda file: file.write(content))
