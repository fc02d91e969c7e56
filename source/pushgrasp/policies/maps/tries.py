"""Grasps tried in scenes, with what came of them, and the files that hold them.

A shard is a safetensors file of several scenes: ``height`` and ``ids`` (n, H, W), the columns of the tries one after
the other, and ``offsets`` (n + 1,), which says where those of each scene begin.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from pushgrasp.files.atomic import atomic_write

SCHEMA = "1"
"""Version of the file layout."""

SUFFIX = ".safetensors"

_PICTURES = {"height": torch.float16, "ids": torch.uint8}
_COLUMNS = {"cell": torch.uint8, "angle": torch.float32, "width": torch.float32, "lifted": torch.bool}


@dataclass(frozen=True)
class SceneTries:
    """A scene and T grasps from above that were tried in it."""

    height: Tensor
    """Heightmap [m], shape (H, W), float16."""
    ids: Tensor
    """Number of the object in each cell, 0 for none, shape (H, W), uint8."""
    cell: Tensor
    """Where the grasps were (row, column), shape (T, 2), uint8; the object there was to be lifted."""
    angle: Tensor
    """Closing angles [rad], from 0 to pi, shape (T,)."""
    width: Tensor
    """Jaw openings before closing [m], shape (T,)."""
    lifted: Tensor
    """Whether the object, and no other, was lifted, shape (T,), bool."""


def write_tries(path: Path, scenes: Sequence[SceneTries], recipe: str) -> None:
    """Write scenes to a file, whole or not at all; ``recipe`` says how they were made.

    Raises:
        ValueError: If there are no scenes.
        OSError: If the file cannot be written.
    """
    content = tries_bytes(scenes, recipe)
    atomic_write(path, lambda file: file.write(content))


def tries_bytes(scenes: Sequence[SceneTries], recipe: str) -> bytes:
    """Return the content of a file of scenes; ``recipe`` says how they were made. ValueError without any scene."""
    if not scenes:
        raise ValueError("no scenes to write")
    tensors = {name: torch.stack([getattr(scene, name) for scene in scenes]) for name in _PICTURES}
    tensors |= {name: torch.cat([getattr(scene, name) for scene in scenes]) for name in _COLUMNS}
    tensors = {name: tensors[name].to(kind) for name, kind in (_PICTURES | _COLUMNS).items()}
    tensors["offsets"] = torch.tensor([0, *(len(scene.angle) for scene in scenes)]).cumsum(dim=0)
    return save(tensors, metadata={"schema": SCHEMA, "recipe": recipe})


def read_tries(path: Path) -> list[SceneTries]:
    """Return the scenes of a file.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it is no sound shard; the message names file and fault.
    """
    tensors = _tensors(path)
    try:
        parts = {name: tensors[name].to(kind) for name, kind in (_PICTURES | _COLUMNS).items()}
        begins, ends = tensors["offsets"][:-1].tolist(), tensors["offsets"][1:].tolist()
        return [
            SceneTries(
                **{name: parts[name][index] for name in _PICTURES},
                **{name: parts[name][begin:end] for name in _COLUMNS},
            )
            for index, (begin, end) in enumerate(zip(begins, ends, strict=True))
        ]
    except (KeyError, IndexError) as error:
        raise ValueError(f"{path}: not all of a shard of tried grasps is there ({error})") from error


def shard_recipe(path: Path) -> str:
    """Return how the scenes of a file were made; nothing else of it is read.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it is no shard of tried grasps.
    """
    with _opened(path) as file:
        return file.metadata().get("recipe", "")


def _tensors(path: Path) -> dict[str, Tensor]:
    with _opened(path) as file:
        return {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - not a dict


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    """Open a shard of the present schema; safetensors has no types."""
    if not path.is_file():
        raise FileNotFoundError(f"no tried grasps: {path}")
    try:
        with safe_open(path, framework="pt") as file:
            schema = (file.metadata() or {}).get("schema")
            if schema != SCHEMA:
                raise ValueError(f"{path}: schema {schema!r} of tried grasps; this version reads {SCHEMA!r}")
            yield file
    except SafetensorError as error:
        raise ValueError(f"{path}: no readable safetensors file ({error}); delete it to have it made again") from error


def read_folders(words: str) -> list[SceneTries]:
    """Return the scenes of all shards of folders, separated by commas, in the order of the shards' names in each.

    Raises:
        FileNotFoundError: If a folder is missing, or holds no shard.
        ValueError: If a shard is not sound.
    """
    return [scene for word in words.split(",") for path in _shards(Path(word)) for scene in read_tries(path)]


def _shards(folder: Path) -> list[Path]:
    paths = sorted(path for path in folder.glob(f"*{SUFFIX}") if not path.name.startswith("."))
    if not paths:
        raise FileNotFoundError(f"no shards of tried grasps (*{SUFFIX}) in {folder}")
    return paths


def split_scenes(scenes: Sequence[SceneTries], share: float) -> tuple[list[SceneTries], list[SceneTries]]:
    """Return scenes to learn from, and those that are held out: every so many that they are ``share`` of all.

    Raises:
        ValueError: If there are too few to hold any out.
    """
    every = round(1.0 / share)
    if len(scenes) < every:
        raise ValueError(f"{len(scenes)} scenes of tried grasps; at least {every} are needed to hold one out")
    kept = [scene for number, scene in enumerate(scenes) if number % every != every - 1]
    return kept, list(scenes[every - 1 :: every])


def recipe_text(**settings: object) -> str:
    """Return settings as the text that shards hold."""
    return json.dumps(settings, sort_keys=True)
