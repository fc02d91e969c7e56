"""Smooth time scaling: a trapezoid of speed, so that every leg starts and ends at rest."""

import torch

RAMP_FRACTION = 0.25
"""Share of a leg's duration spent speeding up, and again slowing down."""

PEAK_RATIO = 1.0 / (1.0 - RAMP_FRACTION)
"""Peak speed over mean speed of a leg: a leg lasts this many times longer than at constant peak speed."""

PEAK_ACCELERATION_RATIO = PEAK_RATIO / RAMP_FRACTION
"""Peak acceleration of a leg in units of its length over its duration squared."""


def progress_at(time: torch.Tensor) -> torch.Tensor:
    """Return the share of a leg covered at a share ``time`` in [0, 1] of its duration, any shape."""
    near = torch.minimum(time, 1.0 - time)
    ramp = near.clamp(max=RAMP_FRACTION)
    covered = PEAK_RATIO * (ramp * ramp / (2.0 * RAMP_FRACTION) + (near - ramp))
    return torch.where(time < 0.5, covered, 1.0 - covered)


def time_at(progress: torch.Tensor) -> torch.Tensor:
    """Return the share of a leg's duration after which the share ``progress`` in [0, 1] is covered, any shape."""
    near = torch.minimum(progress, 1.0 - progress)
    ramp = (2.0 * RAMP_FRACTION / PEAK_RATIO * near.clamp(min=0.0)).sqrt()
    cruise = near / PEAK_RATIO + 0.5 * RAMP_FRACTION
    time = torch.where(ramp < RAMP_FRACTION, ramp, cruise)
    return torch.where(progress < 0.5, time, 1.0 - time)
