"""What may be chosen in a scene: evidence for the networks, and the motion behind each number."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from pushgrasp.decoding.decoder import DecoderCfg
from pushgrasp.interface.action import Action, grasp_action, push_action
from pushgrasp.interface.world import Arms, Observation
from pushgrasp.policies.pg4da.spatial.grasps import GraspChoices, grasp_choices
from pushgrasp.policies.pg4da.spatial.maps import scene_maps
from pushgrasp.policies.pg4da.spatial.memory import Memory
from pushgrasp.policies.pg4da.spatial.nets import NUM_GRASPS, places
from pushgrasp.policies.pg4da.spatial.strokes import StrokeChoices, stroke_choices, stroke_pushes


@dataclass(frozen=True)
class Choices:
    """What may be chosen in N worlds; a choice is a number, grasps before strokes (see ``nets``)."""

    seen: Observation
    grasps: GraspChoices
    strokes: StrokeChoices

    def groups(self) -> dict[str, Tensor]:
        """Return what the networks read beside the picture, by observation group."""
        return {
            "maps": scene_maps(self.seen.heightmaps, self.seen.target_id, self.seen.workspace),
            "grasps": self.grasps.evidence,
            "looked": self.grasps.looked.float(),
            "profiles": self.grasps.profiles,
            "strokes": self.strokes.evidence,
            "swaths": self.strokes.swaths,
            "cells": places(self.grasps.places, self.strokes.cells),
        }

    def action(self, number: Tensor, arms: Arms, cfg: DecoderCfg, world: Tensor | None = None) -> Action:
        """Return what choices mean.

        Args:
            number: Numbers of the choices, shape (B,), long.
            arms: Arms that will carry them out.
            cfg: Settings of the decoders.
            world: World of each, shape (B,), long; None where there is one choice per world.
        """
        world = torch.arange(len(number), device=number.device) if world is None else world
        action = self._grasp(world, number.clamp(max=NUM_GRASPS - 1), arms, cfg)
        those = (number >= NUM_GRASPS).nonzero()[:, 0]
        if len(those) > 0:
            action[those] = self._stroke(world[those], number[those] - NUM_GRASPS, arms, cfg)
        return action

    def _grasp(self, world: Tensor, number: Tensor, arms: Arms, cfg: DecoderCfg) -> Action:
        position, rotation, width, fits = self.grasps.pose(world, number)
        arm = arms.choose_arm(position, rotation)
        return grasp_action(position, rotation, width, arm, fits, arms.num_arms, cfg.push.points)

    def _stroke(self, world: Tensor, stroke: Tensor, arms: Arms, cfg: DecoderCfg) -> Action:
        seen = self.seen.of(world)
        scene = seen.heightmaps, seen.target_id, seen.workspace
        pushes = stroke_pushes(self.strokes.cells[world, stroke], *scene, arms.num_arms, cfg)
        return push_action(pushes.paths, pushes.yaw, pushes.active)


def list_choices(seen: Observation, num_arms: int, cfg: DecoderCfg, memory: Memory | None = None) -> Choices:
    """Find what may be chosen, without what ``memory`` says has been tried in vain.

    While there is something to push, and not the whole table to clear, grasps are left out that would lift what lies on
    the target, too.
    """
    scene = seen.heightmaps, seen.target_id, seen.workspace
    strokes = stroke_choices(*scene, num_arms, cfg, None if memory is None else memory.swept)
    failed, loaded = None, False
    if memory is not None:
        strokes = StrokeChoices(strokes.cells, memory.strokes.left(strokes.evidence), strokes.swaths)
        failed, loaded = memory.grasps, memory.loaded
    pushable = (strokes.evidence[..., 0] > 0.5).any(dim=1) & (not seen.clearing)
    grasps = grasp_choices(*scene, cfg, failed, none_in=pushable & loaded, bare_in=pushable)
    return Choices(seen, grasps, strokes)
