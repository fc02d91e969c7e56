"""Validation of a net: its grasp choices on pictures that it was not trained on."""

from __future__ import annotations

import torch
from torch import nn
from torch.utils.data import Dataset

from pushgrasp.policies.pg4da.backbone.train.metrics import GraspScores
from pushgrasp.policies.pg4da.backbone.train.pictures import loader

BATCH = 16


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
