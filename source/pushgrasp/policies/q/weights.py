"""Nets in plain torch, as files hold them: playing needs no escnn."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import nn

from pushgrasp.learning.checkpoint import CheckpointError, CheckpointInfo, load_checkpoint, save_checkpoint


def write_policy(path: Path, state: Mapping[str, Any], info: CheckpointInfo, config: Any) -> None:  # noqa: ANN401
    """Write what playing needs, in half precision: a checkpoint from which no training goes on.

    Args:
        path: File to write, in an existing folder.
        state: Weights of nets in plain torch by name, ``nets``, and the ``threshold``.
        info: What they are.
        config: Settings of nets and rule.

    Raises:
        OSError: If the file cannot be written.
    """
    halves = {
        name: {key: value.half() if value.is_floating_point() else value for key, value in weights.items()}
        for name, weights in state["nets"].items()
    }
    save_checkpoint(path, info, config, {"policy": {**state, "nets": halves}})


def read_config(path: Path, method: str) -> Mapping[str, Any]:
    """Return the settings that a method's checkpoint holds.

    Raises:
        FileNotFoundError: If the file is missing.
        CheckpointError: If it is damaged, or of another method.
    """
    return load_checkpoint(path, method)[1]


def read_weights(path: Path, method: str, nets: Mapping[str, nn.Module], device: torch.device | str = "cpu") -> float:
    """Give nets of plain torch the weights of a checkpoint, ready to act; return the threshold.

    Raises:
        FileNotFoundError: If the file is missing.
        CheckpointError: If it is damaged, of another method, or of nets with other settings.
    """
    state = load_checkpoint(path, method)[2]
    try:
        for name, net in nets.items():
            net.load_state_dict(state["policy"]["nets"][name])
            net.eval().to(device).requires_grad_(False)
        return float(state["policy"]["threshold"])
    except (KeyError, RuntimeError, TypeError, ValueError) as error:
        reason = " ".join(str(error).split())[:300]
        raise CheckpointError(f"{path}: weights do not fit their settings: {reason}") from error
