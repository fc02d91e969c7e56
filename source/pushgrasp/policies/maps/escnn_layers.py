"""Layers that are equivariant to turns, by escnn, which is imported only where such a net is built to be trained."""

from __future__ import annotations

import importlib
import sys
import warnings
from collections.abc import Callable
from types import ModuleType
from typing import Any, cast

import torch
from torch import Tensor, nn

INSTALL_HINT = (
    "make setup-epg   (in an environment of your own: pip install -e '.[epg]', "
    "then pip install --no-deps escnn==1.0.11 pymanopt==2.2.1 autograd==1.9.1)"
)
"""What to type where escnn is missing."""

_WIGNER = "lie_learn.representations.SO3.wigner_d"
"""Module that escnn imports for turns in space, which are not needed here; its package does not build."""


def escnn_module(name: str) -> Any:  # noqa: ANN401 - escnn has no types
    """Return one of escnn's modules.

    Raises:
        ImportError: If escnn, or something that it needs, is missing; says what to type.
    """
    _stand_in_for_lie_learn()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return importlib.import_module(f"escnn.{name}")
    except ImportError as error:
        raise ImportError(f"escnn is not there or not complete ({error}). To install it: {INSTALL_HINT}") from error


def _stand_in_for_lie_learn() -> None:
    """Put empty modules where escnn looks for the Wigner matrices of turns in space."""
    parts = _WIGNER.split(".")
    for end in range(1, len(parts) + 1):
        name = ".".join(parts[:end])
        sys.modules.setdefault(name, ModuleType(name))
    cast("Any", sys.modules[_WIGNER]).wigner_D_matrix = None


MOST_STEPS = 200
"""Steps of conjugate gradients at most; weights are found after some ten."""


class EquivariantLayer(nn.Module):
    """A layer of escnn that takes and gives plain tensors."""

    def __init__(self, layer: Any, inputs: Any) -> None:  # noqa: ANN401
        """Wrap a layer with inputs of a field type."""
        super().__init__()
        self.layer, self._inputs = layer, inputs

    def forward(self, x: Tensor) -> Tensor:
        """Return the layer's output."""
        return self.layer(escnn_module("nn").GeometricTensor(x, self._inputs)).tensor

    def export(self) -> nn.Module:
        """Return the same layer in plain torch, as it acts in evaluation mode."""
        self.layer.eval()
        return self.layer.export()

    def put_back(self, plain: nn.Module) -> None:
        """Take the weights that :meth:`export` has given a plain layer; where they are rounded, the nearest ones."""
        self.layer.train()
        pairs = [(self.layer, plain)]
        if isinstance(plain, nn.Sequential):
            pairs = list(zip(self.layer.children(), plain.children(), strict=True))
        for own, part in pairs:
            if isinstance(part, nn.Conv2d):
                _put_back_convolution(own, part)
            elif isinstance(part, nn.BatchNorm2d):
                _put_back_norm(own, part)


def _put_back_convolution(own: Any, plain: nn.Conv2d) -> None:  # noqa: ANN401 - escnn has no types
    """Give escnn's convolution the weights whose filter and bias are those of a plain one."""
    solve_linear(own.weights, lambda: own.expand_parameters()[0], plain.weight)
    if plain.bias is not None:
        solve_linear(own.bias, lambda: own.expand_parameters()[1], plain.bias)


def _put_back_norm(own: Any, plain: nn.BatchNorm2d) -> None:  # noqa: ANN401 - escnn has no types
    """Give escnn's normalisation, which has one number for each field, the first of each field of a plain one."""
    (norm,) = (part for part in own.children() if isinstance(part, nn.BatchNorm3d))
    turns = plain.num_features // norm.num_features
    norm.load_state_dict({name: value[::turns] if value.dim() else value for name, value in plain.state_dict().items()})


def solve_linear(weights: nn.Parameter, made: Callable[[], Tensor], wanted: Tensor) -> None:
    """Set weights so that what is made of them, linear in them, comes nearest to ``wanted``, by conjugate gradients.

    Args:
        weights: Weights that are set.
        made: Gives what is made of the weights as they are now.
        wanted: What is to be made.
    """
    found, left = torch.zeros_like(weights), wanted.detach()
    slope = direction = torch.autograd.grad(made(), weights, left)[0]
    least = 1e-12 * float(slope.square().sum())
    for _ in range(MOST_STEPS):
        size = slope.square().sum()
        if float(size) <= least:
            break
        weights.data = direction
        change = made()
        rate = size / change.square().sum()
        found, left = found + rate * direction, left - rate * change.detach()
        slope = torch.autograd.grad(change, weights, left)[0]
        direction = slope + slope.square().sum() / size * direction
    weights.data = found


class EquivariantLayers:
    """Makes layers that are equivariant to turns by multiples of 360 degrees / ``order``."""

    def __init__(self, order: int) -> None:
        """Choose the group.

        Raises:
            ImportError: If escnn is missing; says what to type.
        """
        self.order = order
        self._nn = escnn_module("nn")
        self._space = escnn_module("gspaces").rot2dOnR2(order)

    def block(self, scalars: int, fields: int, outputs: int) -> nn.Module:
        """Return convolution, normalisation and ReLU, from fields to ``outputs`` fields."""
        inputs, out = self._type(scalars, fields), self._type(0, outputs)
        parts = self._nn.R2Conv(inputs, out, 3, padding=1, bias=False), self._nn.InnerBatchNorm(out), self._nn.ReLU(out)
        return EquivariantLayer(self._nn.SequentialModule(*parts), inputs)

    def mix(self, fields: int, outputs: int) -> nn.Module:
        """Return a linear layer without bias, cell by cell."""
        inputs = self._type(0, fields)
        return EquivariantLayer(self._nn.R2Conv(inputs, self._type(0, outputs), 1, bias=False), inputs)

    def head(self, fields: int, outputs: int, half: bool) -> nn.Module:
        """Return the last layer: ``outputs`` fields over all turns, or, if ``half``, over those up to 180 degrees."""
        inputs = self._type(0, fields)
        one = self._space.quotient_repr(2) if half else self._space.regular_repr
        out = self._nn.FieldType(self._space, outputs * [one])
        return EquivariantLayer(self._nn.R2Conv(inputs, out, 1), inputs)

    def _type(self, scalars: int, fields: int) -> Any:  # noqa: ANN401
        representations = scalars * [self._space.trivial_repr] + fields * [self._space.regular_repr]
        return self._nn.FieldType(self._space, representations)
