"""The full rig: UR5e arms that carry the grippers and follow joint set-points."""

from __future__ import annotations

import copy

import torch
from isaaclab.assets import Articulation

from pushgrasp.gripper import GripperGeometry
from pushgrasp.motion.arm.choice import choose_reaching_arm
from pushgrasp.motion.arm.course import ArmCourse, ArmTick
from pushgrasp.motion.arm.fallback import plan_joints_or_less
from pushgrasp.motion.arm.forward import tcp_pose
from pushgrasp.motion.arm.joint_trajectory import JointTrajectory
from pushgrasp.motion.arm.model import NUM_JOINTS, ArmsCfg
from pushgrasp.motion.arms import home_poses
from pushgrasp.motion.limits import MotionLimits
from pushgrasp.motion.trajectory import Trajectory
from pushgrasp.physics.direct_joints import DirectJoints
from pushgrasp.physics.world_ticks import WorldCopies
from pushgrasp.threads import one_thread

from .arm_joints import ArmJoints
from .arm_touch import Touch, ur5e_drives

GRIP_DEPTH = 0.002
"""How far the set-points of fingers stay inside where they have closed while they carry something [m].

At 20 kN/m the drives then press with their limit of 20 N, and still do after a block has given way by 1 mm.
"""


class ArmRig:
    """One or two UR5e with grippers in N worlds; what :class:`TrainingRig` is for free grippers.

    A descent or a stroke stops where something resists (:class:`Touch`), and the rest of the action starts from there.
    A world whose plan the arms cannot follow stays at home.
    """

    def __init__(
        self,
        arms: list[Articulation],
        cfg: ArmsCfg,
        geometry: GripperGeometry,
        limits: MotionLimits,
        dt: float,
        step: float = 0.0,
        solver: object = None,
    ) -> None:
        """Wrap the articulations.

        Args:
            arms: Left arm, then right arm where there are two.
            cfg: Where they stand, and the limits of their joints.
            geometry: Sizes of the gripper.
            limits: Motion limits of the gripper.
            dt: Time between two commands [s].
            step: Duration of the solver's steps between them [s].
            solver: Physics solver; the one on the CPU is driven directly.
        """
        self._joints = ArmJoints(arms, solver)
        self._cfg, self._dt, self._step = cfg, dt, step
        self.geometry, self.limits = geometry, limits
        worlds, device = arms[0].num_instances, arms[0].device
        home = cfg.home_joints(device=device)
        self.home_position = tcp_pose(home[:, None], cfg).position[:, 0].float()
        self.home_quaternion = home_poses(len(arms), limits, device)[1]
        fingers = torch.full((len(arms), 2), 0.5 * limits.home_width, device=device)
        self._home = torch.cat((home.float(), fingers), dim=-1)
        self._touch = self._new_touch()
        self._last = self._home[None].repeat(worlds, 1, 1)
        self._velocity = torch.zeros_like(self._last)
        self._stopped = torch.zeros(worlds, len(arms), dtype=torch.bool, device=device)

    @property
    def is_direct(self) -> bool:
        """Whether :meth:`run` and :meth:`wait` are there."""
        return self._joints.direct is not None

    @property
    def num_arms(self) -> int:
        """How many arms there are."""
        return len(self._home)

    @property
    def joint_positions(self) -> torch.Tensor:
        """Joint positions (six of the arm, left finger, right finger) [rad, m], shape (N, G, 8)."""
        return self._joints.positions

    @property
    def joint_velocities(self) -> torch.Tensor:
        """Joint velocities [rad/s, m/s], shape (N, G, 8)."""
        return self._joints.velocities

    @property
    def stopped_early(self) -> torch.Tensor:
        """Which grippers met resistance that stopped them in this action, shape (N, G), bool."""
        return self._stopped.clone()

    @one_thread()
    def choose_arm(self, position: torch.Tensor, rotation: torch.Tensor) -> torch.Tensor:
        """Return the arm, shape (N,), long, for grasps at positions (N, 3) [m] with rotations (N, 3, 3)."""
        return choose_reaching_arm(position, rotation, self._cfg, self.limits).arm

    @one_thread()
    def plan(self, trajectory: Trajectory) -> JointTrajectory:
        """Return how the arms carry the grippers along a trajectory; its ``failure`` says why, where they cannot."""
        return plan_joints_or_less(trajectory, self._cfg)

    @one_thread()
    def sample(self, motion: JointTrajectory, clocks: torch.Tensor) -> ArmCourse:
        """Return the set-points of the ticks that end at times (N, T) [s] of a motion."""
        return ArmCourse.sample(motion, clocks, self._dt, self._step, self._cfg.tool_length)

    def on(self, copies: WorldCopies, world: int) -> ArmRig:
        """Return the arms in copies of a world, as they are there now; only :meth:`run` and :meth:`wait` are there.

        Raises:
            ValueError: If the physics does not tick on demand.
        """
        rig, count = copy.copy(self), len(copies.datas)
        rig._joints = self._joints.on(copies, self._need_direct())
        rig._touch = self._new_touch()
        rig._last = self._last[world].repeat(count, 1, 1)
        rig._velocity = self._velocity[world].repeat(count, 1, 1)
        rig._stopped = self._stopped[world].repeat(count, 1)
        return rig

    def begin_action(self) -> None:
        """Forget the stops of the last action; the arms are at rest."""
        self._stopped = torch.zeros_like(self._stopped)
        self._velocity = torch.zeros_like(self._last)
        self._touch.forget()

    def command(self, tick: ArmTick, active: torch.Tensor | None = None) -> None:
        """Send the set-points of the simulation's next tick to the worlds of the mask (N,), or to all."""
        awake = torch.ones_like(self._stopped[:, 0]) if active is None else active
        self._feel(tick.course, tick.index, awake)
        chosen = awake[:, None, None]
        self._last = torch.where(chosen, tick.course.joints[:, :, tick.index], self._last)
        self._velocity = torch.where(chosen, tick.course.velocity[:, :, tick.index], 0.0)
        self._send(active)

    def run(self, course: ArmCourse, start: int, stop: int, ticks: torch.Tensor) -> None:
        """Let the ticks from ``start`` to before ``stop`` pass under set-points.

        Args:
            course: Set-points of T ticks.
            start: First tick.
            stop: One more than the last tick.
            ticks: Ticks after which each world is left alone, shape (N,).
        """
        felt = course.felt(ticks)
        while start < stop:
            if felt[start]:
                self._feel(course, start, ticks > start)
            end = next((tick for tick in range(start + 1, stop) if felt[tick]), stop)
            self._run_blindly(course, start, end, ticks)
            start = end

    def wait(self, ticks: int) -> None:
        """Let ticks pass under the set-points of the last tick, in the worlds that were active in it."""
        self._need_direct().advance(ticks)

    def hold(self, active: torch.Tensor | None = None) -> None:
        """Send the last set-points again, at rest, for the simulation's next tick."""
        self._velocity = torch.zeros_like(self._last)
        self._send(active)

    def reset(self, worlds: torch.Tensor) -> None:
        """Put the arms of the worlds with indices ``worlds`` home, at rest."""
        self._last[worlds] = self._home
        self._joints.place(worlds, self._home)
        self.hold()

    def _new_touch(self) -> Touch:
        return Touch(ur5e_drives(self._home.device), self._dt, self._step, self.limits)

    def _run_blindly(self, course: ArmCourse, start: int, stop: int, ticks: torch.Tensor) -> None:
        """Let ticks pass in which nothing depends on what is measured."""
        left, span = (ticks - start).clamp(0, stop - start), slice(start, stop)
        direct = self._need_direct()
        direct.set_active(left > 0)
        joints, velocity = course.joints[:, :, span], course.velocity[:, :, span]
        direct.run(joints.transpose(1, 2).flatten(2), velocity.transpose(1, 2).flatten(2), left)
        last = (left - 1).clamp(min=0)[:, None, None, None].expand(-1, self.num_arms, 1, joints.shape[-1])
        went = (left > 0)[:, None, None]
        self._last = torch.where(went, joints.gather(2, last)[:, :, 0], self._last)
        self._velocity = torch.where(went, velocity.gather(2, last)[:, :, 0], 0.0)

    def _feel(self, course: ArmCourse, index: int, active: torch.Tensor) -> None:
        """Before a tick, stop what meets resistance and keep the grip on what jaws have closed on."""
        closed = course.starts_holding(index) & active[:, None]
        yielding = course.yields_around(index) & active[:, None]
        if not bool((closed | yielding).any()):
            return
        position, speed = self._joints.measure()
        course.latch(closed, index, position[..., NUM_JOINTS:] - GRIP_DEPTH)
        position, speed = position[..., :NUM_JOINTS], speed[..., :NUM_JOINTS]
        stopping = self._touch.feel(course, index, position, speed) & yielding
        if bool(stopping.any()):
            course.stop(stopping, index, self._touch.too_far(course, index, position))
            self._stopped = self._stopped | stopping

    def _send(self, active: torch.Tensor | None) -> None:
        if self._joints.direct is not None:
            self._joints.direct.set_active(active)
        self._joints.send(self._last, self._velocity)

    def _need_direct(self) -> DirectJoints:
        if self._joints.direct is None:
            raise ValueError("only the physics preset mujoco ticks on demand; use command() and step the simulation")
        return self._joints.direct
