"""Weights files: one net's tensors in the safetensors format, with the net's name and a schema version."""

from __future__ import annotations

from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import nn

SCHEMA = "1"
"""Version of the file layout; raised whenever a net's tensors change their meaning."""

_NAMES_SHOWN = 3


def save_weights(net: nn.Module, path: Path) -> None:
    """Write the parameters and buffers of ``net`` to ``path``; the net's name is that of its class."""
    state = {name: tensor.detach().cpu().contiguous() for name, tensor in net.state_dict().items()}
    save_file(state, path, metadata={"schema": SCHEMA, "net": type(net).__name__})


def load_weights(net: nn.Module, path: Path) -> None:
    """Read a file of `save_weights` into ``net``, in place, keeping the net's device and dtype.

    Nothing is changed when the file does not fit.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If the file is corrupt, of another net or schema, or its tensors differ in name, shape or kind from
            the net's, or are not finite.
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"no weights file {path}")
    metadata, tensors = _read(path)
    _check_metadata(metadata, type(net).__name__, path)
    _check_tensors(tensors, net.state_dict(), path)
    net.load_state_dict(tensors)


def _read(path: Path) -> tuple[dict[str, str], dict[str, torch.Tensor]]:
    """Metadata and tensors of a safetensors file; ValueError where it cannot be read as one."""
    try:
        with safe_open(path, framework="pt") as file:
            return file.metadata() or {}, {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except SafetensorError as error:
        raise ValueError(f"{path} is no readable safetensors file: {error}") from error


def _check_metadata(metadata: dict[str, str], net: str, path: Path) -> None:
    """Raise ValueError unless the file says that it holds this net in this schema."""
    for key, expected in (("net", net), ("schema", SCHEMA)):
        found = metadata.get(key, "nothing")
        if found != expected:
            raise ValueError(f"{path} has {key} {found!r}; expected {expected!r}")


def _check_tensors(tensors: dict[str, torch.Tensor], expected: dict[str, torch.Tensor], path: Path) -> None:
    """Raise ValueError unless names, shapes and kinds are those expected and every number is finite."""
    missing, unknown = expected.keys() - tensors.keys(), tensors.keys() - expected.keys()
    for what, names in (("misses", missing), ("has unknown", unknown)):
        if names:
            shown = ", ".join(sorted(names)[:_NAMES_SHOWN])
            raise ValueError(f"{path} {what} tensors ({len(names)} in all): {shown}")
    for name, tensor in tensors.items():
        if tensor.shape != expected[name].shape:
            raise ValueError(
                f"{path}: tensor {name} has shape {list(tensor.shape)}; expected {list(expected[name].shape)}"
            )
        if tensor.is_floating_point() != expected[name].is_floating_point():
            raise ValueError(f"{path}: tensor {name} has dtype {tensor.dtype}; expected {expected[name].dtype}")
        if not tensor.isfinite().all():
            raise ValueError(f"{path}: tensor {name} holds numbers that are not finite")
