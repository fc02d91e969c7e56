"""Where a training starts: random weights whose outputs are the share of positives of each class."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import torch
from torch import nn
from torch.utils.data import Dataset

from pushgrasp.grasping.angle_view import NUM_CLASSES
from pushgrasp.policies.pg4da.backbone.avn import AngleViewNet, load_net
from pushgrasp.policies.pg4da.backbone.initialisation import initialise
from pushgrasp.policies.pg4da.backbone.train.cfg import TrainCfg
from pushgrasp.policies.pg4da.backbone.train.pictures import spread

HEAD_STD = 0.01
"""Standard deviation of the head's first weights (Lin et al. 2017)."""

COUNTED = 200
"""Pictures on which the share of positives is measured."""


@dataclass(frozen=True)
class Balance:
    """How rare positives are."""

    per_class: torch.Tensor  # share of positives among the counted cells, shape (360,)
    among_counted: float  # the same over all classes
    among_all: float  # over the whole grid


def measure_balance(pictures: Dataset, cells: str) -> Balance:
    """Count positives in pictures (items of `LabelledPictures`), at most 200 of them.

    Raises:
        ValueError: If no picture has a positive.
    """
    positives, counted, everywhere = torch.zeros(NUM_CLASSES), 0, 0
    some = spread(pictures, COUNTED)
    for index in range(len(some)):
        item: dict[str, torch.Tensor] = some[index]  # pyright: ignore[reportAssignmentType] - Subset has no item type
        target, objects = item["target"], item["objects"]
        counted_here = objects if cells == "object" else torch.ones_like(objects)
        positives += target[:, counted_here].sum(dim=1)
        counted, everywhere = counted + int(counted_here.sum()), everywhere + objects.numel()
    total = float(positives.sum())
    if total == 0.0:
        raise ValueError(f"no grasp in {len(some)} pictures: the friction limit may be too low")
    return Balance(positives / counted, total / (counted * NUM_CLASSES), total / (everywhere * NUM_CLASSES))


def starting_net(cfg: TrainCfg, balance: Balance, weights: Path | None = None) -> AngleViewNet:
    """Net to train: that of a weights file, or a random start whose bias is the measured share of each class."""
    if weights is not None:
        return load_net(weights, cfg.encoder)
    generator = torch.Generator().manual_seed(cfg.seed)
    with torch.random.fork_rng(devices=[]):
        net = AngleViewNet(cfg.encoder)
    initialise(net, generator)
    share = balance.per_class.clamp(1e-4, 0.5)
    with torch.no_grad():
        nn.init.normal_(net.head.weight, std=HEAD_STD, generator=generator)
        net.head.get_parameter("bias").copy_(share if cfg.loss == "mse" else share.logit())
    return net
