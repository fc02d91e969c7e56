"""From an action to set-points of the cell's arms, audited as a whole before anything moves."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch

from pushgrasp.deploy.calibrated import Kinematics, refine
from pushgrasp.deploy.envelope import audit_plan
from pushgrasp.deploy.sections import TrayCfg
from pushgrasp.deploy.settings import CellCfg, arms_cfg, tray_limits
from pushgrasp.gripper import GripperGeometry
from pushgrasp.interface.action import Action, Kind
from pushgrasp.motion.arm.choice import choose_reaching_arm
from pushgrasp.motion.arm.course import ArmCourse
from pushgrasp.motion.arm.failure import Failure
from pushgrasp.motion.arm.fallback import plan_joints_or_less
from pushgrasp.motion.arm.forward import tcp_pose
from pushgrasp.motion.arm.joint_trajectory import JointTrajectory
from pushgrasp.motion.arm.model import NUM_JOINTS
from pushgrasp.motion.arms import home_poses
from pushgrasp.motion.plan import plan_action
from pushgrasp.motion.trajectory import Phase
from pushgrasp.threads import one_thread

CLOSE_DWELL = 0.3
"""Wait after the jaws' set-points have closed [s]: half the time in which the follower's clock comes to rest."""

DROP = 0.02
"""What is held falls this far into the tray [m]; it may hang lower than it lay."""

RETURN_SPEED = 0.2
"""Joint speed on the way home from anywhere, as a share of the envelope's."""


class NoPlanError(ValueError):
    """An action that the cell cannot carry out; its text says why."""


@dataclass(frozen=True)
class CellPlan:
    """A motion of the whole cell."""

    action: Action
    """What is done, N = 1: a grasp takes what it holds to the tray."""
    motion: JointTrajectory
    course: ArmCourse
    """Set-points at every cycle, of the nominal arms."""
    sent: torch.Tensor
    """Joint angles that are sent: those with which the calibrated arms are there [rad], float64, shape (A, T, 6)."""


class Planner:
    """Plans for the arms of one cell."""

    def __init__(self, cell: CellCfg, speed: float, kinematics: Sequence[Kinematics] | None = None) -> None:
        """Plan with a share ``speed`` of the cell's speeds, for arms as calibrated, or nominal ones."""
        self._cell, self._kinematics, self._geometry = cell, kinematics, GripperGeometry()
        self.set_speed(speed)

    def set_speed(self, speed: float) -> None:
        """Plan with another share of the cell's speeds from now on."""
        cell = self._cell
        self.arms = arms_cfg(cell, speed)
        self.limits = replace(tray_limits(cell, speed), close_dwell=CLOSE_DWELL)
        home = self.arms.home_joints()[:, None]
        self._home_tcp = tcp_pose(home, self.arms).position[:, 0].float(), home_poses(self.num_arms, self.limits)[1]
        self.home = self.refined(home)[:, 0]
        """Joint angles with which the calibrated arms wait where the nominal ones do [rad], shape (A, 6)."""

    @property
    def num_arms(self) -> int:
        """How many arms there are."""
        return self.arms.num_arms

    def choose_arm(self, position: torch.Tensor, rotation: torch.Tensor) -> torch.Tensor:
        """Return the arm, shape (N,), long, for grasps at positions (N, 3) [m] with rotations (N, 3, 3)."""
        return choose_reaching_arm(position, rotation, self.arms, self.limits).arm

    @torch.inference_mode()
    @one_thread()
    def plan(self, action: Action, measured: torch.Tensor) -> CellPlan:
        """Return how the cell carries an action out: what grasps hold is put into the tray.

        Args:
            action: What is to be done, N = 1.
            measured: Joint angles now [rad], shape (A, 6).

        Raises:
            NoPlanError: If the arms cannot.
            EnvelopeError: If what was planned leaves the safety envelope.
            ValueError: For an action that cannot be understood.
        """
        action = to_tray(action, self._cell.tray)
        if not bool(action.planned.any()):
            raise NoPlanError("the policy sees no motion that it could make")
        trajectory = plan_action(*self._home_tcp, action, self._geometry, self.limits)
        motion = plan_joints_or_less(trajectory, self.arms)
        if not bool(motion.reachable.all()):
            raise NoPlanError(_why(motion, [arm.name for arm in self._cell.arms]))
        cycle = self._cell.safety.cycle
        count = math.ceil(float(motion.duration) / cycle) + 1
        clocks = cycle * torch.arange(1, count + 1, dtype=torch.float64)[None]
        course = ArmCourse.sample(motion, clocks, cycle, 0.0, self.arms.tool_length)
        sent = self.refined(course.joints[0, ..., :NUM_JOINTS])
        self._audit(course, sent, measured)
        return CellPlan(action, motion, course, sent)

    def home_course(self, joints: torch.Tensor, widths: torch.Tensor) -> ArmCourse:
        """Return a slow way home from joint angles (A, 6) [rad] and openings (A,) [m]: all joints at once, gently.

        Raises:
            EnvelopeError: If it leaves the safety envelope: somebody has to jog the arms.
        """
        safety, home = self._cell.safety, self.home
        far = float((home - joints).abs().max())
        seconds = max(1.0, 1.875 * far / (RETURN_SPEED * safety.joint_speed))
        ticks = math.ceil(seconds / safety.cycle)
        share = torch.arange(1, ticks + 1, dtype=torch.float64) / ticks
        eased = share**3 * (10.0 - 15.0 * share + 6.0 * share**2)
        way = joints[:, None] + eased[:, None] * (home - joints)[:, None]
        fingers = (0.5 * widths)[:, None, None].expand(-1, ticks, 2)
        positions = torch.cat((way, fingers), dim=-1)[None]
        phase = torch.full(positions.shape[:3], int(Phase.HOME))
        course = ArmCourse(positions, torch.zeros_like(positions), phase, safety.cycle, self.arms.tool_length)
        self._audit(course, course.joints[0, ..., :NUM_JOINTS], joints)
        return course

    def refined(self, joints: torch.Tensor) -> torch.Tensor:
        """Return what is sent for planned joint angles (A, T, 6) [rad]: the same TCPs with the calibrated arms."""
        if self._kinematics is None:
            return joints.double()
        return refine(joints[None], self.arms, self._kinematics)[0]

    def _audit(self, course: ArmCourse, sent: torch.Tensor, start: torch.Tensor) -> None:
        """Refuse what leaves the envelope, or does not start at joint angles (A, 6) [rad].

        Raises:
            EnvelopeError: With everything that is wrong.
        """
        planned, widths = course.joints[0, ..., :NUM_JOINTS], 2.0 * course.joints[0, ..., NUM_JOINTS].mT
        nominal = planned.double().transpose(0, 1)
        audit_plan(sent.transpose(0, 1), widths, course.dt, self._cell, start, self._kinematics, nominal)


def to_tray(action: Action, tray: Sequence[TrayCfg]) -> Action:
    """Return an action whose grasps carry what they hold to the tray of their arm."""
    action = action.clone()
    grasps = action.kind == Kind.GRASP
    down = torch.tensor([_downward(place.yaw) for place in tray])
    places = torch.tensor([place.position for place in tray]).repeat(len(grasps), 1, 1)
    places[..., 2] += action.position[..., 2] + DROP
    action.place_position = torch.where(grasps[..., None], places, action.place_position)
    action.place_rotation = torch.where(grasps[..., None, None], down, action.place_rotation)
    action.kind = torch.where(grasps, int(Kind.MOVE), action.kind)
    return action


def _downward(yaw: float) -> list[list[float]]:
    """Rotation of a gripper that points down and closes along a direction."""
    cosine, sine = math.cos(yaw), math.sin(yaw)
    return [[cosine, sine, 0.0], [sine, -cosine, 0.0], [0.0, 0.0, -1.0]]


def _why(motion: JointTrajectory, names: Sequence[str]) -> str:
    """Say which arm cannot, and why."""
    reasons = [
        f"{name}: {Failure(int(number)).name.lower().replace('_', ' ')}"
        for name, number in zip(names, motion.failure[0], strict=True)
        if int(number) != Failure.NONE
    ]
    return f"the arms cannot carry it out ({', '.join(reasons)})"
