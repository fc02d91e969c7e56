"""Labels for the angle-view net from GraspNet-1Billion, as Gou et al. 2021 ("RGB Matters") make them.

Each collision-free grasp goes to the grid cell into which its surface point is projected, and to the class whose
rotation is nearest in the frame of the picture: x right, y up, z towards the camera. Grasps that come from behind the
picture have no class, since all classes approach away from the camera, and are left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import torch

from pushgrasp.grasping.angle_view import NUM_CLASSES, nearest_class
from pushgrasp.grasping.data.cells import GRID
from pushgrasp.grasping.data.sample import GraspSample
from pushgrasp.grasping.data.shards import MAX_SAMPLES, SUFFIX, shard_count, write_shard
from pushgrasp.grasping.graspnet.dataset import SceneReader, View
from pushgrasp.grasping.graspnet.layout import check_camera, scene_name, split_scenes
from pushgrasp.grasping.graspnet.poses import GraspPoses
from pushgrasp.grasping.graspnet.square import SquareView
from pushgrasp.perception.camera import deproject, project

MAX_SCORE = 1.1
"""Score of a grasp without friction in graspnetAPI; a grasp's score is this less the friction it needs."""

_CHUNK = 32768


@dataclass(frozen=True)
class Converted:
    """What has been done of a conversion: pictures so far and in all, and labels written in this run."""

    done: int
    total: int
    labels: int


def sample_of(view: View, grasps: GraspPoses, meta: dict) -> GraspSample:
    """Picture and labels of a view.

    Args:
        view: The picture.
        grasps: Labelled grasps in its camera's frame, as ``SceneReader.seen_from`` gives them.
        meta: Where the picture comes from: values that JSON knows.
    """
    square = SquareView(*view.depth.shape)
    cell, view_angle, friction = sparse_labels(grasps, view.intrinsics, square)
    return GraspSample(
        (square.colour(view.rgb) * 255.0).round().to(torch.uint8),
        square.nearest(heights(view)).half(),
        square.nearest(view.label).to(torch.uint8),
        cell.to(torch.int16),
        view_angle.to(torch.int16),
        friction.half(),
        meta,
    )


def sparse_labels(
    grasps: GraspPoses, intrinsics: torch.Tensor, square: SquareView
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Cell, class and least friction of every pair of cell and class that has a grasp.

    Args:
        grasps: Grasps in the camera's optical frame, scores as graspnetAPI gives them.
        intrinsics: Camera matrix [pixel], pixel centres at halves, shape (3, 3).
        square: How the net's picture lies in the camera's.

    Returns:
        Cells (row * 56 + column) and classes, long, and friction, each of shape (L,).
    """
    kind = grasps.position.dtype
    surface = grasps.position - grasps.depth[:, None] * grasps.approach
    pose = torch.eye(3, dtype=kind)[None], torch.zeros(1, 3, dtype=kind)
    pixel, distance = project(surface[None], intrinsics.to(kind)[None], *pose)
    column, row = (square.to_square(pixel[0]) * (GRID / square.size)).floor().long().unbind(dim=1)
    inside = (row >= 0) & (row < GRID) & (column >= 0) & (column < GRID)
    kept = inside & (distance[0] > 0.0) & (grasps.approach[:, 2] > 0.0)
    turned = grasps.rotation[kept] * grasps.rotation.new_tensor((1.0, -1.0, -1.0))[:, None]
    classes = torch.cat([nearest_class(part) for part in turned.split(_CHUNK)])
    place = (row * GRID + column)[kept] * NUM_CLASSES + classes
    friction = (MAX_SCORE - grasps.score[kept]).clamp(min=0.0)
    unique, index = place.unique(return_inverse=True)
    least = torch.full(unique.shape, torch.inf, dtype=kind).scatter_reduce(0, index, friction, "amin")
    return unique // NUM_CLASSES, unique % NUM_CLASSES, least


def convert(
    root: Path, camera: str, split: str, out: Path, friction: float = 0.4, views: int | None = None
) -> Iterator[Converted]:
    """Write a split as shards, one picture after the other; shards that are there already are left as they are.

    Args:
        root: Folder of the dataset.
        camera: One of the cameras.
        split: One of the splits.
        out: Folder of the shards; it is made.
        friction: Grasps that need more are left out; training may choose any smaller threshold.
        views: Pictures of each scene, spread evenly over those that are there; None takes all.

    Raises:
        ImportError: If graspnetAPI is missing; says what to type.
        FileNotFoundError: If a part of the dataset is missing; names it.
        ValueError: If a name is unknown, a number makes no sense or a file is broken.
    """
    check_camera(camera)
    if not friction > 0.0 or (views is not None and views < 1):
        raise ValueError(f"friction must be above 0 and views at least 1, got {friction} and {views}")
    readers = [SceneReader(root, scene, camera) for scene in split_scenes(root, split)]
    chosen = [spread(reader.annotations, views) for reader in readers]
    total, done, labels = sum(map(len, chosen)), 0, 0
    out.mkdir(parents=True, exist_ok=True)
    for reader, numbers in zip(readers, chosen, strict=True):
        grasps = None
        for start in range(0, len(numbers), MAX_SAMPLES):
            part = numbers[start : start + MAX_SAMPLES]
            path = out / f"{scene_name(reader.files.scene)}_{camera}_{start // MAX_SAMPLES:03d}{SUFFIX}"
            if _is_there(path, len(part)):
                done += len(part)
                yield Converted(done, total, labels)
                continue
            grasps = reader.grasps(friction) if grasps is None else grasps
            samples = []
            for annotation in part:
                samples.append(_sample(reader, grasps, annotation, split))
                done, labels = done + 1, labels + len(samples[-1].cell)
                yield Converted(done, total, labels)
            write_shard(path, samples, source="graspnet")


def _sample(reader: SceneReader, grasps: GraspPoses, annotation: int, split: str) -> GraspSample:
    meta = {"split": split, "scene": reader.files.scene, "camera": reader.files.camera, "picture": annotation}
    return sample_of(reader.view(annotation), reader.seen_from(grasps, annotation), meta)


def spread(annotations: list[int], count: int | None) -> list[int]:
    """``count`` of the pictures, evenly spread; all if None."""
    if count is None or count >= len(annotations):
        return annotations
    return [annotations[index * len(annotations) // count] for index in range(count)]


def _is_there(path: Path, count: int) -> bool:
    """Whether a shard is complete; a broken one is written again."""
    try:
        return shard_count(path) == count
    except (FileNotFoundError, ValueError):
        return False


def heights(view: View) -> torch.Tensor:
    """Height of every pixel above the table [m], 0 where unknown, float32, shape (H, W)."""
    depth = torch.where(view.depth > 0.0, view.depth, torch.nan)
    pose = view.to_table[None, :3, :3], view.to_table[None, :3, 3]
    height = deproject(depth[None], view.intrinsics[None], *pose)[0, ..., 2]
    return height.nan_to_num(0.0).clamp(min=0.0)
