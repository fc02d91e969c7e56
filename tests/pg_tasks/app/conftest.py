"""Small jobs of the library's tests."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "pushgrasp" / "jobs"))
