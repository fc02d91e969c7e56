"""A motion on arms that do at once what they are told; the clock is the test's own."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import at_once
import numpy as np
import pytest
import torch

from pushgrasp.deploy.devices import ArmState, Contact, DeviceFault, GripperState
from pushgrasp.deploy.follower import Follower, jaw_changes
from pushgrasp.deploy.guards import Cycle
from pushgrasp.gripper import GripperGeometry
from pushgrasp.interface.action import Action, Kind, grasp_action, push_action
from pushgrasp.motion.arm.course import ArmCourse
from pushgrasp.motion.arm.forward import tcp_pose
from pushgrasp.motion.arm.model import ArmsCfg
from pushgrasp.motion.arm.plan import plan_joints
from pushgrasp.motion.arms import home_poses
from pushgrasp.motion.limits import MotionLimits
from pushgrasp.motion.plan import plan_action
from pushgrasp.motion.trajectory import Phase

DT = 0.008
ARMS = ArmsCfg(speed=1.0, acceleration=2.0)
LIMITS = MotionLimits(free_speed=0.25, approach_speed=0.15, lift_speed=0.25, acceleration=1.0, close_dwell=0.3)


class Clock:
    """Time that passes while somebody sleeps, and a little with every look at it."""

    def __init__(self) -> None:
        self.now = 100.0

    def monotonic(self) -> float:
        self.now += 1e-7
        return self.now

    def sleep(self, seconds: float) -> None:
        if seconds < 0.0:
            raise ValueError("sleep length must be non-negative")
        self.now += seconds

    def lose(self, seconds: float) -> None:
        """Somebody else had the processor."""
        self.now += seconds


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[Clock]:
    """Let the devices live by the test's clock, too."""
    its = Clock()
    monkeypatch.setattr(at_once, "time", its)
    yield its


@pytest.fixture
def course() -> ArmCourse:
    """The left arm grasps from above; the right one waits."""
    down = torch.diag(torch.tensor([1.0, -1.0, -1.0]))[None]
    action = grasp_action(
        torch.tensor([[-0.2, 0.1, 0.03]]), down, torch.tensor([0.08]), torch.tensor([0]), torch.tensor([True]), 2, 9
    )
    return sampled(action)


def sampled(action: Action) -> ArmCourse:
    """Set-points of an action at every cycle."""
    motion = plan_joints(plan_action(*home_poses(2, LIMITS), action, GripperGeometry(), LIMITS), ARMS)
    assert bool(motion.reachable)
    clocks = DT * torch.arange(1, int(float(motion.duration) / DT) + 2, dtype=torch.float64)
    return ArmCourse.sample(motion, clocks[None], DT, 0.0, ARMS.tool_length)


@dataclass
class Notes:
    """Every cycle, and a guard that objects when it is told to."""

    cycles: list[Cycle] = field(default_factory=list)
    progress: list[float] = field(default_factory=list)
    objection: str | None = None
    at: int = 50
    on_time: Callable[[], None] = lambda: None
    ended: str = ""

    def stopped(self, reason: BaseException, noticed: float, silent: Sequence[str]) -> None:
        self.ended = f"{reason}, not told: {len(silent)}"

    def cycle(self, progress: float, cycle: Cycle) -> None:
        if len(self.cycles) == self.at:
            self.on_time()
        self.progress.append(progress)
        self.cycles.append(cycle)

    def violation(self, cycle: Cycle) -> str | None:
        return self.objection if len(self.cycles) == self.at else None

    @property
    def joints(self) -> np.ndarray:
        return np.stack([cycle.setpoints for cycle in self.cycles])


class Jaws(at_once.DryGripper):
    """Jaws that take their time and meet something of a given width."""

    def __init__(self, name: str, clock: Clock, lasts: float, inside: float = 0.0) -> None:
        super().__init__(name, 0.0)
        self.clock, self.lasts, self.inside, self.asked = clock, lasts, inside, []

    def move(self, width: float, speed: float) -> None:
        super().move(max(width, self.inside), speed)
        self.asked.append((self.clock.now, width, speed))

    def state(self) -> GripperState:
        state = super().state()
        if self.asked and self.clock.now < self.asked[-1][0] + self.lasts:
            return replace(state, contact=Contact.MOVING)
        blocked = self.asked and self.inside > self.asked[-1][1]
        return replace(state, contact=Contact.CLOSING if blocked else Contact.ARRIVED)


class Arm(at_once.DryArm):
    """An arm whose controller slows it down, or that feels 20 N from below where its TCP is below a height."""

    scaling, table, depth = 1.0, -np.inf, np.inf
    stops = 0

    def state(self) -> ArmState:
        force = np.zeros(6)
        if self.table > 0.0:
            joints = torch.tensor(self._joints).expand(2, 1, 6)
            height = float(tcp_pose(joints, ARMS).position[0, 0, 2])
            self.depth = min(self.depth, height)
            force[2] = 20.0 * (height < self.table)
        return replace(super().state(), scaling=self.scaling, force=force)

    def stop(self) -> bool:
        self.stops += 1
        return super().stop()


def make(
    course: ArmCourse, clock: Clock, notes: Notes, kind: type[Arm] = Arm, **jaws: float
) -> tuple[Follower, list[Any], list[Jaws]]:
    arms = [kind(name, course.joints[0, index, 0, :6].numpy()) for index, name in enumerate(("left", "right"))]
    grippers = [Jaws(name, clock, jaws.get("lasts", 0.1), jaws.get("inside", 0.0)) for name in ("left", "right")]
    return Follower(arms, grippers, notes, notes, clock=clock), arms, grippers


def test_every_set_point_is_sent_in_its_time(course: ArmCourse, clock: Clock) -> None:
    notes = Notes()
    went, arms, grippers = make(course, clock, notes)
    start = clock.now
    went.follow(course)
    planned = course.joints[0, ..., :6].numpy()
    sent = np.array([arm.state().joints for arm in arms])
    assert sent == pytest.approx(planned[:, -1], abs=1e-6)
    # From rest the clock gathers speed in 0.6 s, which takes 0.3 s longer than at full speed.
    assert clock.now - start == pytest.approx(planned.shape[1] * DT + 0.3, abs=0.05)
    for progress, cycle in list(zip(notes.progress, notes.cycles, strict=True))[::25]:
        index, share = int(progress), progress % 1.0
        after = min(index + 1, planned.shape[1] - 1)
        assert cycle.setpoints == pytest.approx((1 - share) * planned[:, index] + share * planned[:, after], abs=1e-6)
    steps = np.diff(notes.joints, axis=0)
    assert np.abs(steps).max() / DT <= 1.0 + 1e-3
    assert [width for _, width, _ in grippers[0].asked] == pytest.approx([0.08, 0.0, 0.08, 0.0], abs=1e-5)
    assert grippers[1].asked == []
    assert [arm.stops for arm in arms] == [0, 0]


def test_arms_wait_for_slow_jaws_without_a_jerk(course: ArmCourse, clock: Clock) -> None:
    notes = Notes()
    went, _, grippers = make(course, clock, notes, lasts=2.0)
    went.follow(course)
    phases = course.phase[0, 0].numpy()
    asked = grippers[0].asked[1][0]
    lifted = next(i for i, progress in enumerate(notes.progress) if phases[int(progress)] == Phase.LIFT)
    assert notes.cycles[lifted].now >= asked + 2.0
    assert np.abs(np.diff(notes.joints, 2, axis=0)).max() / DT**2 < 2.0 + 1.7  # the clock's own 1 rad/s in 0.6 s


def test_time_that_is_lost_is_not_caught_up_with(course: ArmCourse, clock: Clock) -> None:
    notes = Notes()
    notes.at, notes.on_time = 200, lambda: clock.lose(0.04)
    went, _, _ = make(course, clock, notes)
    went.follow(course)
    steps = np.abs(np.diff(notes.joints, axis=0)).max(axis=(1, 2))
    assert max(cycle.elapsed for cycle in notes.cycles) > 0.04
    assert steps.max() / DT <= 1.0 + 1e-3


def test_jaws_are_brought_to_where_the_motion_begins(course: ArmCourse, clock: Clock) -> None:
    notes = Notes()
    went, _, grippers = make(course, clock, notes, lasts=1.0)
    for jaws in grippers:
        at_once.DryGripper.move(jaws, 0.14, 0.1)  # as they stand after their sweep
    start = clock.now
    went.follow(course)
    assert [width for _, width, _ in grippers[1].asked] == pytest.approx([0.0], abs=1e-5)
    moved = next(i for i, progress in enumerate(notes.progress) if progress > 2.0)
    assert notes.cycles[moved].now - start > 1.0


def test_jaws_that_never_arrive_stop_everything(course: ArmCourse, clock: Clock) -> None:
    went, arms, _ = make(course, clock, Notes(), lasts=60.0)
    with pytest.raises(DeviceFault, match=r"left: the jaws still move after 4.0 s"):
        went.follow(course)
    assert [arm.stops for arm in arms] == [1, 1]


def test_what_the_guard_objects_to_is_not_sent(course: ArmCourse, clock: Clock) -> None:
    notes = Notes(objection="left: too fast")
    went, arms, _ = make(course, clock, notes)
    with pytest.raises(DeviceFault, match="left: too fast"):
        went.follow(course)
    assert len(notes.cycles) == notes.at
    assert [arm.stops for arm in arms] == [1, 1]
    assert notes.ended == "left: too fast, not told: 0"
    assert arms[0].state().joints == pytest.approx(notes.cycles[-1].setpoints[0])


def test_a_slower_controller_slows_both_arms(course: ArmCourse, clock: Clock) -> None:
    full, half = [], []
    for scaling, steps in ((1.0, full), (0.5, half)):
        notes = Notes()
        went, arms, _ = make(course, clock, notes)
        arms[1].scaling = scaling
        start = clock.now
        went.follow(course)
        steps += [clock.now - start, np.abs(np.diff(notes.joints, axis=0)).max()]
    assert half[0] == pytest.approx(2 * full[0], rel=0.1)
    assert half[1] == pytest.approx(0.5 * full[1], rel=0.02)


def test_descent_stops_where_something_resists(course: ArmCourse, clock: Clock) -> None:
    notes = Notes()
    went, arms, _ = make(course, clock, notes)
    arms[0].table = 0.06  # the plan goes down to 0.03
    assert went.follow(course).stopped == (True, False)
    assert arms[0].depth == pytest.approx(0.06, abs=0.002)


@pytest.mark.parametrize("felt", [0.055, 0.15, 0.22])
def test_what_is_held_is_put_down_where_it_touches(clock: Clock, felt: float) -> None:
    """It hangs 2 cm lower than planned, or what was taken before lies in the tray; the plan goes down to 0.035 m."""
    down = torch.diag(torch.tensor([1.0, -1.0, -1.0]))[None]
    left, only = torch.tensor([0]), torch.tensor([True])
    action = grasp_action(torch.tensor([[-0.2, 0.1, 0.03]]), down, torch.tensor([0.08]), left, only, 2, 9)
    action.kind[0, 0] = int(Kind.MOVE)
    action.place_position[0, 0], action.place_rotation[0, 0] = torch.tensor([-0.3, -0.1, 0.03]), down[0]
    course = sampled(action)
    carries = int((course.phase[0, 0] == Phase.PLACE).nonzero()[0])
    went, arms, grippers = make(course, clock, notes := Notes(at=carries + 250), inside=0.05)  # 0.25 m up by then

    def now_the_tray_counts() -> None:
        arms[0].table, arms[0].depth = felt, np.inf

    notes.on_time = now_the_tray_counts
    assert went.follow(course).stopped == (False, False)
    assert arms[0].depth == pytest.approx(felt, abs=0.002)
    assert np.abs(np.diff(notes.joints, axis=0)).max() / DT < 1.0 + 0.5  # it rises as fast as it may, at once nowhere
    assert arms[0].state().joints == pytest.approx(course.joints[0, 0, -1, :6].numpy(), abs=1e-6)
    assert grippers[0].asked[-2][1] == pytest.approx(0.08)  # it lets go there; the jaws close again on the way home


class Blocked(Arm):
    """The left arm, which a block of some height stops between x = -0.15 and 0."""

    block = 0.04

    def state(self) -> ArmState:
        x, _, height = tcp_pose(torch.tensor(self._joints).expand(2, 1, 6), ARMS).position[0, 0].tolist()
        force = np.zeros(6)
        force[0] = -60.0 * (-0.15 < x < 0.0 and height < self.block)
        return replace(super().state(), force=force)


def test_push_gives_way_to_what_does_not_move(clock: Clock) -> None:
    way = torch.linspace(-0.2, -0.05, 9)
    path = torch.stack((way, torch.zeros(9), torch.full((9,), 0.012)), dim=-1)
    action = push_action(path.expand(1, 2, 9, 3), torch.zeros(1, 2, 9), torch.tensor([[True, False]]))
    notes, course = Notes(), sampled(action)
    went, arms, _ = make(course, clock, notes, kind=Blocked)
    went.follow(course)
    pushing = course.phase[0, 0].numpy()[np.array(notes.progress, dtype=int)] == Phase.PUSH
    heights = tcp_pose(torch.tensor(notes.joints[pushing]).movedim(0, 1), ARMS).position[0, :, 2]
    assert heights.min() > 0.01
    assert 0.04 < heights.max() < 0.06  # it rises over the block, and not much further
    assert arms[0].state().joints == pytest.approx(course.joints[0, 0, -1, :6].numpy(), abs=1e-6)
    assert np.abs(np.diff(notes.joints, axis=0)).max() / DT < 1.0 + 0.5  # the rise is added to the push
    assert arms[0].stops == 0


class Touched(Arm):
    """The left arm, which feels 5 N while it pushes on from x = -0.15."""

    def state(self) -> ArmState:
        x, _, height = tcp_pose(torch.tensor(self._joints).expand(2, 1, 6), ARMS).position[0, 0].tolist()
        force = np.zeros(6)
        force[0] = -5.0 * (x > -0.15 and height < 0.02)
        return replace(super().state(), force=force)


def test_push_is_slower_while_it_moves_something(clock: Clock) -> None:
    way = torch.linspace(-0.2, -0.05, 9)
    path = torch.stack((way, torch.zeros(9), torch.full((9,), 0.012)), dim=-1)
    course = sampled(push_action(path.expand(1, 2, 9, 3), torch.zeros(1, 2, 9), torch.tensor([[True, False]])))
    notes = Notes()
    went, arms, _ = make(course, clock, notes, kind=Touched)
    went.follow(course)
    pushing = course.phase[0, 0].numpy()[np.array(notes.progress, dtype=int)] == Phase.PUSH
    rate = np.diff(notes.progress)[pushing[1:]]
    assert rate.max() == pytest.approx(1.0)  # at first
    assert rate[-1] == pytest.approx(0.4)
    assert arms[0].state().joints == pytest.approx(course.joints[0, 0, -1, :6].numpy(), abs=1e-6)


class Jammed(Arm):
    """The left arm, which feels 25 N from the side where it is lower than 3.5 cm."""

    def state(self) -> ArmState:
        height = float(tcp_pose(torch.tensor(self._joints).expand(2, 1, 6), ARMS).position[0, 0, 2])
        force = np.zeros(6)
        force[0] = 25.0 * (height < 0.035)
        return replace(super().state(), force=force)


def test_closing_jaws_give_way_to_what_is_jammed(course: ArmCourse, clock: Clock) -> None:
    notes = Notes()
    went, _, _ = make(course, clock, notes, lasts=0.5, kind=Jammed)
    went.follow(course)
    phase = course.phase[0, 0].numpy()[np.array(notes.progress, dtype=int)]
    heights = tcp_pose(torch.tensor(notes.joints).movedim(0, 1), ARMS).position[0, :, 2].numpy()
    assert heights[phase == Phase.DESCEND].min() == pytest.approx(0.03, abs=1e-3)
    assert heights[phase == Phase.CLOSE][-1] == pytest.approx(0.035, abs=2e-3)


class Landed(Jammed):
    """It feels 20 N from below as well, in the last twentieth of a millimetre of a descent to 3 cm."""

    def state(self) -> ArmState:
        state = super().state()
        height = float(tcp_pose(torch.tensor(self._joints).expand(2, 1, 6), ARMS).position[0, 0, 2])
        return replace(state, force=state.force + 20.0 * np.eye(6)[2] * (height < 0.03005))


def test_a_descent_that_is_stopped_at_its_very_end_is_left_without_a_jump(course: ArmCourse, clock: Clock) -> None:
    went, arms, _ = make(course, clock, notes := Notes(), lasts=0.5, kind=Landed)
    assert went.follow(course).stopped == (True, False)
    assert np.abs(np.diff(notes.joints, axis=0)).max() / DT < 1.0 + 0.5
    assert arms[0].state().joints == pytest.approx(course.joints[0, 0, -1, :6].numpy(), abs=1e-6)


def test_jaws_close_slowly_after_a_descent_that_was_stopped(course: ArmCourse, clock: Clock) -> None:
    speeds = []
    for table in (-np.inf, 0.06):
        went, arms, grippers = make(course, clock, Notes())
        arms[0].table = table
        went.follow(course)
        speeds.append([speed for _, _, speed in grippers[0].asked])
    assert speeds[1] == pytest.approx(
        [share * speed for share, speed in zip((1.0, 0.3, 1.0, 1.0), speeds[0], strict=True)]
    )


def test_grippers_tell_before_and_after_the_lift_what_they_hold(course: ArmCourse, clock: Clock) -> None:
    went, _, _ = make(course, clock, Notes(), inside=0.045)
    followed = went.follow(course)
    for state in (followed.closed[0], followed.held[0]):
        assert state is not None
        assert (state.width, state.contact) == (pytest.approx(0.045), Contact.CLOSING)
    assert followed.held[1] is None


def test_changes_of_an_opening_are_found() -> None:
    widths = np.array([0.0, 0.0, 0.02, 0.04, 0.04, 0.04, 0.03, 0.02, 0.02, 0.05])
    found = jaw_changes(widths, 0.1)
    assert [(change.start, change.end) for change in found] == [(1, 3), (5, 7), (8, 9)]
    assert [change.width for change in found] == pytest.approx([0.04, 0.02, 0.05])
    assert [change.speed for change in found] == pytest.approx([0.2, 0.1, 0.3])
    assert jaw_changes(np.full(5, 0.1), 0.1) == []
