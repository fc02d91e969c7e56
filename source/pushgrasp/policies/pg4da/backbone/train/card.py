"""Card of a weights file: what it was trained on, how, and how good it is."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import torch

from pushgrasp.policies.pg4da.backbone.train.cfg import TrainCfg
from pushgrasp.policies.pg4da.backbone.train.checkpoint import TrainState
from pushgrasp.policies.pg4da.backbone.train.metrics import GraspScores
from pushgrasp.training.atomic import atomic_write

_TEXT = """# {name}

Angle-view net with a {encoder} encoder: colour heightmap 3 x 224 x 224 in [0, 1] to 360 x 56 x 56 grasp logits.

- **Data**: {data}; {train} pictures to train on, {val} held out.
- **Command**: `{command}`
- **Training**: {steps} steps in {minutes:.0f} minutes, {machine}; seed {seed}.
- **Format**: safetensors, half precision; the header names net, encoder, loss and step.
- **Licence**: that of the project (BSD-3-Clause).

| held-out pictures | |
|---|---|
{rows}

Settings: {settings}.
"""


def write_card(
    path: Path,
    cfg: TrainCfg,
    state: TrainState,
    scores: GraspScores,
    counts: tuple[int, int],
    command: str,
    data: str,
) -> None:
    """Write the card beside a weights file.

    Args:
        path: Markdown file.
        cfg: Settings.
        state: How long the training was.
        scores: Its last validation.
        counts: Pictures to train and to validate on.
        command: Command line.
        data: What the pictures are, in words.
    """
    rows = [
        f"| best grasp of an object needs friction of at most {mu:g} | {100 * p:.1f} % |"
        for mu, p in scores.top1.items()
    ]
    rows.append(f"| average precision over (cell, class) pairs | {scores.mean_precision:.3f} |")
    rows.append(f"| the same of random scores | {scores.positive_share:.3f} |")
    text = _TEXT.format(
        name=path.stem,
        encoder=cfg.encoder,
        data=data,
        train=counts[0],
        val=counts[1],
        command=command,
        steps=state.step,
        minutes=state.seconds / 60.0,
        machine=f"{torch.get_num_threads()} CPU threads"
        if not torch.cuda.is_available()
        else torch.cuda.get_device_name(),
        seed=cfg.seed,
        rows="\n".join(rows),
        settings=", ".join(f"{name} {value}" for name, value in asdict(cfg).items() if name != "augment"),
    )
    atomic_write(path, lambda file: file.write(text.encode()))
