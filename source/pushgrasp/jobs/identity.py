"""What the results in a folder are: those of another job are refused."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from pushgrasp.files.atomic import atomic_write
from pushgrasp.files.json_files import read_json
from pushgrasp.files.text_files import FileError


def claim_folder(file: Path, identity: Mapping[str, object], what: str) -> None:
    """Make a folder for the results of a job, or check that those in it are of the same one.

    Args:
        file: File in the folder that holds the identity, as JSON.
        identity: Whatever the results depend on, as plain data.
        what: What the folder holds, for messages.

    Raises:
        ValueError: If the folder holds results of another identity, or something else.
        OSError: If the folder cannot be made or written to.
    """
    folder = file.parent
    if file.exists():
        _require_same(file, json.loads(json.dumps(identity)), what)
        return
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ValueError(f"{folder} is there, but is no folder of {what}; name a new or an empty one")
    folder.mkdir(parents=True, exist_ok=True)
    atomic_write(file, lambda content: content.write((json.dumps(identity, indent=2) + "\n").encode()))


def _require_same(file: Path, identity: Mapping[str, object], what: str) -> None:
    try:
        there = read_json(file)
    except FileError as error:
        raise ValueError(f"{error}; delete the folder or name another one") from None
    differing = [name for name in identity if not isinstance(there, dict) or there.get(name) != identity[name]]
    if differing:
        raise ValueError(
            f"{file.parent} holds {what} made with another {', '.join(differing)}; name another folder or the same "
            "settings"
        )
