"""Ways to choose a grasp of the target in a heightmap; all go through the grasp decoder's test of what is feasible."""

from __future__ import annotations

from dataclasses import dataclass
from math import cos

import torch

from pushgrasp.decoding.candidates import start_candidates
from pushgrasp.decoding.grasp import GraspDecoderCfg, fit
from pushgrasp.decoding.surface import Surface, bodies, surface
from pushgrasp.grasping.angle_view import class_rotations
from pushgrasp.grasping.data.cells import cell_points
from pushgrasp.perception.heightmap import Heightmaps
from pushgrasp.perception.masks import centroid, target_mask
from pushgrasp.perception.workspace import Workspace

PAIRS = 6000
"""(Cell, class) pairs looked at of a target, best first."""

CHUNK = 250
"""Pairs tested at a time."""


@dataclass(frozen=True)
class Grasp:
    """A grasp: TCP (3,) [m], gripper to world (3, 3), opening [m]."""

    position: torch.Tensor
    rotation: torch.Tensor
    width: float


class Table:
    """What the camera saw of N worlds, and where the target is in each."""

    def __init__(self, maps: Heightmaps, target_id: torch.Tensor, workspace: Workspace, cfg: GraspDecoderCfg) -> None:
        """Take the heightmaps and the id (slot index + 1) of each world's target, shape (N,)."""
        self.maps, self.target_id, self.workspace, self.cfg = maps, target_id, workspace, cfg
        self.target = target_mask(maps.ids, target_id)
        self._obstacles, self._bodies = surface(maps.height, workspace), bodies(maps.height, self.target, workspace)

    def by_score(self, scores: torch.Tensor) -> list[Grasp | None]:
        """First feasible pair of cell and class of each target in the order of falling score (N, 360, 56, 56)."""
        return [self._best_pair(world, heatmap) for world, heatmap in enumerate(scores)]

    def at_random(self, generator: torch.Generator) -> list[Grasp | None]:
        """First feasible pair in random order."""
        shape = (len(self.target_id), len(class_rotations()), 56, 56)
        return self.by_score(torch.rand(shape, generator=generator))

    def from_above(self, yaw: float) -> list[Grasp | None]:
        """Straight down at the middle of the target, the jaws closing along ``yaw`` [rad] from +x."""
        turn = torch.tensor([yaw])
        c, s, zero, one = turn.cos(), turn.sin(), torch.zeros(1), torch.ones(1)
        rotation = torch.stack((c, s, zero, s, -c, zero, zero, zero, -one), dim=1).view(1, 3, 3)
        seen = self.target.flatten(1).any(dim=1).tolist()
        return [self._first(n, self._middle(n), rotation) if there else None for n, there in enumerate(seen)]

    def _best_pair(self, world: int, heatmap: torch.Tensor) -> Grasp | None:
        cells = cell_points(self.maps.height[world], self.maps.ids[world], self.workspace)
        mine = cells.object_id == self.target_id[world]
        rotations = class_rotations()
        allowed = (-rotations[:, 2, 2] >= cos(self.cfg.max_tilt) - 1e-6).nonzero()[:, 0]
        scores = heatmap.flatten(1)[allowed][:, cells.cell[mine]]
        order = scores.flatten().argsort(descending=True)[:PAIRS]
        points, classes = cells.point[mine][order % scores.shape[1]], allowed[order // max(1, scores.shape[1])]
        return self._first(world, points, rotations[classes])

    def _middle(self, world: int) -> torch.Tensor:
        """Surface point (1, 3) of the target's cell nearest to its centroid."""
        cells = self.target[world].nonzero()
        nearest = cells[(cells - centroid(self.target[world : world + 1])).square().sum(dim=1).argmin()]
        height = self.maps.height[world][tuple(nearest)].view(1, 1)
        return torch.cat((self.workspace.cell_to_xy(nearest[None].to(height)), height), dim=1)

    def _first(self, world: int, points: torch.Tensor, rotations: torch.Tensor) -> Grasp | None:
        """First feasible grasp of points (K, 3) with rotations (K, 3, 3), in their order."""
        alone = Surface(self._part(self._obstacles, world), self.workspace)
        body = Surface(self._part(self._bodies, world), self.workspace)
        for some, turns in zip(points.split(CHUNK), rotations.split(CHUNK), strict=True):
            tried = start_candidates(torch.zeros(len(some), dtype=torch.long), some, turns)
            fitting = fit(tried, alone, body, self.cfg)
            if len(fitting.row):
                first = fitting.select(fitting.row == fitting.row.min())
                return Grasp(first.position[0], first.rotation[0], float(first.width[0]))
        return None

    def _part(self, maps: Surface, world: int) -> torch.Tensor:
        """Flattened values of one world."""
        return maps.values.view(len(self.target_id), -1)[world]
