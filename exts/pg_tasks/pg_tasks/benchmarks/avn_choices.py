"""Ways to choose a grasp of the target in a heightmap; all go through the grasp decoder's test of what is feasible."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from pushgrasp.decoding.candidates import SeenTarget, start_candidates
from pushgrasp.decoding.class_fit import TargetPairs, feasible_pairs
from pushgrasp.decoding.grasp import GraspDecoderCfg
from pushgrasp.grasping.angle_view import class_rotations
from pushgrasp.gripper.fit import fit
from pushgrasp.perception.heightmap import Heightmaps
from pushgrasp.perception.masks import centroid, target_mask
from pushgrasp.perception.workspace import Workspace


@dataclass(frozen=True)
class Grasp:
    """A grasp: TCP (3,) [m], gripper to world (3, 3), opening [m]."""

    position: torch.Tensor
    rotation: torch.Tensor
    width: float


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
