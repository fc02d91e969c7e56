"""Angle-view classes against hand-worked numbers, SciPy rotations and brute force."""

import math

import numpy as np
import pytest
import torch
from scipy.spatial.transform import Rotation

from pushgrasp.grasping.angle_view import (
    NUM_ANGLES,
    NUM_CLASSES,
    NUM_VIEWS,
    class_rotations,
    from_graspnet_frame,
    nearest_class,
    split_class,
    to_graspnet_frame,
    view_directions,
    viewpoint_rotations,
)

HALF_TURN = torch.diag(torch.tensor([-1.0, -1.0, 1.0], dtype=torch.float64))


def random_rotations(count: int, seed: int) -> torch.Tensor:
    return torch.from_numpy(Rotation.random(count, rng=np.random.default_rng(seed)).as_matrix())


def test_views_match_the_lattice_by_hand():
    views = view_directions(dtype=torch.float64)
    # i = 60: z = 121/120 - 1 = 1/120; 60 * 0.6180339887 = 37.0820393 turns -> 0.0820393 turns = 29.534158 degrees;
    # radius sqrt(1 - 1/14400) = 0.9999653: x = 0.870032, y = 0.492925.
    torch.testing.assert_close(views[0].tolist(), [0.870032, 0.492925, 1 / 120], atol=2e-6, rtol=0)
    # i = 119: z = 239/120 - 1 = 119/120; 73.5460447 turns -> 0.5460447 turns = 196.576076 degrees;
    # radius sqrt(1 - 0.9916667^2) = 0.1288302: x = -0.123476, y = -0.036754.
    torch.testing.assert_close(views[59].tolist(), [-0.123476, -0.036754, 119 / 120], atol=2e-6, rtol=0)


def test_views_are_even_unit_vectors_over_the_upper_half():
    views = view_directions(dtype=torch.float64)
    assert views.shape == (NUM_VIEWS, 3)
    torch.testing.assert_close(views.norm(dim=-1), torch.ones(60, dtype=torch.float64))
    # The lattice has constant steps in z, so each view stands for the same area of the hemisphere.
    torch.testing.assert_close(views[1:, 2] - views[:-1, 2], torch.full((59,), 1 / 60, dtype=torch.float64))
    # 60 caps of equal area 2 pi / 60 each: a cap of radius r has area 2 pi (1 - cos r) -> r = 10.5 degrees.
    # Neighbours of an even spread lie between one and two such radii apart.
    cosine = (views @ views.T).fill_diagonal_(-1).amax(dim=1)
    spacing = torch.rad2deg(cosine.arccos())
    assert spacing.min() > 10.5
    assert spacing.max() < 21.0


def test_class_rotations_agree_with_scipy():
    views = view_directions(dtype=torch.float64).numpy()
    ours = class_rotations(dtype=torch.float64).numpy()
    for index in range(NUM_CLASSES):
        view, angle = divmod(index, 6)
        # Independent build: from the pose that looks along world +x (approach +x, closing +y), tilt by pitch about y,
        # swing by yaw about z, after turning in plane about the approach axis; then rename the axes.
        approach = -views[view]
        yaw, pitch = math.atan2(approach[1], approach[0]), -math.asin(approach[2])
        graspnet = Rotation.from_euler("ZYX", [yaw, pitch, angle * math.pi / 6]).as_matrix()
        expected = np.stack([graspnet[:, 1], graspnet[:, 2], graspnet[:, 0]], axis=1)
        np.testing.assert_allclose(ours[index], expected, atol=1e-12)


def test_every_class_approaches_against_its_view_and_is_right_handed():
    rotations, views = class_rotations(), view_directions()
    torch.testing.assert_close(rotations[:, :, 2], -views.repeat_interleave(NUM_ANGLES, dim=0))
    torch.testing.assert_close(torch.linalg.det(rotations), torch.ones(NUM_CLASSES))
    # Angle 0 closes horizontally, angle 3 (90 degrees) in the vertical plane of the approach axis.
    torch.testing.assert_close(rotations[::6, 2, 0], torch.zeros(60))
    plane_normal = torch.linalg.cross(views, torch.tensor([[0.0, 0.0, 1.0]]).expand_as(views))
    torch.testing.assert_close((rotations[3::6, :, 0] * plane_normal).sum(-1), torch.zeros(60), atol=1e-6, rtol=0)


def test_straight_down_uses_graspnets_fallback():
    rotation = viewpoint_rotations(torch.tensor([[0.0, 0.0, -1.0]]), torch.tensor([0.0]))[0]
    # x = -z_world, y = y_world (fallback), z = x cross y = (0,0,-1) x (0,1,0) = (1,0,0).
    torch.testing.assert_close(rotation, torch.tensor([[0.0, 0.0, 1.0], [0.0, 1.0, 0.0], [-1.0, 0.0, 0.0]]))
    # Project frame: closing along world y, approach down.
    project = from_graspnet_frame(rotation)
    torch.testing.assert_close(project[:, 0], torch.tensor([0.0, 1.0, 0.0]))
    torch.testing.assert_close(project[:, 2], torch.tensor([0.0, 0.0, -1.0]))


def test_frame_conversion_keeps_axes_handedness_and_round_trips():
    rotation = random_rotations(20, seed=3)
    graspnet = to_graspnet_frame(rotation)
    assert torch.equal(graspnet[..., 0], rotation[..., 2])  # approach
    assert torch.equal(graspnet[..., 1], rotation[..., 0])  # closing
    torch.testing.assert_close(torch.linalg.det(graspnet), torch.ones(20, dtype=torch.float64))
    assert torch.equal(from_graspnet_frame(graspnet), rotation)


def test_split_class():
    view, angle = split_class(torch.tensor([[0, 5], [6, 359]]))
    assert view.tolist() == [[0, 0], [1, 59]]
    assert angle.tolist() == [[0, 5], [0, 5]]


@pytest.mark.parametrize("index", [-1, 360])
def test_split_class_refuses_indices_outside(index):
    with pytest.raises(ValueError, match=str(index)):
        split_class(torch.tensor([3, index]))


def test_every_class_is_nearest_to_itself_and_to_its_half_turn():
    rotations = class_rotations(dtype=torch.float64)
    assert torch.equal(nearest_class(rotations), torch.arange(NUM_CLASSES))
    assert torch.equal(nearest_class(rotations @ HALF_TURN), torch.arange(NUM_CLASSES))


def test_nearest_class_agrees_with_brute_force_over_rotation_angles():
    rotations = random_rotations(200, seed=11)
    anchors = Rotation.from_matrix(class_rotations(dtype=torch.float64).numpy())
    both = [Rotation.from_matrix(r.numpy()) for r in (rotations, rotations @ HALF_TURN)]
    # The largest trace is the smallest rotation angle: trace = 1 + 2 cos(angle).
    expected = [
        int(np.minimum((anchors.inv() * both[0][n]).magnitude(), (anchors.inv() * both[1][n]).magnitude()).argmin())
        for n in range(200)
    ]
    assert nearest_class(rotations).tolist() == expected


def test_nearest_class_survives_small_disturbances():
    disturbance = torch.from_numpy(Rotation.from_rotvec(np.full(3, np.deg2rad(2.0))).as_matrix())
    assert torch.equal(nearest_class(disturbance @ class_rotations(dtype=torch.float64)), torch.arange(NUM_CLASSES))


def test_nearest_class_of_nothing_is_nothing():
    assert nearest_class(torch.zeros(0, 3, 3)).shape == (0,)


@pytest.mark.parametrize(
    "rotation",
    [
        torch.eye(3),
        torch.zeros(2, 3, 4),
        torch.full((1, 3, 3), float("nan")),
        torch.diag(torch.tensor([1.0, 1.0, -1.0]))[None],
        2 * torch.eye(3)[None],
    ],
    ids=["no batch", "wrong shape", "NaN", "left-handed", "scaled"],
)
def test_nearest_class_refuses_what_is_no_rotation(rotation):
    with pytest.raises(ValueError, match="rotation"):
        nearest_class(rotation)
