"""Runs of body in a depth profile."""

import pytest
import torch

from pushgrasp.decoding.jaws import central_run, close_gaps


def test_central_run_ends_between_samples():
    occupied = torch.tensor([[False, True, True, True, False, True, True], [True, True, True, False, True, True, True]])
    low, high, found = central_run(occupied, 0.01)
    # First row, middle 3: the run is samples 1..3, from -2.5 to +0.5 steps. Second row: the middle is empty.
    assert (low[0].item(), high[0].item()) == pytest.approx((-0.025, 0.005))
    assert found.tolist() == [True, False]


def test_gaps_that_take_no_pad_are_closed():
    row = torch.tensor([[0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0]]).bool()
    assert close_gaps(row, 3)[0].int().tolist() == [0, 0, 0, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0]
