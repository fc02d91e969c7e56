"""Push decoder: key points of a feature map become one or two smooth push paths.

Source: Wang & Kasaei 2025, Sec. III-C2, Fig. 5.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from pushgrasp.decoding.checks import check_finite, check_mask, check_shape
from pushgrasp.decoding.keypoints import Lanes, key_points, push_disc, push_region, share_out
from pushgrasp.decoding.lines import plan_lines
from pushgrasp.decoding.polyline import tangent_yaw
from pushgrasp.decoding.push_cfg import PushDecoderCfg
from pushgrasp.decoding.separation import are_apart
from pushgrasp.decoding.surface import Surface, surface
from pushgrasp.perception.workspace import Workspace


@dataclass
class Pushes:
    """Push paths of N worlds for G arms; arm 0 is on the left (-x). Rows that are not active hold zeros."""

    paths: Tensor
    """TCP points of the closed gripper, evenly spaced [m], shape (N, G, P, 3), world frame."""
    yaw: Tensor
    """Direction of the closing axis about +z, along the path's tangent up to pi [rad], shape (N, G, P)."""
    active: Tensor
    """Which arms push, shape (N, G), bool."""
    valid: Tensor
    """Whether any arm pushes, shape (N,), bool."""

    def put(self, worlds: Tensor, others: "Pushes") -> None:
        """Replace the pushes of W worlds, indices (W,), by ``others``, which has W of them."""
        for name, value in vars(self).items():
            value[worlds] = getattr(others, name)


def no_pushes(worlds: int, num_arms: int, points: int, like: Tensor) -> Pushes:
    """No push in any of so many worlds."""
    paths = like.new_zeros(worlds, num_arms, points, 3)
    active = torch.zeros(worlds, num_arms, dtype=torch.bool, device=like.device)
    return Pushes(paths, paths[..., 0].clone(), active, active.any(dim=1))


def decode_pushes(
    f_map: Tensor,
    target_mask: Tensor,
    object_mask: Tensor,
    height: Tensor,
    workspace: Workspace,
    num_arms: int,
    cfg: PushDecoderCfg,
) -> Pushes:
    """Push paths through the peaks of ``f_map`` around the target.

    Args:
        f_map: scores, shape (N, H, W).
        target_mask: cells of the target, shape (N, H, W), bool; where hardly any is visible the push acts around the
            best cell of all objects.
        object_mask: cells of all objects, the target among them, shape (N, H, W), bool.
        height: heightmap [m], shape (N, H, W).
        workspace: area of the maps.
        num_arms: 1 or 2.
        cfg: settings.

    Raises:
        ValueError: on a wrong shape or dtype, a value that is not finite, or another number of arms.
    """
    shape = (f_map.shape[0], workspace.cells, workspace.cells)
    if num_arms not in (1, 2):
        raise ValueError(f"num_arms is {num_arms}; 1 or 2 arms can push")
    for name, value in (("f_map", f_map), ("height", height)):
        check_shape(name, value, shape)
        check_finite(name, value)
    check_mask("target_mask", target_mask, shape)
    check_mask("object_mask", object_mask, shape)
    centre, disc = push_disc(f_map, target_mask, object_mask, workspace.resolution, cfg.reach, cfg.default_radius)
    region = push_region(disc, object_mask, workspace, cfg.surround, cfg.workspace_margin)
    cells, scores = key_points(f_map, region, cfg.key_points, cfg.nms_window)
    points, middle = workspace.cell_to_xy(cells).to(height), workspace.cell_to_xy(centre).to(height)
    maps = surface(f_map, workspace), surface(height, workspace)
    return push_through(points, scores, middle, *maps, num_arms, cfg)


def push_through(
    points: Tensor,
    scores: Tensor,
    middle: Tensor,
    score_map: Surface,
    depth: Surface,
    num_arms: int,
    cfg: PushDecoderCfg,
) -> Pushes:
    """Push paths through key points, those of either side by the arm on that side where both can push.

    Args:
        points: Key points by falling score [m], shape (N, K, 2).
        scores: Their scores, shape (N, K), -inf where there is none; paths lead to the highest.
        middle: Middle of what is pushed past [m], shape (N, 2).
        score_map: Scores all over, which tell the direction through a lone key point.
        depth: Heightmap.
        num_arms: 1 or 2.
        cfg: Settings.
    """
    lanes = share_out(points, scores, middle, num_arms, depth.workspace, cfg.workspace_margin, cfg.separation)
    scores = torch.where(lanes.member, scores[:, None], -torch.inf)
    lines, usable = plan_lanes(points, scores, middle, lanes, score_map, depth, cfg)
    paths = torch.cat((lines, torch.full_like(lines[..., :1], cfg.tip_height)), dim=-1)
    best_side = (points[:, 0, 0] >= middle[:, 0]).long()
    return choose_arms(paths, tangent_yaw(paths), usable, scores.amax(dim=2), best_side, num_arms, cfg)


def plan_lanes(
    points: Tensor,
    scores: Tensor,
    centre: Tensor,
    lanes: Lanes,
    score_map: Surface,
    depth: Surface,
    cfg: PushDecoderCfg,
) -> tuple[Tensor, Tensor]:
    """Plan every path of ``lanes`` from key points (N, K, 2) [m] with scores (N, L, K).

    Returns:
        Lines (N, L, P, 2) [m] and whether each can be carried out, shape (N, L).
    """
    shape = scores.shape[:2]
    world = torch.arange(shape[0], device=points.device).repeat_interleave(shape[1])
    box = lanes.low.flatten(0, 1), lanes.high.flatten(0, 1)
    lines, usable = plan_lines(world, points[world], scores.flatten(0, 1), centre[world], *box, score_map, depth, cfg)
    usable &= lanes.member.any(dim=2).flatten()
    return lines.view(*shape, cfg.points, 2), usable.view(shape)


def choose_arms(
    paths: Tensor, yaw: Tensor, usable: Tensor, scores: Tensor, best_side: Tensor, num_arms: int, cfg: PushDecoderCfg
) -> Pushes:
    """Which of the planned paths (N, L, P, 3) are carried out, and by which arm.

    Two arms push if the left and the right path are usable and far enough apart. Otherwise one arm does, along the path
    through all key points, the arm on the side of the best one (``best_side`` (N,)); if that path is not usable, along
    the better-scored side path that is.
    """
    if num_arms == 1:
        return pack(paths, yaw, usable)
    palm = cfg.gripper.palm_width, cfg.gripper.palm_breadth
    both = usable[:, :2].all(dim=1) & are_apart(paths[:, :2, :, :2], yaw[:, :2], cfg.separation, palm)
    side_scores = scores[:, :2].masked_fill(~usable[:, :2], -torch.inf)
    arm = torch.where(usable[:, 2], best_side, side_scores.argmax(dim=1))
    alone = torch.nn.functional.one_hot(arm, 2).bool() & usable.any(dim=1, keepdim=True)
    whole = (usable[:, 2] & ~both)[:, None]
    paths = torch.where(whole[..., None, None], paths[:, 2:], paths[:, :2])
    yaw = torch.where(whole[..., None], yaw[:, 2:], yaw[:, :2])
    return pack(paths, yaw, both[:, None] | alone)


def pack(paths: Tensor, yaw: Tensor, active: Tensor) -> Pushes:
    """Pushes of the active arms, zeros for the others."""
    paths = paths.masked_fill(~active[..., None, None], 0.0)
    return Pushes(paths, yaw.masked_fill(~active[..., None], 0.0), active, active.any(dim=1))
