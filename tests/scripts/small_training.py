"""A training of seconds that tests start as a user would, and scripts that a signal ends at a chosen call."""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from subprocess import Popen

SMALL = (
    "physics=mujoco",
    "--num_envs=2",
    "env.clutter.num_objects=3",
    "env.clutter.layout=scattered",
    "agent.num_steps_per_env=2",
    "agent.save_interval=1",
    "agent.imitation.teacher=heuristic",
    "agent.imitation.actions=4",
    "agent.imitation.epochs=2",
)
"""Two worlds of three blocks, four actions per iteration, after four that the heuristic has shown."""

SCRIPT = str(Path(__file__).resolve().parents[2] / "scripts" / "train.py")


def the_run(cwd: Path, number: int = 0) -> Path:
    """A run's folder below ``cwd``, the first one by default."""
    return sorted((cwd / "logs" / "rsl_rl" / "dual_arm_push_grasp").iterdir())[number]


def wait_for(path: Callable[[], Path], process: Popen[str], seconds: float = 1800.0) -> None:
    """Wait until a file exists; fail when the process ends before."""
    end = time.monotonic() + seconds
    while not _exists(path):
        if process.poll() is not None or time.monotonic() > end:
            process.kill()
            raise RuntimeError("the training wrote no checkpoint")
        time.sleep(0.05)


def _exists(path: Callable[[], Path]) -> bool:
    try:
        return path().exists()
    except (FileNotFoundError, IndexError):
        return False


PATCHED = """
import os, runpy, signal, sys
import pg_tasks
from {module} import {name}

def once(function, calls=[]):
    def patched(*args, **kwargs):
        calls.append(1)
        if len(calls) == {call}:
            os.kill(os.getpid(), signal.{signal})
        return function(*args, **kwargs)
    return patched

{name}.{method} = once({name}.{method})
sys.argv[0] = {script!r}
runpy.run_path(sys.argv[0], run_name="__main__")
"""


def run_until_signal(
    start: Callable, folder: Path, script: str, method: str, call: int, number: str, *words: str
) -> str:
    """Run a script until some call of a method (module.class.method), at which a signal comes; return its last line."""
    module, name, function = method.rsplit(".", 2)
    path = str(Path(SCRIPT).with_name(script))
    code = PATCHED.format(module=module, name=name, method=function, call=call, signal=number, script=path)
    process = start([sys.executable, "-c", code, *words], folder)
    status, said = process.wait(1800), (folder / "output.txt").read_text()
    assert status == 128 + signal.Signals[number], said
    assert "Traceback" not in said
    return said.splitlines()[-1]
