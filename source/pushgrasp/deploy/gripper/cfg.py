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
    force: Annotated[int, Range(least=0, most=255)] = 50
    """FOR: force of the jaws in the gripper's own numbers, 10 N at 0 to 125 N at 255."""
    table: tuple[tuple[float, float], ...] = ((3.0, 0.140), (230.0, 0.0))
    """Measured pairs of POS and opening [m]; at least six of this very gripper, or the two ends of an average one."""
    speeds: tuple[Positive, Positive] = (0.030, 0.250)
    """Speed of the opening at SPE 0 and at SPE 255 [m/s]."""
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
        if self.speeds[0] >= self.speeds[1]:
            raise ValueError(f"{where}.speeds={self.speeds}: the smaller one comes first")

    def speed_number(self, speed: float) -> int:
        """Return SPE for a speed of the opening [m/s]; the slowest and fastest where it is beyond them.

        Raises:
            ValueError: If the speed is not positive and finite.
        """
        if not 0.0 < speed < float("inf"):
            raise ValueError(f"speed={speed}: a positive number is needed")
        low, high = self.speeds
        share = min(max((speed - low) / (high - low), 0.0), 1.0)
        return int(share * (POSITIONS - 1) + 1e-6)  # rounded down: no faster than was asked for
