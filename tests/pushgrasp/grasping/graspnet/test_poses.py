"""Grasps to graspnetAPI's rows and back, and near duplicates, against graspnetAPI and by hand."""

import math
from dataclasses import fields, replace

import numpy as np
import pytest
import torch
from scipy.spatial.transform import Rotation

from pushgrasp.grasping.graspnet.poses import GraspPoses, from_rows, suppress, to_rows


def random_grasps(count: int, seed: int, spread: float = 0.3) -> GraspPoses:
    rng = np.random.default_rng(seed)
    rotation = torch.from_numpy(Rotation.random(count, rng=rng).as_matrix())
    uniform = torch.from_numpy(rng.uniform(0.01, 0.1, (3, count)))
    position = torch.from_numpy(rng.uniform(-spread, spread, (count, 3)))
    ids = torch.from_numpy(rng.integers(0, 88, count))
    return GraspPoses(position, rotation, uniform[0], uniform[1], uniform[2], ids, torch.full((count,), -1))


def test_rows_by_hand():
    # Approach along +x of the frame (project z = x), closing along +y: GraspNet's frame is then the identity.
    rotation = torch.tensor([[[0.0, 0.0, 1.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]])
    one = torch.ones(1)
    grasps = GraspPoses(torch.tensor([[0.5, 0.1, 0.2]]), rotation, 0.06 * one, 0.03 * one, 0.9 * one, *[one.long()] * 2)
    # The tips lie 0.03 beyond the surface point along x: translation 0.47.
    expected = [0.9, 0.06, 0.02, 0.03, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0.47, 0.1, 0.2, 1]
    np.testing.assert_allclose(to_rows(grasps)[0], expected, atol=1e-7)


def test_round_trip_is_exact():
    grasps = random_grasps(50, seed=1)
    back = from_rows(to_rows(grasps))
    for field in fields(GraspPoses):
        torch.testing.assert_close(getattr(back, field.name), getattr(grasps, field.name), atol=1e-15, rtol=0)


def test_grasp_group_has_the_same_grasps(api):
    grasps = random_grasps(20, seed=2)
    group = api.GraspGroup(to_rows(grasps))
    np.testing.assert_allclose(group.widths, grasps.width)
    np.testing.assert_allclose(group.scores, grasps.score)
    np.testing.assert_allclose(group.rotation_matrices[:, :, 0], grasps.rotation[:, :, 2])  # approach
    np.testing.assert_allclose(group.rotation_matrices[:, :, 1], grasps.rotation[:, :, 0])  # closing
    tips = group.translations + group.depths[:, None] * group.rotation_matrices[:, :, 0]
    np.testing.assert_allclose(tips, grasps.position, atol=1e-15)
    assert group[3].object_id == grasps.object_id[3]


def test_grasps_moved_by_the_package_are_moved_here(api):
    grasps = random_grasps(10, seed=3)
    move = np.eye(4)
    move[:3, :3], move[:3, 3] = Rotation.random(rng=np.random.default_rng(0)).as_matrix(), (0.1, -0.2, 0.3)
    moved = from_rows(api.GraspGroup(to_rows(grasps)).transform(move).grasp_group_array)
    expected = grasps.position.numpy() @ move[:3, :3].T + move[:3, 3]
    np.testing.assert_allclose(moved.position, expected, atol=1e-12)


@pytest.mark.parametrize("rows", [np.zeros((2, 16)), np.zeros(17), np.full((1, 17), np.nan)])
def test_bad_rows_are_refused(rows):
    with pytest.raises(ValueError, match="row"):
        from_rows(rows)


def test_suppression_by_hand():
    turns = Rotation.from_rotvec(np.deg2rad([0, 29, 31, 0, 0])[:, None] * [0, 0, 1]).as_matrix()
    places = torch.zeros(5, 3, dtype=torch.float64)
    places[3, 0], places[4, 0] = 0.029, 0.031
    score = torch.tensor([0.5, 0.4, 0.3, 0.2, 0.1], dtype=torch.float64)
    index = torch.arange(5)
    zero = torch.zeros(5, dtype=torch.float64)
    grasps = GraspPoses(places, torch.from_numpy(turns), zero, zero, score, index, index)
    # 1 is turned by less than 30 degrees, 3 lies within 30 mm of the best one: both go.
    assert suppress(grasps).object_id.tolist() == [0, 2, 4]
    assert suppress(grasps, keep=2).object_id.tolist() == [0, 2]
    assert len(suppress(grasps.select(index[:0]))) == 0


def test_suppression_agrees_with_the_package(api):
    # Twenty places of twenty grasps, turned about each by up to 45 degrees, so that many are near duplicates.
    rng = np.random.default_rng(5)
    base = random_grasps(20, seed=5)
    grasps = base.select(torch.arange(20).repeat_interleave(20))
    small = Rotation.from_rotvec(rng.normal(0, math.radians(20), (400, 3))).as_matrix()
    shift = torch.from_numpy(rng.normal(0, 0.015, (400, 3)))
    score = torch.from_numpy(rng.permutation(400).astype(float))
    grasps = replace(
        grasps, position=grasps.position + shift, rotation=torch.from_numpy(small) @ grasps.rotation, score=score
    )
    theirs = api.GraspGroup(to_rows(grasps)).nms(0.03, math.radians(30.0))
    ours = suppress(grasps)
    assert 20 < len(ours) < 400
    assert sorted(ours.score.tolist()) == sorted(theirs.scores.tolist())
