"""Scenes put up one after the other, and grasps of all objects in view tried in copies of them."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager

import torch
from isaaclab.utils import configclass
from isaaclab_tasks.utils import resolve_task_config

from pg_tasks.app.bench import TASK, Bench
from pg_tasks.app.session import simulator
from pg_tasks.envs.push_grasp_env import PushGraspEnv
from pg_tasks.envs.push_grasp_env_cfg import ClutterCfg
from pg_tasks.envs.quick_grasps import QuickGrasps
from pushgrasp.perception.heightmap import Heightmaps
from pushgrasp.policies.epg.preferred import PreferredGrasps
from pushgrasp.policies.maps.primitives import GraspPrimitiveCfg, top_grasps
from pushgrasp.policies.maps.tries import SceneTries
from pushgrasp.scenes.slots import SlotLayout

from .scenes import draw_scene, pool

COPIES = 24
"""Grasps tried at a time."""

MIN_CELLS = 20
"""Objects that show fewer cells are not grasped."""

REST = 0.1
"""Time for which a settled scene rests under the grippers before its picture is taken [s]."""


@configclass
class TriesClutterCfg(ClutterCfg):
    """Slots for the scenes in which grasps are tried."""

    scenes: str = ""

    def slot_layout(self) -> SlotLayout:
        """Return the slots that each world owns."""
        return SlotLayout.of(pool())


class Collector:
    """A world in which grasps are tried."""

    def __init__(self, env: PushGraspEnv, cfg: GraspPrimitiveCfg, preferred: PreferredGrasps | None) -> None:
        """Take over an environment of one world; half of the grasps tried are ``preferred`` ones, if there are any."""
        self._bench, self._cfg, self._tries, self._preferred = Bench(env), cfg, QuickGrasps(env), preferred

    def scene(self, seed: int, count: int) -> SceneTries:
        """Return about ``count`` tries in the scene of a seed, equally many for each object in view."""
        generator, env = torch.Generator().manual_seed(seed), self._bench.env
        self._bench.place([draw_scene(generator, pool())])
        self._bench.rest(REST)
        maps = env.observer.heightmaps()
        cell, angle = chosen_grasps(maps, count, generator, self._preferred)
        parts = [self._tried(maps, *part) for part in zip(cell.split(COPIES), angle.split(COPIES), strict=True)]
        cell, angle, width, lifted = (torch.cat(columns) for columns in zip(*parts, strict=True))
        return SceneTries(maps.height[0].half(), maps.ids[0].byte(), cell.byte(), angle, width, lifted)

    def _tried(self, maps: Heightmaps, cell: torch.Tensor, angle: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """Try grasps; those for which the jaws are too narrow, or which are out of reach, are left out."""
        env = self._bench.env
        grasps = top_grasps(maps, torch.zeros_like(cell[:, 0]), cell, angle, env.workspace, self._cfg)
        lifted, reachable = self._tries(0, grasps.action(env.arms, env.decoder.push.points))
        own = maps.ids[0, cell[:, 0], cell[:, 1]] - 1
        alone = lifted.gather(1, own[:, None])[:, 0] & (lifted.sum(dim=1) == 1)
        kept = grasps.fits & reachable
        return cell[kept], angle[kept], grasps.width[kept], alone[kept]


def chosen_grasps(
    maps: Heightmaps, count: int, generator: torch.Generator, preferred: PreferredGrasps | None = None
) -> tuple[torch.Tensor, torch.Tensor]:
    """Draw about ``count`` grasps, equally many of each object in view: cells (B, 2) and closing angles (B,) [rad].

    Half of them are ``preferred`` ones, if there are any; the others are at random cells and angles.
    """
    numbers, cells = maps.ids[0].unique(return_counts=True)
    numbers = numbers[(numbers > 0) & (cells >= MIN_CELLS)].long()
    each = math.ceil(count / max(len(numbers), 1))
    known = 0 if preferred is None else each // 2
    parts = [maps.ids.new_zeros(0, 2).long()]
    for number in numbers:
        inside = (maps.ids[0] == number).nonzero()
        parts.append(inside[torch.randint(len(inside), (each - known,), generator=generator)])
    cell = torch.cat(parts)
    angle = math.pi * torch.rand(len(cell), generator=generator)
    if preferred is None or known * len(numbers) == 0:
        return cell, angle
    best = preferred.draw(maps, numbers, known, generator)
    return torch.cat((cell, best[0])), torch.cat((angle, best[1]))


@contextmanager
def open_collector(cfg: GraspPrimitiveCfg, preferred: PreferredGrasps | None = None) -> Iterator[Collector]:
    """Build the environment with the ``mujoco`` preset; one per process."""
    env_cfg, _ = resolve_task_config(TASK, None, overrides=["physics=mujoco"])
    env_cfg.clutter = TriesClutterCfg()
    env_cfg.scene.num_envs, env_cfg.seed = 1, 0
    with simulator(env_cfg, lambda: PushGraspEnv(env_cfg)) as env:
        yield Collector(env, cfg, preferred)
