"""Networks of the spatial head: logits of every choice, and the value, from heatmap, scene maps and choices."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn.functional import layer_norm, log_softmax, logsigmoid

from pushgrasp.grasping.angle_view import NUM_CLASSES, class_rotations
from pushgrasp.policies.pg4da.action import MAP_SIZE
from pushgrasp.policies.pg4da.spatial.grasps import CORNERS, GRASP_CHANNELS, NUM_POINTS
from pushgrasp.policies.pg4da.spatial.maps import CHANNELS
from pushgrasp.policies.pg4da.spatial.strokes import KEY_POINTS, NUM_STROKES, STROKE_CHANNELS
from pushgrasp.policies.pg4da.spatial.surroundings import (
    FEATURES,
    NUM_PROFILES,
    PROFILE_CHANNELS,
    PROFILE_COLUMNS,
    PROFILE_ROWS,
    SWATH_CHANNELS,
    SWATH_COLUMNS,
    SWATH_ROWS,
    ProfileNet,
    SwathNet,
)

NUM_GRASPS = NUM_POINTS * NUM_CLASSES
NUM_CHOICES = NUM_GRASPS + NUM_STROKES
"""Grasps, point by point and in each all classes; then the strokes."""

NUM_PLACES = NUM_POINTS + KEY_POINTS * NUM_STROKES

GROUP_SHAPES = {
    "maps": (len(CHANNELS), MAP_SIZE, MAP_SIZE),
    "grasps": (NUM_POINTS, NUM_CLASSES, len(GRASP_CHANNELS)),
    "strokes": (NUM_STROKES, len(STROKE_CHANNELS)),
    "swaths": (NUM_STROKES, len(SWATH_CHANNELS), SWATH_ROWS, SWATH_COLUMNS),
    "cells": (NUM_PLACES,),
    "looked": (NUM_PROFILES,),
    "profiles": (NUM_PROFILES, len(PROFILE_CHANNELS), PROFILE_ROWS, PROFILE_COLUMNS),
}
"""Observation groups beside the heatmap, in the order of :data:`Inputs`, and their shapes in one world."""

TARGET = CHANNELS.index("target")

NEVER = -1e4
"""Logit of what may not be chosen; finite, so that 0 * logit stays 0."""

SHARPNESS = 3.0
"""Logits of choices among grasps, and among strokes, per score: scores are like log-odds of success, and of hundreds of
grasps those that are likely to slip off must not outweigh the few that hold."""

TOP = 10.0
"""Most that the score of the best grasp, or stroke, tells the choice between the two."""

REDUCED, SCENE, WIDTH, HIDDEN = 24, 32, 48, 48
"""Channels: of the heatmap, of the scene maps, of the features, of a choice's evidence."""

Inputs = tuple[Tensor, Tensor, Tensor, Tensor, Tensor, Tensor, Tensor, Tensor]
"""Angle-view heatmap (N, 360, 56, 56), scene maps (N, 7, 56, 56), grasps (N, 9, 360, 8), strokes (N, 42, 15), what lies
along them (N, 42, 2, 14, 10), the cells of grasps and strokes (N, 177), as :func:`places` joins them, the numbers of
the likeliest grasps (N, 256), -1 where there are fewer, and what lies between their jaws (N, 256, 2, 33, 3)."""


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
    """What a whole scene is like (N, 117): features on the target and everywhere, which choices there are, the best."""

    size = 2 * WIDTH + 2 + len(GRASP_CHANNELS) + len(STROKE_CHANNELS) + len(CHANNELS) - 4

    def forward(self, features: Tensor, maps: Tensor, grasps: Tensor, strokes: Tensor) -> Tensor:
        """Return the summary of features (N, 48, 56, 56)."""
        flat, target = features.flatten(2), maps[:, TARGET].flatten(1) > 0.0
        parts = (
            pooled(flat, target),
            flat.mean(dim=2),
            grasps[..., 0].mean(dim=(1, 2))[:, None],
            strokes[..., 0].mean(dim=1, keepdim=True),
            grasps.amax(dim=(1, 2)),
            strokes.amax(dim=1),
            pooled(maps[:, 2:5].flatten(2), target),
        )
        return torch.cat(parts, dim=1)


@dataclass(frozen=True)
class Scores:
    """How good the choices of N worlds look, :data:`NEVER` where something cannot be chosen."""

    grasps: Tensor
    """Log-odds that each grasp holds, shape (N, 3240)."""
    strokes: Tensor
    """Log-odds of what each stroke is worth, shape (N, 42)."""
    move: Tensor
    """Log-odds of a grasp against a stroke, shape (N, 1)."""

    def of_choices(self) -> Tensor:
        """Scores of all choices, grasps before strokes, shape (N, 3282)."""
        return torch.cat((self.grasps, self.strokes), dim=1)

    def log_chances(self) -> Tensor:
        """Log-probabilities of the choices, shape (N, 3282)."""
        grasp = log_softmax(SHARPNESS * self.grasps, dim=1) + logsigmoid(self.move)
        stroke = log_softmax(SHARPNESS * self.strokes, dim=1) + logsigmoid(-self.move)
        return torch.cat((grasp, stroke), dim=1).clamp_min(NEVER)


class SpatialPolicyNet(nn.Module):
    """Log-probabilities of the choices.

    The share of grasps comes first, then the grasp or the stroke, so that neither move is likelier for having more
    choices; it is told how good the best ones look. Only grasps with which the jaws fit and strokes that can be carried
    out are chosen, where there are any. A grasp is scored through the geometry of its class's rotation, its fit, the
    backbone's confidence in the class at its cell, what lies between the jaws, and the features there; a stroke through
    what it sweeps, and the features where it begins and ends.
    """

    geometry: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.trunk, self.summary = SceneTrunk(), Summary()
        geometry = class_geometry()
        self.register_buffer("geometry", geometry, persistent=False)
        self.scene = nn.Sequential(nn.Linear(Summary.size, HIDDEN), nn.ReLU())
        self.between = ProfileNet()
        self.grasp = _Scorer(geometry.shape[1] + len(GRASP_CHANNELS) + 1 + FEATURES, WIDTH + HIDDEN)
        self.along = SwathNet()
        self.stroke = _Scorer(len(STROKE_CHANNELS) + FEATURES, 2 * WIDTH + HIDDEN)
        self.move = nn.Linear(HIDDEN + 2, 1)
        nn.init.orthogonal_(self.move.weight, 0.01)  # pyright: ignore[reportArgumentType]
        self.move.weight.data[0, HIDDEN:] = torch.tensor([1.0, -1.0])
        nn.init.zeros_(self.move.bias)

    def forward(self, inputs: Inputs) -> Tensor:
        """Return log-probabilities (N, 3282).

        Raises:
            ValueError: For other shapes of the inputs.
        """
        return self.scores(inputs).log_chances()

    def scores(self, inputs: Inputs) -> Scores:
        """Return the scores from which :meth:`forward` makes log-probabilities; it raises the same errors."""
        _check_inputs(inputs)
        avh, maps, grasps, strokes, along, cells, looked, between = inputs
        features = self.trunk(avh, maps)
        scene = self.scene(self.summary(features, maps, grasps, strokes))
        fitting, usable = grasps[..., 0].flatten(1) > 0.5, strokes[..., 0] > 0.5
        nothing = ~(fitting.any(dim=1) | usable.any(dim=1))[:, None]
        usable = usable | nothing
        between = self._between(looked, between)
        grasp = self._grasps(avh, features, scene, grasps, between, cells).masked_fill(~fitting, NEVER)
        along = self.along(along.flatten(0, 1)).unflatten(0, strokes.shape[:2])
        stroke = self._strokes(features, scene, torch.cat((strokes, along), dim=2), cells).masked_fill(~usable, NEVER)
        best = torch.stack((grasp.amax(dim=1), stroke.amax(dim=1)), dim=1).clamp(-TOP, TOP)
        move = self.move(torch.cat((scene, best), dim=1)).masked_fill(~fitting.any(dim=1, keepdim=True), NEVER)
        return Scores(grasp, stroke, move.masked_fill(~usable.any(dim=1, keepdim=True), -NEVER))

    def _between(self, looked: Tensor, profile: Tensor) -> Tensor:
        """Features (N, 9, 360, 24) of what lies between the jaws, zero for grasps without a profile."""
        world, place = (looked >= 0.0).nonzero(as_tuple=True)
        seen = self.between(profile[world, place])
        found = seen.new_zeros(looked.shape[0], NUM_GRASPS, FEATURES)
        found = found.index_put((world, looked[world, place].long()), seen)
        return found.unflatten(1, (NUM_POINTS, NUM_CLASSES))

    def _grasps(
        self, avh: Tensor, features: Tensor, scene: Tensor, grasps: Tensor, between: Tensor, cells: Tensor
    ) -> Tensor:
        points = cells[:, :NUM_POINTS].long().clamp_min(0) // CORNERS
        heat = layer_norm(at_cells(avh, points), (NUM_CLASSES,))
        shape = *grasps.shape[:3], -1
        evidence = torch.cat((self.geometry.expand(shape), grasps, heat[..., None], between), dim=3)
        place = torch.cat((at_cells(features, points), scene[:, None].expand(-1, NUM_POINTS, -1)), dim=2)
        return self.grasp(evidence, place[:, :, None]).flatten(1)

    def _strokes(self, features: Tensor, scene: Tensor, strokes: Tensor, cells: Tensor) -> Tensor:
        points = cells[:, NUM_POINTS:].long().unflatten(1, (NUM_STROKES, KEY_POINTS))
        end, begin = (at_cells(features, points[..., k]) for k in (0, KEY_POINTS - 1))
        place = torch.cat((end, begin, scene[:, None].expand(-1, NUM_STROKES, -1)), dim=2)
        return self.stroke(strokes, place)


class _Scorer(nn.Module):
    """Score (...) of choices from their evidence (..., E) and from the place where they are (..., P)."""

    def __init__(self, evidence: int, place: int) -> None:
        super().__init__()
        self.evidence, self.place = nn.Linear(evidence, HIDDEN), nn.Linear(place, HIDDEN)
        self.score = nn.Sequential(nn.ReLU(), nn.Linear(HIDDEN, HIDDEN), nn.ReLU(), nn.Linear(HIDDEN, 1))
        nn.init.orthogonal_(self.score[3].weight, 0.01)  # pyright: ignore[reportArgumentType]

    def forward(self, evidence: Tensor, place: Tensor) -> Tensor:
        return self.score(self.evidence(evidence) + self.place(place))[..., 0]


class SpatialValueNet(nn.Module):
    """Expected return from the same inputs, shape (N, 1)."""

    def __init__(self) -> None:
        super().__init__()
        self.trunk, self.summary = SceneTrunk(), Summary()
        self.value = nn.Sequential(nn.Linear(Summary.size, HIDDEN), nn.ReLU(), nn.Linear(HIDDEN, 1))

    def forward(self, inputs: Inputs) -> Tensor:
        """Return the values; see :meth:`SpatialPolicyNet.forward`."""
        _check_inputs(inputs)
        avh, maps, grasps, strokes = inputs[:4]
        return self.value(self.summary(self.trunk(avh, maps), maps, grasps, strokes))


def places(grasp_cells: Tensor, stroke_cells: Tensor) -> Tensor:
    """Join the places of the grasps (N, 9) and the cells of the strokes (N, 42, 4), shape (N, 177), float32."""
    return torch.cat((grasp_cells, stroke_cells.flatten(1)), dim=1).float()


def at_cells(maps: Tensor, cells: Tensor) -> Tensor:
    """Return the values (N, K, C) of maps (N, C, 56, 56) in cells (N, K)."""
    return maps.flatten(2).gather(2, cells[:, None].expand(-1, maps.shape[1], -1)).transpose(1, 2)


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
    wanted = ((NUM_CLASSES, MAP_SIZE, MAP_SIZE), *GROUP_SHAPES.values())
    shapes = tuple(tuple(part.shape[1:]) for part in inputs)
    if shapes != wanted:
        raise ValueError(f"heatmap, {', '.join(GROUP_SHAPES)} have shapes (N, ...) {shapes}; expected {wanted}")
