"""Make the sample maker importable, and a folder of shards."""

import sys
from pathlib import Path

import pytest

from pushgrasp.grasping.data.shards import write_shard

sys.path.insert(0, str(Path(__file__).parent))

from grasp_samples import make_sample


@pytest.fixture
def folder(tmp_path):
    """Two shards of 3 and 2 samples, one of them without labels."""
    write_shard(tmp_path / "shard-00000.safetensors", [make_sample(0), make_sample(1, 0), make_sample(2)])
    write_shard(tmp_path / "shard-00001.safetensors", [make_sample(3), make_sample(4)])
    return tmp_path
