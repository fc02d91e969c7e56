"""Grasps chosen by the angle-view net, carried out in physics on scenes, shapes and colours it has not seen.

Ways to grasp a target whose mask is known: the feasible pair of cell and class that the net's heatmap scores best; the
same with the evidence of the depth added; that evidence alone; straight down at the middle of the mask with the fixed
angle that does best; a random feasible pair; and, as the ceiling, the label with the least friction of the true
geometry. All but the last go through the grasp decoder's test of what is feasible. Scenes whose target no label holds
are left out, for all ways alike: it must be pushed free first, so that no choice of a grasp can be right.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import pi
from pathlib import Path

import torch

from pg_tasks.app.bench import Grasp
from pg_tasks.grasp_data.execution import TriedGrasp, execute
from pg_tasks.grasp_data.studio import Studio, open_studio
from pg_tasks.grasp_data.variation import VariationCfg, draw_colours
from pushgrasp.decoding.candidates import SeenTarget, start_candidates
from pushgrasp.decoding.class_fit import TargetPairs, feasible_pairs
from pushgrasp.decoding.grasp import GraspDecoderCfg
from pushgrasp.evaluation.intervals import share
from pushgrasp.grasping.angle_view import class_rotations
from pushgrasp.grasping.labels.labeller import GraspLabels, label_grasps
from pushgrasp.grasping.labels.surface import scene_points
from pushgrasp.gripper.fit import fit
from pushgrasp.perception.heightmap import Heightmaps
from pushgrasp.perception.masks import centroid, target_mask
from pushgrasp.perception.workspace import Workspace
from pushgrasp.policies.pg4da.backbone.avn import build_backbone
from pushgrasp.policies.pg4da.backbone.inference import Encode, fast_inference
from pushgrasp.policies.pg4da.pretrained import shipped_weights
from pushgrasp.program import UserError
from pushgrasp.scenes.scene import Scene

from .avn_scenes import SETTINGS, draw_scenes
from .figures import Figure

WORLDS = 10
ANGLES = 6
"""Fixed angles of the grasp from above that are tried, evenly spaced."""

SCREENED = 40
"""Trials on which the best fixed angle is found; it then takes part in all."""

HOLDS = 0.4
"""A target can be grasped if a label holds it with at most this friction."""

LIFTED = 80.0
"""Target of light clutter [%]."""

AHEAD = 25.0
"""Lead over the grasp from above where objects lean or stand between walls [points]."""

Choices = dict[str, Grasp | None]


@dataclass(frozen=True)
class Trial:
    """A scene whose target can be grasped, and the grasp that each way chooses."""

    scene: Scene
    choices: Choices


class Table:
    """What the camera saw of one world, and which object is the target."""

    def __init__(
        self, maps: Heightmaps, world: int, target_id: int, workspace: Workspace, cfg: GraspDecoderCfg
    ) -> None:
        """Take the heightmaps of all worlds, and the id (slot index + 1) of the target in the one that counts."""
        self.height = maps.height[world]
        self.target = target_mask(maps.ids[world : world + 1], torch.tensor([target_id]))[0]
        self.workspace, self.cfg = workspace, cfg
        self.pairs: TargetPairs = feasible_pairs(self.height, self.target, workspace, cfg)

    def by_heatmap(self, heatmap: torch.Tensor) -> Grasp | None:
        """Feasible pair of cell and class with the highest score of a heatmap (360, 56, 56); None where none is."""
        return self._best(self.pairs.scores(heatmap))

    def by_depth(self) -> Grasp | None:
        """Feasible pair with the best evidence from the depth."""
        return self._best(self.pairs.evidence)

    def by_both(self, heatmap: torch.Tensor) -> Grasp | None:
        """Feasible pair with the highest sum of score and evidence."""
        return self._best(self.pairs.scores(heatmap) + self.pairs.evidence)

    def at_random(self, generator: torch.Generator) -> Grasp | None:
        """Any feasible pair."""
        return self._best(torch.rand(len(self.pairs.cell), generator=generator))

    def from_above(self, yaw: float) -> Grasp | None:
        """Straight down at the middle of the target, the jaws closing along ``yaw`` [rad] from +x."""
        if not bool(self.target.any()):
            return None
        turn = torch.tensor(yaw)
        c, s, zero = turn.cos(), turn.sin(), torch.zeros(())
        rotation = torch.stack((c, s, zero, s, -c, zero, zero, zero, torch.tensor(-1.0))).view(1, 3, 3)
        seen = SeenTarget(self.height[None], self.target[None], self.workspace)
        tried = start_candidates(torch.zeros(1, dtype=torch.long), self._middle(), rotation)
        found = fit(tried, seen, self.cfg)
        return Grasp(found.position[0], rotation[0], float(found.width[0])) if len(found.row) else None

    def _best(self, scores: torch.Tensor) -> Grasp | None:
        if len(scores) == 0:
            return None
        best = int(scores.argmax())
        rotation = class_rotations()[self.pairs.view_angle[best]]
        return Grasp(self.pairs.position[best], rotation, float(self.pairs.width[best]))

    def _middle(self) -> torch.Tensor:
        """Surface point (1, 3) of the target's cell nearest to its centroid."""
        cells = self.target.nonzero()
        nearest = cells[(cells - centroid(self.target[None])).square().sum(dim=1).argmin()]
        height = self.height[tuple(nearest)].view(1, 1)
        return torch.cat((self.workspace.cell_to_xy(nearest[None].to(height)), height), dim=1)


def run(weights: Path | None = None, trials: int = 200, seed: int = 7_000, setting: str | None = None) -> list[Figure]:
    """Run the benchmark.

    Args:
        weights: Weights of the net; those of the project if None.
        trials: Scenes of each setting.
        seed: Which scenes.
        setting: One of `SETTINGS`; all if None.

    Raises:
        UserError: If there is no such setting.
    """
    if setting not in (None, *SETTINGS):
        raise UserError(f"--setting {setting}: settings are {', '.join(SETTINGS)}")
    net = build_backbone(weights or shipped_weights(), 0, frozen=True)
    encode = fast_inference(net, "cpu")
    figures: list[Figure] = []
    with open_studio(WORLDS) as studio:
        for name in SETTINGS if setting is None else [setting]:
            drawn, tried = _trials(studio, encode, name, trials, seed)
            text = f"{name}: targets that a label holds, of {drawn}"
            figures.append(Figure("avn_grasps", text, 100 * len(tried) / drawn, "%"))
            figures += _figures(name, _lifted(studio, tried[:trials]))
    return figures


def _trials(studio: Studio, encode: Encode, setting: str, count: int, seed: int) -> tuple[int, list[Trial]]:
    """Number of scenes drawn, and those of them whose target can be grasped, at least ``count``."""
    generator = torch.Generator().manual_seed(seed)
    drawn, found = 0, []
    while len(found) < count:
        scenes = draw_scenes(setting, range(drawn, drawn + WORLDS), seed)
        found += _photographed(studio, encode, scenes, generator)
        drawn += WORLDS
    return drawn, found


def _lifted(studio: Studio, trials: Sequence[Trial]) -> dict[str, torch.Tensor]:
    """Whether each way lifted the target and nothing else, by trial, shape (trials,)."""

    def lifted(name: str, some: Sequence[Trial]) -> torch.Tensor:
        return carry_out(studio, [trial.scene for trial in some], [trial.choices[name] for trial in some])

    angles = [_above(k) for k in range(ANGLES)]
    best = max(angles, key=lambda name: int(lifted(name, trials[:SCREENED]).sum()))
    ways = {name: name for name in trials[0].choices if name not in angles} | {"from above": best}
    return {name: lifted(way, trials) for name, way in ways.items()}


def _above(step: int) -> str:
    return f"from above {step}"


def _photographed(studio: Studio, encode: Encode, scenes: Sequence[Scene], generator: torch.Generator) -> list[Trial]:
    """Photograph one scene per world, in random colours; trials of those whose target can be grasped."""
    targets = (studio.place(scenes) + 1).tolist()
    slots = studio.env.objects.active.shape[1]
    studio.paint(torch.stack([draw_colours(generator, slots, VariationCfg()) for _ in scenes]))
    studio.photograph()
    maps, cfg = studio.env.observer.heightmaps(), studio.env.cfg
    heatmaps, trials = encode(maps.colour), []
    for world, scene in enumerate(scenes):
        labels = _labels(studio, scene, maps, world)
        labels = labels.select((labels.object_id == targets[world]) & (labels.friction <= HOLDS))
        if len(labels.cell):
            table = Table(maps, world, targets[world], cfg.workspace, cfg.decoder.grasp)
            trials.append(Trial(scene, _choose(table, heatmaps[world], labels, generator)))
    return trials


def _choose(table: Table, heatmap: torch.Tensor, labels: GraspLabels, generator: torch.Generator) -> Choices:
    """Grasps of a target in every way."""
    best = int(labels.friction.argmin())
    true = Grasp(labels.position[best], class_rotations()[labels.view_angle[best]], float(labels.width[best]))
    return {
        "net": table.by_heatmap(heatmap),
        "net and depth": table.by_both(heatmap),
        "depth": table.by_depth(),
        "random": table.at_random(generator),
        "true labels": true,
        **{_above(k): table.from_above(k * pi / ANGLES) for k in range(ANGLES)},
    }


def _labels(studio: Studio, scene: Scene, maps: Heightmaps, world: int) -> GraspLabels:
    """Labels of everything in a scene, from its true geometry."""
    slots, (position, quaternion) = studio.slots(scene), scene.poses()
    order = sorted(range(len(slots)), key=slots.__getitem__)
    shapes, ids = [scene.shapes[i] for i in order], [slots[i] + 1 for i in order]
    surface = scene_points(shapes, position[order], quaternion[order], ids)
    return label_grasps(surface, maps.height[world], maps.ids[world], studio.env.cfg.workspace)


def carry_out(studio: Studio, scenes: Sequence[Scene], grasps: Sequence[Grasp | None]) -> torch.Tensor:
    """Whether each grasp lifted the target of its scene and nothing else, shape (N,); not where there is no grasp."""
    there = [index for index, grasp in enumerate(grasps) if grasp is not None]
    tried = [
        TriedGrasp(grasp.position, grasp.rotation, grasp.width, scenes[i], scenes[i].target)
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
