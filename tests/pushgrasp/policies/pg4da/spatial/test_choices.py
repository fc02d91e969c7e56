"""Choices written as actions come back, and the feature map is as it is described."""

from __future__ import annotations

import pytest
import torch

from pushgrasp.decoding.decoder import decode
from pushgrasp.perception.workspace import Workspace
from pushgrasp.policies.pg4da.action import split_action
from pushgrasp.policies.pg4da.spatial.choices import read_choices, write_choices

from .scenes import blocks


@pytest.mark.parametrize("is_grasp", [True, False])
def test_written_choices_are_read_back(is_grasp: bool) -> None:
    generator = torch.Generator().manual_seed(0)
    target = torch.zeros(50, 3136, dtype=torch.bool)
    target[:, :1000] = True
    allowed = torch.arange(1000) if is_grasp else torch.arange(1000, 3136)
    cells = torch.stack([allowed[torch.randperm(len(allowed), generator=generator)[:4]] for _ in range(50)])
    v_avh = torch.randn(50, 360, generator=generator)
    action = write_choices(cells, torch.full((50,), is_grasp), target, v_avh)
    read, cell, named = read_choices(action, target)
    assert bool((read == is_grasp).all()) and torch.equal(cell, cells[:, 0])
    assert torch.equal(named, v_avh.argmax(dim=1))


def test_map_falls_from_the_chosen_cell() -> None:
    nothing = torch.zeros(1, 3136, dtype=torch.bool)
    action = write_choices(torch.tensor([[10 * 56 + 20]]), torch.tensor([False]), nothing, torch.zeros(1, 360))
    f_map, _ = split_action(action)
    assert f_map[0, 10, 20] == 1.0
    # Five cells away along (3, 4): 1 - 5 * 0.05.
    torch.testing.assert_close(f_map[0, 13, 24], torch.tensor(0.75))


def test_repeated_cells_make_no_further_peak() -> None:
    nothing, push = torch.zeros(1, 3136, dtype=torch.bool), torch.tensor([False])
    once, twice = (
        write_choices(torch.tensor([cells]), push, nothing, torch.zeros(1, 360))
        for cells in ([300, 900], [300, 900, 300, 900])
    )
    assert torch.equal(once, twice)


def test_grasp_takes_place_in_the_chosen_cell() -> None:
    # Rows and columns 26 to 29 of the map are heightmap cells 104 to 119; the target covers 106 to 117.
    scene, workspace = blocks((106, 106), (106, 120), worlds=2), Workspace()
    cells, target = torch.tensor([[27 * 56 + 27], [28 * 56 + 28]]), torch.zeros(2, 56, 56, dtype=torch.bool)
    target[:, 26:30, 26:30] = True
    action = write_choices(cells, torch.ones(2, dtype=torch.bool), target.flatten(1), torch.zeros(2, 360))
    decision = decode(*split_action(action), scene, torch.ones(2).long(), workspace, 2)
    centre = workspace.cell_to_xy(torch.tensor([[27 * 4 + 1.5, 27 * 4 + 1.5], [28 * 4 + 1.5, 28 * 4 + 1.5]]))
    across = decision.grasps.rotation[:, :2, 1]  # the jaws are centred along x, the place along y stays
    shift = ((decision.grasps.position[:, :2] - centre) * across).sum(dim=1).abs()
    assert decision.is_grasp.all() and decision.grasps.valid.all() and bool((shift < 0.012).all())
