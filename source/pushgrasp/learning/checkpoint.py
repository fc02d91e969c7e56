"""Checkpoint format: written atomically, versioned, read without executing anything."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from pushgrasp.files.file_kind import refusal
from pushgrasp.files.torch_files import read_torch_file, write_torch_file
from pushgrasp.files.typed_json import MAY_LACK, Whole, build, to_plain

FORMAT = "pushgrasp-checkpoint"
SCHEMA_VERSION = 1


class CheckpointError(ValueError):
    """A file exists but is not a checkpoint that this program can use."""


@dataclass(frozen=True)
class CheckpointInfo:
    """What a checkpoint is for."""

    network: str  # network of the method, e.g. "pg4da_spatial"
    action_size: Whole  # length of the action vector
    input_group: str  # "avh" (frozen backbone outside the policy) or "rgb" (backbone inside)
    iteration: Whole  # completed learning iterations
    backbone: str | None = None  # fingerprint of the frozen backbone, None when it is inside or unknown
    mean_reward: float | None = None  # mean reward per action since the previous checkpoint
    method: str = field(default="pg4da", metadata=MAY_LACK)  # the first headers name none: there was this one only


def save_checkpoint(path: Path, info: CheckpointInfo, config: Any, state: dict[str, Any]) -> None:  # noqa: ANN401
    """Write a checkpoint; after a crash the file is the old one or the new one.

    Args:
        path: File to write, in an existing folder.
        info: What the checkpoint is for.
        config: Configuration of the run; stored as plain data.
        state: Tensors, numbers, text, lists and dicts.

    Raises:
        OSError: When the file cannot be written, naming it.
    """
    header = {"format": FORMAT, "schema_version": SCHEMA_VERSION, "info": asdict(info), "config": to_plain(config)}
    write_torch_file(path, {**header, "state": state})


def load_checkpoint(
    path: Path,
    method: str | None = None,
    network: str | None = None,
    action_size: int | None = None,
    input_group: str | None = None,
    backbone: str | None = None,
) -> tuple[CheckpointInfo, dict[str, Any], dict[str, Any]]:
    """Read a checkpoint onto the CPU; nothing in it is executed.

    Args:
        path: Checkpoint file.
        method: Expected name of the method, or None for any.
        network: Expected network of the method, or None for any.
        action_size: Expected action size, or None for any.
        input_group: Expected input, "avh" or "rgb", or None for any.
        backbone: Fingerprint of the frozen backbone in use, or None for any.

    Returns:
        Its description, the stored configuration and the stored state.

    Raises:
        FileNotFoundError: When there is no such file.
        IsADirectoryError: When the path is a folder.
        CheckpointError: When the file is damaged, no checkpoint, of another schema, method or network.
    """
    content = _read(path)
    _check_schema(path, content)
    info = _info(path, content["info"])
    expected = {
        "method": method,
        "network": network,
        "action_size": action_size,
        "input_group": input_group,
        "backbone": backbone,
    }
    for name, value in expected.items():
        found = getattr(info, name)
        if None not in (found, value) and found != value:
            raise CheckpointError(f"{path}: checkpoint has {name} {found!r}, expected {value!r}")
    return info, content["config"], content["state"]


def _read(path: Path) -> dict[str, Any]:
    """Return the file's content; raise an error that names the file otherwise."""
    try:
        content = read_torch_file(path, "checkpoint")
    except ValueError as error:
        raise CheckpointError(str(error)) from error
    if content.get("format") != FORMAT:
        raise CheckpointError(refusal(path, "checkpoint", f"no {FORMAT!r} header"))
    return content


def _check_schema(path: Path, content: dict[str, Any]) -> None:
    """Raise CheckpointError unless the schema version and the parts are the known ones."""
    version = content.get("schema_version")
    if version != SCHEMA_VERSION:
        raise CheckpointError(f"{path}: checkpoint schema version {version!r}, this program reads {SCHEMA_VERSION}")
    missing = {"info", "config", "state"} - content.keys()
    if missing:
        raise CheckpointError(f"{path}: checkpoint lacks {sorted(missing)}")


def _info(path: Path, content: object) -> CheckpointInfo:
    """Return what a checkpoint's header says; raise CheckpointError if fields are missing or of another kind."""
    try:
        return build(CheckpointInfo, content)
    except ValueError as error:
        raise CheckpointError(f"{path}: checkpoint header: {error}") from error
