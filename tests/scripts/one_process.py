"""Run scripts with one command line after the other in this process: ``one_process.py OUT``.

``OUT/runs.json`` lists script, words and folder of each. What the first one prints, and its status, go to the files
``0.stdout``, ``0.stderr`` and ``0.status`` in OUT.
"""

from __future__ import annotations

import json
import os
import runpy
import sys
import traceback
from pathlib import Path


def run(script: str, words: list[str]) -> int:
    """Run a script as its own process would; return the status with which it ends."""
    sys.argv = [script, *words]
    try:
        runpy.run_path(script, run_name="__main__")
    except SystemExit as ending:
        return ending.code if isinstance(ending.code, int) else int(ending.code is not None)
    except BaseException:
        traceback.print_exc()
        return 1
    return 0


def send_output(stdout: Path | str, stderr: Path | str) -> None:
    """Let standard output and errors lead to files, below Python, where libraries in C++ print, too."""
    for stream, path in ((sys.stdout, stdout), (sys.stderr, stderr)):
        stream.flush()
        with open(path, "w") as file:
            os.dup2(file.fileno(), stream.fileno())


def main() -> None:
    """Run everything."""
    out = Path(sys.argv[1]).resolve()
    for number, (script, words, folder) in enumerate(json.loads((out / "runs.json").read_text())):
        os.chdir(folder)
        send_output(out / f"{number}.stdout", out / f"{number}.stderr")
        status = run(script, words)
        send_output(os.devnull, os.devnull)
        (out / f"{number}.status").write_text(str(status))


if __name__ == "__main__":
    main()
