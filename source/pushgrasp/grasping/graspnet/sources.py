"""Where the grasps of an evaluation come from: the angle-view net, the dataset's own labels, or chance."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

import torch

from pushgrasp.grasping.graspnet.dataset import SceneReader, View
from pushgrasp.grasping.graspnet.labels import heights
from pushgrasp.grasping.graspnet.poses import UNKNOWN, GraspPoses
from pushgrasp.grasping.graspnet.predictions import PredictionCfg, predict_grasps
from pushgrasp.grasping.graspnet.square import SquareView
from pushgrasp.perception.camera import deproject

MIN_HEIGHT = 0.005
"""Lower surfaces belong to the table [m]."""

RANDOM_WIDTH, RANDOM_DEPTH = 0.08, 0.02
"""Opening and depth of random grasps [m]."""

EVALUATION_CFG = PredictionCfg(candidates=1024, keep=300)
"""More grasps than the fifty that count: the evaluation takes ten of each object."""

_RANDOM_COUNT = 512


class GraspSource(Protocol):
    """Makes the grasps of a picture, in its camera's frame, best first."""

    def __call__(self, reader: SceneReader, annotation: int) -> GraspPoses:
        """Grasps of a picture of a scene."""
        ...


class NetGrasps:
    """Grasps of a net that sees the colour picture; depth gives place and opening.

    What stands above the table counts as an object, by depth and the camera's calibrated pose; label pictures are not
    used.
    """

    def __init__(self, encode: Callable[[torch.Tensor], torch.Tensor], cfg: PredictionCfg = EVALUATION_CFG) -> None:
        """Take a net, from (1, 3, 224, 224) to (1, 360, 56, 56), and how its heatmaps become grasps."""
        self._encode = encode
        self._cfg = cfg

    def __call__(self, reader: SceneReader, annotation: int) -> GraspPoses:
        """See :class:`GraspSource`."""
        view = reader.view(annotation)
        square = SquareView(*view.depth.shape)
        with torch.no_grad():
            heatmap = self._encode(square.colour(view.rgb)[None])[0]
        above = (heights(view) > MIN_HEIGHT).long()
        if not bool(above.any()):
            return random_grasps(view, torch.Generator()).select(torch.zeros(0, dtype=torch.long))
        grasps = predict_grasps(heatmap, view.depth, view.intrinsics, square, self._cfg, ids=above)
        return replace(grasps, object_id=torch.full_like(grasps.object_id, UNKNOWN))


class LabelGrasps:
    """The dataset's own labels, best first and ties in random order: what a perfect net would do."""

    def __init__(self, friction: float, seed: int) -> None:
        """Take the largest friction of grasps that count as good, and the seed of the order."""
        self._friction = friction
        self._generator = torch.Generator().manual_seed(seed)
        self._read: tuple[SceneReader, GraspPoses] | None = None

    def __call__(self, reader: SceneReader, annotation: int) -> GraspPoses:
        """See :class:`GraspSource`."""
        if self._read is None or self._read[0] is not reader:
            self._read = reader, reader.grasps(self._friction)
        grasps = reader.seen_from(self._read[1], annotation)
        chance = torch.rand(len(grasps), generator=self._generator, dtype=torch.float64)
        return replace(grasps, score=grasps.score + 1e-3 * chance)


class RandomGrasps:
    """Random gripper poses at random surface points of the objects."""

    def __init__(self, seed: int) -> None:
        """Take the seed of all chance."""
        self._generator = torch.Generator().manual_seed(seed)

    def __call__(self, reader: SceneReader, annotation: int) -> GraspPoses:
        """See :class:`GraspSource`."""
        return random_grasps(reader.view(annotation), self._generator)


def random_grasps(view: View, generator: torch.Generator) -> GraspPoses:
    """Grasps at seen surface points above the table, turned at random, with random scores; none over a bare table."""
    depth = torch.where(view.depth > 0.0, view.depth, torch.nan)
    points = deproject(depth[None], view.intrinsics[None], torch.eye(3)[None], torch.zeros(1, 3))[0]
    points = points[heights(view) > MIN_HEIGHT]
    count = _RANDOM_COUNT if len(points) else 0
    points = points[torch.randint(max(len(points), 1), (count,), generator=generator)]
    rotation = torch.linalg.qr(torch.randn(count, 3, 3, generator=generator)).Q
    rotation = rotation * torch.linalg.det(rotation)[:, None, None]
    depth = torch.full((count,), RANDOM_DEPTH)
    unknown = torch.full((count,), UNKNOWN)
    position = points + RANDOM_DEPTH * rotation[:, :, 2]
    score = torch.rand(count, generator=generator)
    return GraspPoses(position, rotation, torch.full((count,), RANDOM_WIDTH), depth, score, unknown, unknown)
