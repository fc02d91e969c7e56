"""Settings of a Robotiq gripper."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from pushgrasp.deploy.gripper.width_table import POSITIONS, check_pairs
from pushgrasp.settings import Positive, Range, Settings


@dataclass
class RobotiqCfg(Settings):
    """One Robotiq 2F-140 at the socket of its URCap."""

    name: str = "gripper"
    """How people and messages call it."""
    address: str = ""
    """IP address of the controller that runs the URCap."""
    port: Annotated[int, Range(least=1, most=65535)] = 63352
    """Port of the URCap."""
    force: Positive = 40.0
    """Force of the jaws [N]."""
    table: tuple[tuple[float, float], ...] = ((3.0, 0.140), (230.0, 0.0))
    """Measured pairs of POS and opening [m]; at least six of this very gripper, or the two ends of an average one."""
    speeds: tuple[Positive, Positive] = (0.030, 0.250)
    """Speed of the opening at SPE 0 and at SPE 255 [m/s]."""
    forces: tuple[Positive, Positive] = (10.0, 125.0)
    """Force of the jaws at FOR 0 and at FOR 255 [N]."""
    rate: Annotated[float, Range(least=1, most=100)] = 20.0
    """How often its state is asked for [Hz]."""
    stale: Positive = 0.1
    """Age of the last state from which on the gripper counts as silent [s]."""
    connecting: Positive = 3.0
    """Longest wait for the link and the first state [s]."""
    activation: Positive = 15.0
    """Longest wait until it is active [s]."""

    def check(self, where: str) -> None:
        """Refuse values out of range, and a table that is none."""
        super().check(where)
        check_pairs(f"{where}.table", self.table)
        for name in ("speeds", "forces"):
            low, high = getattr(self, name)
            if low >= high:
                raise ValueError(f"{where}.{name}={(low, high)}: the smaller one comes first")
        if not self.forces[0] <= self.force <= self.forces[1]:
            raise ValueError(f"{where}.force={self.force}: {self.forces[0]} to {self.forces[1]} N are possible")

    def speed_number(self, speed: float) -> int:
        """Return SPE for a speed of the opening [m/s]; the slowest and fastest where it is beyond them.

        Raises:
            ValueError: If the speed is not positive and finite.
        """
        return _number("speed", speed, *self.speeds)

    def force_number(self) -> int:
        """Return FOR for the force."""
        return _number("force", self.force, *self.forces)


def _number(name: str, value: float, low: float, high: float) -> int:
    """Whole number of a register for a value; rounded down, so that no more is asked for than was said."""
    if not 0.0 < value < float("inf"):
        raise ValueError(f"{name}={value}: a positive number is needed")
    share = min(max((value - low) / (high - low), 0.0), 1.0)
    return int(share * (POSITIONS - 1) + 1e-6)
