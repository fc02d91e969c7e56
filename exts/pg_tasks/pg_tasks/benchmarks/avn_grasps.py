"""Grasps chosen by the angle-view net, carried out in physics on scenes, shapes and colours it has not seen.

Four ways to grasp a target whose mask is known: the best pair of cell and class of the net's heatmap; straight down at
the middle of the mask with the fixed angle that does best; a random pair; and, as the ceiling, the label with the least
friction of the true geometry. All but the last go through the grasp decoder's test of what is feasible.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import pi
from pathlib import Path

import torch

from pg_tasks.agents.backbone import shipped_weights
from pg_tasks.grasp_data.execution import TriedGrasp, execute
from pg_tasks.grasp_data.studio import Studio, open_studio
from pg_tasks.grasp_data.variation import VariationCfg, draw_colours
from pushgrasp.evaluation.intervals import share
from pushgrasp.grasping.angle_view import class_rotations
from pushgrasp.grasping.avn import build_backbone
from pushgrasp.grasping.inference import Encode, fast_inference
from pushgrasp.grasping.labels.labeller import label_grasps
from pushgrasp.grasping.labels.surface import scene_points
from pushgrasp.perception.masks import is_visible
from pushgrasp.scenes.scene import Scene

from .avn_choices import Grasp, Table
from .avn_scenes import SETTINGS, draw_scenes
from .figures import Figure

WORLDS = 10
ANGLES = 6
"""Fixed angles of the grasp from above that are tried, evenly spaced."""

SCREENED = 40
"""Trials on which the best fixed angle is found; it then takes part in all."""

LIFTED = 80.0
"""Target of light clutter [%]."""

AHEAD = 25.0
"""Lead over the grasp from above where objects lean or stand between walls [points]."""

Choices = dict[str, list[Grasp | None]]


def run(weights: Path | None = None, trials: int = 200, seed: int = 7_000, setting: str | None = None) -> list[Figure]:
    """Run the benchmark.

    Args:
        weights: Weights of the net; those of the project if None.
        trials: Scenes of each setting, rounded up to whole batches.
        seed: Which scenes.
        setting: One of `SETTINGS`; all if None.
    """
    net = build_backbone(weights or shipped_weights(), 0, frozen=True)
    encode = fast_inference(net, "cpu")
    figures: list[Figure] = []
    with open_studio(WORLDS) as studio:
        for name in SETTINGS if setting is None else [setting]:
            figures += _figures(name, _lifted(studio, encode, name, trials + (-trials) % WORLDS, seed))
    return figures


def _lifted(studio: Studio, encode: Encode, setting: str, trials: int, seed: int) -> dict[str, torch.Tensor]:
    """Whether each way lifted the target and nothing else, by trial, shape (trials,)."""
    generator = torch.Generator().manual_seed(seed)
    scenes: list[Scene] = []
    choices: Choices = {}
    for start in range(0, trials, WORLDS):
        batch = draw_scenes(setting, range(start, start + WORLDS), seed)
        scenes += batch
        for name, grasps in _choose(studio, encode, batch, generator).items():
            choices.setdefault(name, []).extend(grasps)
    angles = {name: grasps for name, grasps in choices.items() if name.startswith("from above")}
    screened = {n: carry_out(studio, scenes[:SCREENED], grasps[:SCREENED]).sum() for n, grasps in angles.items()}
    best = max(screened, key=lambda name: int(screened[name]))
    kept = {"net": choices["net"], "from above": choices[best]} | {n: choices[n] for n in ("random", "true labels")}
    return {name: carry_out(studio, scenes, grasps) for name, grasps in kept.items()}


def _choose(studio: Studio, encode: Encode, scenes: Sequence[Scene], generator: torch.Generator) -> Choices:
    """Photograph one scene per world and choose grasps of the targets in every way."""
    targets = studio.place(scenes)
    slots = studio.env.objects.active.shape[1]
    studio.paint(torch.stack([draw_colours(generator, slots, VariationCfg()) for _ in scenes]))
    studio.photograph()
    maps = studio.env.observer.heightmaps()
    cfg = studio.env.cfg
    table = Table(maps, targets + 1, cfg.workspace, cfg.decoder.grasp)
    seen = is_visible(table.target)
    choices = {"net": table.by_score(encode(maps.colour)), "random": table.at_random(generator)}
    choices |= {f"from above {k}": table.from_above(k * pi / ANGLES) for k in range(ANGLES)}
    choices["true labels"] = [_true_grasp(studio, scene, table, world) for world, scene in enumerate(scenes)]
    return {n: [g if seen[i] else None for i, g in enumerate(grasps)] for n, grasps in choices.items()}


def _true_grasp(studio: Studio, scene: Scene, table: Table, world: int) -> Grasp | None:
    """Label of the target with the least friction."""
    slots, (position, quaternion) = studio.slots(scene), scene.poses()
    order = sorted(range(len(slots)), key=slots.__getitem__)
    shapes, ids = [scene.shapes[i] for i in order], [slots[i] + 1 for i in order]
    surface = scene_points(shapes, position[order], quaternion[order], ids)
    labels = label_grasps(surface, table.maps.height[world], table.maps.ids[world], table.workspace)
    mine = labels.select(labels.object_id == table.target_id[world])
    if len(mine.cell) == 0:
        return None
    best = int(mine.friction.argmin())
    return Grasp(mine.position[best], class_rotations()[mine.view_angle[best]], float(mine.width[best]))


def carry_out(studio: Studio, scenes: Sequence[Scene], grasps: Sequence[Grasp | None]) -> torch.Tensor:
    """Whether each grasp lifted the target of its scene and nothing else, shape (N,); not where there is no grasp."""
    there = [index for index, grasp in enumerate(grasps) if grasp is not None]
    tried = [
        TriedGrasp(scenes[i], scenes[i].target, grasp.position, grasp.rotation, grasp.width)
        for i in there
        if (grasp := grasps[i]) is not None
    ]
    lifts = execute(studio, tried)
    result = torch.zeros(len(scenes), dtype=torch.bool)
    result[there] = lifts.lifted & ~lifts.others
    return result


def _figures(setting: str, lifted: dict[str, torch.Tensor]) -> list[Figure]:
    """Share lifted by each way [%], with the 95 % interval in the name."""
    figures = []
    for name, done in lifted.items():
        result = share(int(done.sum()), len(done))
        interval = f"{100 * result.low:.0f} to {100 * result.high:.0f} %" if result else "none"
        bound = LIFTED if name == "net" and setting == "light clutter" else None
        text = f"{setting}, {name}: target lifted, of {len(done)} (95 %: {interval})"
        figures.append(Figure("avn_grasps", text, 100 * float(done.float().mean()), "%", at_least=bound))
    ahead = 100 * float(lifted["net"].float().mean() - lifted["from above"].float().mean())
    bound = AHEAD if setting != "light clutter" else None
    return [*figures, Figure("avn_grasps", f"{setting}: net ahead of from above", ahead, "points", at_least=bound)]
