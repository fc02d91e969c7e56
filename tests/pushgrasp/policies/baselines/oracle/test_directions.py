"""Directions of grasps, checked against the faces of blocks."""

from __future__ import annotations

import math

import torch

from pushgrasp.grasping.labels.surface import shape_points
from pushgrasp.policies.baselines.oracle.directions import LEANS, closing_directions, gripper_rotations


def test_a_box_has_three_directions() -> None:
    found = closing_directions(shape_points("cuboid")[1]).abs()
    assert torch.equal(found.sort(dim=0).values.round(), torch.eye(3).sort(dim=0).values)
    assert torch.allclose(found.amax(dim=1), torch.ones(3), atol=1e-3)


def test_a_prism_is_grasped_by_its_ends_first() -> None:
    found = closing_directions(shape_points("prism")[1])
    assert torch.allclose(found[0].abs(), torch.tensor([0.0, 1.0, 0.0]), atol=1e-3)  # it runs along y
    assert len(found) == 4  # and its base and its two slopes


def test_directions_round_a_cylinder_are_apart() -> None:
    found = closing_directions(shape_points("cylinder")[1])
    cosine = (found @ found.T).abs() - torch.eye(len(found))
    assert 6 <= len(found) <= 11  # 180 degrees, 19 or more apart, and the caps
    assert float(cosine.max()) <= math.cos(math.radians(18.9))


def test_grippers_close_along_the_direction_and_come_from_above() -> None:
    closing = torch.nn.functional.normalize(torch.tensor([[1.0, 0.0, 0.0], [0.5, 0.2, 0.4]]), dim=1)
    rotations = gripper_rotations(closing, math.radians(60.0))
    assert len(rotations) == 2 * len(LEANS)
    assert torch.allclose(rotations @ rotations.mT, torch.eye(3).expand_as(rotations), atol=1e-5)
    assert torch.allclose(torch.linalg.det(rotations), torch.ones(len(rotations)), atol=1e-5)
    along = (rotations[:, None, :, 0] * closing).sum(dim=-1).amax(dim=1)
    assert torch.allclose(along, torch.ones(len(rotations)), atol=1e-5)
    assert bool((rotations[:, 2, 2] <= -0.5 + 1e-6).all())  # 60 degrees


def test_faces_on_top_are_not_grasped_across() -> None:
    assert len(gripper_rotations(torch.tensor([[0.0, 0.0, 1.0]]), math.radians(60.0))) == 0
