"""Camera pictures of all worlds as heightmaps."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from isaaclab.sensors import Camera
from isaaclab.utils.math import matrix_from_quat

from pg_tasks.assets.objects import SLOT_LABEL
from pushgrasp.perception.heightmap import Heightmaps, project_heightmaps
from pushgrasp.perception.workspace import Workspace


class OverheadObserver:
    """Turns the overhead camera's latest picture into heightmaps."""

    def __init__(self, camera: Camera, origins: torch.Tensor, workspace: Workspace) -> None:
        """Wrap the camera.

        Args:
            camera: Camera with the outputs rgb, distance_to_image_plane and semantic_segmentation.
            origins: World origins [m], shape (N, 3).
            workspace: Where the heightmaps lie.
        """
        self._camera, self._origins, self._workspace = camera, origins, workspace

    def picture(self) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Return colour (N, h, w, 3) uint8, distance to the image plane (N, h, w) [m] and slot ids (N, h, w) long."""
        data = self._camera.data
        if data.output is None or data.info is None:
            raise RuntimeError("the camera has not been initialised; reset the simulation first")
        depth = data.output["distance_to_image_plane"].torch[..., 0]
        labels = data.output["semantic_segmentation"].torch[..., 0].long()
        table = _slot_ids(data.info["semantic_segmentation"]["idToLabels"])
        return data.output["rgb"].torch[..., :3], depth, table.to(labels.device)[labels]

    def heightmaps(self) -> Heightmaps:
        """Return the heightmaps of all worlds."""
        rgb, depth, ids = self.picture()
        data = self._camera.data
        rotation = matrix_from_quat(data.quat_w_ros.torch)
        position = data.pos_w.torch - self._origins
        return project_heightmaps(rgb, depth, ids, data.intrinsic_matrices.torch, rotation, position, self._workspace)


def _slot_ids(labels: Mapping[str, Mapping[str, str]]) -> torch.Tensor:
    """Table from semantic id to slot index + 1; 0 for everything that is no slot."""
    names = {int(label): tags.get("class", "") for label, tags in labels.items()}
    table = torch.zeros(max(names) + 1, dtype=torch.long)
    for label, name in names.items():
        if name.startswith(SLOT_LABEL):
            table[label] = int(name.removeprefix(SLOT_LABEL)) + 1
    return table
