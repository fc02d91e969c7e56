"""Free grippers that follow Cartesian set-points with limited force, in MuJoCo on CPU threads."""

from __future__ import annotations

import copy
from typing import Self

import torch

from pushgrasp.gripper import GripperGeometry
from pushgrasp.motion.arms import choose_arm, home_poses
from pushgrasp.motion.follower import ForceLimitedFollower
from pushgrasp.motion.limits import MotionLimits
from pushgrasp.motion.trajectory import GripperTargets, Phase, Trajectory
from pushgrasp.physics.direct_joints import DirectJoints
from pushgrasp.physics.world_ticks import WorldCopies

BASE_STIFFNESS = 4000.0
"""Stiffness of the position-controlled base [N/m]."""

BASE_DAMPING = 110.0
"""Damping of the position-controlled base, about critical for its 0.9 kg [N s/m]."""

FINGER_STIFFNESS = 2000.0
"""Stiffness of one finger's drive [N/m]."""

GRIP_FORCE = 15.0
"""Force with which a finger holds what it has closed on [N]; under its limit, so that the grip keeps its place."""

TRANSLATION_JOINTS = ("x", "y", "z")
ROTATION_JOINTS = ("a", "b", "c")
FINGER_JOINTS = ("left_finger", "right_finger")
GRIPPER_JOINTS = (*TRANSLATION_JOINTS, *ROTATION_JOINTS, *FINGER_JOINTS)


class FreeGrippers:
    """One or two free grippers in N worlds; turns gripper targets into joint targets.

    :meth:`run` carries many ticks out at once. No time passes in worlds whose ticks are over.
    """

    def __init__(
        self,
        direct: DirectJoints | None,
        shape: tuple[int, int],
        geometry: GripperGeometry,
        limits: MotionLimits,
        dt: float,
        device: torch.device | str = "cpu",
    ) -> None:
        """Begin at home.

        Args:
            direct: The :data:`GRIPPER_JOINTS` of all grippers, the left gripper's first; None where a physics does not
                tick on demand, and a subclass measures and sends.
            shape: Numbers N of worlds and G of grippers.
            geometry: Sizes of the gripper.
            limits: Motion limits.
            dt: Time between two commands [s].
            device: Where set-points are worked out.
        """
        worlds, num_arms = shape
        self._direct, self._dt, self.geometry, self.limits = direct, dt, geometry, limits
        self.home_position, self.home_quaternion = home_poses(num_arms, limits, device)
        self._follower = self._new_follower(worlds)
        self._last = self._home_joints(limits.home_width)[None].repeat(worlds, 1, 1)
        self._velocity = torch.zeros_like(self._last)
        self._latched = torch.zeros(worlds, num_arms, 2, device=device)

    @property
    def is_direct(self) -> bool:
        """Whether :meth:`run` and :meth:`wait` are there."""
        return self._direct is not None

    @property
    def num_arms(self) -> int:
        """How many grippers there are."""
        return len(self.home_position)

    @property
    def stopped_early(self) -> torch.Tensor:
        """Which grippers met resistance while descending in this action, shape (N, G), bool."""
        return self._follower.stopped

    def start(self) -> None:
        """Put the grippers of all worlds home."""
        self._need_direct().put(self._last.flatten(1))
        self._send()

    def choose_arm(self, position: torch.Tensor, rotation: torch.Tensor) -> torch.Tensor:
        """Return the gripper, shape (N,), long, for grasps at positions (N, 3) [m] with rotations (N, 3, 3)."""
        del rotation
        return choose_arm(position, self.num_arms)

    def plan(self, trajectory: Trajectory) -> Trajectory:
        """Return how the grippers follow a trajectory: as it is."""
        return trajectory

    def sample(self, motion: Trajectory, clocks: torch.Tensor) -> GripperTargets:
        """Return the set-points at times (N, T) [s] of a motion."""
        return motion.sample_many(clocks)

    def on(self, copies: WorldCopies, world: int) -> Self:
        """Return the grippers in copies of a world, as they are there now; only :meth:`run` and :meth:`wait` are there.

        Raises:
            ValueError: If the physics does not tick on demand.
        """
        rig, count = copy.copy(self), len(copies.datas)
        rig._direct = self._need_direct().on(copies)
        rig._follower = self._new_follower(count)
        rig._last = self._last[world].repeat(count, 1, 1)
        rig._velocity = self._velocity[world].repeat(count, 1, 1)
        rig._latched = self._latched[world].repeat(count, 1, 1)
        return rig

    def put(self, targets: GripperTargets) -> None:
        """Begin an action elsewhere: the grippers of copies are at set-points (C, G), at rest, wherever they were.

        Raises:
            ValueError: If the physics does not tick on demand.
        """
        self.begin_action()
        fingers = 0.5 * targets.width[..., None].expand(-1, -1, 2)
        self._last = torch.cat((targets.position, targets.angles, fingers), dim=-1)
        self._need_direct().put(self._last.flatten(1))

    @property
    def opening(self) -> torch.Tensor:
        """How far the jaws are open now [m], shape (N, G)."""
        return self._measure()[0][..., 6:].sum(dim=-1)

    def begin_action(self) -> None:
        """Forget stops and offsets of the last action; the grippers are at rest."""
        self._follower.reset()
        self._velocity = torch.zeros_like(self._last)

    def command(self, targets: GripperTargets, active: torch.Tensor | None = None) -> None:
        """Send the set-points of the simulation's next tick to the worlds of the mask (N,), or to all."""
        self._follow(targets, active)
        self._send()

    def run(self, targets: GripperTargets, start: int, stop: int, ticks: torch.Tensor) -> None:
        """Let the ticks from ``start`` to before ``stop`` pass under set-points.

        Args:
            targets: Set-points of T ticks, leading shape (N, G, T).
            start: First tick.
            stop: One more than the last tick.
            ticks: Ticks after which each world is left alone, shape (N,).
        """
        felt = _needs_feeling(targets, ticks)
        while start < stop:
            end = start + 1
            if felt[start]:
                self._tick(targets.at(start), ticks > start)
            else:
                end = next((tick for tick in range(end, stop) if felt[tick]), stop)
                self._run_blindly(targets, start, end, ticks)
            start = end

    def wait(self, ticks: int) -> None:
        """Let ticks pass under the set-points of the last tick, in the worlds that were active in it."""
        self._need_direct().advance(ticks)

    def _new_follower(self, worlds: int) -> ForceLimitedFollower:
        device = self.home_position.device
        drive = BASE_STIFFNESS, BASE_DAMPING
        return ForceLimitedFollower(worlds, self.num_arms, self.limits, *drive, dt=self._dt, device=device)

    def _follow(self, targets: GripperTargets, active: torch.Tensor | None) -> None:
        """Work out the next set-points of the joints and their velocities."""
        if self._direct is not None:
            self._direct.set_active(active)
        measured, speed = self._measure()
        targets = self._follower.step(targets, measured[..., :3], speed[..., :3] - self._velocity[..., :3])
        fingers = self._finger_targets(targets, measured[..., 6:])
        joints = torch.cat((targets.position, targets.angles, fingers), dim=-1)
        if active is not None:
            joints = torch.where(active[:, None, None], joints, self._last)
        self._velocity = (joints - self._last) / self._dt
        self._velocity[..., 6:] = 0.0  # a grip that is latched must not let go for a tick because its set-point jumps
        self._last = joints

    def _tick(self, targets: GripperTargets, active: torch.Tensor) -> None:
        """Work out set-points from what is measured, and let one tick pass."""
        self._follow(targets, active)
        direct = self._need_direct()
        direct.drive(self._last.flatten(1), self._velocity.flatten(1))
        direct.advance()

    def _send(self) -> None:
        """Send the set-points of the next tick."""
        self._need_direct().drive(self._last.flatten(1), self._velocity.flatten(1))

    def _run_blindly(self, targets: GripperTargets, start: int, stop: int, ticks: torch.Tensor) -> None:
        """Let ticks pass in which nothing depends on what is measured."""
        left, span = (ticks - start).clamp(0, stop - start), slice(start, stop)
        holding = _is_holding(targets.phase[:, :, span])[..., None]
        fingers = 0.5 * targets.width[:, :, span, None].expand(-1, -1, -1, 2)
        fingers = torch.where(holding, self._latched[:, :, None], fingers)
        positions = self._follower.ahead(targets, start, stop)
        joints = torch.cat((positions, targets.angles[:, :, span], fingers), dim=-1)
        before = torch.cat((self._last[:, :, None], joints), dim=2)
        velocity = before.diff(dim=2) / self._dt
        velocity[..., 6:] = 0.0
        direct = self._need_direct()
        direct.set_active(left > 0)
        direct.run(joints.transpose(1, 2).flatten(2), velocity.transpose(1, 2).flatten(2), left)
        index = left[:, None, None, None].expand(-1, self.num_arms, 1, joints.shape[-1])
        self._last = before.gather(2, index)[:, :, 0]
        self._velocity = torch.cat((torch.zeros_like(velocity[:, :, :1]), velocity), dim=2).gather(2, index)[:, :, 0]

    def _measure(self) -> tuple[torch.Tensor, torch.Tensor]:
        """Joint positions and velocities now, each of shape (N, G, 8)."""
        position, velocity = self._need_direct().measure()
        return position.view_as(self._last), velocity.view_as(self._last)

    def _need_direct(self) -> DirectJoints:
        if self._direct is None:
            raise ValueError("only the physics preset mujoco ticks on demand; use command() and step the simulation")
        return self._direct

    def _finger_targets(self, targets: GripperTargets, measured: torch.Tensor) -> torch.Tensor:
        """Half the jaw opening for each finger; while something is carried, a fixed grip around where they closed."""
        holding = _is_holding(targets.phase)[..., None]
        grip = measured - GRIP_FORCE / FINGER_STIFFNESS
        self._latched = torch.where(holding, self._latched, grip)
        return torch.where(holding, self._latched, 0.5 * targets.width[..., None].expand(-1, -1, 2))

    def _home_joints(self, width: float) -> torch.Tensor:
        """Joint positions at home, shape (G, 8)."""
        joints = torch.zeros(self.num_arms, len(GRIPPER_JOINTS), device=self.home_position.device)
        joints[:, :3], joints[:, 6:] = self.home_position, 0.5 * width
        return joints


def _is_holding(phase: torch.Tensor) -> torch.Tensor:
    """Whether something is carried in a phase; LIFT, HOLD and PLACE follow each other."""
    return (phase >= Phase.LIFT) & (phase <= Phase.PLACE)


def _needs_feeling(targets: GripperTargets, ticks: torch.Tensor) -> list[bool]:
    """For each of the T ticks whether a gripper descends, has just done so, or closes on something."""
    phase = targets.phase
    awake = torch.arange(phase.shape[2], device=phase.device) < ticks[:, None]
    descends = phase == Phase.DESCEND
    before = torch.cat((torch.zeros_like(descends[:, :, :1]), descends[:, :, :-1]), dim=2)
    felt = (descends | before | (phase == Phase.CLOSE)) & awake[:, None]
    return felt.flatten(0, 1).any(dim=0).tolist()
