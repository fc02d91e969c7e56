"""Pushes tried in copies of a world, what would be seen then, and a grasp after each of them."""

from __future__ import annotations

import torch

from pushgrasp.interface.action import Action
from pushgrasp.perception.heightmap import Heightmaps
from pushgrasp.policies.maps.overhead import overhead_heightmaps

from .quick_grasps import QuickGrasps


class PushTries(QuickGrasps):
    """Tries grasps, pushes, and grasps after pushes, in copies of the worlds of an environment with free grippers."""

    def pushed(self, world: int, pushes: Action) -> Heightmaps:
        """Return what a perfect camera would see after each of C pushes, without colours."""
        return overhead_heightmaps(self._imagination(world, pushes).after, self._env.workspace)

    def then(self, world: int, grasps: Action) -> torch.Tensor:
        """Return which slots each of C grasps lifts in the copy of its number that was :meth:`pushed` last, (C, S)."""
        copies = self._imagination.kept_copies(len(grasps.kind))
        return self._tried(copies, world, grasps)[0] & grasps.valid.any(dim=1, keepdim=True)
