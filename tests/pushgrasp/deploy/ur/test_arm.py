"""UR arms against fake controllers in a process of their own, by way of ur_rtde."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from typing import Any

import numpy as np
import pytest

from pushgrasp.deploy.devices import DeviceFault, Safety
from pushgrasp.deploy.ur.arm import UrArm

from .conftest import FakeCell, fault_of, swing, wait_until

HOME = [0.0, -1.57, 1.57, -1.57, -1.57, 0.0]


def at_rest(cell: FakeCell, name: str) -> bool:
    """Return whether a controller runs no program and its arm stands still."""
    report = cell.report(name)
    return not report["running"] and bool(np.abs(report["velocity"]).max() < 0.01)


def test_listening_opens_no_control_connection(cell: FakeCell) -> None:
    before = cell.report("right")
    arm = UrArm(cell.cfg("right"))
    state = arm.state()
    arm.stop()
    arm.close()
    after = cell.report("right")
    np.testing.assert_allclose(state.joints, HOME, atol=1e-6)
    assert (state.safety, state.scaling, state.program_running) == (Safety.NORMAL, 1.0, False)
    counted = ("script_clients", "register_clients", "uploads")
    assert [after[name] for name in counted] == [before[name] for name in counted]


def test_set_points_before_start_are_refused(arm: UrArm) -> None:
    with pytest.raises(DeviceFault, match="not under control"):
        arm.servo(np.array(HOME), 0.008)


def test_two_arms_follow_from_one_thread_and_give_control_back(cell: FakeCell) -> None:
    tool = (0.0, 0.0, 0.2, 0.0, 0.0, 0.0)
    arms = [UrArm(cell.cfg(name, payload=1.2, payload_centre=(0, 0, 0.05), tcp=tool)) for name in ("left", "right")]
    for arm in arms:
        arm.start()
    home = arms[0].state().joints
    swing(arms, 1.0)  # half a swing: all joints come to rest 0.2 rad from where they were
    time.sleep(0.05)
    for arm in arms:
        np.testing.assert_allclose(arm.state().joints - home, 0.2, atol=0.02)
    for name, arm in zip(("left", "right"), arms, strict=True):
        report = cell.report(name)
        assert (report["payload"], report["centre"], report["tcp"]) == (1.2, [0.0, 0.0, 0.05], list(tool))
        assert arm.stop()
        assert wait_until(lambda name=name: at_rest(cell, name))
        assert arm.stop()  # nothing is left to stop


def test_an_arm_starts_again_after_a_stop(cell: FakeCell, arm: UrArm) -> None:
    for _ in range(2):
        arm.start()
        swing([arm], 0.1, 0.01)
        assert arm.stop()


def test_the_first_set_point_has_to_be_where_the_arm_is(arm: UrArm) -> None:
    arm.start()
    time.sleep(0.8)  # longer than the watchdog waits: it is kept quiet until the first set-point
    with pytest.raises(DeviceFault, match=r"set-point 1\.010 rad from the last one; at most 1 rad is allowed"):
        arm.servo(arm.state().joints + 1.01, 0.008)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda q: np.full(6, np.nan), "six finite angles"),
        (lambda q: q[:5], "six finite angles"),
        (lambda q: q + np.eye(6)[2] * 3, "3.000 rad from the last one"),
    ],
)
def test_wrong_set_points_do_not_reach_the_controller(cell: FakeCell, arm: UrArm, wrong: Any, message: str) -> None:
    arm.start()
    swing([arm], 0.1, 0.0)
    with pytest.raises(DeviceFault, match=message):
        arm.servo(wrong(arm.state().joints), 0.008)
    np.testing.assert_allclose(cell.report("left")["target"], arm.state().joints, atol=0.01)
    with pytest.raises(DeviceFault, match="not under control"):
        arm.servo(arm.state().joints, 0.008)


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        ("protective_stop", "protective stop"),
        ("emergency_stop", "emergency stop"),
        ("slider 0", "speed slider stands at 0 %"),
        ("freeze", "silent|not answered"),
        ("mute", "silent|not answered"),
        ("unplug", "silent|not answered"),
        ("drop_links", "gone|ended|silent|not answered|take set-points"),
        ("take_registers", "program has ended|take set-points"),
    ],
)
def test_each_fault_is_seen_and_nothing_resumes(cell: FakeCell, arm: UrArm, fault: str, message: str) -> None:
    arm.start()
    swing([arm], 0.2)
    cell.cause(f"left {fault}")
    caused = time.monotonic()
    text = fault_of(arm)
    assert time.monotonic() - caused < 5.0  # the limits are 1 s and, for the watchdog, 0.5 s
    assert re.search(message, text), text
    arm.stop()
    cell.heal()
    assert wait_until(lambda: at_rest(cell, "left"))
    uploads = cell.report("left")["uploads"]
    time.sleep(0.6)  # ur_rtde would connect and upload again meanwhile
    assert at_rest(cell, "left") and cell.report("left")["uploads"] == uploads
    for again in (arm.start, lambda: arm.servo(np.array(HOME), 0.008)):
        with pytest.raises(DeviceFault):
            again()


def test_a_stop_reaches_a_controller_that_only_its_dashboard_answers(cell: FakeCell) -> None:
    arm = UrArm(cell.cfg("left", deceleration=40.0))
    arm.start()
    swing([arm], 0.2)
    arm._control.end()  # pyright: ignore[reportPrivateUsage, reportOptionalMemberAccess] - as if it had crashed
    assert arm.stop()
    assert wait_until(lambda: at_rest(cell, "left"))


def test_a_stop_of_an_unreachable_controller_says_so_soon(cell: FakeCell, arm: UrArm) -> None:
    arm.start()
    swing([arm], 0.1)
    cell.cause("left freeze")
    began = time.monotonic()
    assert not arm.stop()
    assert time.monotonic() - began < 8.0


def test_a_protective_stop_that_ends_the_program_is_one_too(cell: FakeCell) -> None:
    arm = UrArm(cell.cfg("ending"))
    arm.start()
    swing([arm], 0.1)
    cell.cause("ending protective_stop")
    assert "protective stop" in fault_of(arm)
    assert arm.stop()


def test_a_paused_program_does_not_go_on_after_the_release(cell: FakeCell, arm: UrArm) -> None:
    arm.start()
    swing([arm], 0.2)
    cell.cause("left protective_stop")
    fault_of(arm)
    arm.stop()
    arm.dashboard.unlock_protective_stop()
    time.sleep(0.2)
    assert at_rest(cell, "left") and arm.state().safety is Safety.NORMAL


def test_local_mode_is_refused_before_anything_is_uploaded(cell: FakeCell) -> None:
    arm = UrArm(cell.cfg("local"))
    with pytest.raises(DeviceFault, match="local mode: switch the pendant to remote control"):
        arm.start()
    assert cell.report("local")["register_clients"] == 0


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        ("protective_stop", "PROTECTIVE_STOP"),
        ("emergency_stop", "EMERGENCY_STOP"),
        ("slider 0.01", "speed slider stands at 1 %, at least 2 % are needed"),
        ("take_registers", "EtherNet/IP, PROFINET and MODBUS"),
    ],
)
def test_a_start_is_refused_while_something_is_wrong_and_not_afterwards(
    cell: FakeCell, arm: UrArm, fault: str, message: str
) -> None:
    cell.cause(f"left {fault}")
    with pytest.raises(DeviceFault, match=message):
        arm.start()
    assert not cell.report("left")["running"]


def test_a_start_works_once_the_operator_has_mended_it(cell: FakeCell, arm: UrArm) -> None:
    cell.cause("left slider 0")
    with pytest.raises(DeviceFault, match="slider"):
        arm.start()
    cell.cause("left slider 0.5")
    arm.start()
    assert arm.state().scaling == 0.5


def test_upper_registers_work_beside_a_client_that_has_the_lower_ones(cell: FakeCell) -> None:
    cell.cause("left take_registers")
    arm = UrArm(cell.cfg("left", upper_registers=True))
    arm.start()
    swing([arm], 0.2, 0.01)
    assert arm.stop()


CLIENT = """
import sys, time
from pushgrasp.deploy.ur.arm import UrArm
from pushgrasp.deploy.ur.settings import UrArmCfg
arm = UrArm(UrArmCfg("left", sys.argv[1], stale=1.0, call_limit=1.0, watchdog=2.0))
arm.start()
joints = arm.state().joints
for cycle in range(100000):
    joints = joints + 0.004 * (-1) ** (cycle // 125)
    arm.servo(joints, 0.008)
    if cycle == 20:
        print("moves", flush=True)
    time.sleep(0.008)
"""


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGSTOP])
def test_a_client_that_dies_or_stands_still_has_the_arm_stopped(cell: FakeCell, how: signal.Signals) -> None:
    client = subprocess.Popen([sys.executable, "-c", CLIENT, cell.addresses["left"]], stdout=subprocess.PIPE)
    assert client.stdout is not None and client.stdout.readline() == b"moves\n"
    assert cell.report("left")["running"]
    os.kill(client.pid, how)
    assert wait_until(lambda: at_rest(cell, "left"))
    client.kill()
    client.wait()
    client.stdout.close()


def test_the_watchdog_stops_an_arm_whose_control_process_is_killed_as_well(cell: FakeCell, arm: UrArm) -> None:
    arm.start()
    swing([arm], 0.2)
    arm._control._process.kill()  # pyright: ignore[reportPrivateUsage, reportOptionalMemberAccess]
    assert wait_until(lambda: at_rest(cell, "left"))


def test_a_controller_that_nobody_answers_for_is_refused_in_time(cell: FakeCell) -> None:
    cell.cause("left freeze")
    began = time.monotonic()
    with pytest.raises(DeviceFault, match="is the controller on"):
        UrArm(cell.cfg("left", connect_timeout=0.5))
    assert time.monotonic() - began < 5.0
