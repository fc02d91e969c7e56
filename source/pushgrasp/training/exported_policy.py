"""The policy as deployed: deterministic, on the CPU, without the trainer."""

from __future__ import annotations

import copy

import torch
from torch import nn

MIDDLE = 0.5
"""Value of an example input."""


class ExportedPolicy(nn.Module):
    """Deterministic policy image -> action, on the CPU and in evaluation mode, cut from the trainer."""

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
        super().__init__()
        self.backbone = nn.Identity() if backbone is None else copy.deepcopy(backbone).cpu()
        self.network = copy.deepcopy(network).cpu()
        self.choice = copy.deepcopy(choice).cpu()
        self.input_group = "avh" if backbone is None else "rgb"
        self.inputs = {self.input_group: tuple(input_shape), **(scene or {})}
        self.eval().requires_grad_(False)

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        """Return the actions (N, action size) of images "rgb" (N, 3, 224, 224) or "avh" (N, 360, 56, 56)."""
        return self.choice(self.network(self.backbone(image)))

    def get_dummy_inputs(self) -> tuple[torch.Tensor, ...]:
        """Return an example input of two worlds."""
        return tuple(torch.full((2, *shape), MIDDLE) for shape in self.inputs.values())

    @property
    def input_names(self) -> list[str]:
        """Return the names of the inputs: "rgb" or "avh", then the scene's where it is read."""
        return list(self.inputs)

    @property
    def output_names(self) -> list[str]:
        """Return the name of the output."""
        return ["action"]


class ExportedScenePolicy(ExportedPolicy):
    """The same for a policy that reads the scene beside the image."""

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
