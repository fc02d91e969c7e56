"""What arms do: the one form of an action that every policy gives and every world carries out."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from enum import IntEnum

import torch
from tensordict import TensorClass
from torch import Tensor


class Kind(IntEnum):
    """What one arm does in one action."""

    NONE = 0
    GRASP = 1
    PUSH = 2
    MOVE = 3
    """Pick up and put down elsewhere."""


KIND_NAMES = tuple(kind.name.lower() for kind in Kind)
"""Names of the kinds in records and on screens, by number."""


def in_words(kinds: Iterable[str]) -> str:
    """Return what arms do, given the names of their kinds, such as ``push``, ``grasp and push`` or ``none``."""
    names = dict.fromkeys(name for name in kinds if name != KIND_NAMES[Kind.NONE])
    return " and ".join(names) or KIND_NAMES[Kind.NONE]


class Action(TensorClass):
    """What A arms do in N worlds; arm 0 stands on the left (-x). All in the world frame.

    Worlds can be picked, joined and replaced as with tensors: ``action[worlds]``, ``torch.cat(actions)``.
    """

    kind: Tensor
    """:class:`Kind` that each arm is meant to do, shape (N, A), long."""
    valid: Tensor
    """Whether there is a motion for it, shape (N, A), bool; else the arm stays at home."""
    position: Tensor
    """Grasp, move: TCP when the jaws close [m], shape (N, A, 3)."""
    rotation: Tensor
    """Grasp, move: gripper to world, +z approach, +x closing direction, shape (N, A, 3, 3)."""
    width: Tensor
    """Grasp, move: jaw opening before closing [m], shape (N, A)."""
    place_position: Tensor
    """Move: TCP when the jaws open [m], shape (N, A, 3)."""
    place_rotation: Tensor
    """Move: gripper to world when the jaws open, shape (N, A, 3, 3)."""
    path: Tensor
    """Push: TCP points of the closed gripper [m], shape (N, A, P, 3)."""
    yaw: Tensor
    """Push: angle of the closing direction from world x at each point [rad], shape (N, A, P)."""
    score: Tensor
    """What the policy gives to each kind, for the record, shape (N, K); -inf where it sees none."""

    @staticmethod
    def none(worlds: int, arms: int, points: int, device: torch.device | str = "cpu") -> Action:
        """Nothing to do; P is ``points``."""
        upright = torch.diag(torch.tensor([1.0, -1.0, -1.0], device=device)).repeat(worlds, arms, 1, 1)
        zeros = torch.zeros(worlds, arms, points, 3, device=device)
        return Action(
            kind=torch.zeros(worlds, arms, dtype=torch.long, device=device),
            valid=torch.zeros(worlds, arms, dtype=torch.bool, device=device),
            position=zeros[:, :, 0].clone(),
            rotation=upright,
            width=zeros[:, :, 0, 0].clone(),
            place_position=zeros[:, :, 0].clone(),
            place_rotation=upright.clone(),
            path=zeros,
            yaw=zeros[..., 0].clone(),
            score=torch.full((worlds, len(Kind)), -torch.inf, device=device),
            batch_size=[worlds],
        )

    @property
    def planned(self) -> Tensor:
        """Worlds in which there is a motion for any arm, shape (N,), bool."""
        return self.valid.any(dim=1)

    @property
    def picks(self) -> Tensor:
        """Arms that lift something, shape (N, A), bool."""
        return self.valid & ((self.kind == Kind.GRASP) | (self.kind == Kind.MOVE))

    def arms(self, world: int, kind: Kind) -> list[int]:
        """Arms that do this in a world and have a motion for it."""
        return ((self.kind[world] == kind) & self.valid[world]).nonzero()[:, 0].tolist()

    def does(self, kind: Kind) -> Tensor:
        """Worlds in which any arm is meant to do this, shape (N,), bool."""
        return (self.kind == kind).any(dim=1)

    def jaws(self, world: int) -> list[tuple[int, Tensor, Tensor]]:
        """Arm, TCP (3,) [m] and rotation (3, 3) wherever jaws are meant to close, and where a move opens them again."""
        poses = []
        for arm, kind in enumerate(self.kind[world].tolist()):
            if kind in (Kind.GRASP, Kind.MOVE):
                poses.append((arm, self.position[world, arm], self.rotation[world, arm]))
            if kind == Kind.MOVE:
                poses.append((arm, self.place_position[world, arm], self.place_rotation[world, arm]))
        return poses

    def ways(self, world: int) -> list[tuple[int, Tensor]]:
        """Arm and TCPs (P, 3) [m] along which objects are shifted: paths of pushes, and moves from pick to place."""
        pushes = [(arm, self.path[world, arm]) for arm in self.arms(world, Kind.PUSH)]
        ends = torch.stack((self.position[world], self.place_position[world]), dim=1)
        return pushes + [(arm, ends[arm]) for arm in self.arms(world, Kind.MOVE)]


def act_one_by_one(choose: Callable[[int], Action], running: Tensor, nothing: Action) -> Action:
    """Return what a policy that looks at one world at a time does in all of them.

    Args:
        choose: Gives the action of one world, N = 1, from the world's index.
        running: Worlds that run a trial, shape (N,), bool; only they are asked about.
        nothing: Action of one of the other worlds, N = 1.
    """
    actions = [choose(world) if busy else nothing for world, busy in enumerate(running.tolist())]
    return torch.cat(actions)  # pyright: ignore[reportArgumentType, reportReturnType] - tensor classes join as tensors


def grasp_action(
    position: Tensor, rotation: Tensor, width: Tensor, arm: Tensor, valid: Tensor, arms: int, points: int
) -> Action:
    """Return one grasp per world as an action.

    Args:
        position: TCPs [m], shape (N, 3).
        rotation: Gripper to world, shape (N, 3, 3).
        width: Jaw opening before closing [m], shape (N,).
        arm: Which arm grasps, shape (N,), long.
        valid: Whether there is a grasp, shape (N,), bool.
        arms: How many arms there are.
        points: Points of push paths.
    """
    action = Action.none(len(arm), arms, points, position.device)
    chosen = torch.arange(len(arm), device=arm.device), arm
    action.kind[chosen] = int(Kind.GRASP)
    action.valid[chosen] = valid
    action.position[chosen], action.rotation[chosen], action.width[chosen] = position, rotation, width
    return action


def push_action(path: Tensor, yaw: Tensor, active: Tensor) -> Action:
    """Return pushes as an action; where no arm is active, the left one is meant to push and has no motion.

    Args:
        path: TCP points of the closed gripper [m], shape (N, A, P, 3).
        yaw: Angle of the closing direction from world x [rad], shape (N, A, P).
        active: Which arms push, shape (N, A), bool.
    """
    worlds, arms, points = path.shape[:3]
    action = Action.none(worlds, arms, points, path.device)
    meant = active.clone()
    meant[:, 0] |= ~active.any(dim=1)
    action.kind = int(Kind.PUSH) * meant.long()
    action.valid, action.path, action.yaw = active, path, yaw
    return action
