"""What is looked at in every control cycle, and how fast the clock that both arms share may run."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch

from pushgrasp.deploy.devices import ArmState, GripperState, Safety
from pushgrasp.deploy.sections import BoxCfg, SafetyCfg
from pushgrasp.deploy.settings import CellCfg
from pushgrasp.motion.arm.model import JOINT_LIMITS, NUM_JOINTS
from pushgrasp.scenes.rotations import rotate


@dataclass(frozen=True, eq=False)
class Cycle:
    """One control cycle of A arms, before its set-points are sent."""

    now: float
    """``time.monotonic()`` [s]."""
    elapsed: float
    """Time since the last cycle, its sending included [s]; 0 in the first one."""
    setpoints: np.ndarray
    """Joint angles about to be sent [rad], shape (A, 6)."""
    last: np.ndarray
    """Those sent last, in the first cycle the measured ones [rad], shape (A, 6)."""
    arms: Sequence[ArmState]
    """What the arms said last."""
    grippers: Sequence[GripperState]
    """What the grippers said last."""


class CycleGuard:
    """Looks at a control cycle; holds no state, and what it says depends on nothing but what it is given."""

    def __init__(self, cell: CellCfg) -> None:
        """Take thresholds, names and base poses from a cell."""
        self._safety, self._box = cell.safety, cell.safety.box
        self._names = [arm.name for arm in cell.arms]
        axes = torch.eye(3, dtype=torch.float64)
        self._turns = [rotate(torch.tensor(arm.quaternion, dtype=torch.float64), axes).numpy() for arm in cell.arms]
        self._bases = [np.array(arm.position) for arm in cell.arms]

    def violation(self, cycle: Cycle) -> str | None:
        """Return the first thing that is wrong, which arm or gripper and what is allowed; None if the cycle may go on.

        Raises:
            ValueError: If there are not as many set-points, arms and grippers as in the cell.
        """
        shape, counts = (len(self._names), NUM_JOINTS), (len(cycle.arms), len(cycle.grippers))
        if cycle.setpoints.shape != shape or cycle.last.shape != shape or counts != (shape[0], shape[0]):
            found = f"{cycle.setpoints.shape}, {cycle.last.shape} and {counts} states"
            raise ValueError(f"set-points and states are {found}; {shape}, {shape} and {shape[0]} of each are needed")
        return next(self._violations(cycle), None)

    def _violations(self, cycle: Cycle) -> Iterator[str]:
        if not cycle.elapsed <= self._safety.deadline:
            yield f"the last cycle took {_ms(cycle.elapsed)}; at most {_ms(self._safety.deadline)} are allowed"
        for arm, (name, state) in enumerate(zip(self._names, cycle.arms, strict=True)):
            yield from _controller_faults(name, state, cycle.now, self._safety)
            yield from _motion_faults(name, state, cycle.last[arm], self._safety)
            yield from _box_faults(name, self._turns[arm].T @ state.tcp[:3] + self._bases[arm], self._safety, self._box)
        for name, gripper in zip(self._names, cycle.grippers, strict=True):
            yield from _gripper_faults(f"{name} gripper", gripper, cycle.now, self._safety)
        for arm, name in enumerate(self._names):
            yield from _setpoint_faults(name, cycle.setpoints[arm], cycle.last[arm], self._safety)


def _controller_faults(name: str, state: ArmState, now: float, safety: SafetyCfg) -> Iterator[str]:
    """Whether the controller is there, well, and follows set-points."""
    if not now - state.received <= safety.stale:
        yield f"{name}: silent for {_ms(now - state.received)}; at most {_ms(safety.stale)} are allowed"
    if state.safety is not Safety.NORMAL:
        remedy = "look at the cell, then release it on the pendant"
        yield f"{name}: {state.safety.value}; only {Safety.NORMAL.value} is allowed: {remedy}"
    if not state.program_running:
        yield f"{name}: its program has ended: by its watchdog, on the pendant, or by another client"
    if not state.scaling >= safety.slider:
        least = f"at least {safety.slider:.1%} is needed: raise the speed slider"
        yield f"{name}: slowed down to {state.scaling:.1%} of its speed; {least}"


def _motion_faults(name: str, state: ArmState, last: np.ndarray, safety: SafetyCfg) -> Iterator[str]:
    """Whether the arm is where it should be, and feels nothing."""
    error = float(np.abs(state.joints - last).max())
    if not error <= safety.tracking_error:
        yield f"{name}: a joint is {error:.3f} rad from its set-point; at most {safety.tracking_error} are allowed"
    force = float(np.sqrt((state.force[:3] ** 2).sum()))
    if not force <= safety.force:
        yield f"{name}: a force of {force:.1f} N on its TCP; at most {safety.force:.1f} are allowed"


def _box_faults(name: str, tcp: np.ndarray, safety: SafetyCfg, box: BoxCfg) -> Iterator[str]:
    """Whether the TCP, as measured, keeps off the safety planes by half of what plans do."""
    if not box.contains(tcp.tolist(), 0.5 * safety.inside):
        at = ", ".join(f"{x:.3f}" for x in tcp)
        yield f"{name}: its TCP is at ({at}) m; {box}, or {0.5 * safety.inside:.3f} m beyond, is allowed"


def _gripper_faults(name: str, state: GripperState, now: float, safety: SafetyCfg) -> Iterator[str]:
    if not now - state.received <= safety.gripper_stale:
        yield f"{name}: silent for {_ms(now - state.received)}; at most {_ms(safety.gripper_stale)} are allowed"
    if state.fault:
        yield f"{name}: reports fault {state.fault}"
    if not state.active:
        yield f"{name}: is not active any more"


def _setpoint_faults(name: str, setpoint: np.ndarray, last: np.ndarray, safety: SafetyCfg) -> Iterator[str]:
    """Whether a set-point may be sent after the last one."""
    step = float(np.abs(setpoint - last).max())
    if not step <= safety.step:
        yield f"{name}: a set-point is {step:.4f} rad from the last one; at most {safety.step} are allowed"
    if not (np.abs(setpoint) <= JOINT_LIMITS).all():
        yield f"{name}: a set-point is beyond the joints' range: {np.round(setpoint, 3).tolist()}"


def _ms(seconds: float) -> str:
    return f"{1e3 * seconds:.0f} ms" if math.isfinite(seconds) else f"{seconds} s"


def common_scaling(arms: Sequence[ArmState]) -> float:
    """Return the share of its speed, 0 to 1, at which the clock of both arms may run: that of the slower controller.

    Args:
        arms: What the arms said last.

    Raises:
        ValueError: If a speed scaling is not a number.
    """
    scaling = [arm.scaling for arm in arms]
    if not all(math.isfinite(value) for value in scaling):
        raise ValueError(f"speed scalings are {scaling}; finite numbers are needed")
    return min(1.0, max(0.0, min(scaling)))
