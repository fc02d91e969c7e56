"""What a controller reports, and when its link is to be given up."""

from __future__ import annotations

import time
from typing import Any

import numpy as np

from pushgrasp.deploy.devices import ArmState, DeviceFault, Safety
from pushgrasp.deploy.ur.handshake import require_rtde
from pushgrasp.deploy.ur.rtde import ur_rtde
from pushgrasp.deploy.ur.settings import UrArmCfg

OUTPUTS = [
    "timestamp",
    "actual_q",
    "actual_qd",
    "actual_TCP_force",
    "actual_TCP_pose",
    "speed_scaling",
    "target_speed_fraction",
    "runtime_state",
    "safety_status_bits",
]
"""What is asked for."""
PLAYING = 2
"""``runtime_state`` of a controller whose program runs."""


class Receiver:
    """Listens to one controller; says nothing to it."""

    def __init__(self, cfg: UrArmCfg) -> None:
        """Connect.

        Raises:
            DeviceFault: If the controller does not answer as it should.
            UserError: If ur_rtde is not installed.
        """
        module = ur_rtde("rtde_receive")
        require_rtde(cfg.name, cfg.address, cfg.connect_timeout)
        self._cfg = cfg
        try:
            self._link: Any = module.RTDEReceiveInterface(cfg.address, cfg.frequency, OUTPUTS)
        except Exception as error:  # of C++, of any type
            raise DeviceFault(f"{cfg.name}: no reports from {cfg.address}: {error}") from None
        self._stamp: float = self._link.getTimestamp()
        self._seen = time.monotonic()
        self._lost = ""

    def state(self) -> ArmState:
        """Return what was reported last, without waiting.

        Raises:
            DeviceFault: If the link is gone, silent, or was interrupted; then for good.
        """
        self._look()
        link = self._link
        running = link.getRuntimeState() == PLAYING  # before the safety bits, which say why it does not
        return ArmState(
            stamp=self._stamp,
            received=self._seen,
            joints=np.array(link.getActualQ()),
            velocity=np.array(link.getActualQd()),
            force=np.array(link.getActualTCPForce()),
            tcp=np.array(link.getActualTCPPose()),
            scaling=link.getSpeedScaling() * link.getTargetSpeedFraction(),
            safety=safety_of(link.getSafetyStatusBits()),
            program_running=running,
        )

    def wait_for_news(self, timeout: float) -> bool:
        """Wait for a report that comes after this call; return whether one came in time [s].

        Raises:
            DeviceFault: If the link is gone.
        """
        deadline = time.monotonic() + timeout
        old = self.state().stamp
        while time.monotonic() < deadline:
            if self.state().stamp != old:
                return True
            time.sleep(0.001)
        return False

    def close(self) -> None:
        """End the link. Never raises."""
        try:
            self._link.disconnect()
        except Exception as error:  # of C++, of any type
            self._lost = self._lost or str(error)
        self._lost = self._lost or "the link was closed"

    def _look(self) -> None:
        """Look at the controller's clock, and give up a link that is not as it was."""
        now = time.monotonic()
        stamp = self._link.getTimestamp()
        if not self._lost:
            self._lost = self._judge(stamp, now)
        if self._lost:
            raise DeviceFault(f"{self._cfg.name}: {self._lost}: begin a new session")
        if stamp != self._stamp:
            self._stamp, self._seen = stamp, now

    def _judge(self, stamp: float, now: float) -> str:
        """Return what is wrong with the link; nothing where it is in order."""
        age = now - self._seen
        if not self._link.isConnected():
            return "the link to the controller is gone"
        if stamp < self._stamp or stamp - self._stamp > age + self._cfg.clock_jump:
            return "the controller's clock has jumped: it was restarted, or the link was interrupted"
        if stamp == self._stamp and age > self._cfg.stale:
            return f"the controller has been silent for {age:.2f} s, at most {self._cfg.stale:g} s are allowed"
        return ""


def safety_of(bits: int) -> Safety:
    """Return what the bits of ``safety_status_bits`` say."""
    if bits & (1 << 5 | 1 << 6 | 1 << 7):
        return Safety.EMERGENCY_STOP
    if bits & 1 << 2:
        return Safety.PROTECTIVE_STOP
    if bits & ~(1 << 0 | 1 << 1):
        return Safety.OTHER
    return {1: Safety.NORMAL, 2: Safety.REDUCED, 3: Safety.REDUCED}.get(bits, Safety.OTHER)
