"""From maps of worths to actions, for N worlds at once: what is allowed, what is best, and the motion for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import torch
from tensordict import TensorClass
from torch import Tensor, nn

from pushgrasp.files.typed_json import MAY_LACK
from pushgrasp.interface.action import Action, Kind, grasp_action
from pushgrasp.interface.world import Observation, World
from pushgrasp.settings import Count, NotNegative, Settings, Share

from .choose import unravel
from .masks import in_the_way
from .memory import Memory
from .moves import MovePrimitiveCfg, moves
from .picture import Picture
from .primitives import (
    GraspPrimitiveCfg,
    PushPrimitiveCfg,
    grasp_angles,
    push_angles,
    straight_pushes,
    sweeping_most,
    top_grasps,
)
from .q_net import GRASP, MOVE, PUSH

KINDS = {GRASP: Kind.GRASP, PUSH: Kind.PUSH, MOVE: Kind.MOVE}
"""What arms do with what a net chooses."""


@dataclass
class PrimitivesCfg(Settings):
    """How a cell and a direction become a motion."""

    grasp: GraspPrimitiveCfg = field(default_factory=GraspPrimitiveCfg)
    push: PushPrimitiveCfg = field(default_factory=PushPrimitiveCfg)
    move: MovePrimitiveCfg = field(default_factory=MovePrimitiveCfg)
    sweep: Share = field(default=0.7, metadata=MAY_LACK)
    """Pushes sweep at least so much of what stands round the goal as the one that sweeps most; 0: anything at all."""
    top: Count = 64
    """Best cells and directions of a map of grasps that are looked at until one fits the jaws."""
    failed: NotNegative = 0.3
    """Taken off the worth of a grasp for each one like it that has failed in the trial."""


class Choice(TensorClass):
    """What one net chooses in each of N worlds."""

    entry: Tensor
    """Direction, row and column in the window, shape (N, 3), long."""
    value: Tensor
    """Worth by the net, less what is taken off for failures, shape (N,); -inf where nothing is allowed."""
    position: Tensor
    """Grasps, moves: TCP when the jaws close [m], shape (N, 3)."""
    rotation: Tensor
    """Grasps, moves: gripper to world, shape (N, 3, 3)."""
    width: Tensor
    """Grasps, moves: jaw opening before closing [m], shape (N,)."""

    @property
    def exists(self) -> Tensor:
        """Worlds in which anything is allowed, shape (N,), bool."""
        return self.value > -torch.inf


class MapPlanner:
    """Nets with action maps at work in a world."""

    def __init__(
        self, world: World, nets: Mapping[str, nn.Module], window: int, colours: bool, cfg: PrimitivesCfg
    ) -> None:
        """Plan for ``world`` with nets by name, which look at windows of so many cells."""
        self.nets, self.window, self.colours, self.cfg = nets, window, colours, cfg
        self.workspace, self._arms, self._points = world.workspace, world.arms, world.decoder.push.points

    @torch.no_grad()
    def worths(self, picture: Picture, names: Sequence[str]) -> dict[str, Tensor]:
        """Return what nets, as they act, say of pictures: worths (N, directions, S, S) by name."""
        channels, maps = picture.channels(), {}
        for name in names:
            net = self.nets[name]
            mode = net.training
            maps[name] = net.eval()(channels)
            net.train(mode)
        return maps

    def pushes(self, picture: Picture, directions: int, near: Tensor, shown: Tensor) -> Tensor:
        """Return which pushes stay on the table and sweep enough, shape (N, directions, S, S), bool.

        Args:
            picture: What is seen.
            directions: Directions over 360 degrees.
            near: Cells that may be chosen, shape (N, S, S), bool.
            shown: Cells that show the goal, shape (N, S, S), bool.
        """
        cfg, area, height = self.cfg, self.workspace, picture.height
        gain = in_the_way(picture.ids, picture.goal, shown, area.resolution)
        return sweeping_most(near, height, gain, picture.corner, directions, cfg.push, cfg.sweep, area)

    def best(
        self, seen: Observation, picture: Picture, scores: Mapping[str, Tensor], memory: Memory
    ) -> dict[str, Choice]:
        """Return what each net chooses by its map of scores, (N, directions, S, S), -inf where nothing is allowed."""
        placed = {GRASP: self.cfg.grasp, MOVE: self.cfg.move.grasp}
        return {
            name: self.best_push(maps) if name == PUSH else self.best_grasp(seen, picture, maps, memory, placed[name])
            for name, maps in scores.items()
        }

    def best_push(self, scores: Tensor) -> Choice:
        """Return the best push of maps (N, directions, S, S), -inf where none is allowed."""
        value, index = scores.flatten(1).max(dim=1)
        nothing = value.new_zeros(len(value), 3)
        turn = torch.eye(3).to(value).expand(len(value), 3, 3)
        entry = unravel(index, scores.shape[-1])
        return Choice(entry, value, nothing, turn, nothing[:, 0], batch_size=[len(value)])

    def best_grasp(
        self,
        seen: Observation,
        picture: Picture,
        scores: Tensor,
        memory: Memory,
        cfg: GraspPrimitiveCfg,
    ) -> Choice:
        """Return the best grasp of maps (N, angles, S, S), -inf where none is allowed, that fits the jaws.

        Args:
            seen: What is seen of the N worlds.
            picture: The windows that the maps are of.
            scores: The maps.
            memory: Which grasps have failed.
            cfg: How it is placed.
        """
        count, top = len(scores), min(self.cfg.top, scores[0].numel())
        values, index = scores.flatten(1).topk(top)
        entries = unravel(index.flatten(), scores.shape[-1])
        world = torch.arange(count, device=scores.device).repeat_interleave(top)
        cells = (entries[:, 1:] + picture.corner[world]).clamp(0, self.workspace.cells - 1)
        angle = grasp_angles(scores.shape[1]).to(scores)[entries[:, 0]]
        grasps = top_grasps(seen.heightmaps, world, cells, angle, self.workspace, cfg)
        rated = values.flatten() - self.cfg.failed * memory.times_failed(world, grasps)
        value, best = rated.masked_fill(~grasps.fits, -torch.inf).view(count, top).max(dim=1)
        row = best + top * torch.arange(count, device=scores.device)
        poses = grasps.position[row], grasps.rotation[row], grasps.width[row]
        return Choice(entries[row], value, *poses, batch_size=[count])

    def push(self, seen: Observation, picture: Picture, choice: Choice, directions: int) -> Action:
        """Return pushes as the actions of N worlds."""
        angle = push_angles(directions).to(choice.value)[choice.entry[:, 0]]
        where = self._cells(picture, choice)
        return straight_pushes(seen.heightmaps, *where, angle, self._arms, self._points, self.cfg.push, self.workspace)

    def move(self, seen: Observation, picture: Picture, choice: Choice, target: Tensor, directions: int) -> Action:
        """Return moves of what lies at cells chosen, away from targets (N, H, W), as the actions of N worlds."""
        angle = grasp_angles(directions).to(choice.value)[choice.entry[:, 0]]
        where, cfg = self._cells(picture, choice), self.cfg.move
        return moves(seen.heightmaps, *where, angle, target, self._arms, self._points, self.workspace, cfg)

    def _cells(self, picture: Picture, choice: Choice) -> tuple[Tensor, Tensor]:
        """Return the worlds (N,), and the cells (N, 2) of their heightmaps that were chosen."""
        cells = (choice.entry[:, 1:] + picture.corner).clamp(0, self.workspace.cells - 1)
        return torch.arange(len(cells), device=cells.device), cells

    def grasp(self, choice: Choice) -> Action:
        """Return grasps as the actions of N worlds."""
        arm = self._arms.choose_arm(choice.position, choice.rotation)
        poses = choice.position, choice.rotation, choice.width
        return grasp_action(*poses, arm, choice.exists, self._arms.num_arms, self._points)

    def nothing(self, device: torch.device) -> Action:
        """Return an action, N = 1, in which nothing moves."""
        return Action.none(1, self._arms.num_arms, self._points, device)
