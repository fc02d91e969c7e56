"""What comes trained with the project: weights of the backbone, and policies."""

from __future__ import annotations

from pathlib import Path

from pushgrasp_assets import ROOT

PRETRAINED = "pretrained"
"""How a command line asks for a trained policy."""

SHIPPED = {1: "single_arm_push_grasp", 2: "dual_arm_push_grasp"}
"""Experiments whose policies come with the project, by the number of arms."""

BACKBONES = ("avn_resnet50.safetensors", "avn_resnet18_lateral.safetensors")
"""Weights of the backbone in ``assets/weights``; the first file that exists is used."""


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


def shipped_policy(num_arms: int) -> Path:
    """Checkpoint of the trained policy that comes with the project for so many arms; raises as above."""
    return pretrained_policy(SHIPPED[num_arms])


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
    """Weights of the backbone that are used when none are named.

    Raises:
        FileNotFoundError: If the project holds none; says what to do.
    """
    folder = ROOT / "weights"
    for name in BACKBONES:
        if (folder / name).is_file():
            return folder / name
    raise FileNotFoundError(f"no weights in {folder}; name a file, which scripts/train_avn.py writes")
