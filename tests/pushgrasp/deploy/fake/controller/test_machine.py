"""A fake controller's program and safety system, without sockets and in no time."""

from __future__ import annotations

import numpy as np
import pytest

from pushgrasp.deploy.fake.controller.backend import KinematicBackend
from pushgrasp.deploy.fake.controller.machine import Machine, MachineCfg
from pushgrasp.deploy.fake.controller.program import MARKER, RUNNING, offset_of

TEXT = f'def rtde_control():\n  textmsg("{MARKER}")\nend\n'
DT = 0.008


def machine(**settings: bool) -> Machine:
    """Return a machine whose program runs."""
    made = Machine(KinematicBackend(np.zeros(6)), MachineCfg(**settings))  # pyright: ignore[reportArgumentType]
    made.upload(TEXT)
    go(made, 0.06)
    return made


def go(made: Machine, seconds: float) -> None:
    """Let time go by."""
    for _ in range(round(seconds / DT)):
        made.step(DT)


def command(made: Machine, number: int, doubles: tuple[float, ...] = (), option: int = 0) -> int:
    """Give a command; return what output register 0 says at once."""
    made.registers.input_double[: len(doubles)] = doubles
    made.registers.input_int[:2] = [number, option]
    made.written(["input_int_register_0"])
    return made.registers.output_int[0]


def servo(made: Machine, q: float) -> None:
    """Send a set-point for all joints."""
    command(made, 11, (*[q] * 6, 0.0, 0.0, DT, 0.1, 300.0))


@pytest.mark.parametrize(
    ("text", "offset"),
    [
        (TEXT, 0),
        (TEXT[:-5], None),
        ("def f():\nend\n", None),
        (f"{TEXT}run program\n", 0),
        (f"24    global reg_offset_int = # int register offset\n{TEXT}", 24),
    ],
)
def test_a_program_runs_once_its_text_is_complete(text: str, offset: int | None) -> None:
    assert offset_of(text) == offset


def test_a_program_begins_after_a_while_and_says_that_it_is_ready() -> None:
    made = Machine(KinematicBackend(np.zeros(6)))
    assert made.upload(TEXT)
    go(made, 0.04)
    assert not made.running
    go(made, 0.02)
    assert made.running and made.registers.output_int[0] == 1


def test_in_local_mode_and_in_a_stop_programs_are_ignored_in_silence() -> None:
    local = machine(remote_control=False)
    stopped = machine()
    stopped.emergency_stop()
    stopped.upload(TEXT)
    go(stopped, 0.1)
    assert not local.running and not stopped.running


def test_a_motion_is_answered_when_it_is_over_and_the_next_command_only_after_a_clear() -> None:
    made = machine()
    assert command(made, 1, (*[0.25] * 6, 1.0, 4.0)) == 1  # 0.25 s up and 0.25 s down
    go(made, 0.48)
    assert made.registers.output_int[0] == 1
    go(made, 0.04)
    assert made.registers.output_int[0] == 2
    np.testing.assert_allclose(made.target, 0.25)
    assert command(made, 17, (2.0, 0.0, 0.0, 0.1)) == 2 and made.tool.mass == 0.0  # not cleared: not taken
    assert command(made, 0) == 1
    assert command(made, 17, (2.0, 0.0, 0.0, 0.1)) == 2 and made.tool.mass == 2.0


def test_an_asynchronous_motion_is_answered_at_once_and_can_be_stopped() -> None:
    made = machine()
    assert command(made, 1, (*[1.0] * 6, 1.0, 4.0), option=1) == 2
    assert made.registers.output_int[2] & RUNNING
    go(made, 0.4)
    command(made, 0)
    command(made, 34, (4.0,))
    before = made.target[0]
    go(made, 0.3)
    assert made.registers.output_int[0] == 2 and not made.registers.output_int[2] & RUNNING
    assert made.target[0] - before == pytest.approx(0.125, abs=0.005)  # 1 rad/s at 4 rad/s^2


def test_set_points_leave_the_answer_alone() -> None:
    made = machine()
    for cycle in range(10):
        servo(made, 0.001 * cycle)
        assert made.registers.output_int[0] == 1
        made.step(DT)
    np.testing.assert_allclose(made.target, 0.009)


@pytest.mark.parametrize(("gap", "runs"), [(0.09, True), (0.12, False)])
def test_the_watchdog_ends_the_program_of_a_silent_client(gap: float, runs: bool) -> None:
    made = machine()
    command(made, 35, (10.0,))
    command(made, 0)
    servo(made, 0.0)
    go(made, gap)
    assert made.running is runs


def test_without_a_watchdog_the_program_waits_for_ever() -> None:
    made = machine()
    servo(made, 0.0)
    go(made, 1.0)
    assert made.running


@pytest.mark.parametrize(("pauses", "state"), [(True, 4), (False, 1)])
def test_a_protective_stop_comes_to_rest_and_stays_after_its_release(pauses: bool, state: int) -> None:
    made = machine(protective_pauses=pauses)
    for cycle in range(50):
        servo(made, DT * cycle)  # 1 rad/s
        made.step(DT)
    before = made.target[0]
    made.protective_stop()
    assert (made.safety.bits, made.safety.mode, made.runtime_state) == (1028, 3, state)
    go(made, 0.2)
    assert made.target[0] - before == pytest.approx(0.05)  # 1 rad/s at 10 rad/s^2
    made.release()
    servo(made, 1.0)
    go(made, 0.2)
    assert made.safety.bits == 1 and made.target[0] - before == pytest.approx(0.05)


def test_a_program_can_ask_for_a_protective_stop() -> None:
    made = machine()
    command(made, 31)
    assert made.safety.mode == 3


def test_an_emergency_stop_ends_the_program() -> None:
    made = machine()
    made.emergency_stop()
    assert (made.safety.bits, made.safety.mode, made.runtime_state) == (1 << 6 | 1 << 7 | 1 << 10, 7, 1)


def test_commands_that_are_not_known_end_the_program() -> None:
    made = machine()
    command(made, 99)
    go(made, 0.02)
    assert not made.running
