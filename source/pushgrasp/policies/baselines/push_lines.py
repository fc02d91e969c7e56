"""Straight pushes past, over and through a place on the table, and how much of a map they sweep."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from pushgrasp.decoding.polyline import tangent_yaw
from pushgrasp.decoding.push import Pushes
from pushgrasp.decoding.push_cfg import PushDecoderCfg
from pushgrasp.decoding.separation import are_apart
from pushgrasp.decoding.start import free_start
from pushgrasp.decoding.surface import surface
from pushgrasp.perception.workspace import Workspace

DIRECTIONS = 12
"""Directions of the pushes, evenly spaced."""

GAP = 0.004
"""Between a passing finger and what it passes [m]."""

RUN_UP, RUN_OUT = 0.04, 0.05
"""How far before and behind the place a push begins and ends [m]."""

EDGE = 0.12
"""Pushes end this far from the edge of the workspace, so that nothing is pushed off the table [m]."""

REACH = 0.03
"""Cells this far to either side of a push count as swept: half a pad, and half a block that it shoves [m]."""

STEEP = math.sin(math.radians(50.0))
"""Two arms push side by side along directions with at least this much of y."""


@dataclass(frozen=True)
class PushLines:
    """Straight pushes in each of N worlds: S of one arm, and P of two arms, which take two of the L lines."""

    start: Tensor
    """First point of each line [m], shape (N, L, 2)."""
    end: Tensor
    """Last point [m], shape (N, L, 2)."""
    usable: Tensor
    """Whether each push can be carried out, shape (N, S + P), bool."""
    pairs: Tensor
    """Lines of the pushes of two arms, shape (P, 2), long; the first S lines are those of one arm."""
    middle: Tensor
    """Middle of what is passed [m], shape (N, 2)."""
    begin: Tensor
    """Where each line would begin on an empty table [m], shape (N, L, 2); from there it starts further back."""

    def swept(self, columns: Tensor, rows: Tensor) -> Tensor:
        """Whether each line sweeps over the points of a grid, x in ``columns`` (C,), y in ``rows`` (R,) [m].

        Returns:
            Shape (N, L, R, C), bool.
        """
        along = self.end - self.start
        length = along.norm(dim=-1)[..., None, None].clamp_min(1e-6)
        unit_x, unit_y = (along[..., None, None, :] / length[..., None]).unbind(dim=-1)
        right, up = (columns - self.start[..., None, :1]), (rows[:, None] - self.start[..., None, 1:])
        ahead = right * unit_x + up * unit_y
        aside = up * unit_x - right * unit_y
        return (aside.abs_() <= REACH) & (ahead >= 0.0) & (ahead <= length)

    def swept_cells(self, workspace: Workspace) -> Tensor:
        """Whether each line sweeps over every other cell in every other row, row by row, shape (N, L, M), bool."""
        cells = workspace.cell_centres(device=self.start.device).to(self.start)[::2, ::2]
        return self.swept(cells[0, :, 0], cells[:, 0, 1]).flatten(2)

    def gain(self, gains: Tensor, workspace: Workspace) -> Tensor:
        """Sum of ``gains`` (N, H, W) over what each push sweeps, shape (N, S + P), -inf where it is not usable.

        Every fourth cell is looked at.
        """
        thin = gains[:, ::2, ::2].flatten(1)
        each = 4.0 * (self.swept_cells(workspace) * thin[:, None]).sum(dim=2)
        alone = self.usable.shape[1] - len(self.pairs)
        found = torch.cat((each[:, :alone], each[:, self.pairs].sum(dim=2)), dim=1)
        return found.masked_fill(~self.usable, -torch.inf)

    def paths(self, number: int) -> tuple[Tensor, Tensor]:
        """First and last points [m] of a push, each of shape (N, 1, 2), or (N, 2, 2) for two arms."""
        alone = self.usable.shape[1] - len(self.pairs)
        lines = [number] if number < alone else self.pairs[number - alone].tolist()
        return self.start[:, lines], self.end[:, lines]


def line_frames(num_arms: int, like: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Directions (L, 2) of the lines, on which side each passes (L,), and which two are one push of two arms (P, 2).

    First come those of one arm: all directions, to the right of the place (-1), through it (0) and to its left (+1).
    """
    angle = torch.arange(DIRECTIONS, device=like.device, dtype=like.dtype) * (2.0 * math.pi / DIRECTIONS)
    unit = torch.stack((angle.cos(), angle.sin()), dim=1)
    sides = torch.tensor([-1.0, 0.0, 1.0], device=like.device, dtype=like.dtype)
    along = unit[unit[:, 1].abs() >= STEEP] if num_arms == 2 else unit[:0]
    both = torch.tensor([-1.0, 1.0], device=like.device, dtype=like.dtype).repeat(len(along))
    pairs = 3 * DIRECTIONS + torch.arange(2 * len(along), device=like.device).view(-1, 2)
    directions = torch.cat((unit.repeat_interleave(3, dim=0), along.repeat_interleave(2, dim=0)))
    return directions, torch.cat((sides.repeat(DIRECTIONS), both)), pairs


def plan_push_lines(
    place: Tensor,
    height: Tensor,
    workspace: Workspace,
    num_arms: int,
    cfg: PushDecoderCfg,
    run_out: Tensor | float = RUN_OUT,
) -> PushLines:
    """Plan pushes past and through places.

    Args:
        place: Cells of what is passed, not empty, shape (N, H, W), bool.
        height: Heightmap [m], shape (N, H, W), counted from ``cfg.tip_height`` under where the tips move.
        workspace: Area of the maps.
        num_arms: 1 or 2.
        cfg: Settings of the push decoder.
        run_out: How far behind the place they end, the same in all worlds or shape (N, 1) [m].
    """
    directions, sides, pairs = line_frames(num_arms, height)
    normals = torch.stack((-directions[:, 1], directions[:, 0]), dim=1)
    middle, (aside, before, behind) = _extents(
        place, torch.stack((normals * torch.where(sides < 0.0, -1.0, 1.0)[:, None], -directions, directions)), workspace
    )
    aside = aside + cfg.gripper.pad_breadth / 2 + GAP
    aside[:, pairs.flatten()] = aside[:, pairs.flatten()].clamp_min(cfg.separation / 2 + 1e-3)
    through = middle[:, None] + (sides * aside)[..., None] * normals
    begin = through - (before + RUN_UP)[..., None] * directions
    start, free = free_starts(begin, directions, height, workspace, cfg)
    end = _inside(start, through + (behind + run_out)[..., None] * directions, workspace, cfg)
    usable = free & (((end - start) * directions).sum(dim=-1) >= cfg.min_length)
    both = usable[:, pairs].all(dim=2) & _are_apart(start[:, pairs], end[:, pairs], cfg)
    return PushLines(start, end, torch.cat((usable[:, : 3 * DIRECTIONS], both), dim=1), pairs, middle, begin)


def _extents(place: Tensor, axes: Tensor, workspace: Workspace) -> tuple[Tensor, Tensor]:
    """Middles (N, 2) [m] of places (N, H, W), and how far these reach from there along axes (3, L, 2), (3, N, L)."""
    cells = workspace.cell_centres(device=axes.device).to(axes).flatten(0, 1)
    middles, reaches = [], []
    for mask in place.flatten(1):
        inside = cells[mask]
        middles.append(inside.mean(dim=0))
        reaches.append(((inside - middles[-1]) @ axes.transpose(1, 2)).amax(dim=1))
    return torch.stack(middles), torch.stack(reaches, dim=1)


def free_starts(
    begin: Tensor, directions: Tensor, height: Tensor, workspace: Workspace, cfg: PushDecoderCfg
) -> tuple[Tensor, Tensor]:
    """Move starts (N, L, 2) [m] back to the first place where a closed gripper can come down; and whether there is one.

    Args:
        begin: Where they are.
        directions: Where pushes go, unit vectors, shape (N, L, 2) or (L, 2).
        height: Heightmap [m], shape (N, H, W).
        workspace: Area of the maps.
        cfg: Settings of the push decoder.
    """
    shape = begin.shape[:2]
    world = torch.arange(shape[0], device=begin.device).repeat_interleave(shape[1])
    ahead, maps = directions.expand(*begin.shape).flatten(0, 1), surface(height, workspace)
    start, found = free_start(
        world, begin.flatten(0, 1), ahead, maps, cfg, lambda points: workspace.contains(points, cfg.workspace_margin)
    )
    return start.view(begin.shape), found.view(shape)


def way_to_edge(start: Tensor, unit: Tensor, workspace: Workspace, margin: float = 0.0) -> Tensor:
    """How far points (N, L, 2) are from ``margin`` [m] before the edge along directions (N, L, 2), shape (N, L) [m]."""
    low = start.new_tensor([workspace.x_min, workspace.y_min]) + margin
    high = start.new_tensor([workspace.x_max, workspace.y_max]) - margin
    return (torch.where(unit > 0.0, high - start, start - low) / unit.abs().clamp_min(1e-6)).amin(dim=-1)


def _inside(start: Tensor, end: Tensor, workspace: Workspace, cfg: PushDecoderCfg) -> Tensor:
    """Shorten pushes to the greatest length and to end :data:`EDGE` from the edge."""
    along = end - start
    length = along.norm(dim=-1).clamp_min(1e-6)
    unit = along / length[..., None]
    room = way_to_edge(start, unit, workspace, EDGE)
    return start + unit * torch.minimum(length, room).clamp(0.0, cfg.max_length)[..., None]


def _are_apart(start: Tensor, end: Tensor, cfg: PushDecoderCfg) -> Tensor:
    """Whether two arms can push along lines (N, P, 2, 2) at the same time, shape (N, P), bool."""
    paths = points_along(start, end, cfg.points).flatten(0, 1)
    palm = cfg.gripper.palm_width, cfg.gripper.palm_breadth
    return are_apart(paths, tangent_yaw(paths), cfg.separation, palm).view(start.shape[:2])


def points_along(start: Tensor, end: Tensor, count: int) -> Tensor:
    """Points on lines from ``start`` to ``end`` (..., 2), evenly spaced, shape (..., count, 2)."""
    share = torch.linspace(0.0, 1.0, count, device=start.device, dtype=start.dtype)[:, None]
    return torch.lerp(start[..., None, :], end[..., None, :], share)


def to_pushes(start: Tensor, end: Tensor, valid: Tensor, tip: Tensor, num_arms: int, points: int) -> Pushes:
    """Pushes along one or two straight lines, each by the arm on its side.

    Args:
        start: First points [m], shape (N, K, 2).
        end: Last points [m], shape (N, K, 2).
        valid: Whether they are carried out, shape (N,), bool.
        tip: Height of the tips [m], shape (N,).
        num_arms: 1 or 2; two lines need 2.
        points: Points of a path.
    """
    order = (start + end)[..., :1].argsort(dim=1).expand_as(start)
    start, end = (points_.gather(1, order).expand(-1, num_arms, 2) for points_ in (start, end))
    arms = torch.arange(num_arms, device=start.device)
    active = valid[:, None].expand(-1, num_arms)
    if order.shape[1] == 1:
        mine = ((start + end)[:, 0, 0] >= 0.0).long().clamp(max=num_arms - 1)
        active = active & (arms == mine[:, None])
    level = points_along(start, end, points)
    paths = torch.cat((level, tip[:, None, None, None].expand(*level.shape[:3], 1)), dim=-1)
    paths = paths.masked_fill(~active[..., None, None], 0.0)
    yaw = tangent_yaw(paths).masked_fill(~active[..., None], 0.0)
    return Pushes(paths, yaw, active, active.any(dim=1))
