"""Labels tried in physics: which share of the grasps they promise lifts the object?"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch

from pushgrasp.grasping.angle_view import class_rotations
from pushgrasp.grasping.data.sample import GraspSample
from pushgrasp.grasping.data.shards import read_sample, shard_count, shard_paths
from pushgrasp.grasping.labels.cfg import LabelCfg
from pushgrasp.grasping.labels.labeller import label_grasps
from pushgrasp.grasping.labels.surface import scene_points
from pushgrasp.perception.workspace import Workspace
from pushgrasp.scenes.scene import Scene, scene_of

from .execution import TriedGrasp, execute
from .studio import open_studio

WORLDS = 12
"""Grasps carried out at a time."""

PER_SAMPLE = 2
"""Labels tried of each sample."""


def confirm(folder: Path, count: int, friction: tuple[float, float], seed: int = 0) -> tuple[int, int, int]:
    """Carry random labels of a folder of shards out.

    Args:
        folder: Folder of shards.
        count: How many labels to try.
        friction: Labels whose friction lies above the first and not above the second number.
        seed: Which labels.

    Returns:
        How many were tried, how many lifted the object, and how many of these lifted nothing else.

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
    with open_studio(WORLDS) as studio:
        lifts = execute(studio, grasps[:count])
    alone = lifts.lifted & ~lifts.others
    return len(lifts.lifted), int(lifts.lifted.sum()), int(alone.sum())


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
            labels.position[i],
            rotations[labels.view_angle[i]],
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
