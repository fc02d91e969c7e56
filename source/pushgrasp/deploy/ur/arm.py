"""A UR arm as a device: every set-point is checked, and so is the controller before it gets it."""

from __future__ import annotations

from typing import NoReturn

import numpy as np

from pushgrasp.deploy.devices import ArmState, DeviceFault, Safety
from pushgrasp.deploy.ur.control import ControlLink
from pushgrasp.deploy.ur.dashboard import Dashboard
from pushgrasp.deploy.ur.handshake import require_port, require_rtde
from pushgrasp.deploy.ur.receiver import Receiver
from pushgrasp.deploy.ur.settings import UrArmCfg

MOVES = (Safety.NORMAL, Safety.REDUCED)
"""What the safety system says of an arm that may move."""


class UrArm:
    """One UR arm (:class:`pushgrasp.deploy.devices.Arm`).

    It only listens until :meth:`start`. After a fault while it was under control it takes nothing more: a new
    session makes a new one. Start all arms before the first set-point of any: from its first one on an arm needs the
    next within the watchdog's time, until :meth:`stop`.
    """

    def __init__(self, cfg: UrArmCfg) -> None:
        """Connect, to listen only.

        Raises:
            DeviceFault: If the controller does not answer, or its PolyScope is not supported.
            UserError: If ur_rtde is not installed.
        """
        self.cfg = cfg
        self.dashboard = Dashboard(cfg.name, cfg.address)
        """The controller's dashboard, for checks and for the operator."""
        self.dashboard.require_version()
        self._receiver = Receiver(cfg)
        self._control: ControlLink | None = None
        self._last = np.zeros(6)
        self._fault = ""

    @property
    def name(self) -> str:
        """How people and messages call it."""
        return self.cfg.name

    def state(self) -> ArmState:
        """Return what the controller said last, without waiting.

        Raises:
            DeviceFault: If the link is gone, silent, or was interrupted; then for good.
        """
        return self._receiver.state()

    def start(self) -> None:
        """Take control of an arm at rest: upload the program, set payload and TCP.

        Raises:
            DeviceFault: If the controller is not ready: its message says what the operator has to do.
        """
        if self._fault:
            raise DeviceFault(f"{self.name}: stopped before ({self._fault}): begin a new session")
        if self._control is not None:
            raise DeviceFault(f"{self.name}: it is under control already")
        self.dashboard.require_ready()
        self._require_movable(self._fresh_state())
        require_rtde(self.name, self.cfg.address, self.cfg.connect_timeout)
        require_port(self.name, self.cfg.address, self.cfg.connect_timeout)
        self._control = ControlLink(self.cfg)
        try:
            state = self._fresh_state()
            self._require_movable(state)
            self._require_running(state)
        except DeviceFault:
            self.stop()
            raise
        self._last = state.joints

    def servo(self, joints: np.ndarray, dt: float) -> None:
        """Send one set-point [rad], shape (6,), which holds for ``dt`` [s].

        Raises:
            DeviceFault: If the set-point is not one that the arm can follow, or the controller is not as it should
                be, or does not take it in time; then for good.
        """
        control = self._control
        if control is None or self._fault:
            raise DeviceFault(f"{self.name}: it is not under control{f' ({self._fault})' * bool(self._fault)}")
        try:
            target = self._checked(joints)
            self._require_healthy()
            self._hand_over(control, target, dt)
        except DeviceFault as fault:
            self._fail(fault)
        self._last = target

    def stop(self) -> bool:
        """Come to rest and give control back; return whether the controller could be told. Never raises.

        A controller that has become silent is not asked by way of ur_rtde, which would connect and upload again: its
        link is cut, and the dashboard is told.
        """
        control, self._control = self._control, None
        if control is None:
            return True
        told = self._heard() and control.stop()
        control.end()
        return told or self._stop_by_dashboard()

    def close(self) -> None:
        """End the links; an arm that is under control is stopped first. Never raises."""
        self.stop()
        self._receiver.close()

    def _heard(self) -> bool:
        """Return whether the controller is still heard."""
        try:
            self.state()
        except DeviceFault:
            return False
        return True

    def _stop_by_dashboard(self) -> bool:
        """Tell the dashboard to stop the program; return whether it says that it has."""
        try:
            return self.dashboard.stop()
        except DeviceFault:
            return False

    def _fail(self, fault: DeviceFault) -> NoReturn:
        """Keep a fault for good and pass it on."""
        self._fault = str(fault)
        raise fault

    def _hand_over(self, control: ControlLink, target: np.ndarray, dt: float) -> None:
        """Send a set-point; where it is not taken, the next report may say why."""
        try:
            control.servo(target, dt)
        except DeviceFault:
            self._receiver.wait_for_news(2 / self.cfg.frequency)
            self._require_healthy()
            raise

    def _fresh_state(self) -> ArmState:
        """Return a report that was made after this call.

        Raises:
            DeviceFault: If none comes.
        """
        if not self._receiver.wait_for_news(2 * self.cfg.stale):
            raise DeviceFault(f"{self.name}: the controller reports nothing new")
        return self.state()

    def _checked(self, joints: np.ndarray) -> np.ndarray:
        """Return a set-point as numbers.

        Raises:
            DeviceFault: If it is not six finite angles near the last ones.
        """
        target = np.asarray(joints, dtype=float)
        if target.shape != (6,) or not np.isfinite(target).all():
            raise DeviceFault(f"{self.name}: set-point {np.round(target, 3).tolist()}: six finite angles are needed")
        step = float(np.abs(target - self._last).max())
        if step > self.cfg.max_step:
            raise DeviceFault(
                f"{self.name}: set-point {step:.3f} rad from the last one; at most {self.cfg.max_step:g} rad is allowed"
            )
        return target

    def _require_healthy(self) -> None:
        """Refuse to go on with a controller that is not as it should be."""
        state = self.state()
        self._require_movable(state)
        self._require_running(state)

    def _require_running(self, state: ArmState) -> None:
        """Refuse to go on without the program."""
        if not state.program_running:
            raise DeviceFault(
                f"{self.name}: the program has ended: by the watchdog, on the pendant, or by another client"
            )

    def _require_movable(self, state: ArmState) -> None:
        """Refuse to move an arm that is stopped for safety or slowed down to nothing."""
        if state.safety not in MOVES:
            raise DeviceFault(
                f"{self.name}: {state.safety.value}: look at the cell, then release it on the pendant; nothing goes on "
                "by itself"
            )
        if state.scaling < self.cfg.min_scaling:
            raise DeviceFault(
                f"{self.name}: the speed slider stands at {100 * state.scaling:.0f} %, at least "
                f"{100 * self.cfg.min_scaling:.0f} % are needed: raise it on the pendant"
            )
