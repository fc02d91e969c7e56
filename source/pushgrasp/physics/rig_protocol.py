"""What an execution and the environment ask of a rig."""

from __future__ import annotations

from typing import Protocol

import torch

from pushgrasp.gripper import GripperGeometry
from pushgrasp.motion.limits import MotionLimits
from pushgrasp.motion.trajectory import Trajectory
from pushgrasp.physics.world_ticks import WorldCopies


class Motion(Protocol):
    """An action as a rig carries it out."""

    @property
    def duration(self) -> torch.Tensor:
        """When each world is done [s], shape (N,)."""
        ...

    @property
    def measure_time(self) -> torch.Tensor:
        """When it is judged what each arm has lifted [s], 0 where it lifts nothing; shape (N, G)."""
        ...

    def tcp_positions(self, t: torch.Tensor, /) -> torch.Tensor:
        """Return where the TCPs are at T times t (N, T) [s], shape (N, G, T, 3) [m]."""
        ...

    @property
    def reachable(self) -> torch.Tensor:
        """Which worlds are carried out, shape (N,), bool."""
        ...


class SetPoints[Tick](Protocol):
    """Set-points of T ticks."""

    def at(self, index: int, /) -> Tick:
        """Return those of one tick."""
        ...


class Mover[M, C, Tick](Protocol):
    """What carries a motion M out, by set-points C and those of one tick."""

    @property
    def is_direct(self) -> bool:
        """Whether :meth:`run` is there."""
        ...

    def sample(self, motion: M, clocks: torch.Tensor, /) -> C:
        """Return the set-points of the ticks that end at times (N, T) [s] of a motion."""
        ...

    def begin_action(self) -> None:
        """Forget what the last action met."""
        ...

    def command(self, tick: Tick, active: torch.Tensor | None = None, /) -> None:
        """Send the set-points of the simulation's next tick to the worlds of the mask (N,), or to all."""
        ...

    def run(self, targets: C, start: int, stop: int, ticks: torch.Tensor, /) -> None:
        """Let the ticks from ``start`` to before ``stop`` pass; each world takes ``ticks`` (N,) of them all."""
        ...


class Rig[M, C, Tick](Mover[M, C, Tick], Protocol):
    """One or two arms or free grippers in N worlds of a simulation; where it is direct, :meth:`wait` is there, too."""

    geometry: GripperGeometry
    limits: MotionLimits
    home_position: torch.Tensor
    """Where the grippers wait [m], shape (G, 3)."""
    home_quaternion: torch.Tensor
    """Their orientations there (x, y, z, w), shape (G, 4)."""

    @property
    def num_arms(self) -> int:
        """How many arms there are, G."""
        ...

    @property
    def joint_positions(self) -> torch.Tensor:
        """Joint positions [m, rad], shape (N, G, 8); the last two are the fingers'."""
        ...

    @property
    def joint_velocities(self) -> torch.Tensor:
        """Joint velocities [m/s, rad/s], shape (N, G, 8)."""
        ...

    @property
    def stopped_early(self) -> torch.Tensor:
        """Which grippers met resistance that stopped them in this action, shape (N, G), bool."""
        ...

    def choose_arm(self, position: torch.Tensor, rotation: torch.Tensor, /) -> torch.Tensor:
        """Return the arm, shape (N,), long, for grasps at positions (N, 3) [m] with rotations (N, 3, 3)."""
        ...

    def plan(self, trajectory: Trajectory, /) -> M:
        """Return how a trajectory of the grippers is carried out."""
        ...

    def on(self, copies: WorldCopies, world: int, /) -> Rig[M, C, Tick]:
        """Return the arms in copies of a world, as they are there now; only :meth:`run` and :meth:`wait` are there."""
        ...

    def wait(self, ticks: int, /) -> None:
        """Let ticks pass under the set-points of the last tick."""
        ...

    def hold(self, active: torch.Tensor | None = None, /) -> None:
        """Send the last set-points again, at rest, for the simulation's next tick."""
        ...

    def reset(self, worlds: torch.Tensor, /) -> None:
        """Put the arms of the worlds with indices ``worlds`` home, at rest."""
        ...
