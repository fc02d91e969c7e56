"""Several training processes under torchrun, on GPUs (NCCL) or on the CPU (Gloo)."""

from __future__ import annotations

import os
from typing import Any

import torch
import torch.distributed as dist


def world_size() -> int:
    """Return the number of processes that torchrun started; 1 without torchrun."""
    return int(os.environ.get("WORLD_SIZE", "1"))


def rank() -> int:
    """Return the number of this process among all; 0 without torchrun."""
    return int(os.environ.get("RANK", "0"))


def rank_device(device: str) -> str:
    """Return the device of this process: "cpu" as it is, "cuda" or "cuda:0" as "cuda:<local rank>" under torchrun."""
    if world_size() == 1 or torch.device(device).type == "cpu":
        return device
    return f"cuda:{os.environ.get('LOCAL_RANK', '0')}"


def rank_seed(seed: int) -> int:
    """Return a seed that differs between processes, so that their worlds and their exploration differ."""
    return seed + 100_003 * rank()


def join_cpu_group() -> dict[str, int]:
    """Join the Gloo process group of a CPU run and return rsl-rl's description of it.

    Raises:
        ValueError: When torchrun's variables contradict each other.
    """
    description = {
        "global_rank": rank(),
        "local_rank": int(os.environ.get("LOCAL_RANK", "0")),
        "world_size": world_size(),
    }
    if not 0 <= description["global_rank"] < description["world_size"]:
        raise ValueError(f"RANK {description['global_rank']} is not below WORLD_SIZE {description['world_size']}")
    if not dist.is_initialized():
        dist.init_process_group("gloo", rank=description["global_rank"], world_size=description["world_size"])
    return description


def leave_group() -> None:
    """Leave the process group, if there is one; call it when the program ends."""
    if dist.is_initialized():
        dist.destroy_process_group()


def any_process(flag: bool, device: str) -> bool:
    """Return whether the flag is set in any process; all must call it."""
    if not dist.is_initialized():
        return flag
    value = torch.tensor(float(flag), device=device)
    dist.all_reduce(value, op=dist.ReduceOp.MAX)
    return bool(value.item())


def mean_over_processes(value: float, device: str) -> float:
    """Return the mean of a number over all processes; all must call it."""
    if not dist.is_initialized():
        return value
    total = torch.tensor(value, dtype=torch.float32, device=device)
    dist.all_reduce(total)
    return total.item() / dist.get_world_size()


def gather(item: Any) -> list[Any]:  # noqa: ANN401 - any plain data
    """Return the items of all processes, by rank; all must call it."""
    if not dist.is_initialized():
        return [item]
    items: list[Any] = [None] * dist.get_world_size()
    dist.all_gather_object(items, item)
    return items
