"""Train the angle-view net, the backbone that scores grasps, on labelled pictures.

python scripts/train_avn.py --data grasp_data                          ResNet-50, on the GPU where there is one
python scripts/train_avn.py --data grasp_data --encoder resnet18_lateral --crop 24 --max-minutes 480
python scripts/train_avn.py --resume logs/avn/<run>                    go on after an interruption

Pictures come from scripts/make_grasp_data.py or scripts/graspnet_labels.py. The run folder then holds best.safetensors
and last.safetensors, for agent.backbone.weights=FILE of scripts/train.py, their card.md, and curves for TensorBoard.
"""

from __future__ import annotations

import argparse
import re
import shlex
import sys
from collections.abc import Sequence
from dataclasses import asdict, fields
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pushgrasp.program import UserError, advised, readable_errors

if TYPE_CHECKING:
    from torch.utils.data import Subset

    from pg_tasks.app.parser import Parser
    from pushgrasp.policies.pg4da.backbone.train.cfg import TrainCfg

LOGS = Path("logs") / "avn"
CONFIG = "config.yaml"


def make_parser() -> Parser:
    """Return the parser; settings that are not given keep the defaults of `TrainCfg`."""
    from pg_tasks.app.parser import Parser
    from pushgrasp.policies.pg4da.backbone.avn import ENCODERS
    from pushgrasp.policies.pg4da.backbone.train.cfg import CELLS, TrainCfg
    from pushgrasp.policies.pg4da.backbone.train.losses import LOSSES

    default = TrainCfg()
    parser = Parser(__doc__)

    def setting(flag: str, kind: Any, text: str, **kwargs: Any) -> None:  # noqa: ANN401 - argparse takes anything
        value = getattr(default, flag[2:].replace("-", "_"))
        shown = (
            "" if value is None else f" (default: {value:g})" if isinstance(value, float) else f" (default: {value})"
        )
        parser.add_argument(flag, type=kind, default=None, help=text + shown, **kwargs)

    parser.add_argument("--data", type=Path, metavar="FOLDER", help="shards to train on")
    parser.add_argument("--val", type=Path, metavar="FOLDER", help="shards to validate on (default: a tenth of --data)")
    parser.add_argument("--weights", type=Path, metavar="FILE", help="start from this file, not at random")
    parser.add_argument(
        "--out", type=Path, metavar="FOLDER", help=f"run folder (default: {LOGS}/<date>_<encoder>_<loss>)"
    )
    parser.add_argument("--resume", type=Path, metavar="FOLDER", help="go on with the run in this folder")
    setting("--encoder", str, "resnet50 as published, or a smaller one for CPUs", choices=list(ENCODERS))
    setting("--loss", str, "mse is the published one", choices=list(LOSSES))
    setting("--cells", str, "cells that count: those that show an object, or all as published", choices=CELLS)
    setting("--friction", float, "labels that need more friction count as negatives; published: 0.1")
    setting("--steps", int, "optimiser steps, unless --max-minutes comes first")
    setting("--max-minutes", float, "end after so much time; the schedule of the learning rate then follows the clock")
    setting("--batch", int, "pictures per step")
    setting("--learning-rate", float, "peak of the schedule: a linear rise, then half a cosine")
    setting("--warm-up", float, "share of the training in which the learning rate rises")
    setting("--weight-decay", float, "of AdamW, on kernels")
    setting("--average", float, "decay per step of the averaged weights that are kept; 0 keeps the last ones")
    setting("--max-grad-norm", float, "clip gradients to this norm")
    parser.add_argument("--frozen-bn", action="store_true", default=None, help="keep batch-normalisation statistics")
    parser.add_argument(
        "--crop",
        type=int,
        metavar="CELLS",
        help="train on squares about objects: 24 is four times faster (default: 0, whole pictures)",
    )
    parser.add_argument("--no-augment", action="store_true", help="leave the pictures as they are")
    setting("--validate-every", int, "steps between validations")
    setting("--val-samples", int, "pictures of a validation, at most")
    setting("--save-minutes", float, "time between checkpoints")
    setting("--log-every", int, "steps between lines")
    setting("--workers", int, "processes that read pictures; 0 reads in this one")
    setting("--seed", int, "seed of start, order and augmentation")
    parser.add_argument("--device", help="cpu or cuda (default: cuda where there is one)")
    parser.add_argument("--threads", type=int, help="CPU threads (default: PyTorch's choice)")
    return parser


def main(argv: Sequence[str] | None = None) -> None:
    """Run the script."""
    with readable_errors():
        args = make_parser().parse_args(argv)
        import torch

        from pushgrasp.console import Console
        from pushgrasp.interrupt import exit_status
        from pushgrasp.policies.pg4da.backbone.train.checkpoint import read_checkpoint
        from pushgrasp.policies.pg4da.backbone.train.report import Monitor, write_card
        from pushgrasp.policies.pg4da.backbone.train.start import measure_balance, starting_net
        from pushgrasp.policies.pg4da.backbone.train.trainer import Trainer

        console, device = Console(), _device(args)
        cfg = read_checkpoint(args.resume)[0] if args.resume else _settings(args)
        record = _read_record(args) if args.resume else _new_record(args, cfg)
        train, val = _pictures(record, cfg)
        balance = measure_balance(train, cfg.cells)
        net = starting_net(cfg, balance, None if args.resume else args.weights)
        folder = args.resume or _run_folder(args, cfg, record)
        console.print(f"Run folder: {folder}")
        counted, everywhere = 100 * balance.among_counted, 100 * balance.among_all
        shares = f"{counted:.2f} % of the (cell, class) pairs that count, {everywhere:.2g} % of all"
        console.print(f"{len(train)} pictures to train on, {len(val)} to validate; positives: {shares}")
        console.print(f"{cfg.encoder}, {cfg.loss} loss, {device}, {torch.get_num_threads()} threads")
        trainer = Trainer(cfg, net, train, val, folder, torch.device(device))
        if args.resume:
            trainer.resume()
            console.print(f"Continuing from step {trainer.state.step}")
        monitor = Monitor(folder, console, cfg.log_every, cfg.batch, trainer.state.step)
        advice = f"go on with: python scripts/train_avn.py --resume {shlex.quote(str(folder))}"
        with advised(lambda: advice):
            scores = trainer.fit(monitor)
        monitor.close()
        if scores is None:
            console.print(f"Stopped; {advice}")
            raise SystemExit(exit_status())
        sizes = len(train), len(val)
        write_card(folder / "card.md", cfg, trainer.state, scores, sizes, record["command"], record["data"])
        console.print(f"Weights: {folder / 'best.safetensors'} (best validation), last.safetensors")


def _device(args: argparse.Namespace) -> str:
    """Set the threads and return the device."""
    import torch

    if args.threads is not None:
        if args.threads < 1:
            raise UserError(f"--threads {args.threads}: at least 1 is needed")
        torch.set_num_threads(args.threads)
    device = args.device or ("cuda" if torch.cuda.is_available() else "cpu")
    if not re.fullmatch(r"cpu|cuda(:\d+)?", device):
        raise UserError(f"--device {device}: allowed: cpu, cuda, cuda:0, ...")
    number, found = int(device.partition(":")[2] or 0), torch.cuda.device_count()
    if device != "cpu" and number >= found:
        raise UserError(
            f"--device {device}: PyTorch finds {found or 'no'} CUDA {'device' if found == 1 else 'devices'}"
        )
    return device


def _settings(args: argparse.Namespace) -> TrainCfg:
    """Settings of a new training."""
    from pushgrasp.policies.pg4da.backbone.train.cfg import AugmentCfg, TrainCfg

    names = {item.name for item in fields(TrainCfg)}
    given = {name: value for name, value in vars(args).items() if name in names and value is not None}
    given["augment"] = AugmentCfg(crop=args.crop or 0)
    if args.no_augment:
        given["augment"] = AugmentCfg(0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0, args.crop or 0)
    return TrainCfg(**given)


def _read_record(args: argparse.Namespace) -> dict[str, Any]:
    """What the run to go on with is: its folders of pictures and its command line."""
    import yaml

    from pushgrasp.files.text_files import read_text

    allowed = ("resume", "device", "threads")
    given = [name for name, value in vars(args).items() if not (value is None or value is False or name in allowed)]
    if given:
        raise UserError(f"--resume keeps the run's settings; leave out --{', --'.join(given)}".replace("_", "-"))
    path = args.resume / CONFIG
    try:
        record = yaml.safe_load(read_text(path))
        return {"data": str(record["data"]), "val": record["val"], "command": str(record["command"])}
    except (yaml.YAMLError, KeyError, TypeError, RecursionError) as error:
        raise UserError(f"{path} does not tell what the run is: data, val and command are needed") from error


def _new_record(args: argparse.Namespace, cfg: TrainCfg) -> dict[str, Any]:
    """What a new run is, as its folder will hold it."""
    if args.data is None:
        raise UserError("--data is missing: the folder of shards, from scripts/make_grasp_data.py")
    if args.weights is not None and not args.weights.is_file():
        raise UserError(f"--weights {args.weights}: no such file")
    if args.out is not None and args.out.exists() and (not args.out.is_dir() or any(args.out.iterdir())):
        raise UserError(f"--out {args.out} is not an empty folder; to go on with a run, use --resume")
    for folder in filter(None, (args.data, args.val)):
        if not folder.is_dir():
            raise UserError(f"no folder of grasp data: {folder}; scripts/make_grasp_data.py makes one")
    paths = {"data": str(args.data.resolve()), "val": args.val and str(args.val.resolve())}
    return {**paths, "command": shlex.join(("python", *sys.argv)), "training": asdict(cfg)}


def _run_folder(args: argparse.Namespace, cfg: TrainCfg, record: dict[str, Any]) -> Path:
    """Return a new run folder that says what the run is."""
    import yaml

    from pushgrasp.files.atomic import atomic_write

    folder = args.out or LOGS / f"{datetime.now():%Y-%m-%d_%H-%M-%S}_{cfg.encoder}_{cfg.loss}"
    folder.mkdir(parents=True, exist_ok=True)
    atomic_write(folder / CONFIG, lambda file: file.write(yaml.safe_dump(record).encode()))
    return folder


def _pictures(record: dict[str, Any], cfg: TrainCfg) -> tuple[Subset, Subset]:
    """Pictures to train and to validate on."""
    from torch.utils.data import Subset

    from pushgrasp.grasping.data.dataset import GraspDataset
    from pushgrasp.policies.pg4da.backbone.train.pictures import LabelledPictures, ScoredPictures, split, spread

    data = GraspDataset(Path(record["data"]), cfg.friction)
    train, val = LabelledPictures(data), ScoredPictures(data)
    if record["val"] is not None:
        held_out = ScoredPictures(GraspDataset(Path(record["val"]), cfg.friction))
        return Subset(train, range(len(train))), spread(held_out, cfg.val_samples)
    first, last = split(train, cfg.val_samples)
    return Subset(train, first), Subset(val, last)


if __name__ == "__main__":
    main(sys.argv[1:])
