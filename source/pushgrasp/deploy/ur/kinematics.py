"""The kinematics that a controller was calibrated to, as it tells them."""

from __future__ import annotations

import socket
import struct
import time
from dataclasses import dataclass

import numpy as np

from pushgrasp.deploy.devices import DeviceFault

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
