"""ur_rtde, imported where it is used."""

from __future__ import annotations

import importlib
from types import ModuleType

from pushgrasp.program import UserError


def ur_rtde(module: str) -> ModuleType:
    """Return one of ur_rtde's modules.

    Raises:
        UserError: If it is not installed.
    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise UserError(f"ur_rtde is needed for UR arms ({error}): pip install 'pushgrasp[deploy]'") from None
