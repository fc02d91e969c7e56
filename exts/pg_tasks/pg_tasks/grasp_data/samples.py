"""Samples: scenes put up, photographed several times, turned, projected and labelled."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import torch
from isaaclab.utils.math import matrix_from_quat, quat_from_matrix

from pushgrasp.grasping.data.sample import GraspSample
from pushgrasp.grasping.labels.cfg import LabelCfg
from pushgrasp.grasping.labels.labeller import label_grasps
from pushgrasp.grasping.labels.surface import SurfacePoints, scene_points
from pushgrasp.perception.heightmap import Heightmaps, project_heightmaps
from pushgrasp.perception.workspace import Workspace
from pushgrasp.scenes.rotations import about_z, multiply, rotate
from pushgrasp.scenes.scene import Scene

from .scenes import draw_scene
from .shapes import SPLITS, pool
from .studio import Photographs, Studio
from .variation import VariationCfg, cover_floor, draw_colours, draw_light, jittered, noisy_colours, noisy_depth

VIEWS = 4
"""Pictures of each scene: other colours, cameras and turns."""


@dataclass(frozen=True)
class RecipeCfg:
    """How samples are made."""

    seed: int = 0
    variation: VariationCfg = field(default_factory=VariationCfg)
    labels: LabelCfg = field(default_factory=LabelCfg)
    workspace: Workspace = field(default_factory=Workspace)


def scene_seed(seed: int, split: str, index: int) -> int:
    """Seed of the scene of an index; those of different splits, indices and seeds below a million differ."""
    return (seed * len(SPLITS) + SPLITS.index(split)) * 1_000_003 + index


def make_samples(studio: Studio, cfg: RecipeCfg, split: str, first: int, count: int) -> list[GraspSample]:
    """Samples ``first`` to ``first + count`` of a split: the same for the same seed, whatever was made before.

    Args:
        studio: Where they are made; its number of worlds divides the scenes of a shard.
        cfg: How they are made.
        split: One of ``train``, ``val`` and ``test``.
        first: Number of the first sample, a multiple of the studio's worlds times :data:`VIEWS`.
        count: How many.

    Raises:
        ValueError: If ``first`` is no such multiple.
    """
    per_batch = studio.worlds * VIEWS
    if first % per_batch:
        raise ValueError(f"first sample {first} is no multiple of {per_batch}")
    samples: list[GraspSample] = []
    while len(samples) < count:
        seeds = [scene_seed(cfg.seed, split, (first + len(samples)) // VIEWS + world) for world in range(studio.worlds)]
        batch = _Batch(studio, cfg, split, seeds)
        for _ in range(VIEWS):
            samples += batch.view(count - len(samples))
    return samples


class _Batch:
    """One scene in each world."""

    def __init__(self, studio: Studio, cfg: RecipeCfg, split: str, seeds: list[int]) -> None:
        self._studio, self._cfg, self._split, self._seeds = studio, cfg, split, seeds
        generators = [torch.Generator().manual_seed(seed) for seed in seeds]
        self._scenes = [draw_scene(generator, pool(split)) for generator in generators]
        self._generator = generators[0]
        studio.place(self._scenes)
        self._slots = [studio.slots(scene) for scene in self._scenes]
        self._surfaces = [_surface(scene, slots) for scene, slots in zip(self._scenes, self._slots, strict=True)]

    def view(self, most: int) -> list[GraspSample]:
        """Samples of up to ``most`` worlds with new colours, light, cameras and turns."""
        worlds = self._studio.worlds
        photos, plain = self._photograph()
        yaw = 2 * torch.pi * torch.rand(worlds, generator=self._generator)
        maps = self._project(photos, yaw)
        return [self._sample(world, maps, float(yaw[world]), bool(plain[world])) for world in range(min(worlds, most))]

    def _photograph(self) -> tuple[Photographs, torch.Tensor]:
        """Pictures, noise and all, and which of them have the task's own tones, shape (N,)."""
        studio, generator, cfg = self._studio, self._generator, self._cfg.variation
        worlds, slots = studio.worlds, studio.env.objects.active.shape[1]
        studio.paint(torch.stack([draw_colours(generator, slots, cfg) for _ in range(worlds)]))
        own_light = bool(torch.rand((), generator=generator) < cfg.plain)
        studio.light(draw_light(generator, own_light))
        studio.move_cameras(*jittered(generator, *studio.camera_home, cfg.camera_shift, cfg.camera_turn))
        photos = studio.photograph()
        plain = torch.full((worlds,), own_light)
        rgb = noisy_colours(generator, photos.rgb, photos.ids, cfg, plain)
        depth = noisy_depth(generator, photos.depth, cfg)
        return Photographs(rgb, depth, photos.ids, photos.intrinsics, photos.rotation, photos.position), plain

    def _project(self, photos: Photographs, yaw: torch.Tensor) -> Heightmaps:
        """Heightmaps of the scenes turned about the middle of the table by ``yaw`` (N,) [rad]."""
        cfg = self._cfg.variation
        assumed = jittered(
            self._generator,
            photos.position,
            quat_from_matrix(photos.rotation),
            cfg.calibration_shift,
            cfg.calibration_turn,
        )
        turn = about_z(yaw)
        position, rotation = rotate(turn, assumed[0]), matrix_from_quat(multiply(turn, assumed[1]))
        maps = project_heightmaps(
            photos.rgb, photos.depth, photos.ids, photos.intrinsics, rotation, position, self._cfg.workspace
        )
        return cover_floor(self._generator, maps, yaw, self._cfg.workspace)

    def _sample(self, world: int, maps: Heightmaps, yaw: float, plain: bool) -> GraspSample:
        height, ids = maps.height[world].half(), maps.ids[world].to(torch.uint8)
        surface = self._surfaces[world].turned(yaw)
        labels = label_grasps(surface, height.float(), ids, self._cfg.workspace, self._cfg.labels)
        return GraspSample(
            rgb=(255.0 * maps.colour[world]).round().to(torch.uint8),
            height=height,
            ids=ids,
            cell=labels.cell.to(torch.int16),
            view_angle=labels.view_angle.to(torch.int16),
            friction=labels.friction.half(),
            meta=self._meta(world, yaw, plain),
        )

    def _meta(self, world: int, yaw: float, plain: bool) -> dict[str, Any]:
        """Where the sample comes from, and the true pose of each object in the picture."""
        scene, slots = self._scenes[world], self._slots[world]
        turn = about_z(torch.tensor(yaw, dtype=torch.float64))
        position, quaternion = scene.poses()
        position, quaternion = rotate(turn, position), multiply(turn.expand(len(quaternion), 4), quaternion)
        return {
            "seed": self._seeds[world],
            "split": self._split,
            "family": scene.name,
            "shapes": list(scene.shapes),
            "ids": [slot + 1 for slot in slots],
            "position": [[round(value, 6) for value in row] for row in position.tolist()],
            "quaternion": [[round(value, 7) for value in row] for row in quaternion.tolist()],
            "plain": plain,
        }


def _surface(scene: Scene, slots: list[int]) -> SurfacePoints:
    """Surface points of a scene, by slot."""
    order = sorted(range(len(slots)), key=slots.__getitem__)
    position, quaternion = scene.poses()
    return scene_points(
        [scene.shapes[i] for i in order], position[order], quaternion[order], [slots[i] + 1 for i in order]
    )
