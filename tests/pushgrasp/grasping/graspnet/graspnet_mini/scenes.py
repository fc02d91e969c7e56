"""Scenes of the miniature dataset: which objects lie where, and from where the cameras look."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch
from scipy.spatial.transform import Rotation

from pushgrasp.scenes.generators import scattered
from pushgrasp.scenes.slots import SlotLayout

OBJECTS = (
    *("cube", "cuboid", "slab", "cylinder", "half_cylinder", "prism", "arch"),
    *("small_cuboid", "small_tile", "small_cylinder", "small_half_cylinder", "small_prism", "small_arch", "small_cube"),
    *("soap", "flask", "tin", "cup", "bottle", "packet", "can"),
)
"""Shapes of the objects; the index is the object's number."""

OBJECTS_OF = {"train": range(7), "seen": range(7), "similar": range(7, 14), "novel": range(14, 21)}
"""Objects of each split: the large blocks, the small blocks, and household-like ones."""

INTRINSICS = {"kinect": (631.55, 631.21, 638.43, 366.50), "realsense": (927.17, 927.37, 651.32, 349.62)}
"""fx, fy, cx, cy of the published cameras at 1280 x 720 [pixel], pixel centres at whole numbers."""

DISTANCE = {"kinect": 0.55, "realsense": 0.70}
"""Distance of each camera from the middle of the scene [m]."""


@dataclass(frozen=True)
class MiniScene:
    """Objects on the table, table frame (z up, top at z = 0).

    Attributes:
        object_ids: Number of each object.
        poses: Object to table frame, shape (4, 4) each [m].
        colours: RGB in [0, 1] of each object, shape (n, 3).
    """

    object_ids: list[int]
    poses: list[np.ndarray]
    colours: np.ndarray


def draw_scene(object_ids: list[int], seed: int, extent: float) -> MiniScene:
    """Objects at rest in random places of a square with that side [m] about the origin, with random colours.

    Raises:
        ValueError: If they do not fit.
    """
    generator = torch.Generator().manual_seed(seed)
    layout = SlotLayout(tuple(OBJECTS[number] for number in object_ids))
    scene = scattered(generator, len(object_ids), extent=extent, gap=0.02, layout=layout)
    by_name = {OBJECTS[number]: number for number in object_ids}
    poses = []
    for item in scene.objects:
        pose = np.eye(4)
        pose[:3, :3], pose[:3, 3] = Rotation.from_quat(item.quaternion).as_matrix(), item.position
        poses.append(pose)
    colours = 0.15 + 0.8 * torch.rand(len(poses), 3, generator=generator)
    return MiniScene([by_name[item.shape] for item in scene.objects], poses, colours.numpy())


def draw_cameras(camera: str, count: int, seed: int) -> np.ndarray:
    """Camera (optical frame) to table poses around a scene, all looking at its middle, shape (count, 4, 4) [m]."""
    rng = np.random.default_rng(seed)
    azimuth = rng.uniform(0, 2 * math.pi) + np.arange(count) * 2 * math.pi * 0.381966
    elevation = rng.uniform(math.radians(50), math.radians(80), count)
    poses = np.tile(np.eye(4), (count, 1, 1))
    for pose, turn, rise in zip(poses, azimuth, elevation, strict=True):
        towards = np.array([math.cos(rise) * math.cos(turn), math.cos(rise) * math.sin(turn), math.sin(rise)])
        right = np.array([-math.sin(turn), math.cos(turn), 0.0])
        pose[:3, :3] = np.stack([right, np.cross(-towards, right), -towards], axis=1)
        pose[:3, 3] = DISTANCE[camera] * towards
    return poses


def camera_matrix(camera: str, height: int) -> np.ndarray:
    """Intrinsics (3, 3) of a camera for pictures of 16 : 9 and that height [pixel]."""
    fx, fy, cx, cy = INTRINSICS[camera]
    scale = height / 720
    shift = (scale - 1) / 2  # pixel centres stay at whole numbers
    return np.array([[fx * scale, 0, cx * scale + shift], [0, fy * scale, cy * scale + shift], [0, 0, 1]])
