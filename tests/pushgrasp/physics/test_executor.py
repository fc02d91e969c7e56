"""An action on its way, by a rig that only writes down what it is told."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
import torch

from pushgrasp.physics.executor import Execution


class Diary:
    """Ticks of two worlds in which every slot stands as high as ticks have passed in its world."""

    def __init__(self, is_direct: bool) -> None:
        self.is_direct, self.lines, self.passed = is_direct, list[tuple[Any, ...]](), torch.zeros(2)

    def sample(self, motion: Any, clocks: torch.Tensor) -> SimpleNamespace:
        self.clocks = clocks
        return SimpleNamespace(at=lambda index: index)

    def begin_action(self) -> None:
        self.lines.append(("begin",))

    def run(self, targets: Any, start: int, stop: int, ticks: torch.Tensor) -> None:
        self.lines.append(("run", start, stop))
        self.passed += (ticks.clamp(start, stop) - start).float()

    def command(self, tick: int, active: torch.Tensor) -> None:
        self.lines.append(("command", tick, active.tolist()))
        self.passed += active.float()

    def positions(self) -> torch.Tensor:
        return self.passed[:, None, None].repeat(1, 3, 3)


def begin(rig: Diary, judged: tuple[float, float] = (0.25, 0.45)) -> Execution:
    """Four and six ticks of 0.1 s by one arm, whose last whole ticks before it is judged are the second and fourth."""
    times = torch.tensor(judged)[:, None]
    motion: Any = SimpleNamespace(
        duration=torch.tensor([0.35, 0.58]),
        measure_time=times,
        tcp_positions=lambda t: torch.zeros(2, 1, 1, 3),
    )
    moved: Any = rig
    return Execution(moved, motion, 0.1, rig.positions)


def test_it_stops_where_worlds_are_judged_and_at_the_end() -> None:
    rig = Diary(is_direct=True)
    execution = begin(rig)
    assert (execution.ticks.tolist(), execution.stops) == ([4, 6], [2, 4, 6])
    assert rig.clocks[1].tolist() == pytest.approx([0.1, 0.2, 0.3, 0.4, 0.5, 0.6])
    judged = []
    for _ in execution.stops:
        judged.append(execution.look().tolist())
        execution.command()
    assert judged == [[False, False], [True, False], [False, True]]
    assert rig.lines == [
        ("begin",),
        *(("run", 0, 1), ("command", 1, [True, True])),
        *(("run", 2, 3), ("command", 3, [True, True])),
        *(("run", 4, 5), ("command", 5, [False, True])),
    ]
    assert execution.at_top[:, 0, 0, 2].tolist() == execution.rise[:, 0].tolist() == [2.0, 4.0]
    assert rig.passed.tolist() == [4.0, 6.0]


def test_a_rig_that_does_not_tick_on_demand_is_told_every_tick() -> None:
    rig = Diary(is_direct=False)
    execution = begin(rig, (0.25, 0.0))
    for _ in execution.stops:
        execution.look()
        execution.command()
    assert [line[1] for line in rig.lines[1:]] == list(range(6))
    assert execution.rise[:, 0].tolist() == [2.0, 0.0]  # what lifts nothing stays as it was before


def test_only_active_slots_that_rose_by_five_centimetres_were_lifted() -> None:
    rig = Diary(is_direct=True)
    execution = begin(rig, (0.25, 0.0))
    while execution.run():
        execution.look()
    active = torch.tensor([[True, False, True], [True, True, True]])
    assert execution.lifted(active).tolist() == [[[True, False, True]], [[False, False, False]]]


def test_no_more_time_passes_in_worlds_that_are_left() -> None:
    rig = Diary(is_direct=True)
    execution = begin(rig)
    while execution.run():
        execution.leave(execution.look())
    assert rig.passed.tolist() == [2.0, 4.0]
    assert rig.lines == [("begin",), ("run", 0, 2), ("run", 2, 4), ("run", 4, 4)]


@pytest.mark.parametrize(("to_lift", "passed"), [(False, [4.0, 6.0]), (True, [2.0, 4.0])])
def test_a_rehearsed_grasp_that_holds_ends_with_its_lift_where_no_more_matters(to_lift: bool, passed: list) -> None:
    rig = Diary(is_direct=True)
    execution = begin(rig)
    grasp: Any = SimpleNamespace(
        does=lambda kind: torch.ones(2, dtype=torch.bool), valid=torch.ones(2, 1, dtype=torch.bool)
    )
    execution.rehearse(grasp, torch.tensor([[True, False, False]]), 0, to_lift)
    assert execution.at_top[:, 0, 0, 2].tolist() == [2.0, 4.0]
    assert rig.passed.tolist() == passed
