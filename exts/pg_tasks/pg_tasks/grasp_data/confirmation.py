"""Labels tried in physics: which share of the grasps they promise lifts the object?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import torch

from pushgrasp.grasping.angle_view import class_rotations
from pushgrasp.grasping.data.sample import GraspSample
from pushgrasp.grasping.data.shards import read_sample, shard_count, shard_paths
from pushgrasp.grasping.labels.cfg import LabelCfg
from pushgrasp.grasping.labels.labeller import label_grasps
from pushgrasp.grasping.labels.surface import scene_points
from pushgrasp.jobs.job import Work
from pushgrasp.perception.workspace import Workspace
from pushgrasp.scenes.scene import Scene, scene_of

from .execution import TriedGrasp, execute
from .studio import open_studio

WORLDS = 12
"""Grasps carried out at a time."""

PER_SAMPLE = 2
"""Labels tried of each sample."""


def labels_to_try(folder: Path, count: int, friction: tuple[float, float], seed: int = 0) -> list[TriedGrasp]:
    """Draw labels from a folder of shards.

    Args:
        folder: Folder of shards.
        count: How many labels to draw; fewer where the samples have not so many.
        friction: Labels whose friction lies above the first and not above the second number.
        seed: Which labels.

    Raises:
        FileNotFoundError: If there are no shards.
        ValueError: If one is corrupt.
    """
    generator = torch.Generator().manual_seed(seed)
    places = [(path, index) for path in shard_paths(folder) for index in range(shard_count(path))]
    order = torch.randperm(len(places), generator=generator).tolist()
    grasps: list[TriedGrasp] = []
    for place in order:
        if len(grasps) < count:
            grasps += draw_labels(read_sample(*places[place]), PER_SAMPLE, friction, generator)
    return grasps[:count]


@contextmanager
def open_tries(groups: Sequence[Sequence[TriedGrasp]]) -> Iterator[Work]:
    """Build a studio, and give what carries groups of up to :data:`WORLDS` grasps out there, by their places.

    Results are how many lifted their object, and how many of these nothing else.
    """
    torch.set_num_threads(1)  # the number of threads changes the last bits of sums
    with open_studio(WORLDS) as studio:

        def work(numbers: Iterator[int]) -> Iterator[tuple[int, tuple[int, int]]]:
            for number in numbers:
                lifts = execute(studio, groups[number])
                yield number, (int(lifts.lifted.sum()), int((lifts.lifted & ~lifts.others).sum()))

        yield work


def draw_labels(
    sample: GraspSample, count: int, friction: Sequence[float], generator: torch.Generator
) -> list[TriedGrasp]:
    """Up to ``count`` random labels of a sample as grasps of its scene."""
    meta = sample.meta
    order = sorted(range(len(meta["ids"])), key=meta["ids"].__getitem__)
    position, quaternion = torch.tensor(meta["position"]), torch.tensor(meta["quaternion"])
    surface = scene_points(
        [meta["shapes"][i] for i in order], position[order], quaternion[order], [meta["ids"][i] for i in order]
    )
    labels = label_grasps(surface, sample.height.float(), sample.ids, Workspace(), LabelCfg())
    low, high = friction
    fits = ((labels.friction > low) & (labels.friction <= high)).nonzero()[:, 0]
    scene, rotations = scene_of_sample(sample), class_rotations()
    return [
        TriedGrasp(
            labels.position[i].clone(),  # a part of a tensor takes the whole with it where it goes
            rotations[labels.view_angle[i]].clone(),
            float(labels.width[i]),
            scene,
            meta["ids"].index(int(labels.object_id[i])),
        )
        for i in fits[torch.randperm(len(fits), generator=generator)[:count]].tolist()
    ]


def scene_of_sample(sample: GraspSample) -> Scene:
    """The scene that a synthetic sample shows, at rest, its first object the target."""
    meta = sample.meta
    position = torch.tensor(meta["position"], dtype=torch.float64)
    return scene_of(meta["shapes"], position, torch.tensor(meta["quaternion"], dtype=torch.float64), 0)
