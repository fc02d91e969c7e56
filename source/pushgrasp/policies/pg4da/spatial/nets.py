"""Networks of the spatial head: logits of every choice, and the value, from heatmap and scene maps."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn.functional import layer_norm, log_softmax, logsigmoid

from pushgrasp.grasping.angle_view import NUM_CLASSES, class_rotations
from pushgrasp.policies.pg4da.action import MAP_SIZE
from pushgrasp.policies.pg4da.spatial.fits import FIT_CHANNELS
from pushgrasp.policies.pg4da.spatial.maps import CHANNELS, NUM_MASKS

NUM_CELLS = MAP_SIZE * MAP_SIZE
NUM_LOGITS = 4 * NUM_CELLS + NUM_CLASSES
"""Grasp cells, first key points, further key points, cells without the target (no choice, see ``write_choices``),
classes."""

TARGET = CHANNELS.index("target")

NEVER = -1e4
"""Logit of what may not be chosen; finite, so that 0 * logit stays 0."""

REDUCED, SCENE, WIDTH, FIT = 24, 32, 48, 32
"""Channels: of the heatmap, of the scene maps, of the features, of a class's evidence."""


Inputs = tuple[Tensor, Tensor, Tensor]
"""Angle-view heatmap (N, 360, 56, 56), scene maps (N, 10, 56, 56), class fits (N, 360, 5)."""


class SceneTrunk(nn.Module):
    """Features (N, 48, 56, 56) of heatmap and scene maps.

    Context is computed at half the resolution and sees 12 cm in each direction; the maps themselves join it at full
    resolution.
    """

    def __init__(self) -> None:
        super().__init__()
        self.heat = nn.Sequential(
            nn.AvgPool2d(2), nn.GroupNorm(1, NUM_CLASSES, affine=False), nn.Conv2d(NUM_CLASSES, REDUCED, kernel_size=1)
        )
        self.scene = nn.Sequential(nn.Conv2d(len(CHANNELS), SCENE, kernel_size=3, stride=2, padding=1), nn.ReLU())
        self.context = nn.Sequential(
            nn.Conv2d(REDUCED + SCENE, WIDTH, kernel_size=3, padding=1),
            nn.ReLU(),
            nn.Conv2d(WIDTH, WIDTH, kernel_size=3, padding=2, dilation=2),
            nn.ReLU(),
            nn.Upsample(scale_factor=2),
        )
        self.join = nn.Sequential(nn.Conv2d(WIDTH + len(CHANNELS), WIDTH, kernel_size=1), nn.ReLU())

    def forward(self, avh: Tensor, maps: Tensor) -> Tensor:
        """Return the features."""
        context = self.context(torch.cat((self.heat(avh), self.scene(maps)), dim=1))
        return self.join(torch.cat((context, maps), dim=1))


class Summary(nn.Module):
    """What decides about the move (N, 102): features on and around the target, share of feasible classes, best fits."""

    size = 2 * WIDTH + 1 + len(FIT_CHANNELS)

    def forward(self, features: Tensor, maps: Tensor, fits: Tensor) -> Tensor:
        """Return the summary of features (N, 48, 56, 56)."""
        flat, masks = features.flatten(2), maps[:, :NUM_MASKS].flatten(2) > 0.5
        share, best = fits[:, :, 0].mean(dim=1, keepdim=True), fits.amax(dim=1)
        return torch.cat((pooled(flat, masks[:, 0]), pooled(flat, masks[:, 1]), share, best), dim=1)


class SpatialPolicyNet(nn.Module):
    """Logits of the choices.

    The share of grasps comes first, then the cell within the target or the push mask, so that neither move is likelier
    for having more cells. Only classes with which the jaws fit are chosen, where there are any. They are scored
    through the geometry of their rotations and their fit, which carries what is learned about one class to the others,
    plus the backbone's own confidence on the target.
    """

    geometry: Tensor
    tilted: Tensor

    def __init__(self, max_tilt: float = math.radians(60.0)) -> None:
        """Build the net; classes tilted by more than ``max_tilt`` [rad] are never chosen, as in the grasp decoder."""
        super().__init__()
        self.trunk, self.summary = SceneTrunk(), Summary()
        self.cells = nn.Conv2d(WIDTH, 2, kernel_size=1)
        self.move = nn.Sequential(nn.Linear(Summary.size, WIDTH), nn.ReLU(), nn.Linear(WIDTH, 1))
        geometry = class_geometry()
        self.classes = nn.Sequential(nn.Linear(WIDTH, WIDTH), nn.ReLU(), nn.Linear(WIDTH, geometry.shape[1]))
        evidence = geometry.shape[1] + len(FIT_CHANNELS)
        self.fit = nn.Sequential(nn.Linear(evidence, FIT), nn.ReLU(), nn.Linear(FIT, 1))
        self.confidence = nn.Parameter(torch.zeros(()))
        self.register_buffer("geometry", geometry, persistent=False)
        tilted = -class_rotations()[:, 2, 2] < math.cos(max_tilt) - 1e-6
        self.register_buffer("tilted", tilted, persistent=False)
        for last in (self.cells, self.move[2], self.classes[2], self.fit[2]):
            nn.init.orthogonal_(last.weight, 0.01)  # pyright: ignore[reportArgumentType]
            nn.init.zeros_(last.bias)  # pyright: ignore[reportArgumentType]

    def forward(self, inputs: Inputs) -> Tensor:
        """Return logits (N, 12904) in the order of :data:`NUM_LOGITS`.

        Grasp cells and first key points together are normalised log-probabilities.

        Raises:
            ValueError: For other shapes of the inputs.
        """
        _check_inputs(inputs)
        avh, maps, fits = inputs
        masks = maps[:, :NUM_MASKS].flatten(2) > 0.5
        features = self.trunk(avh, maps)
        grasp, push = self.cells(features).flatten(2).unbind(dim=1)
        move = self.move(self.summary(features, maps, fits))
        some_grasp, some_push = (masks[:, k].any(dim=1, keepdim=True) for k in (0, 1))
        move = move.masked_fill(~some_grasp, NEVER).masked_fill(~some_push, -NEVER)
        grasp = log_softmax(grasp.masked_fill(~masks[:, 0], NEVER), dim=1) + logsigmoid(move)
        first = log_softmax(push.masked_fill(~masks[:, 1], NEVER), dim=1) + logsigmoid(-move)
        further = push.masked_fill(~masks[:, 2], NEVER)
        off_target = torch.zeros_like(further).masked_fill(maps[:, TARGET].flatten(1) > 0.0, NEVER)
        classes = self._class_logits(pooled(features.flatten(2), masks[:, 0]), avh, fits, masks[:, 0])
        return torch.cat((grasp.clamp_min(NEVER), first.clamp_min(NEVER), further, off_target, classes), dim=1)

    def _class_logits(self, on_target: Tensor, avh: Tensor, fits: Tensor, target: Tensor) -> Tensor:
        heat = layer_norm(pooled(avh.flatten(2), target), (NUM_CLASSES,))
        evidence = torch.cat((self.geometry.expand(fits.shape[0], -1, -1), fits), dim=2)
        logits = self.classes(on_target) @ self.geometry.T + self.fit(evidence)[:, :, 0] + self.confidence * heat
        unfit = (fits[:, :, 0] < 0.5) & (fits[:, :, 0] > 0.5).any(dim=1, keepdim=True)
        return logits.masked_fill(self.tilted | unfit, NEVER)


class SpatialValueNet(nn.Module):
    """Expected return from the same inputs, shape (N, 1)."""

    def __init__(self) -> None:
        super().__init__()
        self.trunk, self.summary = SceneTrunk(), Summary()
        self.value = nn.Sequential(nn.Linear(Summary.size, WIDTH), nn.ReLU(), nn.Linear(WIDTH, 1))

    def forward(self, inputs: Inputs) -> Tensor:
        """Return the values; see :meth:`SpatialPolicyNet.forward`."""
        _check_inputs(inputs)
        avh, maps, fits = inputs
        return self.value(self.summary(self.trunk(avh, maps), maps, fits))


def class_geometry() -> Tensor:
    """Return what a class's logit may depend on, shape (360, 13).

    One; the approach axis (3); the products of its components (3) and those of the closing axis (6), whose sign does
    not matter.
    """
    rotations = class_rotations()
    approach, closing = rotations[:, :, 2], rotations[:, :, 0]
    pairs = [(0, 0), (1, 1), (2, 2), (0, 1), (0, 2), (1, 2)]
    of_closing = [closing[:, a] * closing[:, b] for a, b in pairs]
    of_approach = [approach[:, a] * approach[:, b] for a, b in pairs[:3]]
    columns = [torch.ones(NUM_CLASSES), *approach.unbind(dim=1), *of_approach, *of_closing]
    return torch.stack([column.float() for column in columns], dim=1)


def pooled(features: Tensor, mask: Tensor) -> Tensor:
    """Return the mean (N, C) of features (N, C, M) over a mask (N, M), zero where it is empty."""
    weights = mask.to(features)
    return (features @ weights[:, :, None])[:, :, 0] / weights.sum(dim=1, keepdim=True).clamp_min(1.0)


def _check_inputs(inputs: Inputs) -> None:
    """Raise ValueError unless the inputs have the shapes that :data:`Inputs` says."""
    wanted = (NUM_CLASSES, MAP_SIZE, MAP_SIZE), (len(CHANNELS), MAP_SIZE, MAP_SIZE), (NUM_CLASSES, len(FIT_CHANNELS))
    shapes = tuple(tuple(part.shape[1:]) for part in inputs)
    if shapes != wanted:
        raise ValueError(f"heatmap, maps and fits have shapes (N, ...) {shapes}; expected {wanted}")
