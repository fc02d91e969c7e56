"""The safety system of a fake controller."""

from __future__ import annotations

from enum import Enum


class SafetyState(Enum):
    """What the safety system says: bits of ``safety_status_bits``, ``safety_mode``, word of the dashboard."""

    NORMAL = (1 << 0, 1, "NORMAL")
    PROTECTIVE_STOP = (1 << 2 | 1 << 10, 3, "PROTECTIVE_STOP")
    EMERGENCY_STOP = (1 << 6 | 1 << 7 | 1 << 10, 7, "ROBOT_EMERGENCY_STOP")

    @property
    def bits(self) -> int:
        """As RTDE gives it."""
        return self.value[0]

    @property
    def mode(self) -> int:
        """As RTDE gives it."""
        return self.value[1]

    @property
    def word(self) -> str:
        """As the dashboard gives it."""
        return self.value[2]
