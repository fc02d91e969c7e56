"""Moves: what lies at a cell is picked from above and put down on bare table nearby, away from the target."""

from __future__ import annotations

from dataclasses import dataclass, field

import torch
from torch import Tensor

from pushgrasp.interface.action import Action, Kind
from pushgrasp.interface.world import Arms
from pushgrasp.perception.heightmap import Heightmaps
from pushgrasp.perception.masks import dilate
from pushgrasp.perception.workspace import Workspace
from pushgrasp.settings import Count, NotNegative, Positive, Settings

from .crop import crop, window_at
from .masks import jaws_picture
from .primitives import GraspPrimitiveCfg, TopGrasps, top_grasps

FOOTPRINT = 0.28
"""Side of the square about the jaws in which lies what they hold [m]."""


@dataclass
class MovePrimitiveCfg(Settings):
    """How a move is placed; lengths in metres."""

    grasp: GraspPrimitiveCfg = field(default_factory=lambda: GraspPrimitiveCfg(depth=0.04))
    """The pick; it goes 4 cm below the surface (Li et al. 2024, MPGNet, Sec. III-B)."""
    margin: NotNegative = 0.01
    """Bare table all round what is put down and the open jaws."""
    away: NotNegative = 0.08
    """Least distance from the target of what is put down."""
    edge: NotNegative = 0.03
    """Distance of the TCP from the edge of the workspace."""
    spacing: Positive = 0.03
    """Distance of the places that are looked at."""
    choices: Count = 24
    """Free places, the nearest ones, that the arm is asked about."""


def moves(
    maps: Heightmaps,
    world: Tensor,
    cells: Tensor,
    angle: Tensor,
    target: Tensor,
    arms: Arms,
    points: int,
    workspace: Workspace,
    cfg: MovePrimitiveCfg,
) -> Action:
    """Return moves of the objects that lie at cells, each as the action of one world.

    An object is put down as it was held, at the height at which it was held: it falls as far as what it lay on was
    high. A move that has no free place within reach of the arm that picks, or whose jaws do not fit, has no motion.

    Args:
        maps: Heightmaps of N worlds.
        world: World of each move, shape (B,), long.
        cells: Where the objects are picked (row, column), shape (B, 2), long.
        angle: Closing angles [rad], shape (B,).
        target: Cells of the worlds' targets, shape (N, H, W), bool.
        arms: What moves: the arm that reaches the pick best.
        points: Points of push paths.
        workspace: Area of the heightmaps.
        cfg: Settings.
    """
    pick = top_grasps(maps, world, cells, angle, workspace, cfg.grasp)
    place, free = _nearest_places(maps, world, cells, angle, target, pick, workspace, cfg)
    action = pick.action(arms, points)
    position = torch.cat((place, pick.position[:, None, 2:].expand(-1, place.shape[1], 1)), dim=-1)
    rotation = pick.rotation[:, None].expand(-1, place.shape[1], -1, -1)
    arm = (action.kind == Kind.GRASP).int().argmax(dim=1)
    reached = free & (arms.choose_arm(position.flatten(0, 1), rotation.flatten(0, 1)).view_as(free) == arm[:, None])
    first = reached.int().argmax(dim=1)
    chosen = position[torch.arange(len(first), device=first.device), first]
    action.valid &= reached.any(dim=1, keepdim=True)
    action.kind = torch.where(action.kind == Kind.GRASP, int(Kind.MOVE), action.kind)
    action.place_position = chosen[:, None].expand_as(action.position).clone()
    action.place_rotation = action.rotation.clone()
    return action


def _nearest_places(
    maps: Heightmaps,
    world: Tensor,
    cells: Tensor,
    angle: Tensor,
    target: Tensor,
    pick: TopGrasps,
    workspace: Workspace,
    cfg: MovePrimitiveCfg,
) -> tuple[Tensor, Tensor]:
    """Return places (B, K, 2) [m], the nearest first, and whether they are free, (B, K), bool."""
    step = max(1, round(cfg.spacing / workspace.resolution))
    free = _free(maps, world, cells, angle, target, pick, workspace, cfg)[:, ::step, ::step]
    xy = workspace.cell_centres(device=free.device)[::step, ::step]
    distance = (xy - pick.position[:, None, None, :2]).norm(dim=-1)
    distance = torch.where(free & workspace.contains(xy, cfg.edge), distance, torch.inf).flatten(1)
    nearest, index = distance.topk(min(cfg.choices, distance.shape[1]), largest=False)
    return xy.flatten(0, 1)[index], nearest.isfinite()


def _free(
    maps: Heightmaps,
    world: Tensor,
    cells: Tensor,
    angle: Tensor,
    target: Tensor,
    pick: TopGrasps,
    workspace: Workspace,
    cfg: MovePrimitiveCfg,
) -> Tensor:
    """Return the cells over which the TCP finds bare table under all that comes down, shape (B, H, W), bool."""
    resolution, own = workspace.resolution, maps.ids[world, cells[:, 0], cells[:, 1]]
    size = 2 * round(FOOTPRINT / resolution / 2)
    held = crop(maps.ids[world], window_at(cells, size), size) == own[:, None, None]
    held |= jaws_picture(angle.to(maps.height), pick.width, size, resolution, cfg.grasp.gripper) > 0.0
    held = dilate(held, cfg.margin / resolution)
    blocked = (maps.ids > 0)[world]  # what is picked counts, too: else it would come down where it lay
    blocked |= dilate(target, cfg.away / resolution)[world]
    return _meetings(held, blocked) < 0.5


def _meetings(held: Tensor, blocked: Tensor) -> Tensor:
    """Count the blocked cells (B, H, H) under a footprint (B, K, K) whose middle is at each cell, shape (B, H, H).

    All that is outside of the map is blocked. The middle is the cell that ``crop.window_at`` puts a whole cell in.
    """
    size, middle = blocked.shape[-1], held.shape[-1] // 2 - 1
    margins = [middle, held.shape[-1] - 1 - middle]
    table = torch.nn.functional.pad(blocked.float(), 2 * margins, value=1.0)
    shape = table.shape[1:]
    product = torch.fft.rfft2(table) * torch.fft.rfft2(held.float(), s=shape).conj()
    return torch.fft.irfft2(product, s=shape)[:, :size, :size]
