"""The physics of the fake cell: arms follow set-points, jaws press, objects are lifted."""

from __future__ import annotations

import re
import threading
import time

import numpy as np
import pytest
import torch

from pushgrasp.deploy.devices import Contact
from pushgrasp.deploy.fake.physics.cell import CellPhysics, CellPhysicsCfg
from pushgrasp.motion.arm.forward import tcp_pose
from pushgrasp.motion.arm.model import ArmsCfg
from pushgrasp.scenes.scene import Scene, SceneObject

PLACE = (0.2, 0.1, 0.025)
HOME = np.array([ArmsCfg().home] * 2)
WEIGHT = 0.125 * 9.81
"""Of the cube [N]."""


@pytest.fixture(scope="module")
def carried(grasp, follow):
    """A cell whose right arm holds the cube up, and the ride there; it is only looked at."""
    cell = CellPhysics(Scene((SceneObject("cube", PLACE),), 0))
    return cell, follow(cell, grasp, float(grasp.measure_time[0, 1]))


def test_a_grasp_lifts_the_cube_and_the_arm_stays_on_its_way(carried, grasp) -> None:
    cell, ride = carried
    assert cell.lifted() == (0,)
    assert (cell.held(0), cell.held(1)) == ((), (0,))
    assert ride.height[-1] - ride.height[0] == pytest.approx(0.15, abs=0.002)
    assert cell.gripper(1).contact() is Contact.CLOSING
    assert cell.gripper(1).width() == pytest.approx(0.05, abs=0.001)
    meant = grasp.sample_many(torch.from_numpy(ride.times - 0.016)[None]).joints[0]
    way = tcp_pose(meant, ArmsCfg()).position[1].numpy()
    assert np.linalg.norm(ride.tcp - way, axis=1).max() < 0.003
    assert np.linalg.norm(ride.tcp[1:] - ride.tcp[:-1], axis=1).max() / cell.dt > 0.5  # and it does move [m/s]


def test_a_controller_feels_what_hangs_from_the_jaws(carried) -> None:
    cell, _ = carried
    force, torque = np.split(cell.arm(1).measure().force, 2)
    np.testing.assert_allclose(force, (0.0, 0.0, -WEIGHT), atol=0.05)
    np.testing.assert_allclose(torque, 0.0, atol=0.01)  # it hangs below the TCP
    np.testing.assert_allclose(cell.arm(0).measure().force, 0.0)


def test_tcp_and_joints_belong_together_on_the_way(cell) -> None:
    goal = HOME.copy()
    goal[:, 0] += 0.3
    cell.set_targets(goal)
    cell.advance(0.032)
    for index in range(2):
        seen = cell.arm(index).measure()
        assert abs(seen.velocity[0]) > 0.5
        there = tcp_pose(torch.from_numpy(seen.joints).expand(2, 1, 6), ArmsCfg()).position[index, 0].numpy()
        side = (-1.0, 1.0)[index]
        x, y, z = seen.tcp[:3]
        np.testing.assert_allclose((side * 0.7 - side * x, -side * y, 0.3 + z), there, atol=1e-5)


def test_what_moves_at_constant_speed_lags_by_two_periods(cell) -> None:
    """A first-order hold: the distance to the last set-point is the lag times the speed."""
    for tick in range(1, 101):
        goal = HOME.copy()
        goal[0, 5] += 0.5 * 0.008 * tick
        cell.set_targets(goal)
        cell.advance(0.008)
    seen = cell.arm(0).measure()
    assert seen.velocity[5] == pytest.approx(0.5, abs=0.01)
    # 16 ms after each set-point was given, of which 8 ms have passed, and half a step for the drive
    assert (goal[0, 5] - seen.joints[5]) / 0.5 == pytest.approx(0.008, abs=0.003)


def test_a_late_set_point_does_not_stop_the_arm(cell) -> None:
    speeds = []
    for tick in range(1, 101):
        goal = HOME.copy()
        goal[0, 0] += 0.5 * 0.008 * tick
        cell.set_targets(goal)
        for _ in range(3 if tick == 80 else 2):  # one set-point comes 4 ms late
            cell.step()
            speeds.append(cell.arm(0).measure().velocity[0])
    assert min(speeds[150:]) > 0.3


def test_an_arm_without_new_set_points_comes_to_rest_at_the_last(cell) -> None:
    goal = HOME.copy()
    goal[1] += 0.1
    cell.set_targets(goal)
    cell.advance(0.6)
    seen = cell.arm(1).measure()
    np.testing.assert_allclose(seen.joints, goal[1], atol=1e-3)
    np.testing.assert_allclose(seen.velocity, 0.0, atol=1e-2)


def test_jaws_go_to_their_opening_at_their_speed(cell) -> None:
    jaws = cell.gripper(0)
    jaws.target(0.10, 0.1)
    cell.advance(0.5)
    assert jaws.contact() is Contact.MOVING
    assert jaws.width() == pytest.approx(0.05, abs=0.003)
    cell.advance(0.6)
    assert jaws.contact() is Contact.ARRIVED
    assert jaws.width() == pytest.approx(0.10, abs=1e-4)
    jaws.target(1.0, 0.25)  # as far as it goes
    cell.advance(0.6)
    assert jaws.width() == pytest.approx(0.14, abs=1e-3)
    assert jaws.contact() is Contact.ARRIVED


def test_jaws_press_with_the_force_that_was_asked_for_and_close_when_they_lose_what_they_hold(
    cell, grasp, follow
) -> None:
    follow(cell, grasp, float(grasp.measure_time[0, 1]))
    jaws, finger = cell.gripper(1), cell.model.joint("right_arm_left_finger").dofadr[0]
    for force in (10.0, 40.0):
        jaws.target(0.0, 0.05, force)
        cell.advance(0.3)
        assert abs(cell._data.qfrc_actuator[finger]) == pytest.approx(force, rel=0.02)
        assert jaws.contact() is Contact.CLOSING
    assert cell.lifted() == (0,)
    cell.mark()
    assert cell.lifted() == ()
    cell._data.xfrc_applied[cell.model.body("object_0").id, 2] = -150.0  # more than two pads with 40 N hold
    cell.advance(1.5)
    assert jaws.contact() is Contact.ARRIVED
    assert jaws.width() < 0.001
    assert cell.held(1) == ()


def test_it_keeps_real_time_and_may_be_used_meanwhile(cell) -> None:
    errors: list[Exception] = []

    def use() -> None:
        try:
            for _ in range(50):
                cell.set_targets(HOME)
                cell.arm(0).measure()
                cell.gripper(0).contact()
                cell.body_poses()
                time.sleep(0.002)
        except Exception as error:
            errors.append(error)

    users = [threading.Thread(target=use) for _ in range(3)]
    with cell.real_time():
        begin, start = time.monotonic(), cell.time
        for user in users:
            user.start()
        time.sleep(1.0)
        passed, real = cell.time - start, time.monotonic() - begin
        for user in users:
            user.join()
    assert errors == []
    assert passed + cell.left_out == pytest.approx(real, abs=0.15)
    stopped = cell.time
    time.sleep(0.05)
    assert cell.time == stopped


def test_time_that_a_slow_machine_misses_is_left_out(cell, monkeypatch: pytest.MonkeyPatch) -> None:
    step = cell.step

    def slow_step() -> None:
        time.sleep(0.15)
        step()

    monkeypatch.setattr(cell, "step", slow_step)
    with cell.real_time():
        time.sleep(0.5)
    assert cell.left_out > 0.2
    assert cell.time < 0.1


@pytest.mark.parametrize("goal", [np.full((2, 6), np.nan), np.zeros((2, 5)), np.zeros((1, 6))])
def test_set_points_that_are_none_are_refused(cell, goal: np.ndarray) -> None:
    with pytest.raises(ValueError, match="set-point"):
        cell.set_targets(goal)


@pytest.mark.parametrize("numbers", [(np.nan, 0.1, 20.0), (0.1, 0.0, 20.0), (0.1, 0.1, -1.0)])
def test_jaws_refuse_what_is_no_number(cell, numbers: tuple[float, float, float]) -> None:
    with pytest.raises(ValueError, match="width, speed and force"):
        cell.gripper(0).target(*numbers)


def test_a_single_arm_is_the_left_one() -> None:
    arms = ArmsCfg(bases=ArmsCfg().bases[:1])
    cell = CellPhysics(Scene((SceneObject("cube", (0.0, 0.0, 0.025)),), 0), CellPhysicsCfg(arms=arms))
    assert cell.num_arms == 1
    with pytest.raises(ValueError, match=re.escape("set-points have shape (2, 6); (1, 6) is needed")):
        cell.set_targets(HOME)
