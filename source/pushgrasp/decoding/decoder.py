"""From the policy's action to one decision per world, grasp or push (Wang & Kasaei 2025, Sec. III-C2, Fig. 5)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated

import torch
from torch import Tensor
from torch.nn.functional import interpolate

from pushgrasp.decoding.checks import check_finite, check_shape
from pushgrasp.decoding.grasp import GraspDecoderCfg, Grasps, decode_grasps
from pushgrasp.decoding.keypoints import push_disc
from pushgrasp.decoding.lines import DIRECTION_SPAN
from pushgrasp.decoding.push import Pushes, decode_pushes, no_pushes
from pushgrasp.decoding.push_cfg import PushDecoderCfg
from pushgrasp.interface.action import Action, Kind, grasp_action, push_action
from pushgrasp.perception.heightmap import Heightmaps
from pushgrasp.perception.masks import dilate, is_visible, object_mask, scale_mask, target_mask
from pushgrasp.perception.workspace import Workspace
from pushgrasp.settings import NotNegative, Range, Settings


@dataclass
class DecoderCfg(Settings):
    """Settings of both decoders and of the choice between them."""

    grasp: GraspDecoderCfg = field(default_factory=GraspDecoderCfg)
    push: PushDecoderCfg = field(default_factory=PushDecoderCfg)
    push_scale: Annotated[float, Range(above=1)] = 1.5
    """Factor by which the target mask is enlarged to score a push."""
    least_ring: NotNegative = 0.036
    """Least width of the ring around the target in which a push is scored [m]: two cells of the feature map. In a
    narrower one, target and ring share their cells and no policy can tell them apart."""
    beside: NotNegative = 0.015
    """Free cells this near to another object count as pushable [m]."""


@dataclass
class Decision:
    """What to do in N worlds. Only the move that the policy chose is decoded; the other one is not valid."""

    is_grasp: Tensor
    """True: grasp, False: push; shape (N,), bool."""
    grasp_score: Tensor
    """Largest score on the target, shape (N,); -inf where it is not visible."""
    push_score: Tensor
    """Largest score of the push map, shape (N,); -inf where there is nothing to push."""
    grasps: Grasps
    pushes: Pushes

    def action(self, arm: Tensor) -> Action:
        """Return the chosen move as an action; ``arm`` (N,), long, takes the grasps."""
        grasps, pushes = self.grasps, self.pushes
        arms, points = pushes.yaw.shape[1:]
        grasp = grasp_action(grasps.position, grasps.rotation, grasps.width, arm, grasps.valid, arms, points)
        action = grasp.where(self.is_grasp, push_action(pushes.paths, pushes.yaw, pushes.active))
        action.score[:, Kind.GRASP], action.score[:, Kind.PUSH] = self.grasp_score, self.push_score
        return action


def push_score_mask(target: Tensor, objects: Tensor, resolution: float, cfg: DecoderCfg) -> Tensor:
    """Cells (N, H, W) in which a push is scored; ``resolution`` is that of the masks [m].

    The scaled target mask contains the target, so that its maximum could never be below the grasp score. Hence the push
    map is the ring, scaled mask less target, where it meets another object or lies within ``cfg.beside`` of one. A
    target that stands alone keeps the whole ring, so that a push remains a choice; for one that is not visible all
    objects count.
    """
    ring = (scale_mask(target, cfg.push_scale) | dilate(target, cfg.least_ring / resolution)) & ~target
    pushable = ring & dilate(objects & ~target, cfg.beside / resolution)
    some = pushable.flatten(1).any(dim=1)[:, None, None]
    return torch.where(is_visible(target)[:, None, None], torch.where(some, pushable, ring), objects)


def masked_maximum(values: Tensor, mask: Tensor) -> Tensor:
    """Largest value of (N, H, W) inside the mask, shape (N,), -inf where the mask is empty."""
    return values.masked_fill(~mask, -torch.inf).flatten(1).amax(dim=1)


def decode(
    f_map: Tensor,
    v_avh: Tensor,
    heightmaps: Heightmaps,
    target_id: Tensor,
    workspace: Workspace,
    num_arms: int,
    cfg: DecoderCfg | None = None,
) -> Decision:
    """Decode the policy's action; the larger of grasp and push score decides, a tie means grasp.

    Args:
        f_map: feature map, shape (N, h, w); enlarged bilinearly to the heightmap.
        v_avh: score of each angle-view class, shape (N, 360).
        heightmaps: what the camera saw.
        target_id: slot index + 1 of the target, shape (N,), long.
        workspace: area of the heightmaps.
        num_arms: 1 or 2.
        cfg: settings; the defaults if None.

    Raises:
        ValueError: on a wrong shape or a value that is not finite.
    """
    cfg = cfg if cfg is not None else DecoderCfg()
    height = heightmaps.height
    check_shape("f_map", f_map, (height.shape[0], None, None))
    check_finite("f_map", f_map)
    check_shape("target_id", target_id, (height.shape[0],))
    scores = interpolate(f_map[:, None], size=height.shape[1:], mode="bilinear", align_corners=False)[:, 0]
    target, objects = target_mask(heightmaps.ids, target_id), object_mask(heightmaps.ids, height)
    target = target & is_visible(target)[:, None, None]
    push_cells = push_score_mask(target, objects, workspace.resolution, cfg)
    grasp_score, push_score = masked_maximum(scores, target), masked_maximum(scores, push_cells)
    is_grasp = grasp_score >= push_score
    grasp_map = scores.masked_fill(~(target & is_grasp[:, None, None]), -torch.inf)
    pushes = no_pushes(len(scores), num_arms, cfg.push.points, height)
    those = (~is_grasp).nonzero()[:, 0]
    if len(those) > 0:
        maps = scores[those], target[those], objects[those], height[those]
        pushes.put(those, decode_pushes(*maps, workspace, num_arms, cfg.push))
    grasps = decode_grasps(grasp_map, v_avh, height, target, workspace, cfg.grasp)
    return Decision(is_grasp, grasp_score, push_score, grasps, pushes)


def readable_cells(heightmaps: Heightmaps, target_id: Tensor, workspace: Workspace, cfg: DecoderCfg) -> Tensor:
    """Cells of the feature map, enlarged to the heightmap, that can change a decision; all others are ignored.

    These are the scaled target mask (scores of grasp and push) and the push disc with the surroundings in which the
    direction of a stroke is told; where the target is not visible, the same around every object.

    Args:
        heightmaps: What the camera saw.
        target_id: Slot index + 1 of the target, shape (N,), long.
        workspace: Area of the heightmaps.
        cfg: Settings of the decoders.

    Returns:
        Bool, shape (N, H, W).
    """
    target, objects = target_mask(heightmaps.ids, target_id), object_mask(heightmaps.ids, heightmaps.height)
    visible = is_visible(target)[:, None, None]
    target = target & visible
    reach, radius = cfg.push.reach + DIRECTION_SPAN, cfg.push.default_radius + DIRECTION_SPAN
    flat = torch.zeros_like(heightmaps.height)
    _, disc = push_disc(flat, target, objects, workspace.resolution, reach, radius)
    near = scale_mask(target, cfg.push_scale) | dilate(target, cfg.least_ring / workspace.resolution) | disc
    anywhere = dilate(objects, radius / workspace.resolution)
    return torch.where(visible, near, anywhere)
