"""Angle-view classes and GraspNet's grid of grasps against graspnetAPI's own functions."""

import numpy as np
import torch
from graspnet_mini.grasps import ANGLES, VIEWS, grid_rotations, lattice_views

from pushgrasp.grasping.angle_view import (
    NUM_ANGLES,
    NUM_CLASSES,
    class_rotations,
    from_graspnet_frame,
    nearest_class,
    view_directions,
    viewpoint_rotations,
)
from pushgrasp.grasping.graspnet.package import graspnet_module


def test_views_are_the_upper_half_of_the_packages_lattice(api):
    lattice = graspnet_module("graspnetAPI.utils.utils").generate_views(120)
    np.testing.assert_allclose(view_directions(), lattice[lattice[:, 2] > 0], atol=1e-4)  # theirs goes through float32


def test_class_rotations_are_those_of_the_package(api):
    rotation = graspnet_module("graspnetAPI.utils.rotation")
    views = view_directions(dtype=torch.float64).numpy().repeat(NUM_ANGLES, axis=0)
    angles = np.tile(np.arange(NUM_ANGLES) * np.pi / NUM_ANGLES, 60)
    theirs = rotation.batch_viewpoint_params_to_matrix(-views, angles)
    ours = class_rotations()
    torch.testing.assert_close(from_graspnet_frame(torch.from_numpy(theirs)), ours, atol=1e-6, rtol=0)
    assert torch.equal(nearest_class(from_graspnet_frame(torch.from_numpy(theirs))), torch.arange(NUM_CLASSES))


def test_straight_down_and_random_directions_agree_with_the_package(api):
    rotation = graspnet_module("graspnetAPI.utils.rotation")
    rng = np.random.default_rng(0)
    towards = np.concatenate([[[0.0, 0.0, -1.0], [0.0, 0.0, 2.0]], rng.normal(size=(200, 3))])
    angles = rng.uniform(0, 2 * np.pi, len(towards))
    theirs = rotation.batch_viewpoint_params_to_matrix(towards, angles)
    ours = viewpoint_rotations(torch.from_numpy(towards), torch.from_numpy(angles))
    np.testing.assert_allclose(ours, theirs, atol=1e-6)


def test_grid_of_the_miniature_labels_is_that_of_the_package(api):
    views = graspnet_module("graspnetAPI.utils.utils").generate_views(VIEWS)
    np.testing.assert_allclose(lattice_views(), views, atol=1e-4)
    angles = np.tile(np.arange(ANGLES) * np.pi / ANGLES, VIEWS)
    rotation = graspnet_module("graspnetAPI.utils.rotation")
    theirs = rotation.batch_viewpoint_params_to_matrix(-lattice_views().numpy().repeat(ANGLES, axis=0), angles)
    np.testing.assert_allclose(grid_rotations().flatten(0, 1), theirs, atol=1e-6)
