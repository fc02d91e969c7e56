"""Gimbal angles against SciPy's intrinsic XYZ Euler angles."""

import math

import numpy as np
import pytest
import torch
from scipy.spatial.transform import Rotation

from pushgrasp.motion import gimbal

FLIP = np.diag([1.0, -1.0, -1.0])


@pytest.fixture(scope="module")
def angles() -> torch.Tensor:
    """500 random joint angles: a all around, b and c within a quarter turn."""
    scale = torch.tensor([math.pi, 0.499 * math.pi, 0.499 * math.pi], dtype=torch.float64)
    return (2 * torch.rand(500, 3, generator=torch.Generator().manual_seed(0), dtype=torch.float64) - 1) * scale


def test_matrix_and_quaternion_agree_with_scipy(angles: torch.Tensor) -> None:
    expected = Rotation.from_euler("XYZ", angles.numpy()).as_matrix() @ FLIP
    np.testing.assert_allclose(gimbal.gimbal_to_rotation(angles), expected, atol=1e-12)
    quaternion = gimbal.gimbal_to_quaternion(angles)
    np.testing.assert_allclose(Rotation.from_quat(quaternion.numpy()).as_matrix(), expected, atol=1e-12)
    np.testing.assert_allclose(gimbal.approach_axis(angles), expected[:, :, 2], atol=1e-12)


def test_round_trips(angles: torch.Tensor) -> None:
    torch.testing.assert_close(gimbal.rotation_to_gimbal(gimbal.gimbal_to_rotation(angles)), angles)
    torch.testing.assert_close(gimbal.quaternion_to_gimbal(gimbal.gimbal_to_quaternion(angles)), angles)


def test_top_down_is_zero() -> None:
    # a half turn about x points the palm down: quaternion (1, 0, 0, 0)
    assert gimbal.quaternion_to_gimbal(torch.tensor([1.0, 0.0, 0.0, 0.0])).abs().max() < 1e-6
    torch.testing.assert_close(gimbal.gimbal_to_quaternion(torch.zeros(3)), torch.tensor([1.0, 0.0, 0.0, 0.0]))


def test_swapped_fingers_give_the_same_angles(angles: torch.Tensor) -> None:
    rotation = gimbal.gimbal_to_rotation(angles)
    swapped = rotation @ torch.diag(torch.tensor([-1.0, -1.0, 1.0], dtype=torch.float64))
    torch.testing.assert_close(gimbal.rotation_to_gimbal(swapped), angles, atol=1e-9, rtol=0)


@pytest.mark.parametrize("sign", [-1.0, 1.0])
def test_horizontal_approach_keeps_its_rotation(sign: float) -> None:
    # cos(b) = 0: only a + c (or a - c) is left, but the matrix must come back, up to the swap of the fingers
    rotation = gimbal.gimbal_to_rotation(torch.tensor([0.4, sign * math.pi / 2, -0.9], dtype=torch.float64))
    angles = gimbal.rotation_to_gimbal(rotation)
    assert angles[0] == 0.0
    back = gimbal.gimbal_to_rotation(angles)
    swap = torch.sign((back[:, 0] * rotation[:, 0]).sum())
    torch.testing.assert_close(back * torch.stack((swap, swap, swap * swap)), rotation, atol=1e-9, rtol=0)


def test_fold_is_half_open() -> None:
    quarter = math.pi / 2
    given = torch.tensor(
        [0.3, quarter, -quarter, quarter + 0.1, -quarter - 0.1, 2 * math.pi + 0.2], dtype=torch.float64
    )
    # -pi/2 maps to +pi/2; beyond a quarter turn the other finger order is nearer
    expected = torch.tensor([0.3, quarter, quarter, 0.1 - quarter, quarter - 0.1, 0.2], dtype=torch.float64)
    torch.testing.assert_close(gimbal.fold_jaw(given), expected)


def test_unwrap_passes_a_quarter_turn_without_a_jump() -> None:
    true = torch.linspace(-1.4, 2.4, 40, dtype=torch.float64)
    torch.testing.assert_close(gimbal.unwrap_jaw(gimbal.fold_jaw(true)), true)
    torch.testing.assert_close(gimbal.unwrap_jaw(true + math.pi), true)


def test_rotation_travel_bounds_the_true_angular_speed(angles: torch.Tensor) -> None:
    start = angles * torch.tensor([0.4, 1.0, 1.0])
    end = start.roll(1, dims=0)
    share = np.linspace(0.0, 1.0, 201)[:, None, None]
    path = torch.from_numpy(start.numpy() + share * (end - start).numpy())
    rotation = Rotation.from_matrix(gimbal.gimbal_to_rotation(path).reshape(-1, 3, 3).numpy())
    step = (rotation[len(start) :] * rotation[: -len(start)].inv()).magnitude().reshape(200, -1)
    bound = gimbal.rotation_travel(start, end).numpy()
    assert (200 * step.max(axis=0) <= bound * (1 + 1e-6)).all()


def test_rotation_travel_of_one_joint_is_its_angle() -> None:
    start = torch.tensor([[0.2, 0.0, 0.0], [0.0, 0.3, 0.0], [0.0, 0.5, 0.1]])
    end = torch.tensor([[0.9, 0.0, 0.0], [0.0, -0.4, 0.0], [0.0, 0.5, 2.1]])
    torch.testing.assert_close(gimbal.rotation_travel(start, end), torch.tensor([0.7, 0.7, 2.0]))


def test_bad_input_is_refused() -> None:
    with pytest.raises(ValueError, match=r"\(\.\.\., 3, 3\)"):
        gimbal.rotation_to_gimbal(torch.zeros(2, 3))
    with pytest.raises(ValueError, match="NaN"):
        gimbal.rotation_to_gimbal(torch.full((3, 3), float("nan")))
    with pytest.raises(ValueError, match=r"\(\.\.\., 4\)"):
        gimbal.quaternion_to_gimbal(torch.zeros(3))
    with pytest.raises(ValueError, match="zero"):
        gimbal.quaternion_to_gimbal(torch.zeros(4))


def test_acceleration_of_joints_that_turn_together_is_bounded() -> None:
    rng = torch.Generator().manual_seed(6)
    angles, rates = 1.2 * (2.0 * torch.rand(2, 500, 3, generator=rng, dtype=torch.float64) - 1.0)
    rates[:50, 1:] = 0.0  # one joint alone: the bound is exact
    step, growth, pace = 1.0e-4, 3.0, 2.0
    time = torch.tensor([-step, 0.0, step], dtype=torch.float64)
    progress = pace * time + 0.5 * growth * time**2
    rotation = gimbal.gimbal_to_rotation(angles[:, None] + rates[:, None] * progress[:, None])
    turns = [Rotation.from_matrix((rotation[:, i + 1] @ rotation[:, i].mT).numpy()).as_rotvec() for i in (0, 1)]
    found = torch.from_numpy(turns[1] - turns[0]).norm(dim=-1) / step**2
    bound = gimbal.rotation_acceleration(rates, angles[:, 1].sin().abs(), growth, pace)
    assert (found <= bound * (1.0 + 1e-4)).all()
    torch.testing.assert_close(found[:50], bound[:50], atol=1e-4, rtol=1e-4)
    assert (found / bound).median() > 0.8


@pytest.mark.parametrize(
    ("grasp", "place", "expected"),
    [
        (40.0, 70.0, (40.0, 70.0)),
        # 60 degrees on to 220 would be more than half a turn: the fingers change places at the grasp.
        (60.0, 220.0, (-120.0, 40.0)),
        (-80.0, 70.0, (-80.0, 70.0)),
        # the shorter way round
        (10.0, 300.0, (10.0, -60.0)),
    ],
)
def test_what_is_carried_is_turned_as_it_should_be(grasp: float, place: float, expected: tuple[float, float]) -> None:
    tilt = torch.tensor([0.2, -0.3])
    angles = [torch.cat((tilt, torch.tensor([math.radians(c)]))) for c in (grasp, place)]
    found = gimbal.carried_gimbal(*(gimbal.gimbal_to_rotation(a) for a in angles))
    for joints, c in zip(found, expected, strict=True):
        torch.testing.assert_close(joints, torch.cat((tilt, torch.tensor([math.radians(c)]))), atol=1e-5, rtol=0.0)
