"""The kinematics that a controller was calibrated to, and whether it agrees with what the controller measures."""

from __future__ import annotations

import socket
import struct
import time
from dataclasses import dataclass
from functools import reduce

import numpy as np
from scipy.spatial.transform import Rotation

from pushgrasp.deploy.devices import ArmState, DeviceFault

PRIMARY_PORT = 30001
ROBOT_STATE = 16
"""Type of the messages of port 30001 that hold packages."""
KINEMATICS_INFO = 5
"""Type of the package with the kinematics."""
LAYOUT = struct.Struct(">6I6d6d6d6dI")
"""Checksums, theta, a, d, alpha, status of the calibration."""
LONGEST = 1 << 20
"""Bytes after which a stream without kinematics is given up."""


@dataclass(frozen=True)
class Kinematics:
    """Denavit-Hartenberg constants of one arm, each of shape (6,), the calibration of its factory included."""

    theta: np.ndarray
    """Offset of each joint angle [rad]."""
    a: np.ndarray
    """Offset along the turned x-axis [m]."""
    d: np.ndarray
    """Offset along the joint's axis [m]."""
    alpha: np.ndarray
    """Turn about the turned x-axis [rad]."""
    checksum: str
    """Of the calibration, as the controller gives it: six numbers in hexadecimal digits."""


def read_kinematics(address: str, port: int = PRIMARY_PORT, timeout: float = 3.0) -> Kinematics:
    """Read the kinematics that a controller sends to everybody who connects.

    Args:
        address: Of the controller.
        port: Its primary client interface.
        timeout: For all of it [s].

    Raises:
        DeviceFault: If nothing of the kind comes in time.
    """
    deadline = time.monotonic() + timeout
    try:
        with socket.create_connection((address, port), timeout) as link:
            data = b""
            while len(data) < LONGEST:
                link.settimeout(max(deadline - time.monotonic(), 0.001))
                received = link.recv(65536)
                data += received
                found = find_kinematics(data)
                if found is not None:
                    return found
                if not received:
                    break
    except OSError as error:
        raise DeviceFault(f"{address}: no kinematics from port {port}: {error}") from None
    raise DeviceFault(f"{address}: port {port} sent no kinematics; is it a UR controller?")


def find_kinematics(data: bytes) -> Kinematics | None:
    """Return the kinematics from the beginning of the stream of port 30001; None where they have not come yet."""
    while len(data) >= 5:
        size, kind = struct.unpack_from(">IB", data)
        if size < 5 or len(data) < size:
            return None
        found = _find_package(data[5:size]) if kind == ROBOT_STATE else None
        if found is not None:
            return found
        data = data[size:]
    return None


def _find_package(packages: bytes) -> Kinematics | None:
    """Return the kinematics among the packages of one message."""
    while len(packages) >= 5:
        size, kind = struct.unpack_from(">IB", packages)
        if kind == KINEMATICS_INFO and size >= 5 + LAYOUT.size and len(packages) >= size:
            return _parsed(packages[5:size])
        packages = packages[max(size, 5) :]
    return None


def _parsed(body: bytes) -> Kinematics:
    """Return what the package's body says."""
    values = LAYOUT.unpack_from(body)
    theta, a, d, alpha = np.array(values[6:30]).reshape(4, 6)
    return Kinematics(theta, a, d, alpha, "-".join(f"{number:08x}" for number in values[:6]))


def tcp_pose(kinematics: Kinematics, joints: np.ndarray, tcp: np.ndarray) -> np.ndarray:
    """Return where the TCP is in the controller's base frame.

    Args:
        kinematics: Of the arm.
        joints: Joint angles [rad], shape (6,).
        tcp: The TCP in the frame of the flange: position [m] and rotation vector [rad], shape (6,).

    Returns:
        Position [m] and rotation vector [rad], shape (6,).
    """
    flange = reduce(np.matmul, _links(kinematics, np.asarray(joints)))
    position = flange[:3, :3] @ tcp[:3] + flange[:3, 3]
    rotation = Rotation.from_matrix(flange[:3, :3]) * Rotation.from_rotvec(tcp[3:])
    return np.concatenate([position, rotation.as_rotvec()])


def _links(kinematics: Kinematics, joints: np.ndarray) -> np.ndarray:
    """Return each link's frame in the frame of the one before it, shape (6, 4, 4)."""
    angle = joints + kinematics.theta
    cos, sin = np.cos(angle), np.sin(angle)
    tilt_cos, tilt_sin = np.cos(kinematics.alpha), np.sin(kinematics.alpha)
    links = np.zeros((6, 4, 4))
    links[:, 0] = np.stack([cos, -sin * tilt_cos, sin * tilt_sin, kinematics.a * cos], axis=1)
    links[:, 1] = np.stack([sin, cos * tilt_cos, -cos * tilt_sin, kinematics.a * sin], axis=1)
    links[:, 2, 1], links[:, 2, 2], links[:, 2, 3], links[:, 3, 3] = tilt_sin, tilt_cos, kinematics.d, 1.0
    return links


def require_agreement(
    kinematics: Kinematics, state: ArmState, tool: np.ndarray, limit: float = 0.002, angle: float = 0.01
) -> None:
    """Refuse an arm whose controller puts the TCP elsewhere than its kinematics and our tool do.

    Args:
        kinematics: Of the arm.
        state: Joint angles and TCP as the controller says.
        tool: The TCP in the frame of the flange: position [m] and rotation vector [rad], shape (6,).
        limit: Greatest distance [m].
        angle: Greatest turn [rad].

    Raises:
        DeviceFault: If they differ by more.
    """
    ours = tcp_pose(kinematics, state.joints, np.asarray(tool))
    apart = float(np.linalg.norm(ours[:3] - state.tcp[:3]))
    turned = (Rotation.from_rotvec(ours[3:]).inv() * Rotation.from_rotvec(state.tcp[3:])).magnitude()
    if not (apart <= limit and turned <= angle):
        raise DeviceFault(
            f"the controller's TCP and the arm's kinematics are {1000 * apart:.1f} mm and {np.degrees(turned):.1f} "
            f"degrees apart; {1000 * limit:.1f} mm and {np.degrees(angle):.1f} degrees are allowed: compare the tool "
            "of the cell file with the TCP in the controller's installation"
        )
