"""Runs of body between the jaws, and jaws fitted to bodies of known length on a heightmap."""

import pytest
import torch

from pushgrasp.decoding.candidates import SeenTarget, start_candidates
from pushgrasp.decoding.grasp import GraspDecoderCfg
from pushgrasp.gripper import GripperGeometry
from pushgrasp.gripper.fit import body_run, close_gaps, fit
from pushgrasp.perception.workspace import Workspace

FROM_ABOVE = torch.tensor([[[1.0, 0.0, 0.0], [0.0, -1.0, 0.0], [0.0, 0.0, -1.0]]])


def test_run_through_the_middle_is_counted_to_either_side():
    rows = [[0, 1, 1, 1, 0, 0, 0, 0, 0], [0, 0, 0, 0, 1, 1, 0, 0, 0], [1, 1, 1, 1, 1, 0, 0, 0, 0]]
    left, right, found = body_run(torch.tensor(rows).bool(), GripperGeometry(pad_thickness=0.001))
    # The middle is sample 4: empty in the first row; in the others it counts on both sides.
    assert found.tolist() == [False, True, True]
    assert (left[1:].tolist(), right[1:].tolist()) == ([1, 5], [2, 1])


def test_gaps_that_take_no_pad_are_closed():
    row = torch.tensor([[0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0]]).bool()
    assert close_gaps(row, 3)[0].int().tolist() == [0, 0, 0, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0]


@pytest.mark.parametrize(("low", "high"), [(-0.02, 0.03), (-0.02, 0.09), (-0.055, 0.055), (-0.11, 0.01)])
def test_the_opening_fits_bodies_of_any_length_off_the_middle(low: float, high: float):
    workspace, cfg = Workspace(), GraspDecoderCfg()
    x = workspace.cell_centres()[..., 0]
    mask = ((x > low) & (x < high))[None]
    tried = start_candidates(torch.zeros(1, dtype=torch.long), torch.tensor([[0.0, 0.0, 0.05]]), FROM_ABOVE)
    fitted = fit(tried, SeenTarget(0.05 * mask, mask, workspace), cfg)
    # A sample, 4 mm, and a cell, 4.5 mm, at either end.
    assert float(fitted.extent) == pytest.approx(high - low, abs=0.009)
    assert float(fitted.width) == pytest.approx(min(float(fitted.extent) + 0.02, 0.14))
    assert float(fitted.shift) == pytest.approx((low + high) / 2, abs=0.0045)
    assert float(fitted.depth) == pytest.approx(0.025)  # tips 25 mm above the table


@pytest.mark.parametrize(("low", "high"), [(-0.07, 0.07), (0.01, 0.05)])
def test_bodies_too_wide_or_beside_the_tips_are_left(low: float, high: float):
    workspace = Workspace()
    x = workspace.cell_centres()[..., 0]
    mask = ((x > low) & (x < high))[None]
    tried = start_candidates(torch.zeros(1, dtype=torch.long), torch.tensor([[0.0, 0.0, 0.05]]), FROM_ABOVE)
    assert len(fit(tried, SeenTarget(0.05 * mask, mask, workspace), GraspDecoderCfg()).row) == 0
