"""A second grasp at once: which objects come into question, and which grasps go together."""

from __future__ import annotations

import torch

from pushgrasp.interface.action import Action, Kind, grasp_action, push_action
from pushgrasp.interface.world import Observation
from pushgrasp.perception.heightmap import Heightmaps
from pushgrasp.perception.workspace import Workspace
from pushgrasp.policies.partners import goes_with, other_targets, together

CELL = 1.0 / 224


def grasp(x: float, arm: int) -> Action:
    """One from above, 3 cm over the table."""
    position, rotation = torch.tensor([[x, 0.0, 0.03]]), torch.diag(torch.tensor([1.0, -1.0, -1.0]))[None]
    return grasp_action(position, rotation, torch.tensor([0.1]), torch.tensor([arm]), torch.tensor([True]), 2, 32)


def test_other_targets_are_apart_and_the_best_seen_comes_first() -> None:
    ids = torch.zeros(1, 224, 224, dtype=torch.long)
    sizes = {1: 10, 2: 10, 3: 6, 4: 12, 5: 3}  # cells a side; the last shows 9 cells, too few to grasp
    for number, column in enumerate((60, 90, 130, 160, 200), start=1):
        ids[0, 110 : 110 + sizes[number], column : column + sizes[number]] = number
    maps = Heightmaps(torch.zeros(1, 3, 224, 224), (ids > 0) * 0.05, ids)
    seen = Observation(maps, torch.tensor([1]), Workspace(), clearing=True)
    position = torch.tensor([65 * CELL - 0.5, 0.0, 0.03])
    found = other_targets(seen, position)  # 2 is 0.13 m away, 3 0.30 m, 4 0.45 m
    assert [int(other.target_id) for other in found] == [4, 3]
    assert all(other.heightmaps is seen.heightmaps and other.clearing for other in found)


def test_grasps_of_both_arms_that_are_apart_go_together() -> None:
    first, second = grasp(-0.1, 0), grasp(0.15, 1)
    assert goes_with(first, second)
    assert not goes_with(first, grasp(0.15, 0))  # the same arm
    assert not goes_with(first, grasp(0.05, 1))  # 0.15 m away
    push = push_action(torch.zeros(1, 2, 32, 3), torch.zeros(1, 2, 32), torch.tensor([[False, True]]))
    assert not goes_with(first, push)
    both = together(first, second)
    assert both.kind.tolist() == [[Kind.GRASP, Kind.GRASP]] and bool(both.valid.all())
    torch.testing.assert_close(both.position[0, :, 0], torch.tensor([-0.1, 0.15]))
    assert first.arms(0, Kind.GRASP) == [0]  # stays as it was
