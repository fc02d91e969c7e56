"""Labelled pictures as batches for training, in an order that follows from seed and step alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch
from torch.utils.data import DataLoader, Dataset, Subset

from pushgrasp.grasping.angle_view import NUM_CLASSES
from pushgrasp.grasping.data.cells import GRID, cell_points
from pushgrasp.grasping.data.dataset import GraspDataset
from pushgrasp.grasping.data.sample import GraspSample
from pushgrasp.perception.workspace import Workspace

HELD_OUT = 0.1
"""Share of the pictures that a training without pictures of its own for validation holds out."""


class LabelledPictures(Dataset):
    """Items of a `GraspDataset` for training: rgb, target, objects and object_id, see `augment.Batch`."""

    def __init__(self, data: GraspDataset) -> None:
        self.data = data

    def __len__(self) -> int:
        """Number of pictures."""
        return len(self.data)

    def __getitem__(self, index: int) -> dict[str, torch.Tensor]:
        """The picture of an index."""
        item = self.data[index]
        owner = object_grid(item["height"], item["ids"])
        return {"rgb": item["rgb"], "target": item["target"], "objects": item["objects"], "object_id": owner}


class ScoredPictures(Dataset):
    """Items for validation: rgb, the friction that each grasp needs (360, 56, 56), object_id (56, 56)."""

    def __init__(self, data: GraspDataset) -> None:
        self.data = data

    def __len__(self) -> int:
        """Number of pictures."""
        return len(self.data)

    def __getitem__(self, index: int) -> dict[str, torch.Tensor]:
        """The picture of an index."""
        sample = self.data.sample(index)
        owner = object_grid(sample.height.float(), sample.ids)
        return {"rgb": sample.rgb.float() / 255.0, "friction": friction_grid(sample), "object_id": owner}


def object_grid(height: torch.Tensor, ids: torch.Tensor) -> torch.Tensor:
    """Object that each cell shows, 0 for none, long, shape (56, 56), of maps (224, 224)."""
    shown = cell_points(height, ids, Workspace())
    grid = torch.zeros(GRID * GRID, dtype=torch.long)
    grid[shown.cell] = shown.object_id
    return grid.view(GRID, GRID)


def friction_grid(sample: GraspSample) -> torch.Tensor:
    """Friction that each grasp needs, infinite where there is none, shape (360, 56, 56)."""
    grid = torch.full((NUM_CLASSES, GRID * GRID), torch.inf)
    grid[sample.view_angle.long(), sample.cell.long()] = sample.friction.float()
    return grid.view(NUM_CLASSES, GRID, GRID)


def split(pictures: Dataset, count: int) -> tuple[range, range]:
    """Indices for training and for validation: the last ``count`` are held out, so that scenes stay together."""
    size = len(pictures)  # type: ignore[arg-type] - torch's Dataset does not say that it has a length
    held = max(1, min(count, round(HELD_OUT * size)))
    if size <= held:
        raise ValueError(f"{size} pictures are too few to train and validate on")
    return range(size - held), range(size - held, size)


def spread(pictures: Dataset, count: int) -> Subset:
    """At most ``count`` pictures, evenly spread over all."""
    size = len(pictures)  # type: ignore[arg-type]
    return Subset(pictures, torch.linspace(0, size - 1, min(count, size)).round().long().tolist())


def batches(
    pictures: Dataset, batch: int, first: int, seed: int, workers: int
) -> Iterator[tuple[int, dict[str, torch.Tensor]]]:
    """Batches without end, from step ``first`` on, each with its step; every epoch has an order of its own.

    The order depends on seed and epoch only, so that a resumed training goes on as if it had never stopped.
    """
    size = len(pictures)  # type: ignore[arg-type]
    batch = min(batch, size)
    per_epoch = size // batch
    step = first
    while True:
        epoch, position = divmod(step, per_epoch)
        order = torch.randperm(size, generator=step_generator(seed, -1 - epoch)).tolist()
        chunks = [order[i * batch : (i + 1) * batch] for i in range(position, per_epoch)]
        for content in loader(pictures, chunks, workers):
            yield step, content
            step += 1


def loader(pictures: Dataset, chunks: Sequence[Sequence[int]], workers: int) -> DataLoader:
    """Loader of given batches."""
    return DataLoader(pictures, batch_sampler=chunks, num_workers=workers, pin_memory=torch.cuda.is_available())  # type: ignore[arg-type]


def step_generator(seed: int, step: int) -> torch.Generator:
    """Generator of what is random in a step; epochs count from -1 downwards."""
    return torch.Generator().manual_seed((1_000_003 * seed + step) % 2**63)
