"""The stand-ins for simulator and networks are those of the tests of ``learning``."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
import torch

sys.path.insert(0, str(Path(__file__).parents[3] / "learning"))


@pytest.fixture(autouse=True)
def _seeded() -> None:
    """Start every test from the same random state, on one thread."""
    torch.manual_seed(0)
    torch.set_num_threads(1)
