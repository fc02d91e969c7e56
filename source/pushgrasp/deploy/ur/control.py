"""Our end of the control link of one arm: the link itself is held by a process that can be ended at any time."""

from __future__ import annotations

import os
import socket
import subprocess
import sys

import numpy as np

from pushgrasp.deploy.devices import DeviceFault
from pushgrasp.deploy.ur.control_process import OPENING, SET_POINT, STOP
from pushgrasp.deploy.ur.settings import UrArmCfg

IN_USE = "already in use"
"""What ur_rtde says of registers that somebody else has."""


class ControlLink:
    """Control of one arm; from its first set-point on the next one is due within the watchdog's time."""

    def __init__(self, cfg: UrArmCfg) -> None:
        """Take control: connect, upload the program, set payload, TCP and watchdog.

        Raises:
            DeviceFault: If the controller does not take it.
        """
        self._cfg = cfg
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            command = [sys.executable, "-m", "pushgrasp.deploy.ur.control_process", str(theirs.fileno()), cfg.address]
            self._process = subprocess.Popen(
                command,
                env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,  # an interruption from the keyboard is for the parent, who stops the arm
            )
        self._socket = ours
        opening = OPENING.pack(
            *(cfg.frequency, cfg.payload, *cfg.payload_centre, *cfg.tcp),
            *(cfg.lookahead, cfg.gain, cfg.watchdog, cfg.upper_registers),
        )
        error = self._call(opening, cfg.start_timeout)
        if error:
            self.end()
            raise DeviceFault(f"{cfg.name}: {_explained(error)}")

    def servo(self, joints: np.ndarray, dt: float) -> None:
        """Send one set-point [rad], shape (6,), which holds for ``dt`` [s].

        Raises:
            DeviceFault: If it is not taken, or not in time.
        """
        error = self._call(SET_POINT.pack(*joints, dt), self._cfg.call_limit)
        if error:
            raise DeviceFault(f"{self._cfg.name}: {error}")

    def stop(self) -> bool:
        """Come to rest and end the program; return whether the controller says so. Never raises."""
        return not self._call(STOP.pack(self._cfg.deceleration), self._cfg.stop_timeout)

    def end(self) -> None:
        """End the link at once, whatever it does. Never raises."""
        self._process.kill()
        self._process.wait()
        self._socket.close()

    def _call(self, message: bytes, limit: float) -> str:
        """Send a message; return what went wrong, nothing where all is well."""
        try:
            self._socket.settimeout(limit)
            self._socket.send(message)
            answer = self._socket.recv(4096)
        except TimeoutError:
            return f"the controller has not answered within {limit:g} s"
        except OSError as error:
            return f"the control link has ended ({error})"
        return "" if answer == b"ok" else answer.decode(errors="replace") or "the control link has ended"


def _explained(error: str) -> str:
    """Return what ur_rtde says when it connects, with what to do about it."""
    if IN_USE in error:
        return (
            "its RTDE input registers are in use: end the other client (a second program, a robot driver), disable "
            "EtherNet/IP, PROFINET and MODBUS in the installation, or set upper_registers for registers 24 to 47"
        )
    if "remote control" in error:
        return "the controller is in local mode: switch the pendant to remote control"
    if "start control script" in error:
        return f"the program does not start ({error}): look at the pendant for a message"
    return f"no control: {error}"
