"""What is in the way of a grasp, and what a push gains by sweeping it."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from pushgrasp.decoding.decoder import DecoderCfg
from pushgrasp.gripper.points import pad_points
from pushgrasp.perception.masks import dilate
from pushgrasp.perception.workspace import Workspace

from .grasp_candidates import HoldCfg, cover_share, grasp_candidates, hold_logits, select

RING = 0.05
"""What stands this near to the target is in its way [m]."""

FINGERS = 2.0
"""How much more than other obstacles those count that stand where the fingers would go."""

FINGER_MARGIN = 0.01
"""Room that fingers need around them [m]."""

COVERED = 0.05
"""With a larger share of its surroundings above the target, pushes go over it."""

OVER = 0.004
"""How high over the target they go [m]."""

LAYER = 0.04
"""How much a push takes off where a target that is out of view is looked for [m]."""


@dataclass(frozen=True)
class Obstacles:
    """What pushes are to sweep in N worlds."""

    place: Tensor
    """Cells of what is pushed past, shape (N, H, W), bool."""
    level: Tensor
    """How much higher than over the bare table the tips move [m], shape (N,)."""
    gains: Tensor
    """What sweeping each cell gains, shape (N, H, W) [m^2]: its area if something is in the way there; less than
    nothing on the target, which is to stay where it is."""


def around_target(height: Tensor, target: Tensor, objects: Tensor, workspace: Workspace, cfg: DecoderCfg) -> Obstacles:
    """What stands around the target of one world, or, where it lies under something, what lies over it.

    Args:
        height: Heightmap [m], shape (1, H, W).
        target: Cells of the target, not empty, shape (1, H, W), bool.
        objects: Cells of all objects, shape (1, H, W), bool.
        workspace: Area of the maps.
        cfg: Settings of the decoders.
    """
    level = torch.zeros_like(height[:, 0, 0])
    if float(cover_share(height, target, workspace.resolution)) > COVERED:
        level = (height[target].quantile(0.9) + OVER - cfg.push.tip_height).clamp_min(0.0)[None]
    strip = dilate(target, RING / workspace.resolution) & objects
    wanted = strip.to(height) + FINGERS * finger_room(height, target, workspace, cfg).to(height)
    hit = height > level[:, None, None] + cfg.push.tip_height
    return Obstacles(target, level, workspace.resolution**2 * hit * torch.where(target, -1.0, wanted))


def finger_room(height: Tensor, target: Tensor, workspace: Workspace, cfg: DecoderCfg) -> Tensor:
    """Cells (1, H, W) that the fingers would take up in the best grasp if the target of one world stood alone."""
    room = torch.zeros_like(target)
    alone = grasp_candidates(height * target, target, workspace, cfg.grasp, count=1)
    if len(alone.class_index) == 0:
        return room
    best = select(alone, int(hold_logits(alone, HoldCfg()).argmax())).poses
    pad = pad_points(cfg.grasp.gripper, 0.0, height)
    fingers = [best.to_world(pad * pad.new_tensor([side, 1.0, 1.0]), side * best.width / 2) for side in (-1.0, 1.0)]
    points = torch.cat(fingers, dim=1)[0, :, :2]
    row, column = workspace.xy_to_cell(points[workspace.contains(points, 1e-6)]).unbind(dim=1)
    room[0, row, column] = True
    return dilate(room, FINGER_MARGIN / workspace.resolution)


def top_of_heap(height: Tensor, place: Tensor, objects: Tensor, workspace: Workspace, cfg: DecoderCfg) -> Obstacles:
    """What lies uppermost about the places where the targets of N worlds are looked for.

    Args:
        height: Heightmap [m], shape (N, H, W).
        place: Cells of the places, shape (N, H, W), bool (see :mod:`pushgrasp.policies.search`).
        objects: Cells of all objects, shape (N, H, W), bool.
        workspace: Area of the maps.
        cfg: Settings of the decoders.
    """
    highest = (height * place).flatten(1).amax(dim=1)
    level = (highest - LAYER - cfg.push.tip_height).clamp_min(0.0)
    hit = objects & (height > level[:, None, None] + cfg.push.tip_height)
    near = dilate(place, RING / workspace.resolution)
    return Obstacles(place, level, workspace.resolution**2 * (near & hit).to(height))
