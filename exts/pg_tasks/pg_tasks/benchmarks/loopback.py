"""``scripts/fake_cell.py`` and ``scripts/deploy.py`` as processes, on loopback addresses that nobody else has."""

from __future__ import annotations

import json
import os
import re
import secrets
import subprocess
import sys
from pathlib import Path
from typing import Any

from pushgrasp.program import UserError
from pushgrasp_assets import ROOT

SCRIPTS = Path(__file__).resolve().parents[4] / "scripts"


class Loopback:
    """A fake cell in a process of its own."""

    def __init__(self, folder: Path, *words: str, cell: str = "loopback", size: tuple[int, int] = (640, 480)) -> None:
        """Switch it on and wait until it listens.

        Args:
            folder: Where its cell file and its messages go.
            words: More of the script's command line: which scene.
            cell: Which of the cells in ``assets/cells``.
            size: Width and height of the camera's pictures [pixel].

        Raises:
            UserError: If it does not start.
        """
        network = f"127.{10 + secrets.randbelow(240)}.{secrets.randbelow(250)}"
        self.addresses = [f"{network}.1", f"{network}.2"]
        """Of the controllers."""
        self.file = folder / "loopback.yaml"
        """The cell's file."""
        text = (ROOT / "cells" / f"{cell}.yaml").read_text()
        text = re.sub(r"127\.0\.0\.(\d)", rf"{network}.\1", text).replace("[640, 480]", str(list(size)))
        self.file.write_text(text)
        command = [sys.executable, str(SCRIPTS / "fake_cell.py"), "--cell", str(self.file), *words]
        with (folder / "fake_cell.log").open("w") as log:
            self._process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True, env=environment()
            )
        if self._read() != "ready":
            raise UserError(f"the fake cell does not start: {(folder / 'fake_cell.log').read_text().strip()}")

    def tell(self, line: str) -> str:
        """Type a line and return the answer."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{line}\n")
        self._process.stdin.flush()
        return self._read()

    def motion(self) -> dict[str, Any]:
        """Return how the arms move (:meth:`pushgrasp.deploy.fake.cell.FakeCell.motion`)."""
        return json.loads(self.tell("motion"))

    def close(self) -> None:
        """Switch it off."""
        self._process.communicate(timeout=60.0)

    def _read(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()


def start_deploy(cell: Path, out: Path, errors: Path, *words: str) -> subprocess.Popen[bytes]:
    """Start a session that moves; every question is answered by ``move``."""
    command = [sys.executable, str(SCRIPTS / "deploy.py"), "--cell", str(cell), "--out", str(out), "--execute", *words]
    with errors.open("wb") as file:
        process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=file, env=environment()
        )
    assert process.stdin is not None
    process.stdin.write(b"move\n" * 10)
    process.stdin.close()
    return process


def environment() -> dict[str, str]:
    """Environment variables with which the scripts find the packages, one thread each."""
    return {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "OMP_NUM_THREADS": "1"}
