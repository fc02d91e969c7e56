"""Choices written as actions come back, and the decoders carry out what was chosen."""

from __future__ import annotations

import pytest
import torch

from pushgrasp.decoding.decoder import Decision, DecoderCfg, decode
from pushgrasp.perception.heightmap import Heightmaps
from pushgrasp.perception.workspace import Workspace
from pushgrasp.policies.pg4da.action import split_action
from pushgrasp.policies.pg4da.spatial.choices import read_choices, write_choices
from pushgrasp.policies.pg4da.spatial.maps import CHANNELS, scene_maps

WORKSPACE = Workspace()


def two_blocks(worlds: int, row: int = 106, gap: int = 2) -> Heightmaps:
    """A target of 5 x 5 cm (id 1), its first cell in ``row``, and a neighbour on its right (id 2), both 5 cm high."""
    ids = torch.zeros(worlds, 224, 224, dtype=torch.long)
    ids[:, row : row + 12, 106:118] = 1
    ids[:, row : row + 12, 118 + gap : 130 + gap] = 2
    height = (ids > 0).float() * 0.05
    return Heightmaps(torch.zeros(worlds, 3, 224, 224), height, ids)


def decided(scene: Heightmaps, cells: torch.Tensor, is_grasp: bool) -> Decision:
    """What the decoders make of chosen cells (N, K), one row per world."""
    worlds = len(cells)
    target = scene_maps(scene, torch.ones(worlds).long(), WORKSPACE, DecoderCfg())[:, CHANNELS.index("target")] > 0
    action = write_choices(cells, torch.full((worlds,), is_grasp), target.flatten(1), torch.zeros(worlds, 360))
    return decode(*split_action(action), scene, torch.ones(worlds, dtype=torch.long), WORKSPACE, 2)


@pytest.mark.parametrize("is_grasp", [True, False])
def test_written_choices_are_read_back(is_grasp: bool) -> None:
    generator = torch.Generator().manual_seed(0)
    target = torch.zeros(50, 3136, dtype=torch.bool)
    target[:, :1000] = True
    allowed = torch.arange(1000) if is_grasp else torch.arange(1000, 3136)
    cells = torch.stack([allowed[torch.randperm(len(allowed), generator=generator)[:4]] for _ in range(50)])
    v_avh = torch.randn(50, 360, generator=generator)
    action = write_choices(cells, torch.full((50,), is_grasp), target, v_avh)
    read, chosen_class = read_choices(action, 4)
    assert torch.equal(read[:, :1] if is_grasp else read, cells[:, :1] if is_grasp else cells)
    assert torch.equal(chosen_class, v_avh.argmax(dim=1))


def test_map_falls_from_the_chosen_cell() -> None:
    nothing = torch.zeros(1, 3136, dtype=torch.bool)
    action = write_choices(torch.tensor([[10 * 56 + 20]]), torch.tensor([False]), nothing, torch.zeros(1, 360))
    f_map, _ = split_action(action)
    assert f_map[0, 10, 20] == 1.0
    # Five cells away along (3, 4): 1 - 5 * 0.05.
    torch.testing.assert_close(f_map[0, 13, 24], torch.tensor(0.75))


@pytest.mark.parametrize("row", [104, 105, 106, 107])
@pytest.mark.parametrize("gap", [0, 1, 5, 9])
def test_every_choosable_cell_makes_the_move_that_it_stands_for(row: int, gap: int) -> None:
    masks = scene_maps(two_blocks(1, row, gap), torch.tensor([1]), WORKSPACE, DecoderCfg())[0, :2].flatten(1) > 0.5
    for is_grasp, mask in zip((True, False), masks, strict=True):
        cells = mask.nonzero()
        assert len(cells) >= 3
        decision = decided(two_blocks(len(cells), row, gap), cells, is_grasp)
        assert bool((decision.is_grasp == is_grasp).all())


def test_grasp_takes_place_in_the_chosen_cell() -> None:
    # Rows and columns 26 to 29 of the map are heightmap cells 104 to 119; the target covers 106 to 117.
    cells = torch.tensor([[27 * 56 + 27], [28 * 56 + 28]])
    decision = decided(two_blocks(2), cells, True)
    centre = WORKSPACE.cell_to_xy(torch.tensor([[27 * 4 + 1.5, 27 * 4 + 1.5], [28 * 4 + 1.5, 28 * 4 + 1.5]]))
    across = decision.grasps.rotation[:, :2, 1]  # the jaws are centred along x, the place along y stays
    shift = ((decision.grasps.position[:, :2] - centre) * across).sum(dim=1).abs()
    assert decision.grasps.valid.all() and bool((shift < 0.012).all())


def test_key_points_on_both_sides_make_both_arms_push() -> None:
    # Columns 23 and 35 lie 7 and 8 cm from the target's centre, each beside an own neighbour.
    scene = two_blocks(1)
    scene.ids[:, 106:118, 84:96] = 3
    scene.height[:] = (scene.ids > 0).float() * 0.05
    choosable = scene_maps(scene, torch.tensor([1]), WORKSPACE, DecoderCfg())[0, 2] > 0.5
    cells = torch.tensor([[28 * 56 + 24, 28 * 56 + 31]])
    assert choosable.flatten()[cells].all()
    decision = decided(scene, cells, False)
    assert decision.pushes.active.tolist() == [[True, True]]
