"""Camera pictures of all worlds as heightmaps."""

from __future__ import annotations

import torch
from pushgrasp.perception.heightmap import Heightmaps, project_heightmaps
from pushgrasp.perception.workspace import Workspace

from isaaclab.sensors import Camera
from isaaclab.utils.math import matrix_from_quat

from pg_tasks.assets.objects import SLOT_LABEL


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
        output = self._camera.data.output
        depth = output["distance_to_image_plane"].torch[..., 0]
        labels = output["semantic_segmentation"].torch[..., 0].long()
        return output["rgb"].torch[..., :3], depth, self._slot_ids(labels.device)[labels]

    def heightmaps(self) -> Heightmaps:
        """Return the heightmaps of all worlds."""
        rgb, depth, ids = self.picture()
        data = self._camera.data
        rotation = matrix_from_quat(data.quat_w_ros.torch)
        position = data.pos_w.torch - self._origins
        return project_heightmaps(rgb, depth, ids, data.intrinsic_matrices.torch, rotation, position, self._workspace)

    def _slot_ids(self, device: torch.device) -> torch.Tensor:
        """Table from semantic id to slot index + 1; 0 for everything that is no slot."""
        names = {int(k): v.get("class", "") for k, v in self._camera.data.info["semantic_segmentation"]["idToLabels"].items()}
        table = torch.zeros(max(names) + 1, dtype=torch.long)
        for label, name in names.items():
            if name.startswith(SLOT_LABEL):
                table[label] = int(name.removeprefix(SLOT_LABEL)) + 1
        return table.to(device)
