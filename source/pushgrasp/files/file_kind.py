"""What a file is that was given in place of another: said in words, with what it is good for."""

from __future__ import annotations

import json
import pickle
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

ZIP, PICKLE = b"PK\x03\x04", b"\x80"
"""How files of ``torch.save`` begin: archives, and those before PyTorch 1.6."""

_HEADER_LENGTH = 8
"""Bytes of a safetensors file that tell how long its header is."""

_LONGEST_HEADER = 100_000_000

_START = 1000
"""Bytes that are looked at."""

EXPORTED = "made by an export; give the checkpoint that it was made of (model_*.pt, two folders up)"
FOREIGN = "a checkpoint of rsl-rl that no script of this project has written, such as Isaac Lab's own"

_DICTS: dict[str, Callable[[dict[Any, Any]], bool]] = {
    "a checkpoint of a policy": lambda content: content.get("format") == "pushgrasp-checkpoint",
    "demonstrations; they go to agent.imitation.demonstrations": lambda content: {"about", "shown"} <= content.keys(),
    "a training of the backbone, for train_avn.py --resume; its weights are best.safetensors beside it": (
        lambda content: {"schema", "cfg", "progress"} <= content.keys()
    ),
    FOREIGN: lambda content: bool({"actor_state_dict", "model_state_dict"} & content.keys()),
    "bare weights of a network": lambda content: any(isinstance(value, torch.Tensor) for value in content.values()),
}
"""What dictionaries in files of ``torch.save`` are, the first that fits."""


def refusal(path: Path, what: str, reason: object) -> str:
    """Return why a file that can be read is not taken for what it should be.

    Args:
        path: The file.
        what: What it should be, such as "checkpoint".
        reason: What reading it has failed with.
    """
    kind = describe_file(path)
    if kind is None:
        return f"{path}: damaged or cut off, or not a {what} of this project ({reason})"
    return f"{path} is no {what}: it is {kind}"


def describe_file(path: Path) -> str | None:
    """Return what an existing file is and what it is good for, or None where that is not known.

    Nothing in the file is executed.
    """
    with path.open("rb") as file:
        start = file.read(_START)
    if not start:
        return "empty"
    if start.startswith(ZIP):
        return _describe_archive(path)
    if path.suffix == ".onnx":
        return f"an ONNX policy {EXPORTED}"
    if start[_HEADER_LENGTH : _HEADER_LENGTH + 1] == b"{":
        return _describe_safetensors(path, int.from_bytes(start[:_HEADER_LENGTH], "little"))
    if start.startswith(PICKLE):
        return "a pickle, which could execute anything and is not read"
    return "text" if len(start) > len(ZIP) and start.isascii() and b"\0" not in start else None


def _describe_archive(path: Path) -> str | None:
    """Return what an archive is: TorchScript, or a dictionary."""
    try:
        with zipfile.ZipFile(path) as archive:
            parts = {name.partition("/")[2] for name in archive.namelist()}
        if "constants.pkl" in parts:
            return f"a TorchScript policy {EXPORTED}"
        if "data.pkl" not in parts:
            return "an archive without tensors"
        content = torch.load(path, map_location="cpu", weights_only=True, mmap=True)
    except pickle.UnpicklingError:
        return "a file of torch.save with classes in it, which could execute anything and is not read"
    except (zipfile.BadZipFile, RuntimeError, OSError, EOFError, ValueError, LookupError, TypeError):
        return None
    if not isinstance(content, dict):
        return f"a file of torch.save with a {type(content).__name__} in it"
    return next((kind for kind, fits in _DICTS.items() if fits(content)), None)


def _describe_safetensors(path: Path, length: int) -> str | None:
    """Return whose weights a safetensors file holds."""
    if length > _LONGEST_HEADER:
        return None
    with path.open("rb") as file:
        file.seek(_HEADER_LENGTH)
        try:
            header = json.loads(file.read(length))
        except (ValueError, RecursionError):
            return None
    notes = header.get("__metadata__")
    if isinstance(notes, dict) and notes.get("net") == "AngleViewNet":
        return "weights of a backbone; they go to agent.backbone.weights"
    return "weights in the safetensors format"
