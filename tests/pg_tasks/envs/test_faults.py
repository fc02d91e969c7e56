"""What is kept of a diverged world."""

import numpy as np
import torch

from pg_tasks.envs.faults import write_dump
from pushgrasp.interface.action import Action, push_action


def pushes(worlds: int) -> Action:
    return push_action(torch.rand(worlds, 2, 5, 3), torch.rand(worlds, 2, 5), torch.ones(worlds, 2, dtype=torch.bool))


def test_dump_holds_what_replays_the_action_of_each_diverged_world(tmp_path):
    before, action = torch.rand(3, 4, 7), pushes(3)
    active = torch.tensor([[True, False, True, False]]).repeat(3, 1)
    files = write_dump(tmp_path / "faults", torch.tensor([0, 2]), before, action, active)
    assert [file.name for file in files] == ["fault_0_world_0.npz", "fault_0_world_2.npz"]
    with np.load(files[1]) as stored:
        np.testing.assert_array_equal(stored["poses"], before[2].numpy())
        np.testing.assert_array_equal(stored["path"], action.path[2].numpy())
        np.testing.assert_array_equal(stored["kind"], [2, 2])
        np.testing.assert_array_equal(stored["active"], active[2].numpy())


def test_later_dumps_do_not_overwrite_earlier_ones(tmp_path):
    arguments = (torch.rand(1, 2, 7), pushes(1), torch.ones(1, 2, dtype=torch.bool))
    first = write_dump(tmp_path, torch.tensor([0]), *arguments)
    second = write_dump(tmp_path, torch.tensor([0]), *arguments)
    assert first != second and all(file.is_file() for file in first + second)
