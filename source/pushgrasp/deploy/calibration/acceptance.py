"""The numbers that a calibration has to reach, and what to do where it does not."""

from __future__ import annotations

from dataclasses import dataclass

from pushgrasp.deploy.calibration.calibration import Calibration
from pushgrasp.settings import Positive, Settings


@dataclass(frozen=True)
class Limits(Settings):
    """Largest values that are accepted.

    Raises:
        ValueError: If one is not positive.
    """

    rms: Positive = 1.0
    """Distance of predicted from seen corners [pixel]."""
    held_out: Positive = 0.003
    """Error of a pose that the solution did not know [m]."""
    scale: Positive = 0.005
    """Part by which the board may seem larger or smaller than it should be."""
    touch: Positive = 0.003
    """Distance of a touched point from where it should be [m]."""
    arm_to_arm: Positive = 0.003
    """Distance of what two arms say of the same point [m]."""


@dataclass(frozen=True)
class Check:
    """One number beside its limit."""

    name: str
    value: float
    """In ``unit``."""
    limit: float
    unit: str
    remedy: str
    """What to do where the value is above the limit."""

    @property
    def passed(self) -> bool:
        """Whether the value is a number within the limit."""
        return self.value <= self.limit

    @property
    def fault(self) -> str:
        """What is wrong and what to do."""
        return f"{self.name} is {self.value:.2f} {self.unit}, at most {self.limit:g} is accepted: {self.remedy}"


_SIZES = "measure the squares with a ruler (board.json), and use the intrinsics of this resolution (camera.json)"
_TOUCH = "is the TCP between the closed finger tips? has the camera moved? else take the pictures anew"


def checks(calibration: Calibration, limits: Limits) -> list[Check]:
    """Return every number that is known, in the order in which they came up."""
    found = []
    for name, arm in calibration.arms.items():
        leave_out = f"look at {arm.worst_picture} ({arm.worst_rms:.2f} px): did the board slip, was the arm at rest?"
        found += [
            Check(f"{name}: size of the board, error", 100 * abs(arm.scale - 1), 100 * limits.scale, "%", _SIZES),
            Check(f"{name}: RMS of reprojection", arm.rms, limits.rms, "px", leave_out),
            Check(f"{name}: held-out pose", 1000 * arm.held_out, 1000 * limits.held_out, "mm", leave_out),
        ]
    if calibration.table_rms is not None:
        flat = "the board has to lie flat, and still, in each picture of the table"
        found.append(Check("table: RMS of reprojection", calibration.table_rms, limits.rms, "px", flat))
    return found + _touch_checks(calibration, limits)


def _touch_checks(calibration: Calibration, limits: Limits) -> list[Check]:
    """Return the numbers of the touch test, as far as it was done."""
    touched = {name: arm.touch for name, arm in calibration.arms.items() if arm.touch is not None}
    most = 1000 * limits.touch
    found = [Check(f"{name}: touch test", 1000 * value, most, "mm", _TOUCH) for name, value in touched.items()]
    if calibration.arm_to_arm is not None:
        value, most = 1000 * calibration.arm_to_arm, 1000 * limits.arm_to_arm
        found.append(Check("arm to arm, same points touched", value, most, "mm", _TOUCH))
    return found


def require_accepted(calibration: Calibration, limits: Limits) -> None:
    """Refuse a calibration that does not reach the numbers.

    Raises:
        ValueError: Naming each number that is above its limit, and what to do.
    """
    faults = [check.fault for check in checks(calibration, limits) if not check.passed]
    if faults:
        raise ValueError(f"calibration refused: {'; '.join(faults)}")
