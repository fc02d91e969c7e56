"""The two heads as deployed: from a picture, and for the spatial head its choices, to an action."""

from __future__ import annotations

import torch
from torch import nn

from pushgrasp.learning.exported_policy import ExportedPolicy, Input, cut
from pushgrasp.policies.pg4da.spatial import grasps, maps, strokes, surroundings

INPUTS = {
    "rgb": ("0 to 1", "colour heightmap: red, green, blue; row 0 is the far edge"),
    "avh": ("1", "angle-view heatmap that the frozen backbone makes of the colour heightmap; class = view * 6 + angle"),
    "maps": (
        f"share (2), {maps.UNIT} m (2), share, {maps.UNIT} m (2)",
        f"the scene from above, channels {', '.join(maps.CHANNELS)}",
    ),
    "grasps": (
        "0 or 1, 0.02 m, 0.01 m, 0.25, 1, 0.02 m, 0.25, 0 or 1",
        f"what the grasp decoder finds, by point, class and channel: {', '.join(grasps.GRASP_CHANNELS)}",
    ),
    "strokes": (
        "0 or 1 (3), 1 (2), 0.1 m (2), 0.002 m^2 (4), 0.1 m (4)",
        f"what the push decoder finds, by stroke and channel: {', '.join(strokes.STROKE_CHANNELS)}",
    ),
    "swaths": (
        f"{surroundings.SWATH_UNIT} m, share",
        f"along each stroke, points {surroundings.SWATH_SPACING} m apart along and across: "
        + ", ".join(surroundings.SWATH_CHANNELS),
    ),
    "cells": (
        "whole numbers",
        f"where the grasp points are ({grasps.CORNERS} * cell of the 56 x 56 map + corner, -1 where there are fewer), "
        "then cells of the strokes' key points",
    ),
    "looked": ("whole numbers", "numbers of the grasps with profiles, point * 360 + class, -1 where there are fewer"),
    "profiles": (
        f"{surroundings.PROFILE_UNIT} m, share",
        "between the jaws of these grasps, along and across the closing axis: "
        + ", ".join(surroundings.PROFILE_CHANNELS),
    ),
}
"""Units and meanings of the inputs; ``Choices.groups`` makes all but the first two (see docs/files.md)."""

NUMBERS = "feature map, 56 x 56 numbers row by row, then scores of the 360 angle-view classes"
CHOICE = "number of a choice: point * 360 + class of a grasp, or 3240 + number of a stroke"
"""What the action means: ``decode_action`` and ``Choices.action`` turn it into a motion."""


class ImagePolicy(ExportedPolicy):
    """Deterministic policy that reads the picture alone, or its angle-view heatmap."""

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
        shapes = {image: tuple(input_shape), **(scene or {})}
        inputs = {name: Input(shape, *INPUTS[name]) for name, shape in shapes.items()}
        super().__init__(inputs, CHOICE if scene else NUMBERS)
        self.backbone, self.network, self.choice = map(cut, (backbone or nn.Identity(), network, choice))

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
