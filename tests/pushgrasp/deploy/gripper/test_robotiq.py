"""The gripper's driver against a server that speaks the URCap's protocol in a process of its own."""

import socket
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from pushgrasp.deploy.devices import Contact, DeviceFault, GripperState
from pushgrasp.deploy.fake.gripper import GripperTrouble
from pushgrasp.deploy.gripper.cfg import RobotiqCfg
from pushgrasp.deploy.gripper.holding import HoldCfg, is_holding
from pushgrasp.deploy.gripper.robotiq import RobotiqGripper

STEP = 0.140 / 227
"""Opening of one step of POS [m]: 3 is wide open, 230 is shut."""


def settled(gripper: RobotiqGripper) -> GripperState:
    """Wait until the jaws move no more."""
    until = time.monotonic() + 10.0
    while (state := gripper.state()).contact is Contact.MOVING:
        assert time.monotonic() < until
        time.sleep(0.01)
    return state


def fault(gripper: RobotiqGripper, wait: float = 2.0) -> tuple[str, float]:
    """Wait for a fault; return its text and after how long it came [s]."""
    began = time.monotonic()
    while time.monotonic() < began + wait:
        try:
            gripper.state()
        except DeviceFault as error:
            return str(error), time.monotonic() - began
        time.sleep(0.005)
    raise AssertionError("no fault")


def test_jaws_go_where_they_are_sent(connect, fake) -> None:
    gripper = connect()
    gripper.move(0.050, 0.250)
    state = settled(gripper)
    assert state.contact is Contact.ARRIVED and state.active and state.fault == 0
    assert state.width == pytest.approx(0.050, abs=STEP) and fake.width() == pytest.approx(0.050, abs=STEP)


def test_speed_is_the_one_asked_for(connect, fake) -> None:
    gripper = connect()
    gripper.move(0.0, 0.100)
    while (first := fake.width()) > 0.12:
        time.sleep(0.002)
    began = time.monotonic()
    time.sleep(0.4)
    second, took = fake.width(), time.monotonic() - began
    assert (first - second) / took == pytest.approx(0.100, rel=0.1)


def test_a_block_is_gripped_and_its_loss_is_noticed(connect, fake) -> None:
    gripper = connect({"obstacle": 0.040})
    gripper.move(0.0, 0.250)
    before = settled(gripper)
    assert before.contact is Contact.CLOSING and before.width == pytest.approx(0.040, abs=STEP)
    assert is_holding(before, gripper.state(), HoldCfg())
    fake.obstacle(0.0)
    while gripper.state().contact is not Contact.ARRIVED:
        time.sleep(0.01)
    assert not is_holding(before, gripper.state(), HoldCfg())


def test_contact_counts_only_after_the_echo(connect) -> None:
    gripper = connect({"obstacle": 0.040})
    gripper.move(0.0, 0.250)
    assert settled(gripper).contact is Contact.CLOSING
    gripper.move(0.140, 0.030)  # OBJ still reads "contact while closing" for a while
    seen = set()
    until = time.monotonic() + 0.5
    while time.monotonic() < until:
        seen.add(gripper.state().contact)
        time.sleep(0.001)
    assert seen == {Contact.MOVING}


def test_move_does_not_wait(connect) -> None:
    gripper = connect()
    began = time.monotonic()
    for _ in range(20):
        gripper.move(0.05, 0.1)
    assert (time.monotonic() - began) / 20 < 0.005


def test_activation_sweeps_and_ends(connect, fake) -> None:
    gripper = connect({"active": False, "width": 0.030})
    assert not gripper.state().active
    with pytest.raises(DeviceFault, match="activate it first"):
        gripper.move(0.05, 0.1)
    widths = []
    sweep = threading.Thread(target=gripper.activate)
    sweep.start()
    while sweep.is_alive():
        widths.append(fake.width())
        time.sleep(0.01)
    assert gripper.state().active and min(widths) < 0.005 and widths[-1] > 0.135
    began = time.monotonic()
    gripper.activate()  # nothing to do
    assert time.monotonic() - began < 0.1


def test_activation_that_does_not_end(connect) -> None:
    gripper = connect({"active": False}, activation=0.3)  # the sweep takes more than 1 s
    with pytest.raises(DeviceFault, match=r"does not become active within 0\.3 s \(ACT 1 STA 1"):
        gripper.activate()


def test_silence_is_noticed(connect, fake) -> None:
    gripper = connect(stale=0.2)
    time.sleep(0.1)
    fake.trouble(GripperTrouble.SILENT)
    text, after = fault(gripper)
    assert "silent" in text and "cable" in text and after < 0.25
    with pytest.raises(DeviceFault, match="silent"):
        gripper.move(0.05, 0.1)
    began = time.monotonic()
    gripper.close()
    assert time.monotonic() - began < 0.5


def test_a_lost_link_stays_lost(connect, fake) -> None:
    gripper = connect()
    fake.trouble(GripperTrouble.DROPPED)
    text, after = fault(gripper)
    assert "link is lost" in text and after < 0.2
    fake.trouble(None)
    time.sleep(0.2)
    assert "link is lost" in fault(gripper)[0]


def test_answers_without_values(connect, fake) -> None:
    gripper = connect()
    fake.trouble(GripperTrouble.NO_VALUES)
    text, after = fault(gripper)
    assert "emergency stop" in text and "?'" in text
    assert after < 0.2


def test_a_server_that_ends_is_noticed(connect, fake) -> None:
    gripper = connect()
    fake.renew()  # the old server is closed
    assert "link is lost" in fault(gripper)[0]


def test_nobody_there() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with pytest.raises(DeviceFault, match=f"no gripper at 127.0.0.1:{port}.*URCap"):
        RobotiqGripper(RobotiqCfg(address="127.0.0.1", port=port))


def test_somebody_silent_there() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, pytest.raises(DeviceFault, match="silent"):
        RobotiqGripper(RobotiqCfg(address="127.0.0.1", port=server.getsockname()[1], connecting=0.2))


@pytest.fixture
def scripted() -> Iterator[Callable[[Callable[[bytes], bytes]], int]]:
    """Return a function that serves one link with given answers, and gives the port."""
    server = socket.create_server(("127.0.0.1", 0))

    def answered(answer: Callable[[bytes], bytes]) -> int:
        def run() -> None:
            link, _ = server.accept()
            with link:
                while question := link.recv(256):
                    link.sendall(answer(question))

        threading.Thread(target=run, daemon=True).start()
        return server.getsockname()[1]

    yield answered
    server.close()


REAL = {b"ACT": 1, b"STA": 3, b"FLT": 0, b"PRE": 3, b"OBJ": 3, b"POS": 3}


def value(question: bytes) -> bytes:
    name = question.split()[1]
    return b"%s %d" % (name, REAL[name])


@pytest.mark.parametrize("end", [b"", b"\n", b"\r\n"])
def test_answers_with_and_without_a_lines_end(scripted, end) -> None:
    port = scripted(lambda question: value(question) + end)
    gripper = RobotiqGripper(RobotiqCfg(address="127.0.0.1", port=port, stale=1.0))
    assert gripper.state().active and gripper.state().width == pytest.approx(0.140)
    gripper.close()


@pytest.mark.parametrize(
    ("answer", "named"),
    [
        (lambda question: b"PRE 3\n" if b"POS" in question else value(question), "another program"),
        (lambda question: b"garbage\n", "another program"),
        (lambda question: b"ACT\n", "without a value"),
    ],
)
def test_wrong_answers(scripted, answer, named) -> None:
    with pytest.raises(DeviceFault, match=named):
        RobotiqGripper(RobotiqCfg(address="127.0.0.1", port=scripted(answer)))


def test_a_command_that_is_not_acknowledged(scripted) -> None:
    port = scripted(lambda question: b"nak\n" if b"SET" in question else value(question) + b"\n")
    gripper = RobotiqGripper(RobotiqCfg(address="127.0.0.1", port=port, stale=1.0))
    gripper.move(0.05, 0.1)
    assert "does not acknowledge 'GTO 1 SPE" in fault(gripper)[0]
    gripper.close()


def test_a_fault_of_the_gripper_forbids_motion(scripted) -> None:
    port = scripted(lambda question: b"FLT 8\n" if b"FLT" in question else value(question) + b"\n")
    gripper = RobotiqGripper(RobotiqCfg(address="127.0.0.1", port=port, stale=1.0))
    assert gripper.state().fault == 8
    with pytest.raises(DeviceFault, match="fault 8: too hot"):
        gripper.move(0.05, 0.1)
    gripper.close()


def test_the_command_on_the_wire(scripted) -> None:
    heard = []

    def answer(question: bytes) -> bytes:
        heard.append(question)
        return b"ack" if b"SET" in question else value(question) + b"\n"

    port = scripted(answer)
    gripper = RobotiqGripper(RobotiqCfg(address="127.0.0.1", port=port, stale=1.0))
    gripper.move(0.0, 0.250)
    time.sleep(0.2)
    gripper.close()
    assert b"SET GTO 1 SPE 255 FOR 50 POS 230\n" in heard
    assert gripper.name == "gripper"
