"""Checkpoints of a training: everything that an exact continuation needs, in one file."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from pushgrasp.files.torch_files import read_torch_file, write_torch_file
from pushgrasp.files.typed_json import Whole, build
from pushgrasp.policies.pg4da.backbone.train.cfg import TrainCfg

FILE = "checkpoint.pt"
SCHEMA = 2


@dataclass
class TrainState:
    """How far a training is. What is random follows from seed and step, so that no random state is kept."""

    step: Whole = 0  # finished optimiser steps
    seconds: float = 0.0  # time spent in training, interruptions left out
    best: float = -1.0  # best quality of a validation


def save_checkpoint(folder: Path, cfg: TrainCfg, progress: TrainState, parts: dict[str, Any]) -> None:
    """Write the checkpoint of a run, whole or not at all.

    Args:
        folder: Run folder.
        cfg: Settings.
        progress: How far the training is.
        parts: Objects with ``state_dict()``: net, averaged net, optimiser, scaler.
    """
    states = {name: part.state_dict() for name, part in parts.items()}
    write_torch_file(folder / FILE, {"schema": SCHEMA, "cfg": asdict(cfg), "progress": asdict(progress), **states})


def read_checkpoint(folder: Path) -> tuple[TrainCfg, TrainState, dict[str, Any]]:
    """Settings, progress and states of the checkpoint in a run folder; nothing in the file is executed.

    Raises:
        FileNotFoundError: If there is none.
        ValueError: If it is corrupt or of another version, naming the file.
    """
    path = Path(folder) / FILE
    if not path.is_file():
        raise FileNotFoundError(f"no checkpoint {path}; --resume takes the folder of a run")
    content = read_torch_file(path, "checkpoint")
    if content.get("schema") != SCHEMA:
        raise ValueError(f"{path} has schema {content.get('schema')!r}; this version reads {SCHEMA}")
    try:
        return build(TrainCfg, content["cfg"]), build(TrainState, content["progress"]), content
    except (KeyError, ValueError) as error:
        raise ValueError(f"{path} is no checkpoint of this training: {error}") from error
