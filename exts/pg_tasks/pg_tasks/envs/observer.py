"""Camera pictures of all worlds as heightmaps."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager

import torch
from isaaclab.sensors import Camera
from isaaclab.utils.math import matrix_from_quat

from pg_tasks.assets.objects import SLOT_LABEL
from pg_tasks.physics.cpu_renderer import CpuWarpRenderer
from pushgrasp.perception.camera import deproject
from pushgrasp.perception.camera_noise import CameraNoise
from pushgrasp.perception.depth_filter import DepthFilterCfg, filter_depth
from pushgrasp.perception.heightmap import Heightmaps, project_heightmaps
from pushgrasp.perception.table import level_camera
from pushgrasp.perception.workspace import Workspace
from pushgrasp.threads import threads_for


class OverheadObserver:
    """Turns the overhead camera's latest picture into heightmaps."""

    def __init__(
        self, camera: Camera, origins: torch.Tensor, workspace: Workspace, depth_filter: DepthFilterCfg, level: bool
    ) -> None:
        """Wrap the camera.

        Args:
            camera: Camera with the outputs rgb, distance_to_image_plane and semantic_segmentation.
            origins: World origins [m], shape (N, 3).
            workspace: Where the heightmaps lie.
            depth_filter: How the depth of noisy cameras is filtered.
            level: Whether where they are thought to be is mended by the table that they see.
        """
        self._camera, self._origins, self._workspace = camera, origins, workspace
        self._filter, self._level = depth_filter, level
        self.noise: dict[int, CameraNoise] = {}
        """Noise of the cameras of worlds; without, they are perfect."""

    def picture(self) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Return colour (N, h, w, 3) uint8, distance to the image plane (N, h, w) [m] and slot ids (N, h, w) long."""
        data = self._camera.data
        if data.output is None or data.info is None:
            raise RuntimeError("the camera has not been initialised; reset the simulation first")
        depth = data.output["distance_to_image_plane"].torch[..., 0]
        labels = data.output["semantic_segmentation"].torch[..., 0].long()
        table = _slot_ids(data.info["semantic_segmentation"]["idToLabels"])
        return data.output["rgb"].torch[..., :3], depth, table.to(labels.device)[labels]

    def heightmaps(self, worlds: torch.Tensor | None = None) -> Heightmaps:
        """Return the heightmaps of all worlds, or of those with indices ``worlds`` (W,), which is cheaper."""
        if worlds is None:
            return self._project(slice(None))
        with self._only(worlds):
            return self._project(worlds)

    def _project(self, worlds: torch.Tensor | slice) -> Heightmaps:
        rgb, depth, ids = (image[worlds] for image in self.picture())
        data = self._camera.data
        rotation = matrix_from_quat(data.quat_w_ros.torch[worlds])
        position = data.pos_w.torch[worlds] - self._origins[worlds]
        intrinsics = data.intrinsic_matrices.torch[worlds]
        if self.noise:
            seen = range(len(self._origins)) if isinstance(worlds, slice) else worlds.tolist()
            noises = [self.noise[world] for world in seen]
            rgb, depth = _stacked(self._noisy(noise, *image) for noise, *image in zip(noises, rgb, depth, strict=True))
            rotation, position = _stacked(
                noise.pose(*pose) for noise, *pose in zip(noises, rotation, position, strict=True)
            )
            if self._level:
                views = zip(depth, intrinsics, rotation, position, strict=True)
                rotation, position = _stacked(self._levelled(*view) for view in views)
        with threads_for(len(depth)):
            return project_heightmaps(rgb, depth, ids, intrinsics, rotation, position, self._workspace)

    def _noisy(self, noise: CameraNoise, rgb: torch.Tensor, depth: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Colour (h, w, 3) and depth (h, w) [m] that a noisy camera gives, in several pictures."""
        lit, depths = zip(*(noise.picture(rgb, depth) for _ in range(self._filter.pictures)), strict=True)
        return lit[0], filter_depth(depths, self._filter)

    def _levelled(self, depth: torch.Tensor, *camera: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Rotation (3, 3) and position (3,) of a camera over a level table, whose depth (h, w) shows another one."""
        depth = depth.where(depth > 0.0, torch.nan)
        points = deproject(depth[None], *(part[None] for part in camera))[0]
        return level_camera(points[self._workspace.contains(points[..., :2])], *camera[1:])

    @contextmanager
    def _only(self, worlds: torch.Tensor) -> Iterator[None]:
        """Take no pictures but those of some worlds, where the renderer can; the others' last ones stay."""
        renderer, output = self._camera._renderer, getattr(self._camera._data, "output", None)
        if not isinstance(renderer, CpuWarpRenderer) or output is None:
            yield
            return
        last = {name: image.torch.clone() for name, image in output.items()}
        renderer.shown = torch.zeros(len(self._origins), dtype=torch.bool)
        renderer.shown[worlds] = True
        try:
            yield
        finally:
            for name, image in output.items():
                image.torch[~renderer.shown] = last[name][~renderer.shown]
            renderer.shown = None


def _stacked(pairs: Iterable[tuple[torch.Tensor, torch.Tensor]]) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the first ones and the second ones of N pairs."""
    first, second = zip(*pairs, strict=True)
    return torch.stack(first), torch.stack(second)


def _slot_ids(labels: Mapping[str, Mapping[str, str]]) -> torch.Tensor:
    """Table from semantic id to slot index + 1; 0 for everything that is no slot."""
    names = {int(label): tags.get("class", "") for label, tags in labels.items()}
    table = torch.zeros(max(names) + 1, dtype=torch.long)
    for label, name in names.items():
        if name.startswith(SLOT_LABEL):
            table[label] = int(name.removeprefix(SLOT_LABEL)) + 1
    return table
