"""The published evaluation from end to end: grasps of every test picture, by whatever source, and their AP."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Protocol

import torch

from pushgrasp.grasping.graspnet.dataset import SceneReader, View
from pushgrasp.grasping.graspnet.evaluation import dump_path, evaluate_scene, write_dump
from pushgrasp.grasping.graspnet.labels import heights, spread
from pushgrasp.grasping.graspnet.layout import TEST_SPLITS, SceneFiles, check_camera, split_scenes
from pushgrasp.grasping.graspnet.package import graspnet_module
from pushgrasp.grasping.graspnet.poses import UNKNOWN, GraspPoses
from pushgrasp.grasping.graspnet.predictions import PredictionCfg, predict_grasps
from pushgrasp.grasping.graspnet.square import SquareView
from pushgrasp.jobs.job import Job, Work
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


@dataclass(frozen=True)
class Selection:
    """Which pictures of a dataset are evaluated.

    Raises:
        ValueError: If the camera is unknown, or the number of views below 1.
    """

    root: Path
    camera: str
    splits: tuple[str, ...] = TEST_SPLITS
    views: int | None = None
    """Pictures of each scene, evenly spread; None takes all, as published."""

    def __post_init__(self) -> None:
        check_camera(self.camera)
        if self.views is not None and self.views < 1:
            raise ValueError(f"views must be at least 1, got {self.views}")

    def scenes(self) -> list[tuple[str, int]]:
        """Split and number of every scene; errors as ``split_scenes``."""
        return [(split, scene) for split in self.splits for scene in split_scenes(self.root, split)]

    def require(self) -> None:
        """Check for all that the evaluation reads of the dataset; errors as ``SceneFiles.require``."""
        for _, scene in self.scenes():
            files = SceneFiles(self.root, scene, self.camera)
            files.require_models()
            files.require_pictures(spread(files.annotations(), self.views))


def predict(selection: Selection, source: GraspSource, dumps: Path) -> Iterator[tuple[int, int]]:
    """Write the grasps of every picture where graspnetAPI looks for them; hands out scenes done and scenes in all."""
    scenes = selection.scenes()
    for done, (_, scene) in enumerate(scenes, start=1):
        reader = SceneReader(selection.root, scene, selection.camera)
        for annotation in spread(reader.annotations, selection.views):
            write_dump(dump_path(dumps, scene, selection.camera, annotation), source(reader, annotation))
        yield done, len(scenes)


def scoring(selection: Selection, dumps: Path) -> Job:
    """Return the job that evaluates the grasps that :func:`predict` wrote into ``dumps``.

    Its units are the scenes by their numbers, its results the values of each one's precision, as nested lists.
    """
    numbers = tuple(scene for _, scene in selection.scenes())
    return Job("graspnet", "scene", numbers, partial(open_scenes, selection, dumps))


@contextmanager
def open_scenes(selection: Selection, dumps: Path) -> Iterator[Work]:
    """Give what evaluates the predictions of scenes.

    Raises:
        ImportError: If graspnetAPI is missing; says what to type.
    """
    graspnet_module()

    def work(numbers: Iterator[int]) -> Iterator[tuple[int, list]]:
        for scene in numbers:
            pictures = spread(SceneFiles(selection.root, scene, selection.camera).annotations(), selection.views)
            yield scene, evaluate_scene(selection.root, scene, selection.camera, dumps, pictures).values.tolist()

    yield work
