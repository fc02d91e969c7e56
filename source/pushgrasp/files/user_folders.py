"""Where the system keeps files of a user."""

from __future__ import annotations

import os
from pathlib import Path


def user_folder(variable: str, otherwise: str) -> Path:
    """Return the folder that an XDG variable names, or ``otherwise`` at home; relative paths do not count."""
    named = Path(os.environ.get(variable, ""))
    return named if named.is_absolute() else Path.home() / otherwise
