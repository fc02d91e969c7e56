"""Threads for small and for large work."""

import torch

from pushgrasp.threads import threads_for


def test_a_single_world_gets_one_thread_and_several_get_all() -> None:
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        with threads_for(1):
            assert torch.get_num_threads() == 1
        assert torch.get_num_threads() == 2
        with threads_for(2):
            assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)
