"""What the bits of the safety system mean, and when a link is given up."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from pushgrasp.deploy.devices import DeviceFault, Safety
from pushgrasp.deploy.ur import receiver
from pushgrasp.deploy.ur.receiver import Receiver, safety_of
from pushgrasp.deploy.ur.settings import UrArmCfg


@pytest.mark.parametrize(
    ("bits", "safety"),
    [
        (1, Safety.NORMAL),
        (2, Safety.REDUCED),
        (1028, Safety.PROTECTIVE_STOP),
        (1 << 6 | 1 << 7 | 1 << 10, Safety.EMERGENCY_STOP),
        (1 << 5, Safety.EMERGENCY_STOP),
        (1 << 4 | 1 << 10, Safety.OTHER),  # safeguard stop
        (1 << 3, Safety.OTHER),  # recovery
        (1 | 1 << 9, Safety.OTHER),  # fault
        (0, Safety.OTHER),  # nothing said
    ],
)
def test_bits_of_the_safety_system(bits: int, safety: Safety) -> None:
    assert safety_of(bits) is safety


class Link:
    """A link of ur_rtde whose clock a test sets."""

    def __init__(self, *_: object) -> None:
        self.stamp, self.connected = 100.0, True

    def getTimestamp(self) -> float:  # noqa: N802
        return self.stamp

    def isConnected(self) -> bool:  # noqa: N802
        return self.connected

    def getRuntimeState(self) -> int:  # noqa: N802
        return 2

    def getSafetyStatusBits(self) -> int:  # noqa: N802
        return 1

    def __getattr__(self, name: str) -> object:
        return lambda: 1.0 if name in ("getSpeedScaling", "getTargetSpeedFraction") else [0.0] * 6


@pytest.fixture
def clocks(monkeypatch: pytest.MonkeyPatch) -> tuple[Receiver, Link, SimpleNamespace]:
    """A receiver, its link, and our clock."""
    clock = SimpleNamespace(now=10.0, sleep=lambda _: None)
    clock.monotonic = lambda: clock.now
    monkeypatch.setattr(receiver, "require_rtde", lambda *_: None)
    monkeypatch.setattr(receiver, "ur_rtde", lambda _: SimpleNamespace(RTDEReceiveInterface=Link))
    monkeypatch.setattr(receiver, "time", clock)
    made = Receiver(UrArmCfg("left", "127.0.0.1", stale=0.1, clock_jump=0.5))
    return made, made._link, clock  # pyright: ignore[reportPrivateUsage]


@pytest.mark.parametrize(
    ("ours", "theirs", "connected", "message"),
    [
        (0.11, 0.0, True, "silent for 0.11 s, at most 0.1 s are allowed"),
        (0.01, -0.01, True, "clock has jumped"),
        (0.01, 0.52, True, "clock has jumped"),
        (0.01, 0.01, False, "link to the controller is gone"),
    ],
)
def test_a_link_that_is_not_as_it_was_is_given_up_for_good(
    clocks: tuple[Receiver, Link, SimpleNamespace], ours: float, theirs: float, connected: bool, message: str
) -> None:
    made, link, clock = clocks
    clock.now, link.stamp, link.connected = 10.0 + ours, 100.0 + theirs, connected
    with pytest.raises(DeviceFault, match=message):
        made.state()
    clock.now, link.stamp, link.connected = 10.02, 100.02, True
    with pytest.raises(DeviceFault, match=message):
        made.state()


@pytest.mark.parametrize(("ours", "theirs"), [(0.09, 0.0), (0.01, 0.5), (60.0, 60.0)])
def test_a_link_in_order_is_kept(clocks: tuple[Receiver, Link, SimpleNamespace], ours: float, theirs: float) -> None:
    made, link, clock = clocks
    clock.now, link.stamp = 10.0 + ours, 100.0 + theirs
    state = made.state()
    assert state.stamp == 100.0 + theirs
    assert state.received == (10.0 if theirs == 0 else 10.0 + ours)
