"""Scenes of GraspNet-1Billion, read through graspnetAPI."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from pushgrasp.files.picture_files import read_array
from pushgrasp.grasping.graspnet.layout import SceneFiles, scene_name
from pushgrasp.grasping.graspnet.package import graspnet_module
from pushgrasp.grasping.graspnet.poses import GraspPoses, from_rows


@dataclass(frozen=True)
class View:
    """One RGB-D picture of a scene.

    Attributes:
        rgb: Colours, uint8, shape (3, H, W).
        depth: Distance to the image plane [m], 0 where unknown, float32, shape (H, W).
        label: Object number + 1, 0 for the background, long, shape (H, W).
        intrinsics: Camera matrix [pixel], pixel centres at halves, float32, shape (3, 3).
        to_table: Camera (optical frame) to table frame (z up, top at z = 0), float32, shape (4, 4) [m].
    """

    rgb: torch.Tensor
    depth: torch.Tensor
    label: torch.Tensor
    intrinsics: torch.Tensor
    to_table: torch.Tensor


@contextlib.contextmanager
def silenced() -> Iterator[None]:
    """Keep what graspnetAPI prints off the screen."""
    with open(os.devnull, "w") as sink, contextlib.redirect_stdout(sink), contextlib.redirect_stderr(sink):
        yield


class SceneReader:
    """One scene as one camera saw it.

    What belongs to the scene is checked when it is opened, what belongs to a picture when it is read.
    """

    def __init__(self, root: Path, scene: int, camera: str) -> None:
        """Open a scene.

        Raises:
            ImportError: If graspnetAPI is missing; says what to type.
            FileNotFoundError: If a part of the scene is missing; names it.
            ValueError: If the camera's name is unknown, or its matrices are none.
        """
        self.files = SceneFiles(Path(root), scene, camera)
        self.annotations = self.files.annotations()
        self.files.object_ids()
        self.files.require_pictures(())
        self._intrinsics = self._matrices("camK.npy", (3, 3))
        self._poses = self._matrices("camera_poses.npy", (None, 4, 4))
        self._table = self._matrices("cam0_wrt_table.npy", (4, 4))
        with silenced():
            self._api: Any = graspnet_module().GraspNet(str(root), camera, "custom", sceneIds=[scene])

    def view(self, annotation: int) -> View:
        """A picture with its camera.

        Raises:
            FileNotFoundError: If a part of it is missing; names it.
            ValueError: If colour, depth and label differ in size, or a file is no picture.
        """
        self._require(annotation)
        arguments = self.files.scene, self.files.camera, annotation
        with self._readable(annotation):
            rgb, depth, label = (getattr(self._api, name)(*arguments) for name in ("loadRGB", "loadDepth", "loadMask"))
            sizes = {"rgb": rgb.shape[:2], "depth": depth.shape[:2], "label": label.shape[:2]}
        if len(set(sizes.values())) > 1:
            raise ValueError(f"{self._name(annotation)}: pictures differ in size: {sizes}")
        intrinsics = torch.from_numpy(self._intrinsics.astype(np.float32))
        intrinsics[:2, 2] += 0.5  # the published ones have pixel centres at whole numbers
        return View(
            torch.from_numpy(rgb).movedim(2, 0).contiguous(),
            torch.from_numpy(depth.astype(np.float32) / 1000.0),
            torch.from_numpy(label.astype(np.int64)),
            intrinsics,
            torch.from_numpy((self._table @ self._poses[annotation]).astype(np.float32)),
        )

    def grasps(self, friction: float) -> GraspPoses:
        """Labelled grasps that touch nothing and need at most ``friction``, in the frame of the first picture's camera.

        Their score is 1.1 less the friction they need, as graspnetAPI gives it. Reading takes seconds in the published
        data: :meth:`seen_from` moves what was read once into every picture's frame.

        Raises:
            FileNotFoundError: If labels are missing; names them.
        """
        self.files.require_labels()
        first = self.annotations[0]
        self._require(first)
        with silenced(), self._readable(first):
            labels = self._api.loadGraspLabels(self.files.object_ids())
            collisions = self._api.loadCollisionLabels(self.files.scene)
            group = self._api.loadGrasp(
                self.files.scene,
                first,
                camera=self.files.camera,
                grasp_labels=labels,
                collision_labels=collisions,
                fric_coef_thresh=friction + 1e-4,  # the labels are tenths in float32
            )
        return from_rows(group.grasp_group_array)

    def seen_from(self, grasps: GraspPoses, annotation: int) -> GraspPoses:
        """Grasps of :meth:`grasps` in the frame of another picture's camera."""
        between = np.linalg.inv(self._poses[annotation]) @ self._poses[self.annotations[0]]
        turn, shift = torch.from_numpy(between[:3, :3]), torch.from_numpy(between[:3, 3])
        moved = grasps.select(torch.arange(len(grasps)))
        moved.position = grasps.position @ turn.T + shift
        moved.rotation = turn @ grasps.rotation
        return moved

    def _matrices(self, name: str, shape: tuple[int | None, ...]) -> np.ndarray:
        """Matrices of a file of the camera; ValueError unless they are finite and of a shape, None for any length."""
        path = self.files.camera_folder / name
        found = read_array(path)
        fitting = found.ndim == len(shape) and all(
            side in (None, size) for side, size in zip(shape, found.shape, strict=True)
        )
        if not fitting or found.dtype.kind not in "iuf" or not np.isfinite(found).all():
            raise ValueError(f"{path} holds {found.dtype} {found.shape}; finite matrices of shape {shape} are needed")
        return found

    def _require(self, annotation: int) -> None:
        self.files.require_pictures([annotation])
        if annotation >= len(self._poses):
            raise ValueError(f"{self._name(annotation)}: camera_poses.npy holds {len(self._poses)} poses only")

    def _name(self, annotation: int) -> str:
        return f"{scene_name(self.files.scene)}, {self.files.camera}, picture {annotation:04d}"

    @contextlib.contextmanager
    def _readable(self, annotation: int) -> Iterator[None]:
        """Turn what graspnetAPI raises on broken files into a ValueError that names the picture."""
        try:
            yield
        except OSError:
            raise
        except Exception as error:  # the package and what it calls promise no kinds of errors
            raise ValueError(f"{self._name(annotation)} cannot be read: {error}") from error
