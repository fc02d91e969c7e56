"""Runs of body in a depth profile."""

from dataclasses import replace

import pytest
import torch

from pushgrasp.decoding.candidates import start_candidates
from pushgrasp.decoding.jaws import central_run, close_gaps, fit_opening
from pushgrasp.decoding.surface import bodies
from pushgrasp.gripper import GripperGeometry
from pushgrasp.perception.workspace import Workspace


def test_central_run_ends_between_samples():
    occupied = torch.tensor([[False, True, True, True, False, True, True], [True, True, True, False, True, True, True]])
    low, high, found = central_run(occupied, 0.01)
    # First row, middle 3: the run is samples 1..3, from -2.5 to +0.5 steps. Second row: the middle is empty.
    assert (low[0].item(), high[0].item()) == pytest.approx((-0.025, 0.005))
    assert found.tolist() == [True, False]


def test_gaps_that_take_no_pad_are_closed():
    row = torch.tensor([[0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0]]).bool()
    assert close_gaps(row, 3)[0].int().tolist() == [0, 0, 0, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0]


@pytest.mark.parametrize(("low", "high"), [(-0.02, 0.03), (-0.02, 0.09), (-0.055, 0.055), (-0.11, 0.01)])
def test_the_opening_fits_bodies_of_any_length_off_the_middle(low: float, high: float):
    workspace, sizes = Workspace(), GripperGeometry()
    x = workspace.cell_centres()[..., 0]
    mask = ((x > low) & (x < high))[None]
    from_above = torch.tensor([[[1.0, 0.0, 0.0], [0.0, -1.0, 0.0], [0.0, 0.0, -1.0]]])
    tried = start_candidates(torch.zeros(1, dtype=torch.long), torch.tensor([[0.0, 0.0, 0.05]]), from_above)
    tried = replace(tried, depth=torch.tensor([0.02]))
    fitted, found = fit_opening(tried, bodies(0.05 * mask, mask, workspace), sizes, 0.01, (0.0, 0.02))
    assert bool(found)
    # A sample, 4 mm, and a cell, 4.5 mm, at either end.
    assert float(fitted.width) == pytest.approx(high - low + 0.02, abs=0.009)
    assert float(fitted.shift) == pytest.approx((low + high) / 2, abs=0.0045)
