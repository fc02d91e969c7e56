"""Weights files: one net's tensors as safetensors, with the net's name and variant, a schema version and a digest."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import nn

from pushgrasp.files.atomic import atomic_write
from pushgrasp.files.file_kind import describe_file
from pushgrasp.files.torch_files import tensor_digest

SCHEMA = "2"
"""Version of the file layout; raised whenever it or the meaning of a net's tensors changes."""

_WITHOUT_DIGEST = "1"
"""Earlier version, still read: the same without a digest."""

_NAMES_SHOWN = 3


def save_weights(net: nn.Module, path: Path, half: bool = False, notes: Mapping[str, str] | None = None) -> None:
    """Write the parameters and buffers of ``net`` to ``path``, whole or not at all.

    The file records the net's class and, where it has one, its attribute ``variant``, names to texts.

    Args:
        net: The net.
        path: File to create or replace; its folder must exist.
        half: Round floating-point numbers to float16, for half the size.
        notes: Further names and texts for the file's header.

    Raises:
        ValueError: With ``half``, if a number is too large for float16.
        OSError: If the file cannot be written.
    """
    state = {name: _stored(name, tensor, half) for name, tensor in net.state_dict().items()}
    metadata = {**(notes or {}), **_identity(net)}
    content = save(state, metadata={**metadata, "digest": _digest(metadata, state)})
    atomic_write(Path(path), lambda file: file.write(content))


def load_weights(net: nn.Module, path: Path) -> None:
    """Read a file of `save_weights` into ``net``, in place, keeping the net's device and dtype.

    Nothing is changed when the file does not fit.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If the file is cut off or changed in any bit, of another net, variant or schema, or its tensors
            differ in name, shape or kind from the net's, or are not finite.
    """
    metadata, tensors = _read(Path(path))
    _check_metadata(metadata, _identity(net), path)
    _check_tensors(tensors, net.state_dict(), path)
    if metadata["schema"] != _WITHOUT_DIGEST and metadata.get("digest") != _digest(metadata, tensors):
        raise ValueError(f"{path} is damaged: its digest is wrong")
    net.load_state_dict(tensors)


def read_metadata(path: Path) -> dict[str, str]:
    """Header of a weights file: net, variant, schema and notes; FileNotFoundError or ValueError if unreadable."""
    return _read(Path(path), tensors=False)[0]


def _identity(net: nn.Module) -> dict[str, str]:
    """What a file must say to fit ``net``."""
    return {"schema": SCHEMA, "net": type(net).__name__, **getattr(net, "variant", {})}


def _digest(metadata: Mapping[str, str], tensors: Mapping[str, torch.Tensor]) -> str:
    """Digest of tensors and of all that the header says beside it."""
    rest = {key: value for key, value in metadata.items() if key != "digest"}
    return tensor_digest(tensors, json.dumps(rest, sort_keys=True))


def _stored(name: str, tensor: torch.Tensor, half: bool) -> torch.Tensor:
    """Return a tensor as it goes into the file; ValueError where float16 overflows."""
    tensor = tensor.detach().cpu()
    if half and tensor.is_floating_point():
        tensor = tensor.half()
        if not tensor.isfinite().all():
            raise ValueError(f"tensor {name} holds numbers that float16 cannot; save it in full precision")
    return tensor.contiguous()


def _read(path: Path, tensors: bool = True) -> tuple[dict[str, str], dict[str, torch.Tensor]]:
    """Metadata and, if asked for, tensors of a safetensors file; ValueError where it cannot be read as one."""
    if not path.is_file():
        raise FileNotFoundError(f"no weights file {path}")
    try:
        with safe_open(path, framework="pt") as file:
            names = list(file.keys()) if tensors else []
            return file.metadata() or {}, {name: file.get_tensor(name) for name in names}
    except SafetensorError as error:
        raise ValueError(f"{path} is no readable safetensors file: {describe_file(path) or error}") from error


def _check_metadata(metadata: Mapping[str, str], identity: Mapping[str, str], path: Path) -> None:
    """Raise ValueError unless the file says that it holds this variant of this net in this schema."""
    for key in dict.fromkeys(("net", "schema", *identity)):
        found = metadata.get(key, "nothing")
        if found != identity[key] and (key, found) != ("schema", _WITHOUT_DIGEST):
            raise ValueError(f"{path} has {key} {found!r}; expected {identity[key]!r}")


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
