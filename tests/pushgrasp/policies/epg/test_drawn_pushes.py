"""Which pushes are tried beside PushNet's best one."""

from __future__ import annotations

import torch

from pushgrasp.policies.epg.drawn_pushes import apart_pushes, draw_pushes

CELL = 0.005
"""Side of a cell [m]."""


def test_half_are_the_best_ones_and_all_are_allowed() -> None:
    generator = torch.Generator().manual_seed(3)
    scores, allowed = torch.rand(4, 48, 48, generator=generator), torch.rand(4, 48, 48, generator=generator) < 0.5
    entries = draw_pushes(scores, allowed, 8, CELL, generator)
    assert entries.shape == (8, 3) and bool(allowed[tuple(entries.T)].all())
    worths = scores[tuple(entries.T)]
    assert float(worths[0]) == float(scores[allowed].max())
    assert bool((worths[:3] >= worths[1:4]).all()) and float(worths[3]) > 0.98 > float(worths[4:].mean())


def test_few_allowed_pushes_are_drawn_several_times() -> None:
    allowed = torch.zeros(4, 48, 48, dtype=torch.bool)
    allowed[3, 8, 35] = True
    entries = draw_pushes(torch.zeros(4, 48, 48), allowed, 6, CELL, torch.Generator())
    assert entries.tolist() == [[3, 8, 35]] * 6


def test_pushes_alike_are_left_out() -> None:
    entries = torch.tensor([[0, 10, 10], [0, 12, 10], [1, 10, 10], [0, 30, 10]])
    values = torch.tensor([1.0, 2.0, 0.5, 0.0])
    assert apart_pushes(entries, values, 4, 4, CELL) == [1, 2, 3]  # the first begins 1 cm beside the second
    assert apart_pushes(entries, values, 2, 4, CELL) == [1, 2]
