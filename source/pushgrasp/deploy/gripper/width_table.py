"""From a Robotiq gripper's position register to the opening of its jaws and back."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from scipy.interpolate import PchipInterpolator

POSITIONS = 256
"""Values of the position register."""

MEASURED = 6
"""Pairs that a measured table has at least."""

WIDEST = 0.2
"""No gripper of the family opens wider [m]."""


def check_pairs(name: str, pairs: Sequence[Sequence[float]]) -> None:
    """Refuse pairs of POS and opening that make no table.

    Args:
        name: What messages call them.
        pairs: POS and opening [m]; two ends, or :data:`MEASURED` and more.

    Raises:
        ValueError: Naming what is wrong and what is needed.
    """
    count = len(pairs)
    if count != 2 and count < MEASURED:
        raise ValueError(f"{name} has {count} pairs: two ends or at least {MEASURED} measured pairs are needed")
    values = np.asarray(pairs, dtype=float)
    positions, widths = values[:, 0], values[:, 1]
    if not (np.diff(positions) > 0).all() or not 0 <= positions[0] <= positions[-1] < POSITIONS:
        raise ValueError(f"{name}: POS {positions.tolist()} has to rise from pair to pair, from 0 to {POSITIONS - 1}")
    if not (np.diff(widths) < 0).all() or not 0 <= widths[-1] <= widths[0] <= WIDEST:
        remedy = f"the opening has to fall as POS rises, from {WIDEST} to 0 m (metres, not millimetres)"
        raise ValueError(f"{name}: openings {widths.tolist()}: {remedy}")


class WidthTable:
    """Openings of one gripper for every value of POS, by monotone interpolation (PCHIP) between measured pairs."""

    def __init__(self, pairs: Sequence[Sequence[float]]) -> None:
        """Interpolate.

        Args:
            pairs: POS and opening [m], POS rising.

        Raises:
            ValueError: As :func:`check_pairs`.
        """
        check_pairs("table", pairs)
        positions, widths = np.asarray(pairs, dtype=float).T
        self._positions = np.arange(math.ceil(positions[0]), math.floor(positions[-1]) + 1)
        self._widths = np.maximum(PchipInterpolator(positions, widths)(self._positions), 0.0)  # rounding

    @property
    def widest(self) -> float:
        """Largest opening in the table [m]."""
        return float(self._widths[0])

    def width(self, position: int) -> float:
        """Return the opening [m] at a value of POS; that of the nearer end outside the table."""
        place = np.clip(position - self._positions[0], 0, len(self._widths) - 1)
        return float(self._widths[place])

    def position(self, width: float) -> int:
        """Return the POS whose opening comes nearest to ``width`` [m]; the nearer end outside the table.

        Raises:
            ValueError: If the width is negative or not finite.
        """
        if not 0.0 <= width < float("inf"):
            raise ValueError(f"width={width}: an opening of at least 0 m is needed")
        return int(self._positions[np.abs(self._widths - width).argmin()])
