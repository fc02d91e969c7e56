"""Files of tensors: what is damaged is refused, in words, and never read as something else."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
import torch
from torch import nn

from pushgrasp.files.torch_files import fingerprint, read_torch_file, write_torch_file

CONTENT = {"numbers": torch.arange(5.0), "more": {"text": "abc", "list": [1, 2.5, None]}}


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    write_torch_file(tmp_path / "file.pt", CONTENT)
    return tmp_path / "file.pt"


def is_whole(content: dict) -> bool:
    return torch.equal(content["numbers"], torch.arange(5.0)) and content["more"] == CONTENT["more"]


@pytest.mark.parametrize("mmap", [False, True])
def test_round_trip(saved: Path, mmap: bool) -> None:
    assert is_whole(read_torch_file(saved, "checkpoint", mmap))


def test_any_flipped_bit_is_refused_or_changes_nothing(saved: Path, tmp_path: Path) -> None:
    whole, flipped, refused = saved.read_bytes(), tmp_path / "flipped.pt", 0
    for index in range(len(whole)):
        content = bytearray(whole)
        content[index] ^= 1 << index % 8
        flipped.write_bytes(content)
        try:
            assert is_whole(read_torch_file(flipped, "checkpoint")), index  # padding and dates of the archive
        except ValueError as error:
            assert str(flipped) in str(error)
            refused += 1
    assert refused > 0.3 * len(whole)


def test_cut_off_file_is_refused(saved: Path) -> None:
    whole = saved.read_bytes()
    for length in (1, 30, len(whole) // 2, len(whole) - 1):
        saved.write_bytes(whole[:length])
        with pytest.raises(ValueError, match=r"file\.pt: damaged or cut off, or not a checkpoint"):
            read_torch_file(saved, "checkpoint")


def test_what_is_no_file_of_tensors_by_name_is_refused(saved: Path) -> None:
    torch.save([1, 2], saved)
    with pytest.raises(ValueError, match=r"file\.pt is no checkpoint: it is a file of torch\.save with a list in it"):
        read_torch_file(saved, "checkpoint")
    with pytest.raises(FileNotFoundError, match=r"no demonstrations .*absent\.pt"):
        read_torch_file(saved.with_name("absent.pt"), "demonstrations")
    with pytest.raises(IsADirectoryError, match=r"is a folder; .*there: file\.pt"):
        read_torch_file(saved.parent, "checkpoint")


def test_bomb_is_not_unpacked(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "bomb.pt", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("archive/data.pkl", bytes(50_000_000))
    with pytest.raises(ValueError, match=r"bomb\.pt: unpacks to 50000000 bytes from \d+; no checkpoint does"):
        read_torch_file(tmp_path / "bomb.pt", "checkpoint")


def test_fingerprint_tells_weights_apart() -> None:
    net, twin, changed = nn.BatchNorm1d(3), nn.BatchNorm1d(3), nn.BatchNorm1d(3)
    changed.running_mean[0] += 1e-7  # a buffer counts as well
    other = nn.BatchNorm1d(3)
    other.weight.data[1] = 0.5
    assert fingerprint(net) == fingerprint(twin)
    assert len({fingerprint(module) for module in (net, changed, other)}) == 3
