"""Files of ``torch.save``: written whole or not at all, checked byte by byte, read without executing anything."""

from __future__ import annotations

import hashlib
import pickle
import struct
import warnings
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import nn

from pushgrasp.files.atomic import atomic_write
from pushgrasp.files.file_kind import refusal

_UNREADABLE_ARCHIVE = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError, RuntimeError, ValueError)
_MOST_UNPACKED = 100  # times the size of the file; torch.save itself packs nothing
_UNREADABLE = (RuntimeError, EOFError, OSError, pickle.UnpicklingError, ValueError, LookupError, TypeError)


def write_torch_file(path: Path, content: dict[str, Any]) -> None:
    """Write a file so that a crash leaves the old one or the new one.

    Args:
        path: File to create or replace, in an existing folder.
        content: Tensors, numbers, text, lists and dicts.

    Raises:
        OSError: If the file cannot be written.
    """
    atomic_write(path, lambda file: torch.save(content, file))


def read_torch_file(path: Path, what: str, mmap: bool = False) -> dict[str, Any]:
    """Read a file of :func:`write_torch_file` onto the CPU once the checksum of each of its parts is right.

    Args:
        path: File.
        what: What it should be, for messages, such as "checkpoint".
        mmap: Map tensors into memory: what is not used is not kept there.

    Raises:
        FileNotFoundError: If there is no such file.
        IsADirectoryError: If the path is a folder.
        ValueError: If it is empty, cut off, changed in any byte of its content, or another kind of file; names it.
    """
    if path.is_dir():
        files = ", ".join(sorted(file.name for file in path.glob("*.pt"))) or "none"
        raise IsADirectoryError(f"{path} is a folder; name a {what} file in it (*.pt files there: {files})")
    if not path.is_file():
        raise FileNotFoundError(f"no {what} {path}")
    _check_archive(path, what)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about TorchScript, which the error below tells
            content = torch.load(path, map_location="cpu", weights_only=True, mmap=mmap)
    except _UNREADABLE as error:
        raise ValueError(refusal(path, what, str(error).strip().split("\n", maxsplit=1)[0])) from error
    if not isinstance(content, dict):
        raise ValueError(refusal(path, what, f"it holds {type(content).__name__}"))
    return content


def _check_archive(path: Path, what: str) -> None:
    """Raise ValueError if the file is cut off or a byte in it has changed (checksum of every part)."""
    try:
        with zipfile.ZipFile(path) as archive:
            unpacked, packed = sum(part.file_size for part in archive.infolist()), path.stat().st_size
            damaged = None if unpacked > _MOST_UNPACKED * packed else archive.testzip()
    except _UNREADABLE_ARCHIVE as error:
        raise ValueError(refusal(path, what, error)) from error
    if unpacked > _MOST_UNPACKED * packed:
        raise ValueError(f"{path}: unpacks to {unpacked} bytes from {packed}; no {what} does")
    if damaged is not None:
        raise ValueError(f"{path}: damaged, checksum of {damaged!r} is wrong")


def tensor_digest(tensors: Mapping[str, torch.Tensor], text: str = "") -> str:
    """SHA-256 of tensors by name and of a text, in hexadecimal; equal content gives equal digests in any order."""
    digest = hashlib.sha256(text.encode())
    for name, tensor in sorted(tensors.items()):
        digest.update(f"{name}{tuple(tensor.shape)}{tensor.dtype}".encode())
        digest.update(tensor.detach().cpu().contiguous().flatten().view(torch.uint8).numpy().tobytes())
    return digest.hexdigest()


def fingerprint(module: nn.Module) -> str:
    """Return the SHA-256 of a module's parameters and buffers, in hexadecimal; equal weights give equal text."""
    return tensor_digest(module.state_dict())
