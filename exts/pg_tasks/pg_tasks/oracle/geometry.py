"""Grasps and pushes of the target from where everything in a world really is."""

from __future__ import annotations

import torch

from pg_tasks.envs.push_grasp_env import PushGraspEnv
from pushgrasp.decoding.push import Pushes
from pushgrasp.grasping.labels.surface import SurfacePoints, scene_points
from pushgrasp.policies.baselines.oracle.grasps import TrueGrasps, true_grasps
from pushgrasp.policies.baselines.oracle.pushes import object_pushes


class Geometry:
    """True shapes and places of the objects in the worlds of an environment."""

    def __init__(self, env: PushGraspEnv) -> None:
        """Look at ``env``."""
        self._env = env
        self._shapes = env.cfg.clutter.slot_layout().shapes

    def surface(self, world: int, foreseen: tuple[torch.Tensor, torch.Tensor] | None = None) -> SurfacePoints:
        """Return the surfaces of all objects, now or where it is foreseen that the slots are.

        Args:
            world: Which world.
            foreseen: Positions (S, 3) [m] and orientations (S, 4) of the slots.
        """
        objects = self._env.objects
        position, quaternion = foreseen or (objects.position[world], objects.quaternion[world])
        slots = objects.active[world].nonzero()[:, 0].tolist()
        shapes, ids = [self._shapes[slot] for slot in slots], [slot + 1 for slot in slots]
        return scene_points(shapes, position[slots], quaternion[slots], ids)

    def grasps(self, world: int, foreseen: tuple[torch.Tensor, torch.Tensor] | None = None) -> TrueGrasps:
        """Return grasps of the target, now or as :meth:`surface` has it."""
        return true_grasps(self.surface(world, foreseen), int(self._env.target_id[world]))

    def pushes(self, world: int) -> Pushes:
        """Return pushes past and through the target."""
        env, slot = self._env, int(self._env.objects.target[world])
        place = env.objects.position[world, [slot]], env.objects.quaternion[world, [slot]]
        points = scene_points([self._shapes[slot]], *place, [slot + 1]).point[:, :2]
        half = float((points.amax(dim=0) - points.amin(dim=0)).amin()) / 2
        middle, cfg = place[0][0, :2].clone(), env.cfg
        return object_pushes(middle, half, env.heightmaps.height[world], cfg.workspace, cfg.num_arms, cfg.decoder.push)
