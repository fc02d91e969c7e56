"""Settings of one UR arm."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from pushgrasp.settings import NotNegative, Positive, Range, Settings, Share


@dataclass(frozen=True)
class UrArmCfg(Settings):
    """One arm, how it is driven, and when it is stopped."""

    name: str
    """How people and messages call it."""
    address: str
    """Of the controller."""
    frequency: Annotated[float, Range(least=10, most=500)] = 125.0
    """How often the controller reports [Hz]."""
    lookahead: Annotated[float, Range(least=0.03, most=0.2)] = 0.1
    """Over how long the controller smooths set-points [s]."""
    gain: Annotated[float, Range(least=100, most=2000)] = 300.0
    """How stiffly it follows them."""
    watchdog: Positive = 12.5
    """The controller stops the program when set-points come less often [Hz]."""
    call_limit: Positive = 0.05
    """Longest time for handing over a set-point [s]."""
    stale: Positive = 0.08
    """Greatest age of what the controller said last [s]; with a cycle on top it is noticed within 0.1 s."""
    clock_jump: Positive = 0.5
    """By how much the controller's clock may run ahead of ours between two looks [s]."""
    max_step: Positive = 0.05
    """Greatest way of a joint from one set-point to the next, and from where the arm is to the first [rad]."""
    min_scaling: Share = 0.02
    """Least speed scaling with which the arm is started and driven."""
    deceleration: Positive = 4.0
    """At a stop [rad/s^2]."""
    connect_timeout: Positive = 5.0
    """For a connection to be of use [s]."""
    start_timeout: Positive = 15.0
    """For the program to be uploaded and to run [s]."""
    stop_timeout: Positive = 1.0
    """For the arm to come to rest and the program to end; the dashboard is told after that [s]."""
    payload: NotNegative = 0.0
    """Mass of gripper and coupling [kg]."""
    payload_centre: tuple[float, float, float] = (0.0, 0.0, 0.0)
    """Centre of gravity of the payload in the frame of the flange [m]."""
    tcp: tuple[float, float, float, float, float, float] = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    """The TCP in the frame of the flange: position [m] and rotation vector [rad]."""
    upper_registers: bool = False
    """Whether the program uses input registers 24 to 47, where a fieldbus holds the first ones."""
