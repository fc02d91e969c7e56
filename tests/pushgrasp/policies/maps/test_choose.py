"""What maps of scores choose."""

from __future__ import annotations

import torch

from pushgrasp.policies.maps.choose import best_entries, random_entry


def test_best_entries_come_first_and_only_allowed_ones() -> None:
    scores = torch.zeros(2, 3, 3)
    scores[1, 2, 0], scores[0, 1, 1], scores[0, 0, 0] = 3.0, 2.0, 9.0
    allowed = torch.zeros(2, 3, 3, dtype=torch.bool)
    allowed[1, 2, 0] = allowed[0, 1, 1] = True
    entries, values = best_entries(scores, allowed, 5)
    assert entries.tolist() == [[1, 2, 0], [0, 1, 1]] and values.tolist() == [3.0, 2.0]


def test_nothing_allowed_gives_no_entries() -> None:
    entries, values = best_entries(torch.zeros(2, 3, 3), torch.zeros(2, 3, 3, dtype=torch.bool), 5)
    assert entries.shape == (0, 3) and len(values) == 0


def test_random_entries_are_all_that_are_allowed() -> None:
    allowed = torch.zeros(2, 3, 3, dtype=torch.bool)
    allowed[1, 2, 0] = allowed[0, 1, 1] = True
    generator = torch.Generator().manual_seed(3)
    drawn = {tuple(random_entry(allowed, generator).tolist()) for _ in range(40)}
    assert drawn == {(1, 2, 0), (0, 1, 1)}
