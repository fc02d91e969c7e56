"""Weights of the angle-view net that come with the project."""

from __future__ import annotations

from pathlib import Path

from pushgrasp_assets import ROOT

FILES = ("avn_resnet50.safetensors", "avn_resnet18.safetensors")
"""Files in ``assets/weights``; the first that exists is used."""


def shipped_weights() -> Path:
    """Weights that are used when none are named.

    Raises:
        FileNotFoundError: If the project holds none; says what to do.
    """
    folder = ROOT / "weights"
    for name in FILES:
        if (folder / name).is_file():
            return folder / name
    raise FileNotFoundError(f"no weights in {folder}; name a file with --weights (scripts/train_avn.py writes one)")
