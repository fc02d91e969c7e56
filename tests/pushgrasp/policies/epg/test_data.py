"""Batches of tried grasps."""

from __future__ import annotations

import math

import pytest
import torch

from pushgrasp.gripper.geometry import GripperGeometry
from pushgrasp.policies.epg.data import TryData, _moved, _moved_grasps


def data(scenes, cfg) -> TryData:
    return TryData(scenes, cfg, 1.0 / 224, GripperGeometry())


def test_labels_lie_on_the_cells_that_were_grasped(scenes, small_nets) -> None:
    batch = data(scenes, small_nets()).grasp_batch(torch.tensor([3, 0]))
    assert batch.height.shape == (2, 48, 48) and batch.world.tolist() == [0] * 4 + [1] * 4
    angle, row, column = batch.index.unbind(dim=1)
    assert angle.tolist() == [0, 0, 2, 2] * 2  # of four angles, 45 degrees apart
    assert bool((batch.height[batch.world, row, column] > 0.04).all())
    # The window's middle is that of the bar, 12 rows and 4 columns, of which the grasp is on row 4 and column 1.
    assert (row[0], column[0]) == (48 // 2 - 6 + 4, 48 // 2 - 2 + 1)
    assert batch.lifted.tolist() == [1.0, 1.0, 0.0, 0.0] * 2


def test_what_is_shown_moves_with_its_labels(scenes, small_nets) -> None:
    tries = data(scenes, small_nets())
    for seed in range(8):
        batch = tries.grasp_batch(torch.arange(12), torch.Generator().manual_seed(seed))
        angle, row, column = batch.index.unbind(dim=1)
        maps = batch.height[batch.world]
        assert bool((maps[torch.arange(len(row)), row, column] > 0.04).all())
        # The bar is long across the closing direction of grasps that held (angles 0, or 2 where it is turned).
        along_columns = (maps > 0.04).any(dim=1).sum(dim=1) > 8
        assert torch.equal(batch.lifted > 0, (angle == 2) == along_columns)


def test_mirrored_and_turned_grasps_by_hand() -> None:
    maps = torch.zeros(1, 4, 4)
    maps[0, 1, 3] = 1.0
    cell, angle = torch.tensor([[1, 3]]), torch.tensor([0.2])
    yes, no = torch.tensor([True]), torch.tensor([False])
    for flip, quarter, there, turned in ((yes, 0, [1, 0], math.pi - 0.2), (no, 1, [0, 1], 0.2 + math.pi / 2)):
        quarters = torch.tensor([quarter])
        assert _moved(maps, flip, quarters)[0].nonzero().tolist() == [there]
        moved, after = _moved_grasps(cell, angle, flip, quarters, 4)
        assert moved.tolist() == [there]
        torch.testing.assert_close(after, torch.tensor([turned]))


def test_critic_sees_the_grasped_object_as_the_target(scenes, small_nets) -> None:
    batch = data(scenes, small_nets()).critic_batch(torch.tensor([0, 5]))
    assert batch.height.shape == (2, 16, 16) and batch.lifted.tolist() == [1.0, 1.0]
    assert torch.equal(batch.target, batch.objects)  # there is one object
    assert float(batch.target[0, 7, 7]) == 1.0  # the cell of the grasp
    assert float(batch.jaws[0, 7].max()) == 1.0


def test_scenes_without_tries_are_refused(scenes, small_nets) -> None:
    empty = [type(scene)(**{**vars(scene), **_no_tries(scene)}) for scene in scenes]
    with pytest.raises(ValueError, match="no grasps to learn from"):
        data(empty, small_nets())


def _no_tries(scene) -> dict:
    return {name: getattr(scene, name)[:0] for name in ("cell", "angle", "width", "lifted")}
