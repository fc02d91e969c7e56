"""When jaws hold something: each condition fires alone."""

import pytest

from pushgrasp.deploy.devices import Contact, GripperState
from pushgrasp.deploy.gripper.holding import HoldCfg, is_gripping, is_holding


def state(width: float, contact: Contact = Contact.CLOSING, active: bool = True) -> GripperState:
    return GripperState(0.0, width, contact, 0, active)


def test_a_block_that_stays() -> None:
    assert is_holding(state(0.040), state(0.0394), HoldCfg())


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (state(0.040), state(0.040, Contact.ARRIVED)),  # lost
        (state(0.040, Contact.ARRIVED), state(0.040)),
        (state(0.040, Contact.MOVING), state(0.040)),
        (state(0.003), state(0.003)),  # the pads on each other
        (state(0.040), state(0.0245)),  # slipped
        (state(0.040), state(0.040, active=False)),
        (state(0.040, Contact.OPENING), state(0.040, Contact.OPENING)),
    ],
)
def test_what_is_no_hold(before: GripperState, after: GripperState) -> None:
    assert not is_holding(before, after, HoldCfg())


def test_gripping_at_the_limits() -> None:
    assert is_gripping(state(0.004), HoldCfg()) and not is_gripping(state(0.0039), HoldCfg())
