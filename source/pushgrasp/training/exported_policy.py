"""The policy as deployed: deterministic, on the CPU, without the trainer."""

from __future__ import annotations

import copy

import torch
from torch import nn


class ExportedPolicy(nn.Module):
    """Deterministic policy image -> action mean, on the CPU and in evaluation mode, cut from the trainer."""

    def __init__(self, network: nn.Module, backbone: nn.Module | None, input_shape: tuple[int, ...]) -> None:
        """Copy the parts; without a backbone the input is the angle-view heatmap."""
        super().__init__()
        self.backbone = nn.Identity() if backbone is None else copy.deepcopy(backbone).cpu()
        self.network = copy.deepcopy(network).cpu()
        self.input_group = "avh" if backbone is None else "rgb"
        self.input_shape = tuple(input_shape)
        self.eval().requires_grad_(False)

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        """Return the action means (N, action size) of images "rgb" (N, 3, 224, 224) or "avh" (N, 360, 56, 56)."""
        return self.network(self.backbone(image))

    def get_dummy_inputs(self) -> tuple[torch.Tensor]:
        """Return an example input of two worlds, mid-grey."""
        return (torch.full((2, *self.input_shape), 0.5),)

    @property
    def input_names(self) -> list[str]:
        """Return the name of the input: "rgb" or "avh"."""
        return [self.input_group]

    @property
    def output_names(self) -> list[str]:
        """Return the name of the output."""
        return ["action_mean"]
