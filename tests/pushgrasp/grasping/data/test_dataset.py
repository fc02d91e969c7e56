"""The dataset: items, threshold, and loading in several processes."""

import pytest
import torch
from grasp_samples import make_sample
from torch.utils.data import DataLoader

from pushgrasp.grasping.data.dataset import GraspDataset, dense_target


def test_items(folder):
    data = GraspDataset(folder, friction=1.0)
    assert len(data) == 5
    item, sample = data[3], make_sample(3)
    assert item["rgb"].dtype == torch.float32
    assert torch.equal((item["rgb"] * 255).round().to(torch.uint8), sample.rgb)
    assert torch.equal(item["ids"], sample.ids)
    assert torch.equal(item["height"], sample.height.float())
    assert tuple(item["objects"].shape) == (56, 56)
    assert item["target"].sum() == 7
    for cell, view_angle in zip(sample.cell.tolist(), sample.view_angle.tolist(), strict=True):
        assert item["target"][view_angle, cell // 56, cell % 56]


def test_threshold_is_met_exactly():
    sample = make_sample(0, 3)
    sample.friction = torch.tensor([0.05, 0.1, 0.11]).half()
    target = dense_target(sample, 0.1).flatten(1)
    assert target[sample.view_angle.long(), sample.cell.long()].tolist() == [True, True, False]


def test_several_processes_give_the_same_as_one(folder):
    data = GraspDataset(folder)
    batches = list(DataLoader(data, batch_size=2, num_workers=2))
    rgb = torch.cat([batch["rgb"] for batch in batches])
    target = torch.cat([batch["target"] for batch in batches])
    assert torch.equal(rgb, torch.stack([data[i]["rgb"] for i in range(5)]))
    assert torch.equal(target, torch.stack([data[i]["target"] for i in range(5)]))


def test_errors(folder, tmp_path):
    with pytest.raises(FileNotFoundError, match="nowhere"):
        GraspDataset(tmp_path / "nowhere")
    with pytest.raises(ValueError, match="friction is 0"):
        GraspDataset(folder, friction=0.0)
    path = folder / "shard-00001.safetensors"
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(ValueError, match="shard-00001"):
        GraspDataset(folder)
