"""What is remembered of a trial, by hand."""

from __future__ import annotations

import math

import torch

from pushgrasp.policies.failed_grasps import KEPT
from pushgrasp.policies.maps.memory import Memory
from pushgrasp.policies.maps.primitives import TopGrasps, top_down


def add(memory: Memory, pushed: bool = False, failed: bool = False, x: float = 0.0) -> None:
    memory.add(torch.tensor([pushed]), torch.tensor([not pushed]))
    memory.add_failure(torch.tensor([failed]), torch.tensor([[x, 0.0, 0.02]]), torch.tensor([[1.0, 0.0, 0.0]]))


def grasps(x: float, angle: float) -> TopGrasps:
    position = torch.tensor([[x, 0.0, 0.02]])
    return TopGrasps(position, top_down(torch.tensor([angle])), torch.tensor([0.05]), torch.tensor([True]))


def times(memory: Memory, x: float, angle: float) -> int:
    return int(memory.times_failed(torch.tensor([0]), grasps(x, angle)))


def test_pushes_are_counted_since_the_last_grasp() -> None:
    memory = Memory.empty(1)
    add(memory, pushed=True)
    add(memory, pushed=True)
    assert (int(memory.pushes), int(memory.actions)) == (2, 2)
    add(memory)
    assert (int(memory.pushes), int(memory.actions), int(memory.failures)) == (0, 3, 0)


def test_grasps_like_one_that_has_failed_are_known_again() -> None:
    memory = Memory.empty(1)
    add(memory, failed=True, x=0.1)
    assert times(memory, 0.115, 0.0) == 1  # 15 mm away
    assert times(memory, 0.125, 0.0) == 0  # 25 mm away
    assert times(memory, 0.1, math.pi) == 1  # the same jaws, turned by half
    assert times(memory, 0.1, math.radians(24)) == 1  # cos 24 degrees = 0.914
    assert times(memory, 0.1, math.radians(28)) == 0  # cos 28 degrees = 0.883


def test_older_failures_are_forgotten() -> None:
    memory = Memory.empty(1)
    for number in range(KEPT + 1):
        add(memory, failed=True, x=0.1 * number)
    assert times(memory, 0.0, 0.0) == 0 and times(memory, 0.1, 0.0) == 1
    assert int(memory.failures) == KEPT + 1
