"""Weights of the angle-view net that come with the project."""

from __future__ import annotations

from pathlib import Path

from pushgrasp_assets import ROOT

FILES = ("avn_resnet50.safetensors", "avn_resnet18_lateral.safetensors")
"""Files in ``assets/weights``; the first that exists is used."""


def backbone_weights(weights: str | None, encoder: str | None) -> str | None:
    """Weights file of an agent's backbone; None starts at random.

    Args:
        weights: File that the configuration names, if any.
        encoder: Encoder that it names, if any; without a file it starts at random.

    Returns:
        The file named, or the project's own where neither file nor encoder is named.

    Raises:
        FileNotFoundError: If the project's own is missing; says what to do.
    """
    return str(shipped_weights()) if weights is None and encoder is None else weights


def shipped_weights() -> Path:
    """Weights that are used when none are named.

    Raises:
        FileNotFoundError: If the project holds none; says what to do.
    """
    folder = ROOT / "weights"
    for name in FILES:
        if (folder / name).is_file():
            return folder / name
    raise FileNotFoundError(f"no weights in {folder}; name a file, which scripts/train_avn.py writes")
