"""Demonstrations of choices: kept in files, and made ready to learn from."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

import torch
from tensordict import TensorDict

from pushgrasp.files.file_kind import refusal
from pushgrasp.files.torch_files import read_torch_file, write_torch_file
from pushgrasp.program import UserError

from .recording import Recording

FORMAT = 1

LARGE = 10_000
"""Groups with more numbers per scene are learned from in half precision."""

PART = 16
"""Scenes that go through the backbone at once."""


def ready(shown: TensorDict, vec_env: Any) -> TensorDict:  # noqa: ANN401
    """Return demonstrations as the networks read them: heatmaps (2.3 MB each) where the backbone is frozen."""
    encode = getattr(vec_env, "encode", None)
    made: dict[str, torch.Tensor] = {}
    for first in range(0, len(shown), PART):
        part = shown[first : first + PART]
        full = {name: value.float() if value.dtype == torch.half else value for name, value in part.items()}
        seen = TensorDict({**full, "rgb": full["rgb"].float() / 255.0}, batch_size=part.shape)
        seen = seen if encode is None else encode(seen.to(vec_env.device)).cpu()
        for name, value in seen.items():
            kept = value.half() if value[0].numel() > LARGE else value
            whole = made.setdefault(name, kept.new_empty(len(shown), *kept.shape[1:]))
            whole[first : first + PART] = kept
    return TensorDict(made, batch_size=shown.shape)


def save(path: Path, shown: TensorDict, about: dict[str, Any], recording: Recording | None = None) -> None:
    """Write demonstrations to a file, whole or not at all; with ``recording`` it can be continued."""
    content: dict[str, Any] = {"format": FORMAT, "about": about, "shown": dict(shown.items())}
    if recording is not None:
        content["recording"] = {"settings": recording.settings, "done": recording.done, "state": recording.state}
    write_torch_file(path, content)


def begun(path: Path, settings: dict[str, Any]) -> Recording:
    """Return the recording that a file holds and that is not finished.

    Raises:
        UserError: If the file holds none, or one with other settings.
    """
    try:
        content = _read(path)
    except UserError as error:
        raise UserError(f"{path} is there already; give another file ({error})") from error
    if "recording" not in content:
        raise UserError(f"{path} is there already; give another file")
    kept = content["recording"]
    other = [name for name, value in settings.items() if kept["settings"].get(name) != value]
    if other:
        command = content["about"].get("command", "what it was begun with")
        raise UserError(f"{path} was begun with another {', '.join(other)}; go on with: {command}")
    return Recording(kept["settings"], path, [_scenes(content)], kept["done"], kept["state"])


def actions_of(path: Path) -> int:
    """Return how many actions a file says that it was recorded from; raises the errors of :func:`opened`."""
    return _read(path)["about"]["actions"]


def load(paths: Sequence[Path]) -> TensorDict:
    """Read and join demonstrations; raises the errors of :func:`opened`."""
    return cast("TensorDict", torch.cat(opened(paths)))


def opened(paths: Sequence[Path]) -> list[TensorDict]:
    """Return the demonstrations of each file, mapped into memory: what is not used is not kept there.

    Raises:
        UserError: If a file is missing, damaged or none of demonstrations, or they do not go together.
    """
    parts = [_scenes(_read(path)) for path in paths]
    kinds = {tuple((name, value.shape[1:]) for name, value in sorted(part.items())) for part in parts}
    if len(kinds) > 1:
        raise UserError(f"{', '.join(map(str, paths))}: demonstrations of different teachers do not go together")
    return parts


def _read(path: Path) -> dict[str, Any]:
    """Return the content of a file, whose checksums are right; raise UserError otherwise."""
    if not path.is_file():
        raise UserError(f"demonstrations {path}: no such file; scripts/demonstrate.py records them")
    try:
        content = read_torch_file(path, "file of demonstrations", mmap=True)
    except (OSError, ValueError) as error:
        raise UserError(str(error)) from error
    try:
        _scenes(content)
        kind = content["format"]
    except (RuntimeError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise UserError(refusal(path, "file of demonstrations", str(error).splitlines()[0])) from error
    if kind != FORMAT:
        raise UserError(f"{path} holds demonstrations of format {kind}; expected {FORMAT}")
    return content


def _scenes(content: dict[str, Any]) -> TensorDict:
    shown = content["shown"]
    return TensorDict(shown, batch_size=[len(shown["choices"])])
