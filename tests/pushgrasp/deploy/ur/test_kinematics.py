"""Kinematics of UR arms: against a controller's own numbers, and off the wire."""

from __future__ import annotations

import socket
import struct
import time

import numpy as np
import pytest

from pushgrasp.deploy.devices import ArmState, DeviceFault, Safety
from pushgrasp.deploy.fake.controller.backend import CALIBRATED
from pushgrasp.deploy.fake.controller.texts import state_message
from pushgrasp.deploy.ur.kinematics import Kinematics, find_kinematics, read_kinematics, require_agreement, tcp_pose

NOMINAL = Kinematics(
    theta=np.zeros(6),
    a=np.array([0, -0.425, -0.3922, 0, 0, 0]),
    d=np.array([0.1625, 0, 0, 0.1333, 0.0997, 0.0996]),
    alpha=np.array([1.570796327, 0, 0, 1.570796327, -1.570796327, 0]),
    checksum="-".join(["ffffffff"] * 6),
)
"""UR5e of URSim 5.8."""
JOINTS = np.array([-1.6007, -1.7271, -2.203, -0.808, 1.5951, -0.031])
TCP = np.array([-0.143968657, -0.435620061, 0.202030025, -0.00122135968, 3.11627653, 0.0388919156])
"""What URSim 5.8 reports for these joint angles, without a tool; from a message recorded for the tests of UR's client
library."""


def state(joints: np.ndarray, tcp: np.ndarray) -> ArmState:
    """Return an arm's state."""
    return ArmState(0.0, 0.0, joints, np.zeros(6), np.zeros(6), tcp, 1.0, Safety.NORMAL, False)


def test_forward_kinematics_agree_with_the_simulator_of_the_maker() -> None:
    np.testing.assert_allclose(tcp_pose(NOMINAL, JOINTS, np.zeros(6)), TCP, atol=1e-8)


def test_a_tool_moves_the_tcp_along_the_flange() -> None:
    flange = tcp_pose(NOMINAL, JOINTS, np.zeros(6))
    tool = tcp_pose(NOMINAL, JOINTS, np.array([0, 0, 0.2, 0, 0, 0]))
    assert np.linalg.norm(tool[:3] - flange[:3]) == pytest.approx(0.2)
    np.testing.assert_allclose(tool[:3] - flange[:3], [0, 0, -0.2], atol=0.01)  # this arm points down


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


@pytest.mark.parametrize(("off", "refused"), [(0.0019, False), (0.0021, True)])
def test_a_controller_whose_tcp_is_elsewhere_is_refused(off: float, refused: bool) -> None:
    tool = np.array([0, 0, 0.2, 0, 0, 0])
    tcp = tcp_pose(NOMINAL, JOINTS, tool)
    tcp[0] += off
    if refused:
        with pytest.raises(DeviceFault, match=r"2\.1 mm and 0\.0 degrees apart"):
            require_agreement(NOMINAL, state(JOINTS, tcp), tool)
    else:
        require_agreement(NOMINAL, state(JOINTS, tcp), tool)


def test_a_tool_turned_about_its_own_axis_is_refused() -> None:
    tool, turned = np.zeros(6), np.array([0, 0, 0, 0, 0, 0.02])
    with pytest.raises(DeviceFault, match=r"0\.0 mm and 1\.1 degrees apart"):
        require_agreement(NOMINAL, state(JOINTS, tcp_pose(NOMINAL, JOINTS, turned)), tool)


def test_nominal_constants_are_refused_for_a_calibrated_arm() -> None:
    tcp = tcp_pose(CALIBRATED, np.array([0.3, -1.0, 1.2, -1.5, -1.5, 0.2]), np.zeros(6))
    with pytest.raises(DeviceFault, match="apart"):
        require_agreement(
            NOMINAL, state(np.array([0.3, -1.0, 1.2, -1.5, -1.5, 0.2]), tcp), np.zeros(6), limit=0.0002, angle=0.0002
        )
