"""Make the stand-ins of this folder importable, by tests and by the processes that they start."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
import torch

HERE = Path(__file__).parent
SOURCE = HERE.parents[2] / "source"
sys.path.insert(0, str(HERE))


@pytest.fixture(autouse=True)
def _seeded() -> None:
    """Start every test from the same random state, on one thread."""
    torch.manual_seed(0)
    torch.set_num_threads(1)


@pytest.fixture
def process_env() -> dict[str, str]:
    """Environment variables with which a child process finds the package and the stand-ins."""
    return {**os.environ, "PYTHONPATH": f"{SOURCE}{os.pathsep}{HERE}", "OMP_NUM_THREADS": "1"}
