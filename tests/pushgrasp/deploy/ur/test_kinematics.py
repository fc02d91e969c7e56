"""Kinematics of UR arms off the wire."""

from __future__ import annotations

import socket
import struct
import time

import numpy as np
import pytest

from pushgrasp.deploy.devices import DeviceFault
from pushgrasp.deploy.fake.controller.backend import CALIBRATED
from pushgrasp.deploy.fake.controller.texts import state_message
from pushgrasp.deploy.ur.kinematics import find_kinematics, read_kinematics


def test_kinematics_come_out_of_a_message_as_they_went_in() -> None:
    message = state_message(CALIBRATED)
    assert struct.unpack(">I", message[:4]) == (len(message),)
    assert len(message) == 5 + 13 + 225  # the package has 225 bytes on a real controller
    found = find_kinematics(struct.pack(">IB", 9, 20) + b"text" + message)
    assert found is not None and found.checksum == CALIBRATED.checksum
    for name in ("theta", "a", "d", "alpha"):
        np.testing.assert_array_equal(getattr(found, name), getattr(CALIBRATED, name))


@pytest.mark.parametrize("cut", [0, 3, 5, 40, 242])
def test_half_a_message_holds_no_kinematics_yet(cut: int) -> None:
    assert find_kinematics(state_message(CALIBRATED)[:cut]) is None


def test_a_silent_server_is_given_up_in_time() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        began = time.monotonic()
        with pytest.raises(DeviceFault, match="no kinematics from port"):
            read_kinematics("127.0.0.1", server.getsockname()[1], timeout=0.2)
        assert time.monotonic() - began < 5.0
