"""Shards: safetensors files of up to 64 samples, pictures stacked, labels one after the other.

Tensors: ``rgb``, ``height`` and ``ids`` (n, ...), ``cell``, ``view_angle`` and ``friction`` (labels,), and ``offsets``
(n + 1,) int64, which says where the labels of each sample begin. The header of the file holds JSON under ``header``:
the schema version, the number of samples, the source of the data, the ``meta`` of each sample and its SHA-256, which is
compared when the sample is read. Files of earlier versions have no SHA-256.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save

from pushgrasp.files.atomic import atomic_write
from pushgrasp.files.torch_files import tensor_digest
from pushgrasp.grasping.data.sample import SIZE, GraspSample

SCHEMA = "1"
"""Version of the file layout."""

SUFFIX = ".safetensors"
MAX_SAMPLES = 64
"""Samples in a shard at most."""

SOURCES = ("synthetic", "graspnet")
"""Where samples may come from."""

_PICTURES = {"rgb": (3, SIZE, SIZE), "height": (SIZE, SIZE), "ids": (SIZE, SIZE)}
_LABELS = ("cell", "view_angle", "friction")
_HEADER = ("schema", "count", "samples", "source")


def write_shard(path: Path, samples: Sequence[GraspSample], source: str = "synthetic") -> None:
    """Write samples to a file, whole or not at all.

    Args:
        path: File to create or replace; its folder must exist.
        samples: One to 64 samples.
        source: One of :data:`SOURCES`.

    Raises:
        ValueError: If there are too few or too many samples, or the source is unknown.
        OSError: If the file cannot be written.
    """
    content = shard_bytes(samples, source)
    atomic_write(Path(path), lambda file: file.write(content))


def shard_bytes(samples: Sequence[GraspSample], source: str = "synthetic") -> bytes:
    """Return the content of the file that :func:`write_shard` writes.

    Raises:
        ValueError: If there are too few or too many samples, or the source is unknown.
    """
    if not 1 <= len(samples) <= MAX_SAMPLES:
        raise ValueError(f"a shard holds 1 to {MAX_SAMPLES} samples, got {len(samples)}")
    if source not in SOURCES:
        raise ValueError(f"unknown source {source!r} of samples; sources: {', '.join(SOURCES)}")
    tensors = {name: torch.stack([getattr(sample, name) for sample in samples]) for name in _PICTURES}
    tensors |= {name: torch.cat([getattr(sample, name) for sample in samples]) for name in _LABELS}
    counts = torch.tensor([0, *(len(sample.cell) for sample in samples)])
    tensors["offsets"] = counts.cumsum(dim=0)
    header = {"schema": SCHEMA, "count": len(samples), "source": source, "samples": [sample.meta for sample in samples]}
    header["sha256"] = [_digest(sample, source) for sample in samples]
    return save(tensors, metadata={"header": json.dumps(header, sort_keys=True)})


def shard_paths(folder: Path) -> list[Path]:
    """The shards of a folder, by name.

    Raises:
        FileNotFoundError: If there is no such folder, or no shard in it.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise FileNotFoundError(f"no folder of grasp data: {folder}")
    paths = sorted(path for path in folder.glob(f"*{SUFFIX}") if not path.name.startswith("."))
    if not paths:
        raise FileNotFoundError(f"no shards (*{SUFFIX}) in {folder}")
    return paths


def shard_count(path: Path) -> int:
    """Number of samples in a shard; only its header and offsets are read.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it is no sound shard; the message names file and fault.
    """
    with _opened(path) as (_, header):
        return header["count"]


def read_shard(path: Path) -> list[GraspSample]:
    """All samples of a shard.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it is no sound shard; the message names file and fault.
    """
    with _opened(path) as (file, header):
        return [_sample(file, header, index) for index in range(header["count"])]


def read_sample(path: Path, index: int) -> GraspSample:
    """One sample of a shard, without reading the others: the file is mapped into memory.

    Raises:
        FileNotFoundError: If there is no such file.
        IndexError: If the shard has no sample of that index.
        ValueError: If it is no sound shard; the message names file and fault.
    """
    with _opened(path) as (file, header):
        if not 0 <= index < header["count"]:
            raise IndexError(f"{path}: no sample {index}; it holds {header['count']}")
        return _sample(file, header, index)


def _sample(file: Any, header: dict[str, Any], index: int) -> GraspSample:  # noqa: ANN401  # safetensors has no types
    begin, end = file.get_slice("offsets")[index : index + 2].tolist()
    pictures = {name: file.get_slice(name)[index] for name in _PICTURES}
    labels = {name: file.get_slice(name)[begin:end] for name in _LABELS}
    sample = GraspSample(**pictures, **labels, meta=dict(header["samples"][index]))
    if "sha256" in header and header["sha256"][index] != _digest(sample, header["source"]):
        raise ValueError(f"sample {index} is damaged, its digest is wrong; delete the file and have it made again")
    return sample


def _digest(sample: GraspSample, source: str) -> str:
    tensors = {name: getattr(sample, name) for name in (*_PICTURES, *_LABELS)}
    return tensor_digest(tensors, json.dumps([source, sample.meta], sort_keys=True))


@contextmanager
def _opened(path: Path) -> Iterator[tuple[Any, dict[str, Any]]]:
    """Open a shard and check its layout; faults, also those met later, become a ValueError that names the file."""
    if not Path(path).is_file():
        raise FileNotFoundError(f"no grasp data file: {path}")
    try:
        with safe_open(path, framework="pt") as file:
            yield file, _checked_header(file)
    except SafetensorError as error:
        raise ValueError(f"{path}: no readable safetensors file ({error})") from error
    except (ValueError, TypeError) as error:
        raise ValueError(f"{path}: {error}") from error


@lru_cache(maxsize=256)
def _parsed(text: str) -> dict[str, Any]:
    """Header from its text; a data set's samples are asked for again and again, and parsing takes longer than the rest.

    Nobody may change what it holds.
    """
    return json.loads(text)


def _checked_header(file: Any) -> dict[str, Any]:  # noqa: ANN401
    """Header of an open shard, once it and the tensors' shapes fit together."""
    try:
        header = _parsed((file.metadata() or {})["header"])
        schema, count, samples, _ = (header[key] for key in _HEADER)
        fitting = not header.keys() - {*_HEADER, "sha256"} and len(header.get("sha256", samples)) == len(samples)
    except (KeyError, TypeError, ValueError, RecursionError):
        fitting = False
    if not fitting:
        raise ValueError("its header is not that of a grasp data shard")
    if schema != SCHEMA:
        raise ValueError(f"schema {schema!r} of grasp data; this version reads {SCHEMA!r}")
    missing = {*_PICTURES, *_LABELS, "offsets"}.difference(file.keys())
    if missing:
        raise ValueError(f"tensors are missing: {', '.join(sorted(missing))}")
    shapes = {name: tuple(file.get_slice(name).get_shape()) for name in (*_PICTURES, *_LABELS, "offsets")}
    if len(samples) != count or any(shapes[name] != (count, *size) for name, size in _PICTURES.items()):
        raise ValueError(f"pictures do not fit its count of {count} samples: {shapes}")
    offsets = file.get_tensor("offsets")
    ends = {(int(offsets[-1]),)} if shapes["offsets"] == (count + 1,) else set()
    if {shapes[name] for name in _LABELS} != ends or int(offsets[0]) != 0 or bool((offsets.diff() < 0).any()):
        raise ValueError("offsets do not fit its labels")
    return header
