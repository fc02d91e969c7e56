"""The dashboard client against servers that say what a test wants."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Thread

import pytest

from pushgrasp.deploy.devices import DeviceFault
from pushgrasp.deploy.ur.dashboard import Dashboard
from pushgrasp.deploy.ur.handshake import require_port, require_rtde

READY = {
    "PolyscopeVersion": "URSoftware 5.9.4.1031232 (Nov 17 2020)",
    "is in remote control": "true",
    "safetystatus": "Safetystatus: NORMAL",
    "get serial number": "20195500001",
    "stop": "Stopped",
    "unlock protective stop": "Protective stop releasing",
}


def served(server: socket.socket, talk: Callable[[socket.socket], None]) -> None:
    """Talk to one client after the other until the server is closed."""
    while True:
        try:
            client, _ = server.accept()
        except OSError:
            return
        with client:
            talk(client)


@contextmanager
def dashboard(**changes: str) -> Iterator[Dashboard]:
    """A dashboard of a controller that is ready, but for some answers; in their names, _ stands for a space."""
    answers = READY | {name.replace("_", " "): answer for name, answer in changes.items()}

    def talk(client: socket.socket) -> None:
        client.sendall(b"Connected: Universal Robots Dashboard Server\n")
        command = client.recv(100).decode().strip()
        client.sendall(f"{answers[command]}\n".encode())

    with socket.create_server(("127.0.0.1", 0)) as server:
        Thread(target=served, args=(server, talk), daemon=True).start()
        yield Dashboard("left", "127.0.0.1", server.getsockname()[1], timeout=10.0)
        server.shutdown(socket.SHUT_RDWR)


def test_what_a_controller_says_is_understood() -> None:
    with dashboard() as client:
        assert client.version() == (5, 9, 4)
        assert client.serial_number() == "20195500001"
        assert client.remote_control()
        assert client.safety_status() == "NORMAL"
        assert client.stop()
        client.unlock_protective_stop()
        client.require_ready()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"PolyscopeVersion": "URSoftware 5.9.3.1"}, "PolyScope 5.9.3; an e-Series with 5.9.4 or later"),
        ({"PolyscopeVersion": "URSoftware 3.15.8.1"}, "PolyScope 3.15.8"),
        ({"PolyscopeVersion": "PolyScope X 10.7.0"}, "PolyScope 10.7.0"),
        ({"PolyscopeVersion": "busy"}, "PolyScope's version is not among 'busy'"),
        ({"is_in_remote_control": "false"}, "local mode: switch the pendant to remote control"),
        ({"safetystatus": "Safetystatus: PROTECTIVE_STOP"}, "PROTECTIVE_STOP: clear it on the pendant"),
        ({"safetystatus": "Safetystatus: SAFEGUARD_STOP"}, "SAFEGUARD_STOP: clear it on the pendant"),
    ],
)
def test_a_controller_that_is_not_ready_is_refused(changes: dict[str, str], message: str) -> None:
    with dashboard(**changes) as client, pytest.raises(DeviceFault, match=message):
        client.require_ready()


def test_a_protective_stop_that_is_not_released_is_said() -> None:
    answer = "Cannot unlock protective stop until 5s after occurrence"
    with dashboard(unlock_protective_stop=answer) as client, pytest.raises(DeviceFault, match="until 5s"):
        client.unlock_protective_stop()


def test_a_stop_that_fails_is_not_taken_for_one() -> None:
    with dashboard(stop="Failed to execute: stop") as client:
        assert not client.stop()


def test_silent_servers_are_given_up_in_time() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        began = time.monotonic()
        with pytest.raises(DeviceFault, match="left: no dashboard at"):
            Dashboard("left", "127.0.0.1", port, timeout=0.2).stop()
        with pytest.raises(DeviceFault, match="left: no RTDE at"):
            require_rtde("left", "127.0.0.1", 0.2, port)
        assert time.monotonic() - began < 5.0


def test_closed_ports_are_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with pytest.raises(DeviceFault, match=f"left: port {port} of .* is closed"):
        require_port("left", "127.0.0.1", 0.5, port)


def test_a_server_that_does_not_speak_rtde_is_refused() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        Thread(target=served, args=(server, lambda client: client.sendall(b"SSH-2.0-Open\r\n")), daemon=True).start()
        with pytest.raises(DeviceFault, match="left: no RTDE at"):
            require_rtde("left", "127.0.0.1", 0.5, server.getsockname()[1])
        server.shutdown(socket.SHUT_RDWR)
