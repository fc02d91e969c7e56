"""Calibrated kinematics against pinocchio: the same DH numbers, and an arm whose axes really are a little askew."""

from __future__ import annotations

import math
from contextlib import nullcontext
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from scipy.spatial.transform import Rotation

from pushgrasp.deploy.calibrated import (
    CONVERGED,
    Kinematics,
    calibrated_kinematics,
    calibrated_tcp,
    nominal_kinematics,
    refine,
    require_agreement,
)
from pushgrasp.deploy.devices import DeviceFault
from pushgrasp.deploy.settings import arms_cfg
from pushgrasp.motion.arm.forward import tcp_pose
from pushgrasp.motion.arm.model import DH_A, DH_ALPHA, DH_D

from .cells import arm_state, example

pinocchio = pytest.importorskip("pinocchio")

CELL = example()


def askew(seed: int) -> list[Any]:
    """Places of each joint's frame in the one before, then of the flange: a UR5e, off by 1 mm and 3 mrad (1 sigma)."""
    draw, places = np.random.default_rng(seed), [pinocchio.SE3.Identity()]
    for index, (a, d, alpha) in enumerate(zip(DH_A, DH_D, DH_ALPHA, strict=True)):
        place = pinocchio.SE3(pinocchio.utils.rotate("x", alpha), np.array([a, 0.0, d]))
        error = np.concatenate((0.001 * draw.standard_normal(3), 0.003 * draw.standard_normal(3)))
        places.append(place * pinocchio.exp6(error) if index < 5 else place)
    return places


def flange(places: list[Any], joints: np.ndarray) -> Any:
    """Flange in the base frame, by pinocchio: six revolute joints about z."""
    model = pinocchio.Model()
    for index, place in enumerate(places[:-1]):
        model.addJoint(index, pinocchio.JointModelRZ(), place, f"joint_{index + 1}")
    model.addFrame(pinocchio.Frame("flange", 6, places[-1], pinocchio.FrameType.OP_FRAME))
    data = model.createData()
    pinocchio.framesForwardKinematics(model, data, joints)
    return data.oMf[model.nframes - 1]


def dh_numbers(places: list[Any]) -> list[np.ndarray]:
    """theta, a, d and alpha of an arm whose flange lies on its last axis.

    Frame i stands where the common normal of two axes meets the second one, far away for nearly parallel ones.
    """
    frame, numbers = places[0], []
    (x, _, z), origin = np.eye(3), np.zeros(3)
    for place in places[1:-1]:
        frame = frame * place
        axis, point = frame.rotation[:, 2], frame.translation
        normal = np.cross(z, axis)
        foot = origin + np.cross(point - origin, axis) @ normal / (normal @ normal) * z
        end = point + np.cross(point - origin, z) @ normal / (normal @ normal) * axis
        normal = normal / np.linalg.norm(normal)
        turn, twist = np.arctan2(np.cross(x, normal) @ z, x @ normal), np.arctan2(np.cross(z, axis) @ normal, z @ axis)
        numbers.append((turn, (end - foot) @ normal, (foot - origin) @ z, twist))
        x, z, origin = normal, axis, end
    frame = frame * places[-1]
    last = frame.rotation[:, 0]
    numbers.append((np.arctan2(np.cross(x, last) @ z, x @ last), 0.0, (frame.translation - origin) @ z, 0.0))
    return [np.array(column) for column in zip(*numbers, strict=True)]


def tcp_in_world(places: list[Any], joints: np.ndarray, index: int) -> Any:
    """TCP of one of the cell's arms, by pinocchio."""
    arm = CELL.arms[index]
    base = pinocchio.XYZQUATToSE3(np.array([*arm.position, *arm.quaternion]))
    tool = pinocchio.SE3(pinocchio.utils.rotate("z", arm.tool.yaw), np.array([0.0, 0.0, arm.tool.length]))
    return base * flange(places, joints) * tool


def path(count: int = 300) -> torch.Tensor:
    """Two arms on their way from home over the workspace and down, and back, (1, 2, T, 6) [rad]."""
    home = torch.tensor(CELL.arms[0].home, dtype=torch.float64)
    low = torch.tensor([0.05, -1.35, -2.05, -1.31, 1.57, 0.4], dtype=torch.float64)
    share = 0.5 - 0.5 * torch.linspace(0.0, 2.0 * math.pi, count, dtype=torch.float64).cos()
    one = home + share[:, None] * (low - home)
    return torch.stack((one, home + 0.7 * share[:, None] * (low - home)))[None]


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_forward_kinematics_of_an_askew_arm(seed: int) -> None:
    places = askew(seed)
    theta, a, d, alpha = dh_numbers(places)
    assert np.abs(d).max() > 10.0  # metres: what makes real calibrations look strange
    kinematics = [calibrated_kinematics(arm, theta, a, d, alpha) for arm in CELL.arms]
    joints = np.random.default_rng(seed).uniform(-np.pi, np.pi, (2, 20, 6))
    found = calibrated_tcp(torch.from_numpy(joints), kinematics)
    for arm in range(2):
        for step in range(20):
            expected = tcp_in_world(places, joints[arm, step], arm)
            np.testing.assert_allclose(found.position[arm, step], expected.translation, atol=1e-8)
            np.testing.assert_allclose(found.rotation[arm, step], expected.rotation, atol=1e-8)


def test_nominal_kinematics_are_the_planners() -> None:
    joints = path()
    found = calibrated_tcp(joints, [nominal_kinematics(arm) for arm in CELL.arms])
    expected = tcp_pose(joints, arms_cfg(CELL))
    torch.testing.assert_close(found.position, expected.position, atol=1e-12, rtol=0.0)
    torch.testing.assert_close(found.rotation, expected.rotation, atol=1e-12, rtol=0.0)


def test_refined_arms_go_where_the_plan_goes() -> None:
    places = [askew(3), askew(4)]
    kinematics = [calibrated_kinematics(arm, *dh_numbers(p)) for arm, p in zip(CELL.arms, places, strict=True)]
    planned = path()
    target = tcp_pose(planned, arms_cfg(CELL))
    off = (calibrated_tcp(planned, kinematics).position - target.position).norm(dim=-1)
    assert off.max() > 0.003  # without refinement
    refined = refine(planned, arms_cfg(CELL), kinematics)
    for arm in range(2):
        for step in range(0, 300, 30):
            reached = tcp_in_world(places[arm], refined[0, arm, step].numpy(), arm)
            np.testing.assert_allclose(reached.translation, target.position[0, arm, step], atol=CONVERGED)
            np.testing.assert_allclose(reached.rotation, target.rotation[0, arm, step], atol=CONVERGED)
    acceleration = [joints.diff(n=2, dim=2).abs().max() for joints in (planned, refined)]
    assert acceleration[1] < 1.1 * acceleration[0]  # as smooth as the plan


def single(**other: Any) -> Kinematics:
    """The left arm with the numbers of the type, but for some."""
    return replace(nominal_kinematics(CELL.arms[0]), **other)


def test_a_leaning_base_is_made_up_for() -> None:
    lean = 0.5 * math.radians(1.0)
    tilted = single(quaternion=(0.0, math.sin(lean), 0.0, math.cos(lean)))
    planned, nominal = path()[:, :1], arms_cfg(example("one_ur5e"))
    reached = calibrated_tcp(refine(planned, nominal, [tilted]), [tilted])
    torch.testing.assert_close(reached.position, tcp_pose(planned, nominal).position, atol=1e-8, rtol=0.0)


@pytest.mark.parametrize(
    ("planned", "numbers", "message"),
    [  # straight up, where an upper arm 20 mm shorter does not get
        (
            path()[:, :1] * 0.0 + math.pi / 2 * torch.tensor([0, -1, 0, -1, 0, 0]),
            {"a": (0, -0.405, -0.3922, 0, 0, 0)},
            "set-point 0 of arm 0 in plan 0 is not reached",
        ),
        (path()[:, :1], {"theta": (0, 0, 0, 0, 0, 0.3)}, "more than 0.2 rad from the plan"),
        (path(9)[:, :1], {"position": (-0.72, 0.0, 0.3)}, "set-point 2 .* to jump by more than 0.01 rad"),
        (path()[:, :1] - torch.tensor([0, 0, 0, 0, 0, 5.64]), {"theta": (0, 0, 0, 0, 0, 0.05)}, "beyond its range"),
    ],
)
def test_what_cannot_be_refined_is_refused(planned: torch.Tensor, numbers: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        refine(planned, arms_cfg(example("one_ur5e")), [single(**numbers)])


def test_shapes_are_checked() -> None:
    with pytest.raises(ValueError, match=r"\(N, 1, T, 6\) is needed"):
        refine(path(), arms_cfg(example("one_ur5e")), [single()])
    with pytest.raises(ValueError, match=r"\(\.\.\., 1, T, 6\) is needed"):
        calibrated_tcp(path()[0], [single()])


def test_numbers_of_another_robot_are_refused() -> None:
    arm = CELL.arms[0]
    ur10e = (
        np.zeros(6),
        np.array([0.0, -0.6127, -0.57155, 0, 0, 0]),
        np.array([0.1807, 0, 0, 0.17415, 0.11985, 0.11655]),
    )
    with pytest.raises(ValueError, match=r"left: .* is it a UR5e\?"):
        calibrated_kinematics(arm, *ur10e, np.array(DH_ALPHA))
    with pytest.raises(ValueError, match="theta="):
        calibrated_kinematics(arm, np.zeros(5), *ur10e[1:], np.array(DH_ALPHA))
    with pytest.raises(ValueError, match="alpha="):
        calibrated_kinematics(arm, *ur10e, np.full(6, math.nan))


URSIM = {
    "joints": np.array([-1.6007, -1.7271, -2.203, -0.808, 1.5951, -0.031]),
    "tcp": np.array([-0.143968657, -0.435620061, 0.202030025, -0.00122135968, 3.11627653, 0.0388919156]),
}
"""What URSim 5.8 reports for these joint angles, without a tool; from a message recorded for the tests of UR's client
library."""


def test_forward_kinematics_agree_with_the_simulator_of_the_maker() -> None:
    numbers = np.zeros(6), np.array(DH_A), np.array(DH_D), np.array(DH_ALPHA)
    bare = Kinematics(*numbers, (0.0, 0.0, 0.0), (0.0, 0.0, 0.0, 1.0), 0.0, 0.0)
    found = calibrated_tcp(torch.from_numpy(URSIM["joints"])[None, None], [bare])
    np.testing.assert_allclose(found.position[0, 0], URSIM["tcp"][:3], atol=1e-7)
    turn = Rotation.from_rotvec(URSIM["tcp"][3:]).as_matrix()
    np.testing.assert_allclose(found.rotation[0, 0], turn, atol=1e-7)
    require_agreement(bare, "left", arm_state(**URSIM))


@pytest.mark.parametrize(
    ("way", "yaw", "refused"),
    [
        (0.0019, 0.0, ""),
        (0.0021, 0.0, r"left: the controller's TCP is 2\.1 mm and 0\.0 degrees from"),
        (0.0, 0.0095, ""),
        (0.0, 0.0105, r"0\.0 mm and 0\.6 degrees from .* 2 mm and 0\.6 degrees are allowed: compare tool.length"),
    ],
)
def test_a_controller_whose_tcp_is_elsewhere_is_refused(way: float, yaw: float, refused: str) -> None:
    places, arm, joints = askew(6), CELL.arms[1], np.array(CELL.arms[1].home)
    kinematics = calibrated_kinematics(arm, *dh_numbers(places))
    tool = pinocchio.SE3(pinocchio.utils.rotate("z", yaw), np.array([way, 0.0, arm.tool.length]))
    there = flange(places, joints) * tool
    tcp = np.concatenate((there.translation, Rotation.from_matrix(there.rotation).as_rotvec()))
    with pytest.raises(DeviceFault, match=refused) if refused else nullcontext():
        require_agreement(kinematics, "left", arm_state(joints=joints, tcp=tcp))
