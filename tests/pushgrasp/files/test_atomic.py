"""Files are whole or not there: full disks, kills in the middle, leftovers."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from matplotlib.figure import Figure
from PIL import Image

from pushgrasp.files import atomic
from pushgrasp.files.atomic import atomic_write, discard_abandoned

WRITERS: dict[str, Callable] = {
    "bytes": lambda file: file.write(b"x" * 100_000),
    "torch": lambda file: torch.save({"weights": torch.rand(100_000)}, file),
    "numpy": lambda file: np.save(file, np.ones(100_000)),
    "archive": lambda file: np.savez(file, a=np.ones(100_000)),
    "image": lambda file: Image.fromarray(np.random.randint(0, 255, (99, 99, 3), np.uint8)).save(file, format="png"),
    "figure": lambda file: Figure().savefig(file, format="svg"),
}
"""What writes files in this project."""


@pytest.mark.parametrize("name", WRITERS)
def test_full_disk_is_named_whoever_writes(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def on_full_disk(prefix: str, suffix: str, dir: Path) -> tuple[int, str]:
        file = dir / f"{prefix}12345678{suffix}"
        file.symlink_to("/dev/full")  # every write fails there, as on a full disk
        return os.open(file, os.O_RDWR), str(file)

    path = tmp_path / "a.bin"
    path.write_bytes(b"old")
    monkeypatch.setattr(tempfile, "mkstemp", on_full_disk)
    with pytest.raises(OSError, match=r"cannot write .*a\.bin: the disk is full \(No space left on device\)"):
        atomic_write(path, WRITERS[name])
    assert path.read_bytes() == b"old" and os.listdir(tmp_path) == ["a.bin"]


KILLED = """
import os, signal, sys, time
from pathlib import Path
from pushgrasp.files.atomic import atomic_write

def write(file):
    file.write(b"half")
    file.flush()
    print("writing", flush=True)
    time.sleep(60)

atomic_write(Path(sys.argv[1]), write)
"""


def test_leftovers_of_kills_go_but_not_what_is_still_written(tmp_path: Path) -> None:
    def begin(name: str) -> subprocess.Popen:
        env = {**os.environ, "PYTHONPATH": str(Path(atomic.__file__).parents[2])}
        process = subprocess.Popen([sys.executable, "-c", KILLED, tmp_path / name], env=env, stdout=subprocess.PIPE)
        assert process.stdout and process.stdout.readline() == b"writing\n"
        return process

    killed = begin("model_1.pt")
    killed.send_signal(signal.SIGKILL)
    killed.communicate()
    (leftover,) = tmp_path.iterdir()
    assert leftover.name.startswith(".model_1.pt.") and leftover.read_bytes() == b"half"
    alive = begin("model_2.pt")  # removes it
    (written,) = tmp_path.iterdir()
    assert written.name.startswith(".model_2.pt.")
    (tmp_path / ".notes.tmp").write_text("of an editor")
    atomic_write(tmp_path / "model_3.pt", lambda file: file.write(b"whole"))
    alive.kill()
    alive.communicate()
    assert {written.name, ".notes.tmp", "model_3.pt"} == set(os.listdir(tmp_path))
    discard_abandoned(tmp_path)
    assert {".notes.tmp", "model_3.pt"} == set(os.listdir(tmp_path))


def test_files_have_the_mode_of_ordinary_ones(tmp_path: Path) -> None:
    atomic_write(tmp_path / "a", lambda file: file.write(b""))
    (tmp_path / "b").write_bytes(b"")
    assert (tmp_path / "a").stat().st_mode == (tmp_path / "b").stat().st_mode
