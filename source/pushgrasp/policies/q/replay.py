"""What was done and what came of it: pictures, actions and rewards, in memory and on disk.

A picture is kept once; an action names the one before it and the one after it. Files are only ever added: each holds
what has come since the one before, and a checkpoint says how many belong to it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from pushgrasp.files.atomic import atomic_link, atomic_write

SCHEMA = "2"
"""Version of the file layout."""

NONE = -1
"""In place of the number of a picture: the action ended the episode."""


@dataclass(frozen=True)
class Batch:
    """B actions of one net."""

    before: dict[str, Tensor]
    """Pictures before them."""
    entry: Tensor
    """What was chosen: direction, row and column, shape (B, 3), long."""
    reward: Tensor
    """What it was worth, shape (B,)."""
    facts: Tensor
    """What else the method wanted to remember, shape (B, F)."""
    goes_on: Tensor
    """Whether there is a picture afterwards, shape (B,), bool."""
    after: dict[str, Tensor]
    """Pictures afterwards, of those that go on."""


class Replay:
    """Remembers actions, of which it draws batches."""

    def __init__(self, folder: Path | None, identity: Mapping[str, object], capacity: int) -> None:
        """Remember.

        Args:
            folder: Where files are written; None writes none.
            identity: What the actions are of (method, nets, window): replays of others are refused.
            capacity: Actions from which batches are drawn, the last ones.
        """
        self._folder, self._capacity = folder, capacity
        self._identity = json.dumps(identity, sort_keys=True)
        self._frames: list[dict[str, Tensor]] = []
        self._actions: dict[str, list[dict[str, Tensor]]] = {}
        self._files, self._saved = 0, (0, 0)
        self._log: list[tuple[str, dict[str, Tensor]]] = []

    def __len__(self) -> int:
        return len(self._log)

    def count(self, net: str) -> int:
        """How many actions of a net can be drawn."""
        return len(self._actions.get(net, ()))

    def add_frames(self, pictures: Mapping[str, Tensor]) -> list[int]:
        """Remember N pictures, tensors (N, ...) by name; return their numbers."""
        columns = {name: value.detach().cpu().clone().unbind() for name, value in pictures.items()}
        first, count = len(self._frames), len(next(iter(columns.values())))
        self._frames += [{name: column[index] for name, column in columns.items()} for index in range(count)]
        return list(range(first, first + count))

    def add(self, net: str, frame: int, after: int, entry: Tensor, reward: Tensor, facts: Tensor) -> None:
        """Remember an action of a net between two pictures; ``after`` is :data:`NONE` where the episode ended."""
        row = {
            "frame": torch.tensor([frame, after]),
            "entry": entry.detach().cpu().clone(),
            "reward": reward.detach().cpu().float().clone(),
            "facts": facts.detach().cpu().float().clone(),
        }
        self._remember(net, row)

    def _remember(self, net: str, row: dict[str, Tensor]) -> None:
        self._log.append((net, row))
        rows = self._actions.setdefault(net, [])
        rows.append(row)
        del rows[: -self._capacity]

    def sample(self, net: str, count: int, generator: torch.Generator, device: torch.device | str = "cpu") -> Batch:
        """Return actions of a net drawn with replacement, on a device.

        Raises:
            ValueError: If none is remembered.
        """
        rows = self._actions.get(net, [])
        if not rows:
            raise ValueError(f"nothing is remembered of the net {net!r}")
        chosen = [rows[index] for index in torch.randint(len(rows), (count,), generator=generator).tolist()]
        column = {name: torch.stack([row[name] for row in chosen]) for name in chosen[0]}
        before, after = column["frame"].unbind(dim=1)
        goes_on = after != NONE
        entry, reward, facts = (column[name].to(device) for name in ("entry", "reward", "facts"))
        frames = self._stacked(before, device), self._stacked(after[goes_on], device)
        return Batch(frames[0], entry, reward, facts, goes_on.to(device), frames[1])

    def _stacked(self, numbers: Tensor, device: torch.device | str) -> dict[str, Tensor]:
        frames = [self._frames[number] for number in numbers.tolist()]
        names = self._frames[0]
        return {
            name: torch.stack([frame[name] for frame in frames]).to(device) if frames else Tensor() for name in names
        }

    def get_state(self) -> dict[str, Any]:
        """Write what has come since the last time; return how much there is.

        Raises:
            OSError: If the file cannot be written.
        """
        frames, actions = self._saved
        if self._folder is not None and (len(self._frames), len(self._log)) != self._saved:
            content = _packed(self._frames[frames:], self._log[actions:], self._identity)
            self._folder.mkdir(parents=True, exist_ok=True)
            atomic_write(_file(self._folder, self._files), lambda file: file.write(content))
            self._files, self._saved = self._files + 1, (len(self._frames), len(self._log))
        return {"files": self._files, "frames": len(self._frames), "actions": len(self._log)}

    def set_state(self, state: Mapping[str, Any], source: Path) -> None:
        """Remember what a checkpoint counts, from the files beside it, which are taken over into the own folder.

        Raises:
            FileNotFoundError: If a file is missing.
            ValueError: If a file is damaged, of something else, or not as long as the checkpoint says.
        """
        self._frames, self._actions, self._log = [], {}, []
        for number in range(state["files"]):
            path = _file(source, number)
            frames, actions = _unpacked(path, self._identity)
            self._frames += frames
            for net, row in actions:
                self._remember(net, row)
            if self._folder is not None and self._folder != source:
                self._folder.mkdir(parents=True, exist_ok=True)
                atomic_link(path, _file(self._folder, number))
        found = {"files": state["files"], "frames": len(self._frames), "actions": len(self._log)}
        if found != dict(state):
            raise ValueError(f"{source}: holds {found}; the checkpoint counts {dict(state)}")
        self._files, self._saved = state["files"], (len(self._frames), len(self._log))


def _file(folder: Path, number: int) -> Path:
    return folder / f"{number:05d}.safetensors"


def _packed(
    frames: Sequence[Mapping[str, Tensor]], actions: Sequence[tuple[str, Mapping[str, Tensor]]], identity: str
) -> bytes:
    tensors = {f"frame.{name}": torch.stack([frame[name] for frame in frames]) for name in (frames or [{}])[0]}
    names = [name for name, _ in actions]
    rows = [row for _, row in actions]
    tensors |= {f"action.{name}": torch.stack([row[name] for row in rows]) for name in (rows or [{}])[0]}
    return save(tensors, metadata={"schema": SCHEMA, "identity": identity, "nets": json.dumps(names)})


def _unpacked(path: Path, identity: str) -> tuple[list[dict[str, Tensor]], list[tuple[str, dict[str, Tensor]]]]:
    if not path.is_file():
        raise FileNotFoundError(f"the replay of the checkpoint lacks {path}")
    try:
        with safe_open(path, framework="pt") as file:
            about = file.metadata() or {}
            if about.get("schema") != SCHEMA:
                raise ValueError(f"{path}: schema {about.get('schema')!r} of replays; this version reads {SCHEMA!r}")
            if about.get("identity") != identity:
                raise ValueError(f"{path}: a replay of {about.get('identity')}; needed is one of {identity}")
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - not a dict
    except SafetensorError as error:
        raise ValueError(f"{path}: no readable safetensors file ({error})") from error
    frames, rows = (_rows(tensors, prefix) for prefix in ("frame.", "action."))
    return frames, list(zip(json.loads(about["nets"]), rows, strict=True))


def _rows(tensors: Mapping[str, Tensor], prefix: str) -> list[dict[str, Tensor]]:
    columns = {name.removeprefix(prefix): value for name, value in tensors.items() if name.startswith(prefix)}
    count = len(next(iter(columns.values()))) if columns else 0
    return [{name: value[index].clone() for name, value in columns.items()} for index in range(count)]
