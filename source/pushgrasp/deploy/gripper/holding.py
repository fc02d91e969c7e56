"""Whether jaws hold an object, from what the gripper says before and after the lift."""

from __future__ import annotations

from dataclasses import dataclass

from pushgrasp.deploy.devices import Contact, GripperState
from pushgrasp.settings import NotNegative, Positive, Settings


@dataclass
class HoldCfg(Settings):
    """What counts as holding."""

    thinnest: NotNegative = 0.004
    """Opening below which there is nothing between the jaws [m]; the jaws alone close to about 0."""
    slip: Positive = 0.015
    """Largest change of the opening while lifting [m]: what is held askew turns until it lies flat against the pads."""


def is_gripping(state: GripperState, cfg: HoldCfg) -> bool:
    """Tell whether closing jaws have met something and are still on it."""
    return state.active and state.contact is Contact.CLOSING and state.width >= cfg.thinnest


def is_holding(before: GripperState, after: GripperState, cfg: HoldCfg) -> bool:
    """Tell whether an object was gripped before the lift and is still held, as it was, after it.

    OBJ alone does not tell: it reads "at its target" both for jaws that close on nothing and for a lost object, and an
    object that slips out of the jaws' middle leaves "contact" behind at another opening.

    Args:
        before: State when the jaws had closed, before the lift.
        after: State at the end of the lift.
        cfg: What counts.
    """
    gripping = is_gripping(before, cfg) and is_gripping(after, cfg)
    return gripping and abs(after.width - before.width) <= cfg.slip
