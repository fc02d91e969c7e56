"""The project's scripts as modules."""

from __future__ import annotations

import functools
import importlib.util
from typing import Any

from target import ROOT


@functools.cache
def script(name: str) -> Any:
    """Return a script without running it."""
    spec = importlib.util.spec_from_file_location(f"fuzz_{name}", ROOT / "scripts" / f"{name}.py")
    if spec is None or spec.loader is None:
        raise FileNotFoundError(name)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
