"""Networks of the spatial head: logits of every choice, and the value, from heatmap and scene maps."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn.functional import layer_norm, log_softmax, logsigmoid

from pushgrasp.grasping.angle_view import NUM_CLASSES, class_rotations
from pushgrasp.policies.pg4da.action import MAP_SIZE
from pushgrasp.policies.pg4da.spatial.maps import CHANNELS, NUM_MASKS

NUM_CELLS = MAP_SIZE * MAP_SIZE
NUM_LOGITS = 4 * NUM_CELLS + NUM_CLASSES
"""Grasp cells, first key points, further key points, cells without the target (no choice, see ``write_choices``),
classes."""

TARGET = NUM_CLASSES + CHANNELS.index("target")
"""Channel of the target's share."""

NEVER = -1e4
"""Logit of what may not be chosen; finite, so that 0 * logit stays 0."""

REDUCED, SCENE, WIDTH = 24, 32, 48
"""Channels: of the heatmap, of the scene maps, of the features."""


class SceneTrunk(nn.Module):
    """Features (N, 48, 56, 56) of heatmap and scene maps (N, 360 + 10, 56, 56).

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

    def forward(self, images: Tensor) -> Tensor:
        """Return the features."""
        avh, maps = images[:, :NUM_CLASSES], images[:, NUM_CLASSES:]
        context = self.context(torch.cat((self.heat(avh), self.scene(maps)), dim=1))
        return self.join(torch.cat((context, maps), dim=1))


class SpatialPolicyNet(nn.Module):
    """Logits of the choices.

    The share of grasps comes first, then the cell within the target or the push mask, so that neither move is likelier
    for having more cells. Classes are scored through the geometry of their rotations, which carries what is learned
    about one class to its neighbours, plus the backbone's own confidence on the target.
    """

    def __init__(self, max_tilt: float = math.radians(60.0)) -> None:
        """Build the net; classes tilted by more than ``max_tilt`` [rad] are never chosen, as in the grasp decoder."""
        super().__init__()
        self.trunk = SceneTrunk()
        self.cells = nn.Conv2d(WIDTH, 2, kernel_size=1)
        self.move = nn.Sequential(nn.Linear(2 * WIDTH, WIDTH), nn.ReLU(), nn.Linear(WIDTH, 1))
        geometry = class_geometry()
        self.classes = nn.Sequential(nn.Linear(WIDTH, WIDTH), nn.ReLU(), nn.Linear(WIDTH, geometry.shape[1]))
        self.confidence = nn.Parameter(torch.zeros(()))
        self.register_buffer("geometry", geometry, persistent=False)
        tilted = -class_rotations()[:, 2, 2] < math.cos(max_tilt) - 1e-6
        self.register_buffer("tilted", tilted, persistent=False)
        for last in (self.cells, self.move[2], self.classes[2]):
            nn.init.orthogonal_(last.weight, 0.01)  # pyright: ignore[reportArgumentType]
            nn.init.zeros_(last.bias)  # pyright: ignore[reportArgumentType]

    def forward(self, images: Tensor) -> Tensor:
        """Return logits (N, 12904) in the order of :data:`NUM_LOGITS`.

        Grasp cells and first key points together are normalised log-probabilities.

        Args:
            images: Angle-view heatmap and scene maps, shape (N, 370, 56, 56).

        Raises:
            ValueError: For another shape.
        """
        _check_images(images)
        masks = images[:, NUM_CLASSES : NUM_CLASSES + NUM_MASKS].flatten(2) > 0.5
        features = self.trunk(images)
        grasp, push = self.cells(features).flatten(2).unbind(dim=1)
        flat = features.flatten(2)
        on_target, around = pooled(flat, masks[:, 0]), pooled(flat, masks[:, 1])
        move = self.move(torch.cat((on_target, around), dim=1))
        some_grasp, some_push = (masks[:, k].any(dim=1, keepdim=True) for k in (0, 1))
        move = move.masked_fill(~some_grasp, NEVER).masked_fill(~some_push, -NEVER)
        grasp = log_softmax(grasp.masked_fill(~masks[:, 0], NEVER), dim=1) + logsigmoid(move)
        first = log_softmax(push.masked_fill(~masks[:, 1], NEVER), dim=1) + logsigmoid(-move)
        further = push.masked_fill(~masks[:, 2], NEVER)
        heat = layer_norm(pooled(images[:, :NUM_CLASSES].flatten(2), masks[:, 0]), (NUM_CLASSES,))
        classes = (self.classes(on_target) @ self.geometry.T + self.confidence * heat).masked_fill(self.tilted, NEVER)
        off_target = torch.zeros_like(further).masked_fill(images[:, TARGET].flatten(1) > 0.0, NEVER)
        return torch.cat((grasp.clamp_min(NEVER), first.clamp_min(NEVER), further, off_target, classes), dim=1)


class SpatialValueNet(nn.Module):
    """Expected return from the same images, shape (N, 1)."""

    def __init__(self) -> None:
        super().__init__()
        self.trunk = SceneTrunk()
        self.value = nn.Sequential(nn.Linear(2 * WIDTH, WIDTH), nn.ReLU(), nn.Linear(WIDTH, 1))

    def forward(self, images: Tensor) -> Tensor:
        """Return the values; see :meth:`SpatialPolicyNet.forward`."""
        _check_images(images)
        masks = images[:, NUM_CLASSES : NUM_CLASSES + NUM_MASKS].flatten(2) > 0.5
        features = self.trunk(images).flatten(2)
        return self.value(torch.cat((pooled(features, masks[:, 0]), pooled(features, masks[:, 1])), dim=1))


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


def _check_images(images: Tensor, channels: int = NUM_CLASSES + len(CHANNELS), size: int = MAP_SIZE) -> None:
    """Raise ValueError unless ``images`` has shape (N, 370, 56, 56). TorchScript wants constants as defaults."""
    if images.dim() != 4 or images.shape[1] != channels or images.shape[2] != size or images.shape[3] != size:
        raise ValueError(f"images have shape {list(images.shape)}; expected (N, 370, 56, 56)")
