"""Full masks: windows, hidden shares, and pairs from a state whose answer is known."""

from __future__ import annotations

import torch
from pytest import approx
from torch import nn

from pushgrasp.interface.world import Observation, State
from pushgrasp.perception.heightmap import Heightmaps
from pushgrasp.perception.workspace import Workspace
from pushgrasp.policies.opg.amodal import AmodalNet, full_masks, occluded_share
from pushgrasp.policies.opg.pairs import Pairs, true_mask, world_pairs


def covered_cuboid() -> tuple[Observation, State]:
    """A cuboid of 10 x 5 x 5 cm under a slab of which 6 cm cover it; a second world is empty."""
    ids = torch.zeros(2, 224, 224, dtype=torch.long)
    cell = 1.0 / 224
    ids[0, 107:117, 101:123] = 1  # x from -0.05 to 0.05, y from -0.025 to 0.025
    ids[0, 100:124, 110:130] = 2
    height = torch.where(ids == 2, 0.07, torch.where(ids == 1, 0.05, 0.0))
    position = torch.tensor([[0.0, 0.0, 0.025], [(120 - 112) * cell, 0.0, 0.06], [0.0, 0.0, -0.5]]).expand(2, 3, 3)
    active = torch.tensor([[True, True, False], [False, False, False]])
    upright = torch.tensor([0.0, 0.0, 0.0, 1.0]).expand(2, 3, 4)
    state = State(position, upright, active, torch.zeros(2).long(), ("cuboid", "slab", "cube"))
    maps = Heightmaps(torch.zeros(2, 3, 224, 224), height, ids)
    return Observation(maps, torch.ones(2).long(), Workspace()), state


def test_true_mask_is_the_outline_along_gravity() -> None:
    seen, state = covered_cuboid()
    mask = true_mask(state, 0, 0, seen.workspace)
    rows, columns = mask.nonzero().unbind(dim=1)
    # cell centres within 5 cm along x and 2.5 cm along y of the middle, which lies between cells 111 and 112
    assert (int(columns.min()), int(columns.max())) == (101, 122) and (int(rows.min()), int(rows.max())) == (106, 117)
    assert int(mask.sum()) == 22 * 12
    shifted = Workspace(x_min=-0.375, x_max=0.625)  # by 28 cells
    assert torch.equal(true_mask(state, 0, 0, shifted), mask.roll(-28, dims=1))


def test_pairs_of_a_world() -> None:
    seen, state = covered_cuboid()
    pairs = world_pairs(seen, state, 0, 64)
    assert len(pairs) == 2 and pairs.height.shape == (2, 64, 64)
    assert int(pairs.seen[0].sum()) == 9 * 10 and int(pairs.full[0].sum()) == 22 * 12
    assert pairs.hidden[0].item() == approx(1.0 - 90 / 264)
    others = pairs.inputs[2]
    assert int(others[0].sum()) == 24 * 20 and int(others[1].sum()) == 9 * 10
    assert len(world_pairs(seen, state, 1, 64)) == 0


def test_pairs_move_together() -> None:
    generator = torch.Generator().manual_seed(1)
    cells = torch.randint(8, (3, 8, 8), generator=generator).byte()
    pairs = Pairs(0.01 * cells.half(), cells, torch.zeros(3))
    moved = [pairs.moved(generator) for _ in range(40)]
    assert len({tuple(one.cells.flatten().tolist()) for one in moved}) == 8  # four turns, mirrored or not
    assert all(torch.equal(one.height, 0.01 * one.cells.half()) for one in moved)


def test_old_pairs_are_forgotten() -> None:
    seen, state = covered_cuboid()
    pairs = world_pairs(seen, state, 0, 64)
    kept = Pairs.none(64).joined(pairs, 3).joined(pairs, 3)
    assert kept.hidden.tolist() == [pairs.hidden[1], *pairs.hidden.tolist()]


class Everything(nn.Module):
    """Says that the object covers the whole window."""

    def forward(self, height, seen, others):
        return torch.ones_like(height)


def test_full_mask_is_put_back_where_the_window_was() -> None:
    seen, _ = covered_cuboid()
    maps = seen.heightmaps
    own = torch.zeros(2, 224, 224, dtype=torch.bool)
    own[0, 0:4, 10:14] = True  # in a corner of the table: the window reaches over its edge
    full = full_masks(Everything(), maps.height, maps.ids, own, 16)
    assert full[0].nonzero().aminmax(dim=0).min.tolist() == [0, 4] and int(full[0].sum()) == (16 - 6) * 16
    assert not bool(full[1].any())  # nothing of it is seen
    assert occluded_share(own, full).tolist() == [approx(1.0 - 16 / 160), 1.0]


def test_net_looks_at_heights_above_what_is_seen() -> None:
    net = AmodalNet((2, 2)).eval()
    height, seen = torch.rand(1, 8, 8) * 0.05, torch.ones(1, 8, 8)
    with torch.no_grad():
        assert net(height, seen, 0 * seen).shape == (1, 8, 8)
