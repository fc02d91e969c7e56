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
        map_shape: tuple[int, ...] | None = None,
    ) -> None:
        """Copy the parts.

        Args:
            network: Policy network.
            backbone: Backbone before it; without one the input is the angle-view heatmap.
            choice: From the network's output to the action.
            input_shape: Shape of one world's image.
            map_shape: Shape of one world's scene maps, None where the network reads none.
        """
        super().__init__()
        self.backbone = nn.Identity() if backbone is None else copy.deepcopy(backbone).cpu()
        self.network = copy.deepcopy(network).cpu()
        self.choice = copy.deepcopy(choice).cpu()
        self.input_group = "avh" if backbone is None else "rgb"
        self.input_shapes = [tuple(shape) for shape in (input_shape, map_shape) if shape is not None]
        self.eval().requires_grad_(False)

    def forward(self, image: torch.Tensor, maps: torch.Tensor | None = None) -> torch.Tensor:
        """Return the actions (N, action size) of images "rgb" (N, 3, 224, 224) or "avh" (N, 360, 56, 56).

        Args:
            image: Pictures or heatmaps.
            maps: Scene maps (N, 10, 56, 56), for a policy that reads them.
        """
        avh = self.backbone(image)
        return self.choice(self.network(avh if maps is None else torch.cat((avh, maps), dim=1)))

    def get_dummy_inputs(self) -> tuple[torch.Tensor, ...]:
        """Return an example input of two worlds."""
        return tuple(torch.full((2, *shape), MIDDLE) for shape in self.input_shapes)

    @property
    def input_names(self) -> list[str]:
        """Return the names of the inputs: "rgb" or "avh", then "maps" where they are read."""
        return [self.input_group, "maps"][: len(self.input_shapes)]

    @property
    def output_names(self) -> list[str]:
        """Return the name of the output."""
        return ["action"]
