"""How good a heatmap is at what it is for, choosing a grasp of an object; and a net on pictures held out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn
from torch.utils.data import Dataset

from pushgrasp.policies.pg4da.backbone.train.pictures import loader

FRICTIONS = (0.1, 0.3, 0.6)
"""Coefficients of friction within which a chosen grasp counts as good."""

BATCH = 16


@dataclass
class GraspScores:
    """Sums over pictures; see the properties."""

    frictions: Sequence[float] = FRICTIONS
    objects: int = 0
    hits: list[int] = field(default_factory=lambda: [0] * len(FRICTIONS))
    precisions: list[float] = field(default_factory=list)
    shares: list[float] = field(default_factory=list)

    def add(self, scores: Tensor, friction: Tensor, object_id: Tensor, threshold: float) -> None:
        """Count one picture.

        Args:
            scores: Heatmap, shape (C, h, w).
            friction: Friction that each grasp needs, infinite where there is none, shape (C, h, w).
            object_id: Object that each cell shows, 0 for none, shape (h, w).
            threshold: Friction within which a grasp is a positive for average precision.
        """
        shown = object_id > 0
        score, needed, owner = scores[:, shown], friction[:, shown], object_id[shown]
        best, which = score.max(dim=0)
        at_best = needed.gather(0, which[None])[0]
        for item in owner.unique():
            mine = owner == item
            if float(needed[:, mine].amin()) <= self.frictions[-1]:
                chosen = float(at_best[mine][best[mine].argmax()])
                self.objects += 1
                self.hits = [n + (chosen <= mu) for n, mu in zip(self.hits, self.frictions, strict=True)]
        positive = needed <= threshold
        if bool(positive.any()):
            self.precisions.append(average_precision(score.flatten(), positive.flatten()))
            self.shares.append(float(positive.float().mean()))

    @property
    def top1(self) -> dict[float, float]:
        """By friction: share of objects whose best-scored (cell, class) is a grasp; of objects that can be grasped."""
        return {mu: n / max(1, self.objects) for mu, n in zip(self.frictions, self.hits, strict=True)}

    @property
    def mean_precision(self) -> float:
        """Mean over pictures of the average precision over (cell, class) pairs on objects."""
        return sum(self.precisions) / max(1, len(self.precisions))

    @property
    def positive_share(self) -> float:
        """Share of positives: the average precision of random scores."""
        return sum(self.shares) / max(1, len(self.shares))


def average_precision(scores: Tensor, positive: Tensor) -> float:
    """Area under the precision-recall curve, as a sum over positives in the order of falling score.

    Args:
        scores: Any numbers, shape (M,); equal ones keep their order.
        positive: Bool, shape (M,).

    Raises:
        ValueError: If nothing is positive.
    """
    if not bool(positive.any()):
        raise ValueError("average precision needs at least one positive")
    rank = positive[scores.argsort(descending=True, stable=True)].nonzero()[:, 0].double() + 1
    return float((torch.arange(1, len(rank) + 1, device=rank.device) / rank).mean())


@torch.no_grad()
def validate(net: nn.Module, pictures: Dataset, friction: float, device: torch.device, workers: int = 0) -> GraspScores:
    """Scores of a net over pictures (items of `ScoredPictures`); the net's mode is restored.

    Args:
        net: Net, on ``device``.
        pictures: What to look at.
        friction: Largest friction of a positive for average precision.
        device: Where the net runs.
        workers: Processes that read pictures.
    """
    scores, training, size = GraspScores(), net.training, len(pictures)  # type: ignore[arg-type]
    net.eval()
    chunks = [list(range(i, min(i + BATCH, size))) for i in range(0, size, BATCH)]
    for batch in loader(pictures, chunks, workers):
        rgb = batch["rgb"].to(device, memory_format=torch.channels_last)
        with torch.autocast(device.type, torch.bfloat16, enabled=device.type == "cuda"):
            heatmaps = net(rgb)
        needed, owner = batch["friction"].to(device), batch["object_id"].to(device)
        for heatmap, grasps, item in zip(heatmaps.float(), needed, owner, strict=True):
            scores.add(heatmap, grasps, item, friction)
    net.train(training)
    return scores


def quality(scores: GraspScores) -> float:
    """One number to compare nets by: the mean over frictions of the share of objects whose best grasp is good."""
    return sum(scores.top1.values()) / len(scores.top1)
