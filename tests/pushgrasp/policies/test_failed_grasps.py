"""Which grasps are like those that have failed, by hand."""

from __future__ import annotations

import math

import pytest
import torch

from pushgrasp.evaluation.protocols import protocols
from pushgrasp.policies.failed_grasps import KEPT, WHOLE_TRIAL, FailedGrasps


def grasps(*x: float, angle: float = 0.0) -> tuple[torch.Tensor, torch.Tensor]:
    """TCPs and closing axes of grasps from above at (x, 0, 0.03), one per world; axes at ``angle`` [rad] from x."""
    position = torch.tensor([[place, 0.0, 0.03] for place in x])
    return position, torch.tensor([math.cos(angle), math.sin(angle), 0.0]).expand(len(x), 3)


def times(failed: FailedGrasps, world: int, x: float, angle: float = 0.0) -> int:
    """How many grasps like one have failed."""
    return int(failed.alike(torch.tensor([world]), *grasps(x, angle=angle), 0.025, 0.9).sum())


def test_near_grasps_with_nearly_the_same_axis_are_alike() -> None:
    failed = FailedGrasps.none(2)
    failed.add(*grasps(0.1, 0.1), torch.tensor([True, False]))
    assert times(failed, 0, 0.1) == times(failed, 0, 0.12, 0.4) == 1
    assert times(failed, 0, 0.1, 3.1) == 1  # jaws turned over
    assert times(failed, 0, 0.13) == times(failed, 0, 0.1, 0.5) == 0  # 30 mm away; cos 0.5 = 0.88
    assert times(failed, 1, 0.1) == 0


def test_likeness_is_told_of_each_that_is_remembered_the_latest_first() -> None:
    failed = FailedGrasps.none(1)
    for x in (0.10, 0.11, 0.50):
        failed.add(*grasps(x), torch.tensor([True]))
    position = torch.stack([grasps(0.09)[0][0], grasps(0.5)[0][0]])
    alike = failed.alike(torch.tensor([[0]]), position[None], grasps(0.0)[1], 0.025, 0.9)
    assert alike.tolist() == [[[False, True, True], [True, False, False]]]


@pytest.mark.parametrize("kept", [KEPT, 3])
def test_the_oldest_make_room_and_a_new_trial_forgets(kept: int) -> None:
    failed = FailedGrasps.none(1, kept=kept)
    for number in range(kept + 1):
        failed.add(*grasps(0.1 * number), torch.tensor([True]))
    assert [times(failed, 0, 0.1 * number) for number in range(kept + 1)] == [0] + [1] * kept
    failed.forget(torch.tensor([0]))
    assert not any(times(failed, 0, 0.1 * number) for number in range(kept + 1))


def test_no_trial_of_a_protocol_is_longer_than_what_remembers_all_of_it() -> None:
    assert max(protocol.rule.action_limit for protocol in protocols().values()) <= WHOLE_TRIAL
