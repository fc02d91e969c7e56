"""The two heads as deployed: from a picture, and for the spatial head its choices, to an action."""

from __future__ import annotations

import torch
from torch import nn

from pushgrasp.learning.exported_policy import ExportedPolicy


class ImagePolicy(ExportedPolicy):
    """Deterministic policy that reads the picture alone, or its angle-view heatmap."""

    backbone: nn.Module
    network: nn.Module
    choice: nn.Module

    def __init__(
        self,
        network: nn.Module,
        backbone: nn.Module | None,
        choice: nn.Module,
        input_shape: tuple[int, ...],
        scene: dict[str, tuple[int, ...]] | None = None,
    ) -> None:
        """Copy the parts.

        Args:
            network: Policy network.
            backbone: Backbone before it; without one the input is the angle-view heatmap.
            choice: From the network's output to the action.
            input_shape: Shape of one world's image.
            scene: Name and shape of what the network reads beside the image, of one world.
        """
        image = "avh" if backbone is None else "rgb"
        inputs = {image: tuple(input_shape), **(scene or {})}
        super().__init__(inputs, backbone=backbone or nn.Identity(), network=network, choice=choice)

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        """Return the actions (N, action size) of images "rgb" (N, 3, 224, 224) or "avh" (N, 360, 56, 56)."""
        return self.choice(self.network(self.backbone(image)))


class ScenePolicy(ImagePolicy):
    """The same for a policy that reads what may be chosen beside the image."""

    def forward(
        self,
        image: torch.Tensor,
        maps: torch.Tensor,
        grasps: torch.Tensor,
        strokes: torch.Tensor,
        swaths: torch.Tensor,
        cells: torch.Tensor,
        looked: torch.Tensor,
        profiles: torch.Tensor,
    ) -> torch.Tensor:
        """Return the actions (N, action size).

        Args:
            image: "rgb" (N, 3, 224, 224) or "avh" (N, 360, 56, 56).
            maps: Scene maps, shape (N, 7, 56, 56).
            grasps: Grasps that may be chosen, shape (N, 9, 360, 8).
            strokes: Strokes that may be chosen, shape (N, 42, 15).
            swaths: What lies along them, shape (N, 42, 2, 14, 10).
            cells: Places of both, shape (N, 177).
            looked: Numbers of the grasps with profiles, shape (N, 256).
            profiles: What lies between their jaws, shape (N, 256, 2, 33, 3).
        """
        scene = maps, grasps, strokes, swaths, cells, looked, profiles
        return self.choice(self.network((self.backbone(image), *scene)))
