"""Digests of what a run depends on: equal ones mean equal content, whatever it is called and wherever it lies."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

LENGTH = 64
"""Characters of a digest."""


def file_digest(path: str | Path) -> str:
    """Return the SHA-256 of a file.

    Raises:
        OSError: If it cannot be read.
    """
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def content_digest(content: object) -> str:
    """Return the SHA-256 of plain data; the order of keys does not matter."""
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
