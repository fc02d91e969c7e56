"""Straight pushes past a place."""

from __future__ import annotations

import pytest
import torch

from pushgrasp.decoding.push_cfg import PushDecoderCfg
from pushgrasp.perception.workspace import Workspace
from pushgrasp.policies.baselines.push_lines import DIRECTIONS, EDGE, PushLines, line_frames, plan_push_lines, to_pushes

from .conftest import Draw

ALONE = 3 * DIRECTIONS
CFG = PushDecoderCfg()
BOX = (0.05, 0.0, 0.06, 0.10, 0.05)


def test_lines_go_past_and_through_in_all_directions() -> None:
    directions, sides, pairs = line_frames(2, torch.zeros(1))
    assert len(directions) == len(sides) == ALONE + pairs.numel()
    assert directions[:3].tolist() == [[1.0, 0.0]] * 3
    assert sides[:3].tolist() == [-1.0, 0.0, 1.0]
    # two arms side by side: along y, and 30 degrees off it
    assert (directions[pairs][..., 1].abs() > 0.86).all()
    assert len(pairs) == 6
    assert len(line_frames(1, torch.zeros(1))[2]) == 0


def test_a_finger_passes_beside_the_box(draw: Draw, workspace: Workspace) -> None:
    seen = draw(BOX)
    lines = plan_push_lines(seen.ids == 1, seen.height, workspace, 2, CFG)
    # along x, to the right of it: y is half the box, half the pad and the gap below the middle
    assert lines.start[0, 0, 1] == pytest.approx(-(0.05 + 0.012 + 0.004), abs=0.005)
    assert lines.end[0, 0, 1] == lines.start[0, 0, 1]
    assert lines.start[0, 0, 0] <= 0.05 - 0.03 - 0.04 + 0.005
    assert lines.end[0, 0, 0] == pytest.approx(0.05 + 0.03 + 0.05, abs=0.005)
    # through it: the start has moved back to bare table
    assert lines.start[0, 1, 1] == pytest.approx(0.0, abs=0.003)
    assert lines.start[0, 1, 0] < 0.05 - 0.03 - 0.02


def test_nothing_ends_near_the_edge(draw: Draw, workspace: Workspace) -> None:
    seen = draw((0.33, -0.3, 0.05, 0.05, 0.05))
    lines = plan_push_lines(seen.ids == 1, seen.height, workspace, 2, CFG)
    ends = lines.end[0, :ALONE][lines.usable[0, :ALONE]]
    assert len(ends) > 0
    assert ends.abs().max() <= 0.5 - EDGE + 1e-5
    lengths = (lines.end - lines.start)[0, :ALONE].norm(dim=-1)[lines.usable[0, :ALONE]]
    assert lengths.min() >= CFG.min_length - 1e-5
    assert lengths.max() <= CFG.max_length + 1e-5


def test_starts_that_are_walled_in_are_not_usable(draw: Draw, workspace: Workspace) -> None:
    seen = draw((0.0, 0.0, 0.9, 0.9, 0.05), (0.0, 0.0, 0.05, 0.05, 0.06))
    lines = plan_push_lines(seen.ids == 2, seen.height, workspace, 2, CFG)
    assert not lines.usable.any()
    assert (lines.gain(torch.ones_like(seen.height), workspace) == -torch.inf).all()


def test_two_arms_keep_apart(draw: Draw, workspace: Workspace) -> None:
    seen = draw(BOX)
    lines = plan_push_lines(seen.ids == 1, seen.height, workspace, 2, CFG)
    assert lines.usable[0, ALONE:].any()
    start, end = lines.paths(ALONE)
    unit = (end - start)[0, 0] / (end - start)[0, 0].norm()
    across = (start[0, 1] - start[0, 0]) @ torch.stack((-unit[1], unit[0]))
    assert abs(float(across)) >= CFG.separation


def test_swept_cells_lie_along_the_line() -> None:
    line = PushLines(
        torch.tensor([[[0.0, 0.0]]]),
        torch.tensor([[[0.2, 0.0]]]),
        torch.ones(1, 1, dtype=torch.bool),
        torch.zeros(0, 2).long(),
        torch.zeros(1, 2),
        torch.zeros(1, 1, 2),
    )
    swept = line.swept(torch.tensor([-0.01, 0.1, 0.21]), torch.tensor([0.029, 0.0, -0.031]))
    assert swept.tolist() == [[[[False, True, False], [False, True, False], [False, False, False]]]]


def test_gain_is_the_area_swept(workspace: Workspace) -> None:
    line = PushLines(
        torch.tensor([[[-0.1, 0.0]]]),
        torch.tensor([[[0.1, 0.0]]]),
        torch.ones(1, 1, dtype=torch.bool),
        torch.zeros(0, 2).long(),
        torch.zeros(1, 2),
        torch.zeros(1, 1, 2),
    )
    area = torch.full((1, workspace.cells, workspace.cells), workspace.resolution**2)
    assert line.gain(area, workspace).item() == pytest.approx(0.2 * 0.06, rel=0.1)  # 20 cm, 3 cm to either side


def test_each_line_goes_to_the_arm_on_its_side() -> None:
    start = torch.tensor([[[0.1, 0.0]], [[-0.1, 0.0]]])
    end, tip, valid = start + torch.tensor([0.0, 0.2]), torch.tensor([0.012, 0.05]), torch.tensor([True, True])
    pushes = to_pushes(start, end, valid, tip, num_arms=2, points=8)
    assert pushes.active.tolist() == [[False, True], [True, False]]
    assert pushes.paths[0, 1, 0].tolist() == pytest.approx([0.1, 0.0, 0.012])
    assert pushes.paths[1, 0, -1].tolist() == pytest.approx([-0.1, 0.2, 0.05])
    assert pushes.paths[0, 0].abs().max() == 0.0
    assert pushes.yaw[0, 1].tolist() == pytest.approx([torch.pi / 2] * 8)
    assert to_pushes(start, end, valid, tip, num_arms=1, points=8).active.tolist() == [[True], [True]]


def test_two_lines_are_sorted_from_left_to_right() -> None:
    start = torch.tensor([[[0.1, 0.0], [-0.1, 0.0]]])
    pushes = to_pushes(start, start + torch.tensor([0.0, 0.2]), torch.tensor([True]), torch.tensor([0.012]), 2, 4)
    assert pushes.active.tolist() == [[True, True]]
    assert pushes.paths[0, :, 0, 0].tolist() == pytest.approx([-0.1, 0.1])
    none = to_pushes(start, start + 0.1, torch.tensor([False]), torch.tensor([0.012]), 2, 4)
    assert none.valid.tolist() == [False] and none.paths.abs().max() == 0.0
