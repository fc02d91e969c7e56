"""Pictures and actions in a mirror."""

from __future__ import annotations

import torch

from pushgrasp.policies.maps.mirror import mirrored, mirrored_entries


def test_mirrored_pushes_by_hand() -> None:
    maps, flip = torch.zeros(2, 1, 3, 4), torch.tensor([True, False])
    maps[:, 0, 1, 0] = 1.0
    assert mirrored(maps, flip).nonzero().tolist() == [[0, 0, 1, 3], [1, 0, 1, 0]]
    entry = torch.tensor([[direction, 1, 0] for direction in range(8)])  # east, north-east, north, ...
    there = mirrored_entries(entry, torch.ones(8, dtype=torch.bool), 8, 4)
    assert there.tolist() == [[direction, 1, 3] for direction in (4, 3, 2, 1, 0, 7, 6, 5)]
    assert torch.equal(mirrored_entries(entry, torch.zeros(8, dtype=torch.bool), 8, 4), entry)


def test_mirrored_grasps_by_hand() -> None:
    entry = torch.tensor([[angle, 2, 3] for angle in range(4)])  # closing along 0, 45, 90 and 135 degrees
    there = mirrored_entries(entry, torch.ones(4, dtype=torch.bool), 4, 4, half=True)
    assert there.tolist() == [[angle, 2, 0] for angle in (0, 3, 2, 1)]
