"""Samples with random content."""

import torch

from pushgrasp.grasping.data.sample import GraspSample


def make_sample(seed: int = 0, labels: int = 7) -> GraspSample:
    """A sample with random pictures and distinct random labels."""
    generator = torch.Generator().manual_seed(seed)

    def draw(limit: int, *shape: int) -> torch.Tensor:
        return torch.randint(limit, shape, generator=generator)

    return GraspSample(
        rgb=draw(256, 3, 224, 224).to(torch.uint8),
        height=(draw(2000, 224, 224) / 1e4).half(),
        ids=draw(4, 224, 224).to(torch.uint8),
        cell=torch.randperm(3136, generator=generator)[:labels].to(torch.int16),
        view_angle=draw(360, labels).to(torch.int16),
        friction=(draw(100, labels) / 100).half(),
        meta={"seed": seed, "family": "P1/case2", "shapes": ["cube"], "split": "train"},
    )
