"""Motions of a fake controller's target, against hand-computed ones."""

from __future__ import annotations

import numpy as np
import pytest

from pushgrasp.deploy.fake.controller.backend import KinematicBackend
from pushgrasp.deploy.fake.controller.motion import FASTEST, Halt, Line, Servo

ONES = np.ones(6)


def test_a_halt_covers_half_the_way_of_the_same_time_at_full_speed() -> None:
    halt = Halt(np.zeros(6), ONES, 2.0)  # 1 rad/s at 2 rad/s^2: 0.5 s, 0.25 rad
    np.testing.assert_allclose(halt.step(0.25, 1.0), 0.1875 * ONES)
    np.testing.assert_allclose(halt.velocity(), 0.5 * ONES)
    assert not halt.done()
    np.testing.assert_allclose(halt.step(0.3, 0.0), 0.25 * ONES)
    assert halt.done()
    np.testing.assert_allclose(halt.velocity(), 0)


def test_a_halt_from_rest_is_over_at_once() -> None:
    halt = Halt(ONES, np.zeros(6), 2.0)
    assert halt.done()
    np.testing.assert_array_equal(halt.step(0.1, 1.0), ONES)


@pytest.mark.parametrize(
    ("length", "duration"),
    [(2.0, 2.5), (0.5, 1.0)],  # 0.5 s up, 1.5 s at 1 rad/s, 0.5 s down; 0.5 s up to 1 rad/s, 0.5 s down
)
def test_a_line_keeps_its_limits_and_arrives(length: float, duration: float) -> None:
    line = Line(np.zeros(6), length * ONES, 1.0, 2.0)
    way = np.array([line.step(0.01, 1.0)[0] for _ in range(round(100 * duration) + 1)])
    assert line.done() and way[-1] == pytest.approx(length)
    speed = np.diff(way, prepend=0.0) / 0.01
    assert speed.max() <= 1.0 + 1e-9 and np.abs(np.diff(speed)).max() / 0.01 <= 2.0 + 1e-6
    assert way[round(50 * duration) - 1] == pytest.approx(length / 2)


def test_a_line_takes_twice_as_long_at_half_the_speed() -> None:
    line = Line(np.zeros(6), ONES, 1.0, 2.0)  # 1.5 s
    for _ in range(299):
        line.step(0.01, 0.5)
    assert not line.done()
    line.step(0.02, 0.5)
    assert line.done()


def test_set_points_are_followed_until_they_cease() -> None:
    servo = Servo(np.zeros(6))
    servo.follow(0.008 * ONES, 0.008)
    np.testing.assert_allclose(servo.step(0.008, 1.0), 0.008 * ONES)
    np.testing.assert_allclose(servo.velocity(), ONES)
    servo.step(0.01, 1.0)
    np.testing.assert_allclose(servo.velocity(), 0)


def test_set_points_far_away_are_followed_as_fast_as_joints_turn() -> None:
    servo = Servo(np.zeros(6))
    servo.follow(3 * ONES, 0.008)
    np.testing.assert_allclose(servo.step(0.01, 1.0), FASTEST * 0.01 * ONES)
    np.testing.assert_allclose(servo.velocity(), FASTEST * ONES)


def test_an_arm_without_mass_closes_in_exponentially() -> None:
    now = 0.0
    backend = KinematicBackend(np.zeros(6), lag=0.1, clock=lambda: now)
    backend.target(ONES)
    now = 0.1
    q, velocity, force, _ = backend.measure()
    np.testing.assert_allclose(q, (1 - np.exp(-1)) * ONES)
    np.testing.assert_allclose(velocity, 10 * np.exp(-1) * ONES)
    np.testing.assert_array_equal(force, 0)
