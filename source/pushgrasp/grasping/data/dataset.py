"""Grasp data for training: every sample of a folder of shards, with labels as a dense grid."""

from __future__ import annotations

from pathlib import Path

import torch
from torch.utils.data import Dataset

from pushgrasp.grasping.angle_view import NUM_CLASSES
from pushgrasp.grasping.data.cells import GRID, object_cells
from pushgrasp.grasping.data.sample import GraspSample
from pushgrasp.grasping.data.shards import read_sample, shard_count, shard_paths


def dense_target(sample: GraspSample, friction: float) -> torch.Tensor:
    """Which classes grasp at which cells with friction up to ``friction``, bool, shape (360, 56, 56)."""
    target = torch.zeros(NUM_CLASSES, GRID * GRID, dtype=torch.bool)
    # In float16, the type that labels are stored in: a label of 0.1 is not above a threshold of 0.1.
    good = sample.friction <= torch.tensor(friction, dtype=sample.friction.dtype)
    target[sample.view_angle[good].long(), sample.cell[good].long()] = True
    return target.view(NUM_CLASSES, GRID, GRID)


class GraspDataset(Dataset):
    """Samples of a folder of shards; a file is opened when one of its samples is asked for, in any process.

    An item is a dict of ``rgb`` float (3, 224, 224) in [0, 1], ``target`` bool (360, 56, 56), ``objects`` bool
    (56, 56): cells that show an object, ``height`` float (224, 224) [m], and ``ids`` uint8 (224, 224).
    """

    def __init__(self, folder: Path | str, friction: float = 0.1) -> None:
        """List the samples of ``folder``.

        Args:
            folder: Folder of shards.
            friction: Labels that need more friction than this do not count (Fang et al. 2020 take 0.1).

        Raises:
            FileNotFoundError: If there is no such folder or no shard in it.
            ValueError: If a shard is corrupt, naming it, or the friction is not positive.
        """
        if not friction > 0.0:
            raise ValueError(f"friction is {friction}; a positive number is needed")
        self.friction = friction
        self._places = [(path, index) for path in shard_paths(Path(folder)) for index in range(shard_count(path))]

    def __len__(self) -> int:
        """Number of samples."""
        return len(self._places)

    def sample(self, index: int) -> GraspSample:
        """The sample of an index as it is stored."""
        return read_sample(*self._places[index])

    def __getitem__(self, index: int) -> dict[str, torch.Tensor]:
        """The sample of an index, ready for a net."""
        sample = self.sample(index)
        return {
            "rgb": sample.rgb.float().div_(255.0),
            "target": dense_target(sample, self.friction),
            "objects": object_cells(sample.height, sample.ids),
            "height": sample.height.float(),
            "ids": sample.ids,
        }
