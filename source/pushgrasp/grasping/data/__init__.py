"""Pictures with grasp labels: samples, the files that hold them, and a dataset for training."""

from pushgrasp.grasping.data.cells import GRID, CellPoints, cell_points, object_cells
from pushgrasp.grasping.data.dataset import GraspDataset, dense_target
from pushgrasp.grasping.data.sample import GraspSample
from pushgrasp.grasping.data.shards import read_sample, read_shard, shard_count, shard_paths, write_shard

__all__ = [
    "GRID",
    "CellPoints",
    "GraspDataset",
    "GraspSample",
    "cell_points",
    "dense_target",
    "object_cells",
    "read_sample",
    "read_shard",
    "shard_count",
    "shard_paths",
    "write_shard",
]
