"""Trained policies that come with the project."""

from __future__ import annotations

from pathlib import Path

from pushgrasp_assets import ROOT

PRETRAINED = "pretrained"
"""How a command line asks for them."""


def pretrained_policy(experiment: str) -> Path:
    """Checkpoint of the trained policy of an experiment, which is named after its task and head.

    Raises:
        FileNotFoundError: If none comes with the project; the message lists those that do.
    """
    folder = ROOT / "weights"
    file = folder / f"{experiment}.pt"
    if not file.is_file():
        names = ", ".join(sorted(path.stem for path in folder.glob("*.pt"))) or "none"
        raise FileNotFoundError(f"no trained policy {experiment} comes with the project (there are: {names})")
    return file
