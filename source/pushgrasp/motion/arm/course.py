"""Set-points of the arms for every tick of an action; what is felt on the way changes those that are left."""

from __future__ import annotations

from dataclasses import dataclass, field

import torch

from pushgrasp.motion.arm.forward import Frames
from pushgrasp.motion.arm.inverse import nearest
from pushgrasp.motion.arm.jacobian import flange_in_base, lever_along, tool_jacobian
from pushgrasp.motion.arm.joint_trajectory import JointTrajectory
from pushgrasp.motion.arm.model import NUM_JOINTS
from pushgrasp.motion.trajectory import Phase

YIELDS = (Phase.DESCEND, Phase.PUSH)
"""Motions that end where something resists."""

SLOW = 1.0e-3
"""Slower than this a TCP moves in no direction [m/s]."""


@dataclass(frozen=True)
class ArmTick:
    """One tick of a course."""

    course: ArmCourse
    index: int


@dataclass(eq=False)
class ArmCourse:
    """Set-points of G arms in N worlds over T ticks.

    A set-point holds for a tick: taken from the middle of the tick, it is neither ahead nor behind in the mean.
    """

    joints: torch.Tensor
    """Arm angles [rad] and finger positions [m], shape (N, G, T, 8)."""
    velocity: torch.Tensor
    """Their velocities [rad/s]; 0 for fingers, whose latched grip must not let go, shape (N, G, T, 8)."""
    phase: torch.Tensor
    """``Phase`` numbers, shape (N, G, T), long."""
    dt: float
    """Duration of a tick [s]."""
    tool_length: float
    """From the flange to the TCP [m]."""
    directions: torch.Tensor = field(init=False)
    """Where the TCP moves while it yields, a unit vector in the base frame; at rest and else 0, shape (N, G, T, 3)."""
    levers: torch.Tensor = field(init=False)
    """Joint motion per way in this direction [rad/m], shape (N, G, T, 6)."""
    slopes: torch.Tensor = field(init=False)
    """Way in this direction per joint motion [m/rad], shape (N, G, T, 6)."""

    def __post_init__(self) -> None:
        """Work out directions, levers and slopes."""
        self.directions = torch.zeros_like(self.joints[..., :3])
        self.levers, self.slopes = (torch.zeros_like(self.joints[..., :NUM_JOINTS]) for _ in range(2))
        ticks = self.yields
        joints, velocity = (part[..., :NUM_JOINTS][ticks] for part in (self.joints, self.velocity))
        if not len(joints):
            return
        motion = (tool_jacobian(joints, self.tool_length)[:, :3] @ velocity[..., None])[..., 0]
        speed = motion.norm(dim=-1, keepdim=True)
        self.directions[ticks] = torch.where(speed > SLOW, motion / speed, 0.0)
        self.levers[ticks], self.slopes[ticks] = lever_along(joints, self.directions[ticks], self.tool_length)

    @classmethod
    def sample(
        cls, motion: JointTrajectory, clocks: torch.Tensor, dt: float, step: float, tool_length: float
    ) -> ArmCourse:
        """Return the set-points of the ticks that end at given times of a motion.

        Args:
            motion: Of the arms.
            clocks: Ends of the ticks [s], shape (N, T).
            dt: Duration of a tick [s].
            step: Duration of the solver's steps in it [s]; drives look at the start of each.
            tool_length: From the flange to the TCP [m].
        """
        targets = motion.sample_many(clocks - 0.5 * (dt + step))
        fingers = 0.5 * targets.width[..., None].expand(*targets.width.shape, 2)
        return cls(
            joints=torch.cat((targets.joints, fingers), dim=-1),
            velocity=torch.cat((targets.velocity, torch.zeros_like(fingers)), dim=-1),
            phase=targets.phase,
            dt=dt,
            tool_length=tool_length,
        )

    def at(self, index: int) -> ArmTick:
        """Return one tick; it has the set-points of the moment at which it is used."""
        return ArmTick(self, index)

    @property
    def is_holding(self) -> torch.Tensor:
        """Whether something is carried, shape (N, G, T), bool; LIFT, HOLD and PLACE follow each other."""
        return (self.phase >= Phase.LIFT) & (self.phase <= Phase.PLACE)

    @property
    def yields(self) -> torch.Tensor:
        """Whether resistance ends what is done, shape (N, G, T), bool."""
        return _yields(self.phase)

    def felt(self, ticks: torch.Tensor) -> list[bool]:
        """Tell at the start of which of the T ticks something depends on what is measured.

        Args:
            ticks: Ticks after which each world is left alone, shape (N,).
        """
        awake = torch.arange(self.phase.shape[2], device=self.phase.device) < ticks[:, None]
        holding, yields = self.is_holding, self.yields
        matters = (holding[:, :, 1:] & ~holding[:, :, :-1]) | yields[:, :, :-1] | yields[:, :, 1:]
        return [False, *(matters & awake[:, None, 1:]).flatten(0, 1).any(dim=0).tolist()]

    def yields_around(self, index: int) -> torch.Tensor:
        """Return which grippers yield in a tick or in the one before, shape (N, G), bool."""
        return _yields(self.phase[:, :, max(index - 1, 0) : index + 1]).any(dim=-1)

    def starts_holding(self, index: int) -> torch.Tensor:
        """Return which grippers start to carry something with a tick, shape (N, G), bool."""
        now = self.is_holding[:, :, max(index - 1, 0) : index + 1]
        return now[..., -1] & ~now[..., 0]

    def latch(self, grippers: torch.Tensor, index: int, fingers: torch.Tensor) -> None:
        """Hold the fingers (N, G, 2) [m] of the grippers of a mask (N, G) there for as long as something is carried."""
        held = grippers[..., None] & self.is_holding[:, :, index:]
        left = self.joints[:, :, index:, NUM_JOINTS:]
        left[...] = torch.where(held[..., None], fingers[:, :, None], left)

    def stop(self, grippers: torch.Tensor, index: int, too_far: torch.Tensor) -> None:
        """Let grippers go no further with their motion than they have until the start of a tick.

        The rest of the action starts from the stop point; on the way HOME the offset fades.

        Args:
            grippers: Which ones, shape (N, G), bool; they moved in the tick before.
            index: The tick.
            too_far: How far back from the set-points at the start of the tick the stop points lie [m], shape (N, G).
        """
        planned = self.joints[grippers][:, index - 1 :, :NUM_JOINTS].double()
        phase = self.phase[grippers][:, index - 1 :]
        flange = flange_in_base(planned)
        back = too_far[grippers][:, None] * self.directions[grippers][:, index - 1]
        stop = flange.position[:, :2].mean(dim=1) - back
        shift = _shifts(stop[:, None] - flange.position, phase)
        moved = nearest(Frames(flange.rotation, flange.position + shift), planned)
        offset = _faded(_filled(moved, planned) - planned, planned, phase)
        self._replace(grippers, index, (planned + offset)[:, 1:].to(self.joints))
        rests = grippers[..., None] & (self.phase == self.phase[:, :, index - 1 : index])
        for part in (self.directions, self.levers, self.slopes):
            part[:, :, index:][rests[:, :, index:]] = 0.0

    def _replace(self, grippers: torch.Tensor, index: int, joints: torch.Tensor) -> None:
        """Take arm angles (B, T - index, 6) [rad] for the ticks from ``index`` on; speeds follow from them."""
        around = torch.cat((joints[:, :1], joints, joints[:, -1:]), dim=1)
        speed = (around[:, 2:] - around[:, :-2]) / (2.0 * self.dt)
        for whole, part in ((self.joints, joints), (self.velocity, speed)):
            rows = whole[grippers]
            rows[:, index:, :NUM_JOINTS] = part
            whole[grippers] = rows


def _yields(phase: torch.Tensor) -> torch.Tensor:
    """Whether resistance ends what is done in phases (...), bool."""
    return torch.isin(phase, torch.tensor(YIELDS, device=phase.device))


def _shifts(held: torch.Tensor, phase: torch.Tensor) -> torch.Tensor:
    """Return offsets [m], (B, T, 3), of grippers that stop in the first tick.

    Until the end of that motion they are those that keep the gripper where it is, ``held`` (B, T, 3), then the last.
    """
    moving = (phase == phase[:, :1]).int().cumprod(dim=1)
    end = (moving.sum(dim=1, keepdim=True) - 1)[..., None]
    return torch.where(moving[..., None].bool(), held, held.take_along_dim(end, dim=1))


def _faded(offset: torch.Tensor, planned: torch.Tensor, phase: torch.Tensor) -> torch.Tensor:
    """Let offsets of joint angles (B, T, 6) [rad] fade on the way HOME, as the joints' planned way to its end does."""
    homeward = phase == Phase.HOME
    leave = ((~homeward).sum(dim=1, keepdim=True) - 1)[..., None]
    left = (planned - planned[:, -1:]).norm(dim=-1, keepdim=True)
    share = left / left.take_along_dim(leave, dim=1).clamp(min=1.0e-9)
    return torch.where(homeward[..., None], share.clamp(max=1.0) * offset.take_along_dim(leave, dim=1), offset)


def _filled(joints: torch.Tensor, planned: torch.Tensor) -> torch.Tensor:
    """Replace joint angles (B, T, 6) that are out of reach by the last ones that are not, at first by planned ones."""
    there = ~joints.isnan().any(dim=-1)
    index = torch.where(there, torch.arange(joints.shape[1], device=joints.device), 0).cummax(dim=1).values
    filled = joints.take_along_dim(index[..., None], dim=1)
    return torch.where(filled.isnan(), planned, filled)
