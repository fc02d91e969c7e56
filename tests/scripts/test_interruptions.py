"""A signal while a script imports its packages ends it with one line."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

SCRIPTS = sorted((Path(__file__).resolve().parents[2] / "scripts").glob("*.py"))

IN_IMPORTS = """
import os, runpy, sys

class Interrupting:
    def find_spec(self, name, path, target=None):
        base = name.partition(".")[0]
        own = ("pushgrasp", *(f"pushgrasp.{name}" for name in OWN))
        if base not in sys.stdlib_module_names and name not in own:
            sys.meta_path.remove(self)
            os.kill(os.getpid(), NUMBER)

OWN, NUMBER, script = ("program", "interrupt", "files", "files.atomic"), int(sys.argv[1]), sys.argv[2]
sys.argv[:] = [script, *sys.argv[3:]]
sys.path[0] = os.path.dirname(script)
sys.meta_path.insert(0, Interrupting())
runpy.run_path(script, run_name="__main__")
"""


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_interruption_of_the_imports_is_one_line(script: Path, start: Callable, tmp_path: Path) -> None:
    number = signal.SIGTERM if script.stem in ("train", "evaluate") else signal.SIGINT
    process = start([sys.executable, "-c", IN_IMPORTS, str(int(number)), str(script)], tmp_path)
    status = process.wait(60)
    assert (status, (tmp_path / "output.txt").read_text()) == (128 + number, "stopped\n")
