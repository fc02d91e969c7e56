"""A motion carried out by real arms and grippers: set-points at a fixed rate on one clock, guarded in every cycle."""

from __future__ import annotations

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
import torch

from pushgrasp.deploy.devices import Arm, ArmState, Clock, Contact, DeviceFault, Gripper, GripperState
from pushgrasp.deploy.guards import Cycle, common_scaling
from pushgrasp.motion.arm.course import ArmCourse
from pushgrasp.motion.arm.jacobian import flange_in_base, lever_along
from pushgrasp.motion.arm.model import NUM_JOINTS
from pushgrasp.motion.trajectory import Phase
from pushgrasp.settings import Positive, Settings, Share

FIRST_SPEED, AS_WANTED = 0.1, 0.003
"""Jaws further than ``AS_WANTED`` [m] from where a motion begins are brought there at ``FIRST_SPEED`` [m/s]."""

LOWERS = (Phase.DESCEND, Phase.PLACE)
"""While a gripper, or what it holds, is lowered onto something: that ends where it meets resistance."""

WIDTH_STEP = 1.0e-6
"""Set-points of an opening that differ by less are equal [m]."""


@dataclass
class FollowerCfg(Settings):
    """How motions are followed."""

    cycle: Positive = 0.008
    """Time between two set-points [s]."""
    gate_time: Positive = 0.6
    """In this time the clock comes to rest before jaws that are not done yet, or gathers speed again [s]."""
    jaws_limit: Positive = 4.0
    """Jaws that move for longer than this are a fault [s]."""
    force_time: Positive = 0.1
    """Time constant with which forces are smoothed for the guard [s]: the blow of an impact is over sooner."""
    descent_force: Positive = 15.0
    """Force against the approach at which a descent, or putting down what is held, stops [N]."""
    touch_force: Positive = 3.0
    """Force on a TCP from which on the clock of a push runs slower [N]."""
    touch_rate: Share = 0.4
    """By how much: a share of its speed."""
    push_force: Positive = 15.0
    """Force on a TCP from which on a push gives way: the clock goes back and the gripper rises until it is less [N].
    Closing jaws only rise."""
    brake_time: Positive = 0.1
    """In this time the clock comes to rest where a push meets something [s]."""
    wary: Share = 0.3
    """Share of their speed at which jaws close after a descent that has met resistance: they stand on something."""
    back: Positive = 0.5
    """How fast it goes back, as a share of its speed."""
    rise_speed: Positive = 0.15
    """Speed of the rise [m/s]."""
    rise_gain: Positive = 0.01
    """By how much it is faster for each newton more, up to that [m/s/N]."""
    highest_rise: Positive = 0.08
    """Rise at most for a force [m]."""


@dataclass(frozen=True)
class Jaws:
    """One change of a gripper's opening."""

    start: int
    """Tick with which it begins."""
    end: int
    """Tick by which it should be done; before the arm goes on, it is waited for."""
    width: float
    """Opening [m]."""
    speed: float
    """Speed of the opening [m/s]."""


@dataclass(frozen=True)
class Followed:
    """What a motion has met."""

    closed: tuple[GripperState | None, ...]
    """Each gripper when the lift began; None where nothing was to be lifted."""
    held: tuple[GripperState | None, ...]
    """Each gripper at the end of the hold."""
    stopped: tuple[bool, ...]
    """Whose descent met resistance."""
    busy: tuple[float, ...]
    """How long the guard and handing over the set-points took in each cycle [s]."""


class Guard(Protocol):
    """What looks at every cycle before its set-points are sent."""

    def violation(self, cycle: Cycle) -> str | None:
        """Return what is wrong, in words; None if nothing is."""
        ...


class Log(Protocol):
    """What keeps every cycle."""

    def cycle(self, progress: float, cycle: Cycle) -> None:
        """Keep one cycle, at a tick of the motion and a share of the next one; a full disk raises OSError."""
        ...

    def stopped(self, reason: BaseException, noticed: float, silent: Sequence[str]) -> None:
        """Keep why, and when by ``time.time()`` [s], a motion was ended, and who could not be told. Never raises."""
        ...


class Follower:
    """Drives A arms and their grippers along motions; whatever goes wrong stops every arm."""

    def __init__(
        self,
        arms: Sequence[Arm],
        grippers: Sequence[Gripper],
        guard: Guard,
        log: Log,
        cfg: FollowerCfg | None = None,
        clock: Clock = time,
    ) -> None:
        """Wrap the devices.

        Args:
            arms: Left arm first.
            grippers: Theirs.
            guard: Looks at every cycle.
            log: Keeps every cycle.
            cfg: Times and forces.
            clock: Time of the devices.
        """
        self._arms, self._grippers, self._guard, self._log = arms, grippers, guard, log
        self._cfg, self._clock = cfg or FollowerCfg(), clock
        self._cfg.check("control")

    def follow(self, course: ArmCourse, sent: torch.Tensor | None = None) -> Followed:
        """Carry out set-points of one world whose ticks last one cycle; the arms are under control and at its start.

        Args:
            course: What the nominal arms do.
            sent: Joint angles of the calibrated arms for it [rad], shape (A, T, 6); None: those of the course.

        Raises:
            DeviceFault: If a device fails or a guard objects; every arm has been told to stop.
        """
        try:
            joints = course.joints[0, ..., :NUM_JOINTS] if sent is None else sent
            way = _Way(course, joints, self._arms, self._grippers, self._cfg, self._clock)
            return way.run(self._guard, self._log)
        except BaseException as reason:
            noticed, silent = time.time(), self.stop()
            self._log.stopped(reason, noticed, silent)
            if silent:
                reason.add_note(f"{', '.join(silent)} could not be told to stop: look at the controller")
            raise

    def stop(self) -> list[str]:
        """Tell every arm to stop; return the names of those that could not be told."""
        with ThreadPoolExecutor(len(self._arms)) as pool:  # one that cannot be reached must not hold up the other
            told = list(pool.map(lambda arm: arm.stop(), self._arms))
        return [arm.name for arm, heard in zip(self._arms, told, strict=True) if not heard]


class _Way:
    """One motion on its way."""

    def __init__(
        self,
        course: ArmCourse,
        sent: torch.Tensor,
        arms: Sequence[Arm],
        grippers: Sequence[Gripper],
        cfg: FollowerCfg,
        clock: Clock,
    ) -> None:
        self._clock = clock
        self._arms, self._grippers, self._cfg = arms, grippers, cfg
        self._joints = sent.double().numpy()
        self._phase = course.phase[0].numpy()
        widths = 2.0 * course.joints[0, ..., NUM_JOINTS].numpy()
        self._jaws = [
            first_change(jaws.state().width, float(own[0])) + jaw_changes(own, cfg.cycle)
            for jaws, own in zip(grippers, widths, strict=True)
        ]
        self._issued = [-1] * len(arms)  # number of the last change of each gripper that was asked for
        self._done = [-1] * len(arms)  # that of the last one that is done
        self._since = [0.0] * len(arms)
        planned = course.joints[0, ..., :NUM_JOINTS].double()
        flange = flange_in_base(planned)
        self._approach, self._places = flange.rotation[..., 2].numpy(), flange.position.numpy()
        self._smooth: np.ndarray | None = None
        self._forces = np.zeros((len(arms), 3))  # on each TCP before its descent
        self._stopped = [False] * len(arms)
        self._rise = np.zeros(len(arms))  # by how much each gripper is back along its approach [m]
        self._pace = 1.0  # at which the clock may run for what is met in a push
        self._deepest = np.full(len(arms), np.inf)  # along its approach it is lowered no further [m]
        along = lever_along(planned, flange.rotation[..., 2], course.tool_length)
        self._lever, self._slope = (part.numpy() for part in along)
        self._stays = self._joints[:, 0].copy()  # joint angles at which an arm that is lowered no further stays
        self._lacks = np.zeros_like(self._stays)  # what the lever lacks for a rise that is no small one [rad],
        self._lacked = np.full(len(arms), np.inf)  # and that rise [m]: what is left of it lacks as much less
        self._closed: list[GripperState | None] = [None] * len(arms)
        self._held: list[GripperState | None] = [None] * len(arms)
        self._busy: list[float] = []

    def run(self, guard: Guard, log: Log) -> Followed:
        """Send all set-points, each in its time."""
        end, progress, rate = self._joints.shape[1] - 1, 0.0, 0.0
        last, before = np.stack([arm.state().joints for arm in self._arms]), None
        due = self._clock.monotonic()
        while progress < end or self._waits(progress):
            arms, grippers = [arm.state() for arm in self._arms], [jaws.state() for jaws in self._grippers]
            self._look(progress, grippers)
            rate = self._next_rate(rate, progress, arms)
            progress = min(max(progress + rate, 0.0), float(end))
            self._feel(progress, arms)
            self._give_way(progress, arms)
            now, joints = self._clock.monotonic(), self._at(progress)
            elapsed = now - before if before is not None else 0.0
            cycle = Cycle(now, elapsed, joints, last, self._smoothed(arms), grippers)
            if fault := guard.violation(cycle):
                raise DeviceFault(fault)
            for arm, target in zip(self._arms, joints, strict=True):
                arm.servo(target, self._cfg.cycle)
            self._busy.append(self._clock.monotonic() - now)
            self._move_jaws(progress)
            log.cycle(progress, cycle)
            last, before = joints, now
            due = max(due + self._cfg.cycle, self._clock.monotonic())  # time that was lost is not caught up with
            self._clock.sleep(max(0.0, due - self._clock.monotonic()))
        return Followed(tuple(self._closed), tuple(self._held), tuple(self._stopped), tuple(self._busy))

    def _smoothed(self, states: Sequence[ArmState]) -> list[ArmState]:
        """What the arms say, their forces smoothed."""
        share = min(1.0, self._cfg.cycle / self._cfg.force_time)
        forces = np.stack([state.force for state in states])
        self._smooth = forces if self._smooth is None else self._smooth + share * (forces - self._smooth)
        return [replace(state, force=force) for state, force in zip(states, self._smooth.copy(), strict=True)]

    def _planned(self, progress: float) -> np.ndarray:
        index = min(int(progress), self._joints.shape[1] - 1)
        after = min(index + 1, self._joints.shape[1] - 1)
        share = progress - index
        return (1.0 - share) * self._joints[:, index] + share * self._joints[:, after]

    def _at(self, progress: float) -> np.ndarray:
        lever = self._lever[:, min(int(progress), self._joints.shape[1] - 1)]
        left = np.minimum(self._rise / self._lacked, 1.0)
        return self._planned(progress) - self._rise[:, None] * lever - left[:, None] * self._lacks

    def _next_rate(self, rate: float, progress: float, arms: Sequence[ArmState]) -> float:
        """Return by how many ticks the clock goes on: slower than a slider at once, to and from rest gently."""
        step = self._cfg.cycle / self._cfg.gate_time
        brake = self._cfg.cycle / self._cfg.brake_time if self._pace < 1.0 else step
        wanted = min(self._pace, float(not self._waits(progress)))
        gentle = float(np.clip(wanted, rate - brake, rate + step))
        return min(gentle, common_scaling(arms))

    def _waits(self, progress: float) -> bool:
        """Whether jaws that should be done are not."""
        return any(self._is_late(arm, progress) for arm in range(len(self._arms)))

    def _is_late(self, arm: int, progress: float) -> bool:
        """Whether an arm's jaws should be done and are not; what they do once they were done does not matter."""
        issued = self._issued[arm]
        if self._done[arm] == issued or progress < self._jaws[arm][issued].end:
            return False
        if self._grippers[arm].state().contact is not Contact.MOVING:
            self._done[arm] = issued
        elif self._clock.monotonic() - self._since[arm] > self._cfg.jaws_limit:
            raise DeviceFault(f"{self._grippers[arm].name}: the jaws still move after {self._cfg.jaws_limit} s")
        return self._done[arm] != issued

    def _move_jaws(self, progress: float) -> None:
        for arm, changes in enumerate(self._jaws):
            begun = sum(change.start <= progress for change in changes) - 1
            if begun > self._issued[arm]:
                change = changes[begun]
                presses = self._stopped[arm] and self._phase[arm, change.end] == Phase.CLOSE
                self._grippers[arm].move(change.width, change.speed * (self._cfg.wary if presses else 1.0))
                self._issued[arm], self._since[arm] = begun, self._clock.monotonic()

    def _look(self, progress: float, grippers: Sequence[GripperState]) -> None:
        """Keep each gripper's state when its lift begins and at the end of its hold."""
        for arm, state in enumerate(grippers):
            phase = self._phase[arm, int(progress)]
            if phase == Phase.CLOSE:
                self._closed[arm] = state
            elif phase == Phase.HOLD:
                self._held[arm] = state

    def _feel(self, progress: float, arms: Sequence[ArmState]) -> None:
        """Lower grippers no further that meet resistance."""
        index = int(progress)
        for arm, state in enumerate(arms):
            if self._phase[arm, index] not in LOWERS:
                self._forces[arm], self._deepest[arm] = state.force[:3], np.inf
                continue
            against = -float((state.force[:3] - self._forces[arm]) @ self._approach[arm, index])
            if against > self._cfg.descent_force and index > 0 and not np.isfinite(self._deepest[arm]):
                self._stop_lowering(arm, progress, state)

    def _give_way(self, progress: float, arms: Sequence[ArmState]) -> None:
        """Keep grippers back that meet resistance as they push or close, or that are lowered no further.

        On the way HOME that fades.
        """
        phase, cycle = self._phase[:, int(progress)], self._cfg.cycle
        force = np.array([np.linalg.norm(state.force[:3]) for state in arms])
        excess, pushes = force - self._cfg.push_force, phase == Phase.PUSH
        speed = np.clip(self._cfg.rise_gain * excess, 0.0, self._cfg.rise_speed) * (pushes | (phase == Phase.CLOSE))
        fade = self._cfg.rise_speed * (phase == Phase.HOME)
        highest = np.maximum(self._rise, self._cfg.highest_rise)  # what was put down on a pile has risen by more
        self._rise = np.clip(self._rise + (speed - fade) * cycle, 0.0, highest)
        for arm in np.flatnonzero(np.isfinite(self._deepest)).tolist():
            self._stay(arm, progress)
        met = float((force * pushes).max())
        touched = self._cfg.touch_rate if met > self._cfg.touch_force else 1.0
        self._pace = -self._cfg.back if met > self._cfg.push_force else touched

    def _stop_lowering(self, arm: int, progress: float, state: ArmState) -> None:
        """Let an arm stay where it is, not where it was sent: it would go on pressing by what it lags behind."""
        self._stopped[arm] |= self._phase[arm, int(progress)] == Phase.DESCEND
        behind = self._at(progress)[arm] - state.joints
        lag = float(self._slope[arm, int(progress)] @ behind)
        self._deepest[arm] = self._along(arm, progress) - self._rise[arm] - max(0.0, lag)
        self._stays[arm] = self._planned(self._tick_at(arm, int(progress) + 1, self._deepest[arm]))[arm]

    def _tick_at(self, arm: int, end: int, deepest: float) -> float:
        """Last tick before ``end`` at which an arm that is lowered is meant to be so far along its approach [m]."""
        far = (self._places[arm, : end + 1] * self._approach[arm, : end + 1]).sum(axis=1)
        level = np.flatnonzero(np.diff(far) <= 0.0)  # the way to where it is put down goes up and across first
        begin = int(level[-1]) + 1 if len(level) else 0
        return begin + float(np.interp(deepest, far[begin:], np.arange(len(far) - begin)))

    def _stay(self, arm: int, progress: float) -> None:
        """Keep an arm that is lowered no further where it is."""
        index, meant = int(progress), self._planned(progress)[arm] - self._stays[arm]
        self._rise[arm] = max(self._rise[arm], self._along(arm, progress) - self._deepest[arm])
        if self._rise[arm] > 0.0:
            self._lacks[arm], self._lacked[arm] = meant - self._rise[arm] * self._lever[arm, index], self._rise[arm]

    def _along(self, arm: int, progress: float) -> float:
        """How far along its approach an arm's flange is meant to be [m]."""
        index = int(progress)
        near, far = self._places[arm, index], self._places[arm, min(index + 1, self._places.shape[1] - 1)]
        return float((near + (progress - index) * (far - near)) @ self._approach[arm, index])


def first_change(width: float, wanted: float) -> list[Jaws]:
    """Return what brings jaws that stand at one opening to where a motion begins [m]; the clock waits for it."""
    return [Jaws(0, 0, wanted, FIRST_SPEED)] if abs(width - wanted) > AS_WANTED else []


def jaw_changes(widths: np.ndarray, dt: float) -> list[Jaws]:
    """Return when a gripper's opening changes, given its set-points (T,) [m] at ticks of ``dt`` [s]."""
    steps = np.diff(widths)
    ways = np.where(np.abs(steps) > WIDTH_STEP, np.sign(steps), 0.0)
    starts = np.flatnonzero((ways != 0.0) & (np.concatenate(([0.0], ways[:-1])) != ways))
    changes = []
    for start in starts.tolist():
        end = start + int(np.argmax(np.append(ways[start:] != ways[start], True)))
        speed = float(np.abs(steps[start:end]).max()) / dt
        changes.append(Jaws(start, end, float(widths[end]), speed))
    return changes
