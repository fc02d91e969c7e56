"""Segmentation of the simulator's pictures from colour and depth alone, against the ids that the simulator knows."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import torch
from isaaclab.utils.math import matrix_from_quat

from pg_tasks.app.bench import Bench, open_bench
from pushgrasp.deploy.grabcut import refined_by_grabcut
from pushgrasp.deploy.target import find_target, parse_target
from pushgrasp.perception.camera_noise import CameraNoise, CameraNoiseCfg
from pushgrasp.perception.depth_filter import DepthFilterCfg, filter_depth
from pushgrasp.perception.segment.segments import TARGET_ID, object_ids, take_apart
from pushgrasp.perception.workspace import Workspace

from .figures import Figure
from .scenes import draw

FAMILIES = ("P1/case1", "P1/case2")
FIRST_SEED = 4000
"""Seed of the first scene of each family."""

WORLDS = 4

NOISES = {"perfect camera": CameraNoiseCfg(), "noisy camera": CameraNoiseCfg(depth=0.001, holes=0.02, colour=0.1)}

PART = 0.3
"""An object is found in a piece that holds this share of its pixels; two such objects in one piece are merged."""

SHARED = 0.15
"""An object of which another piece holds so much is split."""

FEWEST = 15
"""Objects of fewer pixels are not judged."""


@dataclass(frozen=True)
class Picture:
    """What the camera gives of a scene, and the truth."""

    colour: np.ndarray
    depth: np.ndarray
    camera: tuple[np.ndarray, np.ndarray, np.ndarray]
    ids: np.ndarray
    target: int


@dataclass
class Score:
    """How well pictures were taken apart."""

    overlaps: list[float] = field(default_factory=list)
    """Overlap of each picture's target with the true one, intersection over union; 0 where it was refused."""
    refused: int = 0
    """Pictures without an answer; times and objects are those of the others."""
    seconds: list[float] = field(default_factory=list)
    objects: Counter[str] = field(default_factory=Counter)


def run(scenes: int = 40) -> list[Figure]:
    """Run the benchmark on so many scenes of each family."""
    figures = []
    with open_bench(WORLDS, 1, [f"env.clutter.scenes={','.join(FAMILIES)}"]) as bench:
        for family in FAMILIES:
            pictures = list(_pictures(bench, family, scenes))
            for name, noise in NOISES.items():
                figures += _figures(f"{family}, {name}", _score(pictures, noise))
    return figures


def _pictures(bench: Bench, family: str, scenes: int) -> Iterator[Picture]:
    for start in range(FIRST_SEED, FIRST_SEED + scenes, WORLDS):
        targets = bench.place([draw(family, start + world) for world in range(WORLDS)]) + 1
        bench.rest(0.02)
        colour, depth, ids = bench.env.observer.picture()
        data = bench.env.observer._camera.data
        position = data.pos_w.torch - torch.as_tensor(bench.env.scene.env_origins)
        camera = (data.intrinsic_matrices.torch, matrix_from_quat(data.quat_w_ros.torch), position)
        for world in range(min(WORLDS, FIRST_SEED + scenes - start)):
            mine = (part[world].cpu().numpy().copy() for part in (colour, depth, *camera, ids))
            picture, distance, matrix, rotation, place, truth = mine
            yield Picture(picture, distance, (matrix, rotation, place), truth, int(targets[world]))


def _score(pictures: list[Picture], noise: CameraNoiseCfg) -> Score:
    score = Score()
    for number, picture in enumerate(pictures):
        colour, depth = _seen(picture, noise, number)
        start = time.process_time()
        try:
            ids = _segment(colour, depth, picture)
        except ValueError:
            score.refused += 1
            score.overlaps.append(0.0)
            continue
        score.seconds.append(time.process_time() - start)
        found, true = ids == TARGET_ID, picture.ids == picture.target
        score.overlaps.append(float((found & true).sum() / (found | true).sum()))
        score.objects += judge(ids, picture.ids)
    return score


def _segment(colour: np.ndarray, depth: np.ndarray, picture: Picture) -> np.ndarray:
    segments = take_apart(colour, depth, *picture.camera, Workspace())
    return object_ids(segments, find_target(segments, parse_target("green"), refined_by_grabcut))


def _seen(picture: Picture, noise: CameraNoiseCfg, number: int) -> tuple[np.ndarray, np.ndarray]:
    """Colour and filtered depth of a camera with noise."""
    if not noise.is_on:
        return picture.colour, picture.depth
    camera, cfg = CameraNoise(noise, torch.Generator().manual_seed(number)), DepthFilterCfg()
    perfect = torch.as_tensor(picture.colour), torch.as_tensor(picture.depth)
    colours, depths = zip(*(camera.picture(*perfect) for _ in range(cfg.pictures)), strict=True)
    return colours[0].numpy(), filter_depth(depths, cfg).numpy()


def judge(ids: np.ndarray, truth: np.ndarray) -> Counter[str]:
    """Count the objects that are found, merged with others, split or missed.

    Args:
        ids: Numbers that were found, shape (h, w), 0 for none.
        truth: True numbers, shape (h, w), 0 for none.
    """
    size = np.bincount(truth.ravel())
    table = np.zeros((len(size), int(ids.max()) + 1))
    np.add.at(table, (truth.ravel(), ids.ravel()), 1)
    judged = np.flatnonzero(size >= FEWEST)
    share = (table[judged] / size[judged, None])[judged > 0, 1:]
    best = share.max(axis=1, initial=0.0) >= PART
    together = (share >= PART).sum(axis=0)
    merged = ((share >= PART) & (together > 1)).any(axis=1)
    split = (share > SHARED).sum(axis=1) > 1
    kinds = np.select([~best, merged, split], ["missed", "merged", "split"], "found")
    return Counter(kinds.tolist())


def _figures(case: str, score: Score) -> list[Figure]:
    total = sum(score.objects.values())
    shares = {kind: 100.0 * score.objects[kind] / total for kind in ("found", "merged", "split", "missed")}
    middle, worst = np.quantile(score.overlaps, (0.5, 0.05)).tolist()
    return [
        Figure("segmentation", f"{case}: overlap of the target, median", middle, at_least=0.95),
        Figure("segmentation", f"{case}: overlap of the target, worst 5 %", worst, at_least=0.85),
        Figure("segmentation", f"{case}: pictures refused, of {len(score.overlaps)}", score.refused),
        *(Figure("segmentation", f"{case}: objects {kind}", share, "%") for kind, share in shares.items()),
        Figure("segmentation", f"{case}: time of a core", 1e3 * float(np.median(score.seconds)), "ms", at_most=60.0),
    ]
