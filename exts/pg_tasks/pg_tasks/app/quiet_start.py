"""The start of the simulator: what it prints goes to a file, and one line says what is going on."""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from datetime import timedelta
from pathlib import Path
from typing import Any

from rich.live import Live
from rich.spinner import Spinner

from pushgrasp.console import Console
from pushgrasp.program import UserError

LAST_LINES = 20
"""Lines of the file that are shown when the start fails."""


@contextmanager
def quiet_start(verbose: bool = False, log: Path | None = None, told: bool = True) -> Iterator[None]:
    """Write what the block prints to ``log``, compilers and other libraries included; show its end if the block fails.

    Nothing is kept back if ``verbose``, under a debugger, and in a process that another one has started, whose output
    is that one's business.

    Args:
        verbose: Whether everything is shown.
        log: File to write; a temporary one if None.
        told: Whether the user is told that the simulator starts.
    """
    if not _keeps_back(verbose):
        yield
        return
    path = log or Path(tempfile.mkstemp(prefix="pushgrasp_start_", suffix=".log")[1])
    with ExitStack() as stack:
        screen = stack.enter_context(_output_to(path))
        console = Console(file=screen, quiet=not told)
        stack.enter_context(_watched(path, screen))
        stack.enter_context(_progress(console, path))
        try:
            yield
        except (UserError, OSError, ValueError, KeyboardInterrupt):  # one line says it all
            raise
        except BaseException:
            sys.stderr.flush()
            screen.write(_last_lines(path))
            raise


@contextmanager
def quiet(verbose: bool = False) -> Iterator[None]:
    """Drop what the block prints, under the conditions of :func:`quiet_start`; its errors are the caller's."""
    with _output_to(Path(os.devnull)) if _keeps_back(verbose) else nullcontext():
        yield


def _keeps_back(verbose: bool) -> bool:
    return not verbose and sys.gettrace() is None and multiprocessing.parent_process() is None


@contextmanager
def _output_to(path: Path) -> Iterator[Any]:
    """Send stdout and stderr to a file, below Python, where C++ prints, too; yield stderr as it was.

    ``breakpoint()`` brings them back.
    """
    saved, hook = (os.dup(1), os.dup(2)), sys.breakpointhook
    screen = os.fdopen(os.dup(2), "w", errors="backslashreplace")

    def bring_back(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - of breakpoint()
        _connect(*saved)
        return hook(*args, **kwargs)

    sys.breakpointhook = bring_back
    try:
        with path.open("ab") as file:
            _connect(file.fileno(), file.fileno())
        yield screen
    finally:
        _connect(*saved)
        sys.breakpointhook = hook
        for descriptor in saved:
            os.close(descriptor)
        screen.close()


def _connect(stdout: int, stderr: int) -> None:
    """Let stdout and stderr lead where two descriptors lead."""
    sys.stdout.flush()
    sys.stderr.flush()
    os.dup2(stdout, 1)
    os.dup2(stderr, 2)


@contextmanager
def _watched(path: Path, screen: Any) -> Iterator[None]:  # noqa: ANN401 - a text file
    """Let another process show the end of the file if this one dies in the block without a word of Python."""
    script = f'read ended || {{ echo "The start failed; the end of $0:"; tail -n {LAST_LINES} "$0"; }}'
    watch = subprocess.Popen(["sh", "-c", script, str(path)], stdin=subprocess.PIPE, stdout=screen, stderr=screen)
    try:
        yield
    finally:
        watch.communicate(b"ended\n")


@contextmanager
def _progress(console: Console, path: Path) -> Iterator[None]:
    """Say that the simulator starts and where its messages are; on a screen, also how far it is."""
    first = "" if _kernels() else "; its kernels are compiled now, once on this machine, which takes some minutes"
    console.print(f"Starting the simulator{first}. Its messages: {path}")
    if not console.is_screen:
        yield
        return
    with Live(_Clock(), console=console, transient=True, redirect_stdout=False, redirect_stderr=False):
        yield


class _Clock:
    """A line with the time that has passed and the kernels compiled in it."""

    def __init__(self) -> None:
        """Begin now."""
        self._begin, self._there, self._spinner = time.monotonic(), _kernels(), Spinner("line")

    def __rich__(self) -> Spinner:
        passed, made = timedelta(seconds=int(time.monotonic() - self._begin)), _kernels() - self._there
        self._spinner.update(text=f"{passed}" + (f", compiling kernels: {made} so far" if made else ""))
        return self._spinner


def _kernels() -> int:
    """Count the compiled modules in Warp's cache; 0 as long as nobody has imported Warp."""
    folder = "warp" in sys.modules and sys.modules["warp"].config.kernel_cache_dir
    return sum(1 for _ in Path(folder).glob("wp_*")) if folder else 0


def _last_lines(path: Path) -> str:
    lines = path.read_text(errors="replace").splitlines()[-LAST_LINES:]
    return "\n".join((f"The start failed; the end of {path}:", *lines, ""))
