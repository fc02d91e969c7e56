"""Weights files: round trip, and every way in which a file can be the wrong one."""

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import nn

from pushgrasp.policies.pg4da.backbone.weights import load_weights, save_weights

METADATA = {"schema": "1", "net": "Linear"}
"""Of the first version of the format, which has no digest."""


@pytest.fixture
def path(tmp_path):
    return tmp_path / "net.safetensors"


def test_round_trip_keeps_every_tensor(path):
    # Batch normalisation has parameters, float buffers and an integer counter; channels last is not contiguous.
    source = nn.Sequential(nn.Conv2d(4, 4, 3), nn.BatchNorm2d(4)).to(memory_format=torch.channels_last)
    source(torch.rand(2, 4, 8, 8))
    target = nn.Sequential(nn.Conv2d(4, 4, 3), nn.BatchNorm2d(4))
    save_weights(source, path)
    load_weights(target, path)
    for name, tensor in source.state_dict().items():
        assert torch.equal(target.state_dict()[name], tensor), name


def test_file_says_what_it_holds(path):
    save_weights(nn.Linear(2, 2), path)
    with safe_open(path, framework="pt") as file:
        found = file.metadata()
    assert len(found.pop("digest")) == 64  # SHA-256 in hexadecimal
    assert found == {"schema": "2", "net": "Linear"}


def test_any_flipped_bit_is_refused(path):
    save_weights(nn.Linear(2, 2), path, notes={"step": "40"})
    whole = path.read_bytes()
    for index in range(len(whole)):
        changed = bytearray(whole)
        changed[index] ^= 1 << index % 8
        path.write_bytes(changed)
        try:
            load_weights(nn.Linear(2, 2), path)
        except ValueError as error:
            assert "net.safetensors" in str(error)
        else:
            assert whole[index : index + 1].isspace(), index  # between the words of the header


def test_half_precision_file_fits(path):
    weight = torch.tensor([[0.5, -2.0]])  # exact in float16
    save_file({"weight": weight.half(), "bias": torch.zeros(1).half()}, path, metadata=METADATA)
    net = nn.Linear(2, 1)
    load_weights(net, path)
    assert net.weight.dtype == torch.float32
    assert torch.equal(net.weight.data, weight)


def test_missing_file(path):
    with pytest.raises(FileNotFoundError, match=r"net\.safetensors"):
        load_weights(nn.Linear(2, 2), path)


@pytest.mark.parametrize("keep", [0, 4, 40, -3])
def test_corrupt_file(path, keep):
    save_weights(nn.Linear(2, 2), path)
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(ValueError, match="no readable safetensors"):
        load_weights(nn.Linear(2, 2), path)


def test_file_of_another_format(path):
    torch.save(nn.Linear(2, 2).state_dict(), path)
    with pytest.raises(ValueError, match="no readable safetensors"):
        load_weights(nn.Linear(2, 2), path)


def good() -> dict[str, torch.Tensor]:
    return {"weight": torch.zeros(2, 2), "bias": torch.zeros(2)}


@pytest.mark.parametrize(
    ("tensors", "metadata", "message"),
    [
        (good(), None, "net 'nothing'; expected 'Linear'"),
        (good(), {"schema": "1", "net": "Conv2d"}, "net 'Conv2d'; expected 'Linear'"),
        (good(), {"schema": "7", "net": "Linear"}, "schema '7'; expected '2'"),
        ({"weight": torch.zeros(2, 2)}, METADATA, r"misses tensors \(1 in all\): bias"),
        (good() | {"extra": torch.zeros(1)}, METADATA, r"unknown tensors \(1 in all\): extra"),
        (good() | {"weight": torch.zeros(2, 3)}, METADATA, r"weight has shape \[2, 3\]; expected \[2, 2\]"),
        (good() | {"bias": torch.zeros(2, dtype=torch.int64)}, METADATA, "bias has dtype torch.int64"),
        (good() | {"bias": torch.tensor([0.0, float("nan")])}, METADATA, "bias holds numbers that are not finite"),
        (good(), {"schema": "2", "net": "Linear"}, "is damaged: its digest is wrong"),
    ],
    ids=["no metadata", "other net", "other schema", "missing", "unknown", "shape", "dtype", "NaN", "no digest"],
)
def test_unfitting_file_changes_nothing(path, tensors, metadata, message):
    save_file(tensors, path, metadata=metadata)
    net = nn.Linear(2, 2)
    before = net.weight.detach().clone()
    with pytest.raises(ValueError, match=message):
        load_weights(net, path)
    assert torch.equal(net.weight, before)


def test_half_precision_halves_the_file_and_keeps_counters(path, tmp_path):
    net = nn.Sequential(nn.Conv2d(64, 64, 3), nn.BatchNorm2d(64))
    save_weights(net, path, half=True, notes={"loss": "focal"})
    save_weights(net, tmp_path / "full.safetensors")
    assert path.stat().st_size < 0.55 * (tmp_path / "full.safetensors").stat().st_size
    with safe_open(path, framework="pt") as file:
        assert file.metadata()["loss"] == "focal"
        assert file.get_tensor("0.weight").dtype == torch.float16
        assert file.get_tensor("1.num_batches_tracked").dtype == torch.int64


def test_numbers_too_large_for_half_precision(path):
    net = nn.Linear(2, 2)
    nn.init.constant_(net.weight, 1e6)
    with pytest.raises(ValueError, match="weight holds numbers that float16 cannot"):
        save_weights(net, path, half=True)
    assert not path.exists()


def test_failed_write_leaves_the_old_file(path, monkeypatch):
    save_weights(nn.Linear(2, 2), path)
    before = path.read_bytes()
    monkeypatch.setattr("os.replace", lambda *_: (_ for _ in ()).throw(OSError("disk full")))
    with pytest.raises(OSError, match="disk full"):
        save_weights(nn.Linear(2, 2), path)
    assert path.read_bytes() == before and len(list(path.parent.iterdir())) == 1
