"""From a cell and an angle to the motion that they stand for: a grasp from above, or a straight push.

Angles are counted from world x towards world y. A grasp closes along its angle, and at an angle 180 degrees further it
is the same grasp; a push goes along its angle.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import torch
from torch import Tensor

from pushgrasp.files.typed_json import MAY_LACK
from pushgrasp.gripper.geometry import GripperGeometry
from pushgrasp.interface.action import Action, grasp_action, push_action
from pushgrasp.interface.world import Arms
from pushgrasp.perception.heightmap import Heightmaps
from pushgrasp.perception.workspace import Workspace
from pushgrasp.settings import NotNegative, Positive, Settings

SPACING = 0.004
"""Distance of the samples with which an object is measured [m]."""

CLEARANCE = 0.005
"""A push sweeps what stands so much higher than its finger tips [m]."""

SWEEP_STEPS = 5
"""Places of a push at which it is looked for something to sweep."""

SWATH = 0.03
"""What lies this far to either side of a push is swept, half a pad and half a block; half as far beyond its end [m]."""

SAMPLES = 8, 5
"""Places along and across a push at which it is measured what it sweeps."""

EVERY = 2
"""It is measured for pushes that begin in every so many cells along rows and columns; the others take theirs."""


@dataclass
class GraspPrimitiveCfg(Settings):
    """How a grasp from above is placed; lengths in metres."""

    gripper: GripperGeometry = field(default_factory=GripperGeometry)
    depth: Positive = 0.03
    """How far the TCP goes below the surface at the cell."""
    tip_clearance: Positive = 0.008
    """Least height of the TCP above the table."""
    margin: NotNegative = 0.01
    """Opening on either side of the object."""


@dataclass(frozen=True)
class TopGrasps:
    """B grasps from above."""

    position: Tensor
    """TCP [m], shape (B, 3)."""
    rotation: Tensor
    """Gripper to world, shape (B, 3, 3)."""
    width: Tensor
    """Jaw opening before closing [m], shape (B,)."""
    fits: Tensor
    """Whether the jaws can open round the object, shape (B,), bool."""

    def of(self, index: Tensor) -> TopGrasps:
        """Return those with indices (K,)."""
        return TopGrasps(self.position[index], self.rotation[index], self.width[index], self.fits[index])

    def action(self, arms: Arms, points: int) -> Action:
        """Return each as the action of one world, by the arm that reaches it best; pushes have ``points`` points."""
        arm = arms.choose_arm(self.position, self.rotation)
        return grasp_action(self.position, self.rotation, self.width, arm, self.fits, arms.num_arms, points)


def grasp_angles(count: int) -> Tensor:
    """Closing angles [rad] over 180 degrees, shape (count,)."""
    return torch.arange(count) * (math.pi / count)


def push_angles(count: int) -> Tensor:
    """Directions [rad] over 360 degrees, shape (count,)."""
    return torch.arange(count) * (2.0 * math.pi / count)


def heading(angle: Tensor) -> Tensor:
    """Unit vectors (..., 2) along angles (...) [rad]."""
    return torch.stack((angle.cos(), angle.sin()), dim=-1)


def top_down(angle: Tensor) -> Tensor:
    """Rotations (..., 3, 3) of a gripper that points down and closes along angles (...) [rad]."""
    closing = torch.nn.functional.pad(heading(angle), (0, 1))
    down = torch.tensor([0.0, 0.0, -1.0]).to(closing).expand_as(closing)
    return torch.stack((closing, torch.linalg.cross(down, closing), down), dim=-1)


def top_grasps(
    maps: Heightmaps, world: Tensor, cells: Tensor, angle: Tensor, workspace: Workspace, cfg: GraspPrimitiveCfg
) -> TopGrasps:
    """Place grasps of the objects that lie at cells: how deep they go, and how far the jaws open.

    The jaws open round all that is seen of the object between them, with the TCP over the middle of the cell.

    Args:
        maps: Heightmaps of N worlds.
        world: World of each grasp, shape (B,), long.
        cells: Where they are (row, column), shape (B, 2), long.
        angle: Closing angles [rad], shape (B,).
        workspace: Area of the heightmaps.
        cfg: Settings.
    """
    surface = maps.height[world, cells[:, 0], cells[:, 1]]
    height = (surface - cfg.depth).clamp_min(cfg.tip_clearance)
    position = torch.cat((workspace.cell_to_xy(cells).to(surface), height[:, None]), dim=1)
    reach = _reach(maps.ids, world, cells, position[:, :2], angle.to(surface), workspace, cfg.gripper)
    width = (2.0 * (reach + cfg.margin)).clamp(max=cfg.gripper.stroke)
    return TopGrasps(position, top_down(angle.to(surface)), width, reach < cfg.gripper.stroke / 2.0 - SPACING / 2.0)


def _reach(
    ids: Tensor, world: Tensor, cells: Tensor, xy: Tensor, angle: Tensor, workspace: Workspace, sizes: GripperGeometry
) -> Tensor:
    """How far the object at each cell reaches to either side along the closing axis between the pads [m], (B,)."""
    along = torch.arange(-sizes.stroke / 2, sizes.stroke / 2 + 1e-6, SPACING).to(xy)
    across = torch.arange(-sizes.pad_breadth / 2, sizes.pad_breadth / 2 + 1e-6, SPACING).to(xy)
    axis, side = heading(angle), heading(angle + math.pi / 2)
    points = xy[:, None, None] + along[:, None, None] * axis[:, None, None] + across[:, None] * side[:, None, None]
    row, column = workspace.xy_to_cell(points).clamp(0, workspace.cells - 1).unbind(dim=-1)
    inside = workspace.contains(points)
    own = ids[world, cells[:, 0], cells[:, 1]]
    hit = (inside & (ids[world[:, None, None], row, column] == own[:, None, None])).any(dim=2)
    return torch.where(hit, along.abs(), 0.0).amax(dim=1)


@dataclass
class PushPrimitiveCfg(Settings):
    """How a straight push is placed; lengths in metres."""

    gripper: GripperGeometry = field(default_factory=GripperGeometry)
    length: Positive = 0.10
    """Length of a push (Hu et al. 2025, Sec. IV-A)."""
    tip_height: Positive = 0.012
    """Height of the finger tips above the table."""
    over: NotNegative = 0.003
    """How high above what lies at its start a push goes, where that is not the table."""
    behind: NotNegative = field(default=0.0, metadata=MAY_LACK)
    """How far before the cell a push begins (Li et al., Sec. III-B: 5 cm)."""
    edge: NotNegative = 0.025
    """Distance of a push from the edge of the workspace."""


def straight_pushes(
    maps: Heightmaps,
    world: Tensor,
    cells: Tensor,
    angle: Tensor,
    arms: Arms,
    points: int,
    cfg: PushPrimitiveCfg,
    workspace: Workspace,
) -> Action:
    """Return pushes that begin over cells, or behind them, and go along angles, each as the action of one world.

    The fingers come down on the highest thing under them and stay at that height; where the table is bare, just over
    it. The jaws close across the way.

    Args:
        maps: Heightmaps of N worlds.
        world: World of each push, shape (B,), long.
        cells: Where they begin, or what lies ``behind`` further on (row, column), shape (B, 2), long.
        angle: Directions [rad], shape (B,).
        arms: What pushes: the arm that reaches the middle of the way best.
        points: Points of the path.
        cfg: Settings.
        workspace: Area of the heightmaps.
    """
    ahead = heading(angle.to(maps.height))
    start, way = workspace.cell_to_xy(cells).to(ahead) - cfg.behind * ahead, cfg.length * ahead
    row, column = workspace.xy_to_cell(start).clamp(0, workspace.cells - 1).unbind(dim=1)
    level = push_level(maps.height[world], cfg, workspace)[torch.arange(len(world)), row, column]
    share = torch.linspace(0.0, 1.0, points).to(start)[:, None]
    path = torch.cat((start[:, None] + share * way[:, None], level[:, None, None].expand(-1, points, 1)), dim=-1)
    arm = arms.choose_arm(path[:, points // 2], top_down(angle.to(start)))
    active = torch.nn.functional.one_hot(arm, arms.num_arms).bool()
    active &= workspace.contains(path[..., :2], cfg.edge).all(dim=1)[:, None]
    yaw = (angle.to(start) + math.pi / 2)[:, None, None].expand(-1, arms.num_arms, points)
    return push_action(path[:, None].expand(-1, arms.num_arms, -1, -1).clone(), yaw.clone(), active)


def push_level(height: Tensor, cfg: PushPrimitiveCfg, workspace: Workspace) -> Tensor:
    """Height of the finger tips of a push that begins at each cell [m], shape (N, H, W), from heights of that shape."""
    radius = 0.5 * math.hypot(*cfg.gripper.closed_section)
    window = 2 * round(radius / workspace.resolution) + 1
    highest = torch.nn.functional.max_pool2d(height[:, None], window, stride=1, padding=window // 2)[:, 0]
    return torch.where(highest > cfg.tip_height / 2, highest + cfg.over, cfg.tip_height).clamp_min(cfg.tip_height)


def sweeping_pushes(
    height: Tensor, corner: Tensor, directions: int, cfg: PushPrimitiveCfg, workspace: Workspace
) -> Tensor:
    """Return which pushes stay on the table and sweep something, shape (N, directions, S, S), bool.

    Args:
        height: Windows of heightmaps [m], shape (N, S, S); what lies outside of them is taken for bare table.
        corner: First cell (row, column) of each window in the heightmap, shape (N, 2), long.
        directions: Directions over 360 degrees.
        cfg: Settings.
        workspace: Area of the heightmaps.
    """
    steps = torch.arange(height.shape[-1], device=height.device)
    cells = torch.stack(torch.meshgrid(steps, steps, indexing="ij"), dim=-1) + corner[:, None, None]
    middle, level = workspace.cell_to_xy(cells).to(height), push_level(height, cfg, workspace)
    allowed = []
    for ahead in heading(push_angles(directions)).to(height):
        first, last = -cfg.behind, cfg.length - cfg.behind
        tips = _shifted(level, first * ahead, workspace).clamp_min(cfg.tip_height)
        swept = torch.zeros_like(height, dtype=torch.bool)
        for part in torch.linspace(first, last, SWEEP_STEPS + 1)[1:].tolist():
            swept |= _shifted(height, part * ahead, workspace) > tips + CLEARANCE
        inside = [workspace.contains(middle + part * ahead, cfg.edge) for part in (first, last)]
        allowed.append(swept & inside[0] & inside[1])
    return torch.stack(allowed, dim=1)


def swept_gains(height: Tensor, gain: Tensor, directions: int, cfg: PushPrimitiveCfg, workspace: Workspace) -> Tensor:
    """Return the mean gain of what pushes sweep, shape (N, directions, S, S): of cells higher than the finger tips.

    Args:
        height: Windows of heightmaps [m], shape (N, S, S); what lies outside of them is taken for bare table.
        gain: What sweeping a cell gains, shape (N, S, S).
        directions: Directions over 360 degrees.
        cfg: Settings.
        workspace: Area of the heightmaps.
    """
    size, side = height.shape[-1], workspace.resolution
    level, rim = push_level(height, cfg, workspace), math.ceil((cfg.length + cfg.behind + 2.0 * SWATH) / side)
    wide = torch.nn.functional.pad(torch.stack((height, gain)), (rim, rim, rim, rim))
    along = torch.linspace(-cfg.behind, cfg.length - cfg.behind + SWATH / 2, SAMPLES[0])
    across, gains = torch.linspace(-SWATH, SWATH, SAMPLES[1]), []
    for ahead in heading(push_angles(directions)):
        aside = torch.stack((-ahead[1], ahead[0]))
        places = (along[:, None, None] * ahead + across[:, None] * aside).flatten(0, 1)
        steps = (torch.stack((-places[:, 1], places[:, 0]), dim=1) / side).round().long() + rim
        found = torch.stack([wide[..., r : r + size : EVERY, c : c + size : EVERY] for r, c in steps.tolist()])
        tips = _shifted(level, -cfg.behind * ahead, workspace).clamp_min(cfg.tip_height) + CLEARANCE
        gains.append((found[:, 1] * (found[:, 0] > tips[:, ::EVERY, ::EVERY])).mean(dim=0))
    coarse = torch.stack(gains, dim=1)
    return coarse.repeat_interleave(EVERY, dim=2).repeat_interleave(EVERY, dim=3)[..., :size, :size]


def sweeping_most(
    near: Tensor,
    height: Tensor,
    gain: Tensor,
    corner: Tensor,
    directions: int,
    cfg: PushPrimitiveCfg,
    share: float,
    workspace: Workspace,
) -> Tensor:
    """Return those of :func:`sweeping_pushes` that gain most by what they sweep, shape (N, directions, S, S), bool.

    Args:
        near: Cells that may be chosen, shape (N, S, S), bool.
        height: Windows of heightmaps [m], shape (N, S, S).
        gain: What sweeping a cell gains, shape (N, S, S).
        corner: First cell (row, column) of each window in the heightmap, shape (N, 2), long.
        directions: Directions over 360 degrees.
        cfg: Settings.
        share: At least so much of what the best one gains; all remain if it is 0, or where none gains anything.
        workspace: Area of the heightmaps.
    """
    allowed = near[:, None] & sweeping_pushes(height, corner, directions, cfg, workspace)
    if share == 0.0:
        return allowed
    return of_most_gain(allowed, swept_gains(height, gain, directions, cfg, workspace), share)


def of_most_gain(allowed: Tensor, gains: Tensor, share: float) -> Tensor:
    """Return the allowed pushes, (N, directions, S, S), bool, with a share of their greatest gain; all if it is 0."""
    most = gains.masked_fill(~allowed, 0.0).flatten(1).amax(dim=1)[:, None, None, None]
    return allowed & ((gains >= share * most) | (most <= 0.0))


def _shifted(maps: Tensor, offset: Tensor, workspace: Workspace) -> Tensor:
    """Return what windows (N, S, S) hold at an offset (x, y) [m] from each cell, 0 outside of them."""
    row, column = (torch.stack((-offset[1], offset[0])) / workspace.resolution).round().long().tolist()
    size = maps.shape[-1]
    padded = torch.nn.functional.pad(maps, (max(-column, 0), max(column, 0), max(-row, 0), max(row, 0)))
    return padded[:, max(row, 0) :, max(column, 0) :][:, :size, :size]
