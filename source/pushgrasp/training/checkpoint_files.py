"""Names of checkpoint files, and which one "latest" and "best" mean."""

from __future__ import annotations

import re
from pathlib import Path

BEST_NAME = "model_best.pt"
PATTERN = re.compile(r"model_(\d+)\.pt")


def checkpoint_path(run: Path, iteration: int) -> Path:
    """Return the file of a run for a number of completed iterations."""
    return run / f"model_{iteration}.pt"


def list_checkpoints(run: Path) -> list[Path]:
    """Return the numbered checkpoints of a run folder, oldest iteration first."""
    matches = [(PATTERN.fullmatch(file.name), file) for file in run.glob("model_*.pt")]
    return [file for _, file in sorted((int(match[1]), file) for match, file in matches if match)]


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


def resolve_checkpoint(run_root: Path, selection: str) -> Path:
    """Return the checkpoint file that a user means.

    Args:
        run_root: Folder of an experiment (``logs/rsl_rl/<experiment>``) or of one of its runs.
        selection: "latest": highest iteration of the newest run that has one; "best": ``model_best.pt`` of the
            newest run that has one; otherwise a path to a file. Runs are ordered by name, which starts with the date.

    Raises:
        FileNotFoundError: When there is no such checkpoint, saying where it was looked for.
        IsADirectoryError: When the path is a folder.
    """
    if selection not in ("latest", "best"):
        return _existing_file(Path(selection).expanduser())
    runs = [run_root, *sorted((folder for folder in run_root.glob("*") if folder.is_dir()), reverse=True)]
    for run in runs:
        candidates = list_checkpoints(run) if selection == "latest" else list(run.glob(BEST_NAME))
        if candidates:
            return candidates[-1]
    pattern = "model_<iteration>.pt" if selection == "latest" else BEST_NAME
    raise FileNotFoundError(f"no {selection!r} checkpoint: no {pattern} in {run_root} or its {len(runs) - 1} runs")


def _existing_file(path: Path) -> Path:
    """Return the path of an existing file; raise an error that lists what is near otherwise."""
    if path.is_dir():
        names = [file.name for file in list_checkpoints(path)] or ["none"]
        raise IsADirectoryError(f"{path} is a folder; name a file in it (checkpoints there: {', '.join(names)})")
    if not path.is_file():
        raise FileNotFoundError(f"no checkpoint {path}; give a file, 'latest' or 'best'")
    return path
