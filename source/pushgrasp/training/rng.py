"""Capture and restore every random state, as plain data."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import torch


def capture_rng(env: Any = None, device: str = "cpu") -> dict[str, Any]:  # noqa: ANN401 - any environment
    """Return the random states of Python, NumPy, torch, the device and the environment.

    Args:
        env: Environment; its optional method ``get_rng_state()`` returns tensors, numbers, text, lists or dicts.
        device: Device whose torch generator is captured too when it is a CUDA device.
    """
    version, words, gauss = random.getstate()
    name, keys, position, has_gauss, cached = np.random.get_state()
    state: dict[str, Any] = {
        "python": [version, list(words), gauss],
        "numpy": [str(name), torch.from_numpy(keys.astype(np.int64)), int(position), int(has_gauss), float(cached)],
        "torch": torch.get_rng_state(),
    }
    if torch.device(device).type == "cuda":
        state["cuda"] = torch.cuda.get_rng_state(device)
    if hasattr(env, "get_rng_state"):
        state["env"] = env.get_rng_state()
        _require_plain(state["env"], "env.get_rng_state()")
    return state


def restore_rng(state: dict[str, Any], env: Any = None, device: str = "cpu") -> None:  # noqa: ANN401
    """Set the random states that :func:`capture_rng` returned; ``env.set_rng_state(state)`` gets its own part.

    Raises:
        ValueError: When the environment's state was stored but this environment cannot take it.
    """
    version, words, gauss = state["python"]
    random.setstate((version, tuple(words), gauss))
    name, keys, position, has_gauss, cached = state["numpy"]
    np.random.set_state((name, keys.numpy().astype(np.uint32), position, has_gauss, cached))
    torch.set_rng_state(state["torch"])
    if "cuda" in state and torch.device(device).type == "cuda":
        torch.cuda.set_rng_state(state["cuda"], device)
    if "env" in state:
        if not hasattr(env, "set_rng_state"):
            raise ValueError(f"{type(env).__name__} has no set_rng_state(), but the checkpoint holds its random state")
        env.set_rng_state(state["env"])


def _require_plain(value: Any, where: str) -> None:  # noqa: ANN401 - recursion over a state of any shape
    """Raise ValueError unless a state can be stored without executable content."""
    if value is None or isinstance(value, bool | int | float | str | torch.Tensor):
        return
    if isinstance(value, dict):
        for key, item in value.items():
            _require_plain(item, f"{where}[{key!r}]")
    elif isinstance(value, list | tuple):
        for index, item in enumerate(value):
            _require_plain(item, f"{where}[{index}]")
    else:
        allowed = "tensor, number, text, None, list, tuple, dict"
        raise ValueError(f"{where} is a {type(value).__name__}, which a checkpoint cannot hold; allowed: {allowed}")
