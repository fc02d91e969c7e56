"""A fake controller over its sockets, and its faults line by line."""

from __future__ import annotations

import json
import secrets
import socket
import struct
from collections.abc import Iterator

import numpy as np
import pytest

from pushgrasp.deploy.fake.controller.backend import CALIBRATED, KinematicBackend
from pushgrasp.deploy.fake.controller.controller import Controller
from pushgrasp.deploy.fake.controller.faults import obey
from pushgrasp.deploy.ur.kinematics import read_kinematics

Q = np.array([0.3, -1.0, 1.2, -1.5, -1.5, 0.2])


@pytest.fixture
def controller() -> Iterator[Controller]:
    """A controller on an address of the loopback network that nobody else has."""
    address = f"127.{10 + secrets.randbelow(240)}.{secrets.randbelow(250)}.9"
    controller = Controller(address, KinematicBackend(Q))
    yield controller
    controller.close()


class Client:
    """A plain RTDE client."""

    def __init__(self, controller: Controller) -> None:
        self.link = socket.create_connection((controller.address, 30004), 2.0)

    def ask(self, kind: str, body: bytes = b"") -> bytes:
        """Send one message and return the body of the answer."""
        self.link.sendall(struct.pack(">HB", 3 + len(body), ord(kind)) + body)
        return self.next(kind)

    def next(self, kind: str) -> bytes:
        """Return the body of the next message, which has to be of a kind."""
        size, found = struct.unpack(">HB", self.link.recv(3, socket.MSG_WAITALL))
        assert found == ord(kind)
        return self.link.recv(size - 3, socket.MSG_WAITALL)


def test_versions_are_agreed_on(controller: Controller) -> None:
    client = Client(controller)
    assert client.ask("V", b"\x00\x02") == b"\x01"
    assert client.ask("V", b"\x00\x03") == b"\x00"
    assert struct.unpack(">4I", client.ask("v")) == (5, 12, 4, 1101319)


def test_outputs_come_as_often_as_asked_for(controller: Controller) -> None:
    client = Client(controller)
    assert client.ask("O", struct.pack(">d", 62.5) + b"timestamp,actual_q") == b"\x01DOUBLE,VECTOR6D"
    assert client.ask("S") == b"\x01"
    packages = [struct.unpack(">B7d", client.next("U")) for _ in range(20)]
    stamps = np.diff([package[1] for package in packages])
    assert np.median(stamps) == pytest.approx(2 / 125, abs=0.004)  # on a busy machine
    np.testing.assert_allclose(packages[-1][2:], Q)


def test_outputs_that_do_not_exist_are_named(controller: Controller) -> None:
    assert Client(controller).ask("O", struct.pack(">d", 125) + b"timestamp,nonsense") == b"\x00DOUBLE,NOT_FOUND"


def test_an_input_has_one_owner_until_that_is_gone(controller: Controller) -> None:
    first, second = Client(controller), Client(controller)
    assert first.ask("I", b"input_int_register_0,input_double_register_3") == b"\x01INT32,DOUBLE"
    assert second.ask("I", b"input_int_register_0") == b"\x00IN_USE"
    assert second.ask("I", b"input_int_register_24") == b"\x01INT32"
    assert second.ask("I", b"speed_slider_mask") == b"\x00NOT_FOUND"
    first.link.close()
    assert any(second.ask("I", b"input_int_register_0")[1:] == b"INT32" for _ in range(50))


def test_the_dashboard_answers_line_by_line(controller: Controller) -> None:
    with socket.create_connection((controller.address, 29999), 2.0) as link, link.makefile("rw") as lines:
        assert "Dashboard Server" in lines.readline()
        lines.write("PolyscopeVersion\nsafetystatus\nnonsense\n")
        lines.flush()
        assert lines.readline().startswith("URSoftware 5.12.4.1101319")
        assert lines.readline() == "Safetystatus: NORMAL\n"
        assert "could not understand" in lines.readline()


def test_kinematics_are_told(controller: Controller) -> None:
    kinematics = read_kinematics(controller.address)
    assert kinematics.checksum == CALIBRATED.checksum
    np.testing.assert_array_equal(kinematics.a, CALIBRATED.a)


def test_rubbish_ends_a_connection_and_nothing_else(controller: Controller) -> None:
    rude = socket.create_connection((controller.address, 30004), 2.0)
    rude.sendall(b"\x00\x00\x00")
    assert rude.recv(10) == b""
    assert Client(controller).ask("V", b"\x00\x02") == b"\x01"


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("left slider 0.5", "ok"),
        ("left slider 2", "error: slider 2.0: 0 to 1 is needed"),
        ("left slider", "error: could not convert string to float"),
        ("middle freeze", "error: unknown controller 'middle'; controllers: left"),
        ("left explode", "error: unknown fault 'explode'; faults: protective_stop,"),
        ("left __init__", "error: unknown fault '__init__'"),
        ("", "error: unknown controller ''"),
    ],
)
def test_faults_come_as_lines(controller: Controller, line: str, answer: str) -> None:
    assert obey(line, {"left": controller}).startswith(answer)


def test_a_report_says_what_was_done(controller: Controller) -> None:
    named = {"left": controller}
    obey("left emergency_stop", named)
    report = json.loads(obey("left report", named))
    assert (report["safety"], report["running"], report["uploads"]) == ("ROBOT_EMERGENCY_STOP", False, 0)
