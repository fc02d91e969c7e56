"""Set-points of the arms for every tick of an action; what is felt on the way changes those that are left."""

from __future__ import annotations

from dataclasses import dataclass, field

import torch

from pushgrasp.motion.arm.forward import Frames
from pushgrasp.motion.arm.inverse import nearest
from pushgrasp.motion.arm.jacobian import approach_lever, flange_in_base
from pushgrasp.motion.arm.joint_trajectory import JointTrajectory
from pushgrasp.motion.arm.model import NUM_JOINTS
from pushgrasp.motion.trajectory import Phase


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
    levers: torch.Tensor = field(init=False)
    """Joint motion per way along the approach [rad/m] while a gripper descends, else 0, shape (N, G, T, 6)."""
    slopes: torch.Tensor = field(init=False)
    """Way along the approach per joint motion [m/rad] while a gripper descends, else 0, shape (N, G, T, 6)."""

    def __post_init__(self) -> None:
        """Work out levers and slopes."""
        descends = self.phase == Phase.DESCEND
        self.levers, self.slopes = (torch.zeros_like(self.joints[..., :NUM_JOINTS]) for _ in range(2))
        joints = self.joints[..., :NUM_JOINTS][descends]
        if len(joints):
            self.levers[descends], self.slopes[descends] = approach_lever(joints, self.tool_length)

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

    def felt(self, ticks: torch.Tensor) -> list[bool]:
        """Tell at the start of which of the T ticks something depends on what is measured.

        Args:
            ticks: Ticks after which each world is left alone, shape (N,).
        """
        awake = torch.arange(self.phase.shape[2], device=self.phase.device) < ticks[:, None]
        holding = self.is_holding
        descends = self.phase == Phase.DESCEND
        matters = (holding[:, :, 1:] & ~holding[:, :, :-1]) | descends[:, :, :-1] | descends[:, :, 1:]
        return [False, *(matters & awake[:, None, 1:]).flatten(0, 1).any(dim=0).tolist()]

    def descends_around(self, index: int) -> torch.Tensor:
        """Return which grippers descend in a tick or in the one before, shape (N, G), bool."""
        return (self.phase[:, :, max(index - 1, 0) : index + 1] == Phase.DESCEND).any(dim=-1)

    def starts_holding(self, index: int) -> torch.Tensor:
        """Return which grippers start to carry something with a tick, shape (N, G), bool."""
        now = self.is_holding[:, :, max(index - 1, 0) : index + 1]
        return now[..., -1] & ~now[..., 0]

    def latch(self, grippers: torch.Tensor, index: int, fingers: torch.Tensor) -> None:
        """Hold the fingers (N, G, 2) [m] of the grippers of a mask (N, G) there for as long as something is carried."""
        held = grippers[..., None] & self.is_holding[:, :, index:]
        left = self.joints[:, :, index:, NUM_JOINTS:]
        left[...] = torch.where(held[..., None], fingers[:, :, None], left)

    def stop(self, grippers: torch.Tensor, index: int, too_far: torch.Tensor, fade: float) -> None:
        """Let grippers descend no further than they have until the start of a tick.

        The rest of the action starts from the stop point; on the way HOME the offset fades.

        Args:
            grippers: Which ones, shape (N, G), bool; they descended in the tick before.
            index: The tick.
            too_far: How far back from the set-points at the start of the tick the stop points lie [m], shape (N, G).
            fade: Way by which the offset fades per tick [m].
        """
        planned = self.joints[grippers][:, index - 1 :, :NUM_JOINTS].double()
        phase = self.phase[grippers][:, index - 1 :]
        flange = flange_in_base(planned)
        approach = flange.rotation[:, :1, :, 2]
        along = ((flange.position - flange.position[:, :1]) * approach).sum(dim=-1)
        stop = 0.5 * along[:, 1] - too_far[grippers]
        shift = _offsets(stop[:, None] - along, phase, fade)[:, 1:, None] * approach
        moved = nearest(Frames(flange.rotation[:, 1:], flange.position[:, 1:] + shift), planned[:, 1:])
        self._replace(grippers, index, _filled(moved, planned[:, 1:]).to(self.joints))

    def _replace(self, grippers: torch.Tensor, index: int, joints: torch.Tensor) -> None:
        """Take arm angles (B, T - index, 6) [rad] for the ticks from ``index`` on; speeds follow from them."""
        around = torch.cat((joints[:, :1], joints, joints[:, -1:]), dim=1)
        speed = (around[:, 2:] - around[:, :-2]) / (2.0 * self.dt)
        for whole, part in ((self.joints, joints), (self.velocity, speed)):
            rows = whole[grippers]
            rows[:, index:, :NUM_JOINTS] = part
            whole[grippers] = rows


def _offsets(held: torch.Tensor, phase: torch.Tensor, fade: float) -> torch.Tensor:
    """Return offsets along the approach [m], (B, T), of grippers that descend in the first tick.

    While descending they are those that keep the gripper where it is, ``held`` (B, T); then that of the end of the
    descent, less ``fade`` for each tick on the way HOME.
    """
    descending = (phase == Phase.DESCEND).int().cumprod(dim=1).bool()
    last = held.gather(1, descending.sum(dim=1, keepdim=True) - 1)
    offset = torch.where(descending, held, last)
    homeward = (phase == Phase.HOME).cumsum(dim=1)
    return offset.sign() * (offset.abs() - fade * homeward).clamp(min=0.0)


def _filled(joints: torch.Tensor, planned: torch.Tensor) -> torch.Tensor:
    """Replace joint angles (B, T, 6) that are out of reach by the last ones that are not, at first by planned ones."""
    there = ~joints.isnan().any(dim=-1)
    index = torch.where(there, torch.arange(joints.shape[1], device=joints.device), 0).cummax(dim=1).values
    filled = joints.take_along_dim(index[..., None], dim=1)
    return torch.where(filled.isnan(), planned, filled)
