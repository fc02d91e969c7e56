"""A policy as deployed: deterministic, on the CPU, without the trainer."""

from __future__ import annotations

import copy

import torch
from torch import nn

EXAMPLE = 0.5
"""Value of an example input."""


class ExportedPolicy(nn.Module):
    """Deterministic policy from named inputs to an action, on the CPU and in evaluation mode, cut from the trainer."""

    def __init__(self, inputs: dict[str, tuple[int, ...]], **parts: nn.Module) -> None:
        """Copy the parts.

        Args:
            inputs: Name and shape, in one world, of each input in the order of ``forward``.
            parts: What ``forward`` uses, by attribute.
        """
        super().__init__()
        self.inputs = inputs
        for name, part in parts.items():
            self.add_module(name, copy.deepcopy(part).cpu())
        self.eval().requires_grad_(False)

    def get_dummy_inputs(self) -> tuple[torch.Tensor, ...]:
        """Return an example input of two worlds."""
        return tuple(torch.full((2, *shape), EXAMPLE) for shape in self.inputs.values())

    @property
    def input_names(self) -> list[str]:
        """Return the names of the inputs."""
        return list(self.inputs)

    @property
    def output_names(self) -> list[str]:
        """Return the name of the output."""
        return ["action"]
