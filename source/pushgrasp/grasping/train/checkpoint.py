"""Checkpoints of a training: everything that an exact continuation needs, in one file."""

from __future__ import annotations

import io
import pickle
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch

from pushgrasp.grasping.train.cfg import TrainCfg, from_plain
from pushgrasp.training.atomic import atomic_write

FILE = "checkpoint.pt"
SCHEMA = 2


@dataclass
class Progress:
    """How far a training is. What is random follows from seed and step, so that no random state is kept."""

    step: int = 0  # finished optimiser steps
    seconds: float = 0.0  # time spent in training, interruptions left out
    best: float = -1.0  # best quality of a validation


def save_checkpoint(folder: Path, cfg: TrainCfg, progress: Progress, parts: dict[str, Any]) -> None:
    """Write the checkpoint of a run, whole or not at all.

    Args:
        folder: Run folder.
        cfg: Settings.
        progress: How far the training is.
        parts: Objects with ``state_dict()``: net, averaged net, optimiser, scaler.
    """
    states = {name: part.state_dict() for name, part in parts.items()}
    content = {"schema": SCHEMA, "cfg": asdict(cfg), "progress": asdict(progress), **states}
    buffer = io.BytesIO()
    torch.save(content, buffer)
    atomic_write(folder / FILE, lambda file: file.write(buffer.getbuffer()))


def read_checkpoint(folder: Path) -> tuple[TrainCfg, Progress, dict[str, Any]]:
    """Settings, progress and states of the checkpoint in a run folder; nothing in the file is executed.

    Raises:
        FileNotFoundError: If there is none.
        ValueError: If it is corrupt or of another version, naming the file.
    """
    path = Path(folder) / FILE
    if not path.is_file():
        raise FileNotFoundError(f"no checkpoint {path}; --resume takes the folder of a run")
    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
        schema = content["schema"]
    except (RuntimeError, EOFError, KeyError, TypeError, OSError, pickle.UnpicklingError) as error:
        raise ValueError(f"{path} is no readable checkpoint: {str(error).splitlines()[0]}") from error
    if schema != SCHEMA:
        raise ValueError(f"{path} has schema {schema!r}; this version reads {SCHEMA}")
    return from_plain(content["cfg"]), Progress(**content["progress"]), content
