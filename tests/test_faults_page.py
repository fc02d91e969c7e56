"""docs/faults.md names tests that there are."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def test_tests_on_the_page_are_there() -> None:
    named, file = 0, ""
    for path, name in re.findall(r"(tests/[\w/]+\.py)?::(\w+)", (ROOT / "docs" / "faults.md").read_text()):
        file = path or file  # "::name" alone is in the file named before
        assert f"def {name}(" in (ROOT / file).read_text(), f"{file}::{name}"
        named += 1
    assert named > 50
