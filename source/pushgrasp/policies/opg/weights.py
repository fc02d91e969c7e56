"""The amodal net of a checkpoint."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from torch import Tensor

from pushgrasp.learning.checkpoint import CheckpointError, load_checkpoint

from .amodal import AmodalNet
from .cfg import AMODAL, METHOD, AmodalNetCfg


def amodal_weights(path: Path, cfg: AmodalNetCfg) -> Mapping[str, Tensor]:
    """Return the weights of the amodal net of a checkpoint of either kind of training.

    Raises:
        FileNotFoundError: If there is no such file.
        CheckpointError: If it is damaged, or its net has other settings.
    """
    state = load_checkpoint(path, METHOD)[2]
    try:
        weights = state["policy"]["nets"][AMODAL]
        AmodalNet(cfg.widths).load_state_dict(weights)
    except (KeyError, RuntimeError, TypeError) as error:
        reason = " ".join(str(error).split())[:300]
        raise CheckpointError(f"{path}: its amodal net does not fit agent.rule.amodal: {reason}") from error
    return weights
