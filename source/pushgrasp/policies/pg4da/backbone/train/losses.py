"""Losses of the angle-view net: each takes M cells with 360 class logits and binary labels.

Few of the (cell, class) pairs on objects are grasps, so the classes are unbalanced. The published loss is the plain
squared error; the others weigh positives and negatives, or look at what counts when a grasp is chosen.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits, mse_loss, softplus

ALPHA, GAMMA = 0.25, 2.0
"""Weight of positives and focus of the focal loss (Lin et al. 2017)."""


def mse(logits: Tensor, target: Tensor, group: Tensor) -> Tensor:
    """Mean squared error between raw outputs and labels 0 or 1, as published (Wang & Kasaei 2025, Sec. III-A)."""
    del group
    return mse_loss(logits, target)


def balanced(logits: Tensor, target: Tensor, group: Tensor) -> Tensor:
    """Binary cross-entropy in which positives and negatives of the batch weigh the same in all."""
    del group
    each = binary_cross_entropy_with_logits(logits, target, reduction="none")
    positives, negatives = target.sum().clamp_min(1.0), (1 - target).sum().clamp_min(1.0)
    return 0.5 * ((each * target).sum() / positives + (each * (1 - target)).sum() / negatives)


def focal(logits: Tensor, target: Tensor, group: Tensor) -> Tensor:
    """Focal loss (Lin et al. 2017), summed and divided by the number of positives."""
    del group
    sign = 2 * target - 1
    each = softplus(-sign * logits) * torch.sigmoid(-sign * logits) ** GAMMA
    weight = ALPHA * target + (1 - ALPHA) * (1 - target)
    return (weight * each).sum() / target.sum().clamp_min(1.0)


def choice(logits: Tensor, target: Tensor, group: Tensor) -> Tensor:
    """Mean over objects of -log(probability that a grasp is drawn), a softmax over the object's cells and classes.

    A robot grasps one object with one grasp, the best one of it: this is the loss of that choice. Objects without a
    label are left out.
    """
    positive = logits.masked_fill(target == 0, -torch.inf)
    every, good = _log_sum_exp(logits, group), _log_sum_exp(positive, group)
    counted = good.isfinite()
    return (every - good)[counted].sum() / counted.sum().clamp_min(1)


def focal_choice(logits: Tensor, target: Tensor, group: Tensor) -> Tensor:
    """Sum of `focal`, which shapes the whole heatmap, and `choice`, which looks at each object's best grasp."""
    return focal(logits, target, group) + choice(logits, target, group)


LOSSES = {"mse": mse, "balanced": balanced, "focal": focal, "choice": choice, "focal_choice": focal_choice}
"""Losses by name: (logits (M, 360), labels (M, 360) 0 or 1, object (M,) long of each cell) -> scalar."""


def _log_sum_exp(values: Tensor, group: Tensor) -> Tensor:
    """log(sum(exp)) of (M, C) over all entries of each group, shape (groups,); -inf where all are -inf."""
    groups = int(group.max()) + 1 if len(group) else 0
    top = values.detach().amax(dim=1)
    peak = top.new_full((groups,), -torch.inf).scatter_reduce(0, group, top, "amax")
    peak = torch.where(peak.isfinite(), peak, 0.0)
    total = values.new_zeros(groups).index_add(0, group, (values - peak[group][:, None]).exp().sum(dim=1))
    return torch.where(total > 0, total.clamp_min(1e-30).log() + peak, -torch.inf)
