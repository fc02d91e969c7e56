"""What a training tells: lines with the time that is left, TensorBoard curves, and the card of its weights."""

from __future__ import annotations

from collections import deque
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path

import torch
from torch.utils.tensorboard import SummaryWriter

from pushgrasp.console import Console
from pushgrasp.files.atomic import atomic_write
from pushgrasp.policies.pg4da.backbone.train.cfg import TrainCfg
from pushgrasp.policies.pg4da.backbone.train.checkpoint import TrainState
from pushgrasp.policies.pg4da.backbone.train.metrics import GraspScores

WINDOW = 50
"""Steps over which speed and loss are averaged."""

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


class Monitor:
    """Writes lines to a console and curves to a run folder."""

    def __init__(self, folder: Path, console: Console, log_every: int, batch: int, first: int = 0) -> None:
        """Open the curves; those after step ``first`` of an interrupted run are replaced."""
        self.console, self.log_every, self.batch = console, log_every, batch
        self.writer = SummaryWriter(str(folder), purge_step=first)
        self._losses: deque[float] = deque(maxlen=WINDOW)
        self._times: deque[tuple[float, float]] = deque(maxlen=WINDOW)

    def step(self, state: TrainState, done: float, loss: float, rate: float) -> None:
        """Take note of a finished step."""
        self._losses.append(loss)
        self._times.append((state.seconds, done))
        if state.step % self.log_every:
            return
        mean = sum(self._losses) / len(self._losses)
        speed, remaining = self._pace()
        for name, value in (("train/loss", mean), ("train/learning_rate", rate), ("train/pictures_per_s", speed)):
            self.writer.add_scalar(name, value, state.step)
        eta = timedelta(seconds=round(remaining))
        self._print(f"step {state.step}  loss {mean:.4f}  lr {rate:.1e}  {speed:.1f} pictures/s  ETA {eta}")

    def _pace(self) -> tuple[float, float]:
        """Pictures per second and remaining time [s]."""
        (start, before), (end, now) = self._times[0], self._times[-1]
        if end <= start or now <= before:
            return 0.0, 0.0
        return self.batch * (len(self._times) - 1) / (end - start), (1.0 - now) * (end - start) / (now - before)

    def validation(self, state: TrainState, scores: GraspScores, better: bool) -> None:
        """Take note of a validation."""
        for mu, share in scores.top1.items():
            self.writer.add_scalar(f"val/top1_friction_{mu:g}", share, state.step)
        self.writer.add_scalar("val/average_precision", scores.mean_precision, state.step)
        self.writer.flush()
        shares = " / ".join(f"{100 * share:.1f}" for share in scores.top1.values())
        limits = " / ".join(f"{mu:g}" for mu in scores.top1)
        self._print(
            f"step {state.step}  best grasp of {scores.objects} objects is good in {shares} % (friction {limits})"
            f"  AP {scores.mean_precision:.3f} (random {scores.positive_share:.3f}){'  best so far' if better else ''}"
        )

    def close(self) -> None:
        """Finish the files."""
        self.writer.close()

    def _print(self, text: str) -> None:
        self.console.print(text)


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
