"""Names of checkpoint files, and which file of which run a user means."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

BEST_NAME = "model_best.pt"
PATTERN = re.compile(r"model_(\d+)\.pt")

RUN_DATE = "%Y-%m-%d_%H-%M-%S"
"""How the name of a run's folder begins: when it started, local time."""

_RUN_DATE_LENGTH = 19
_EVENTS = re.compile(r"events\.out\.tfevents\.(\d+)\.")
_NAMES_SHOWN = 10


@dataclass(frozen=True)
class FoundCheckpoint:
    """A checkpoint that a user has named."""

    path: Path
    passed_over: tuple[Path, ...] = ()
    """Newer runs that hold no such checkpoint, newest first."""


def checkpoint_path(run: Path, iteration: int) -> Path:
    """Return the file of a run for a number of completed iterations."""
    return run / f"model_{iteration}.pt"


def list_checkpoints(run: Path) -> list[Path]:
    """Return the numbered checkpoints of a run folder, oldest iteration first."""
    matches = [(PATTERN.fullmatch(file.name), file) for file in run.glob("model_*.pt")]
    return [file for _, file in sorted((int(match[1]), file) for match, file in matches if match)]


def list_runs(folder: Path) -> list[Path]:
    """Return the runs of an experiment's folder, newest first; of a run's folder, that run.

    A run is as old as the date in its name; one that was renamed, as its TensorBoard log; else as its folder.
    """
    if _is_run(folder):
        return [folder]
    runs = [run for run in folder.glob("*") if _is_run(run)]
    return sorted(runs, key=lambda run: (_started(run), _natural(run.name)), reverse=True)


def prune_checkpoints(run: Path, keep: int | None) -> None:
    """Delete all but the last ``keep`` numbered checkpoints; None keeps all, ``model_best.pt`` always stays.

    Raises:
        ValueError: When ``keep`` is smaller than one.
    """
    if keep is None:
        return
    if keep < 1:
        raise ValueError(f"keep_checkpoints is {keep}; expected at least 1, or None to keep all")
    for file in list_checkpoints(run)[:-keep]:
        file.unlink(missing_ok=True)


def find_checkpoint(root: Path, checkpoint: str = "latest", run: str | None = None) -> FoundCheckpoint:
    """Return the checkpoint file that a user means.

    Args:
        root: Folder of an experiment (``logs/rsl_rl/<experiment>``) or of one of its runs.
        checkpoint: "latest": highest iteration of the newest run that has one; "best": ``model_best.pt`` of the newest
            run that has one; path of a file, or of a run's folder, whose latest is meant; else the name of a file, or a
            regular expression for the beginning of names, of which the highest iteration is meant.
        run: Where to look: path of a run's folder; else a name in ``root``, or a regular expression for the beginning
            of names, of which the newest is meant. None: all runs in ``root``.

    Raises:
        FileNotFoundError: When there is no such run or checkpoint, listing those there are.
        ValueError: When a pattern is no regular expression.
    """
    path = Path(os.path.expanduser(checkpoint))  # leaves users that there are not as they are
    if run is None and path.is_file():
        return FoundCheckpoint(path)
    if run is None and path.is_dir():
        run, checkpoint = checkpoint, "latest"
    elif run is None and _is_run(path.parent):
        run, checkpoint = str(path.parent), path.name
    runs = list_runs(root) if run is None else _named_runs(root, run)
    for number, folder in enumerate(runs):
        files = _named_checkpoints(folder, checkpoint)
        if files:
            return FoundCheckpoint(files[-1], tuple(runs[:number]))
    raise FileNotFoundError(_nothing_found(root, checkpoint, run, runs))


def _is_run(folder: Path) -> bool:
    """Return whether a folder is that of a run, also of one that was stopped before its first checkpoint."""
    return (folder / "params").is_dir() or next(folder.glob("model_*.pt"), None) is not None


def _started(run: Path) -> float:
    """Return when a run started, in seconds since 1970."""
    with contextlib.suppress(ValueError):
        return datetime.strptime(run.name[:_RUN_DATE_LENGTH], RUN_DATE).timestamp()
    logs = [_EVENTS.match(file.name) for file in run.glob("events.out.tfevents.*")]
    return min((float(log[1]) for log in logs if log), default=run.stat().st_mtime)


def _natural(name: str) -> list[str | int]:
    """Return what orders names as people do: ``_9`` before ``_10``."""
    return [int(part) if number % 2 else part for number, part in enumerate(re.split(r"(\d+)", name))]


def _named_runs(root: Path, run: str) -> list[Path]:
    """Return the runs that a path, name or pattern means, newest first."""
    path = Path(os.path.expanduser(run))
    if (root / path).is_dir():
        return list_runs(root / path)
    return list_runs(path) if path.is_dir() else _named(list_runs(root), run)


def _named_checkpoints(run: Path, checkpoint: str) -> list[Path]:
    """Return the files of a run that a word means, the one that is meant most last."""
    if checkpoint == "latest":
        return list_checkpoints(run)
    best = list(run.glob(BEST_NAME))
    return best if checkpoint == "best" else _named([*best, *list_checkpoints(run)], checkpoint)


def _named(paths: Sequence[Path], pattern: str) -> list[Path]:
    """Return the paths with a name; if there is none, those whose names begin as a regular expression says."""
    exact = [path for path in paths if pattern in (path.name, path.name.removesuffix(".pt"))]
    try:
        return exact or [path for path in paths if re.match(pattern, path.name)]
    except re.error as error:
        raise ValueError(f"{pattern!r} is the name of nothing there, and no regular expression: {error}") from error


def _nothing_found(root: Path, checkpoint: str, run: str | None, runs: Sequence[Path]) -> str:
    """Return a message that says what was looked for, and what there is instead."""
    if run is not None and not runs:
        return f"no run {run!r}: neither a run's folder nor a name in {root}; {_listed('runs', list_runs(root))}"
    if len(runs) == 1:
        files = [*list_checkpoints(runs[0]), *runs[0].glob(BEST_NAME)]
        return f"no checkpoint {checkpoint!r} in {runs[0]}; {_listed('checkpoints', files)}"
    wanted = f"no checkpoint {checkpoint!r}: neither a file nor a name in the runs of {root}"
    if checkpoint in ("latest", "best"):
        wanted = f"no {checkpoint!r} checkpoint in the runs of {root}"
    return f"{wanted}; {_listed('runs', runs)}"


def _listed(what: str, paths: Sequence[Path]) -> str:
    """Return the names of what there is, not too many of them."""
    names = [path.name for path in paths[:_NAMES_SHOWN]] or ["none"]
    more = f" and {len(paths) - _NAMES_SHOWN} more" if len(paths) > _NAMES_SHOWN else ""
    return f"{what} there: {', '.join(names)}{more}"
