"""What is kept of a world whose simulation has diverged."""

from __future__ import annotations

import logging
from pathlib import Path

import numpy as np
import torch

from pushgrasp.files.atomic import atomic_write
from pushgrasp.interface.action import Action

logger = logging.getLogger(__name__)


def write_dump(
    folder: Path, worlds: torch.Tensor, before: torch.Tensor, action: Action, active: torch.Tensor
) -> list[Path]:
    """Write one file per diverged world with what replays its last action, and say where in the log.

    Args:
        folder: Made when missing.
        worlds: Indices of the diverged worlds, shape (F,).
        before: Poses of the slots before the action (x, y, z [m], qx, qy, qz, qw), world's own frame, shape (N, S, 7).
        action: What was done in the N worlds.
        active: Slots on the table, shape (N, S), bool.

    Returns:
        The files, ``fault_<number>_world_<index>.npz`` with the arrays ``poses``, ``active`` and the action's fields.
    """
    folder.mkdir(parents=True, exist_ok=True)
    number = len(list(folder.glob("fault_*.npz")))
    files = []
    for world in worlds.tolist():
        file = folder / f"fault_{number}_world_{world}.npz"
        arrays = {"poses": before[world], "active": active[world], **dict(action[world].items())}
        content = {name: value.cpu().numpy() for name, value in arrays.items()}
        atomic_write(file, lambda opened, content=content: np.savez(opened, **content))
        logger.error("world %d: the simulation state is not finite; last action kept in %s", world, file)
        files.append(file)
    return files
