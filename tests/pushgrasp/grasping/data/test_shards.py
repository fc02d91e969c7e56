"""Shards: round trip, and every way in which a file can be the wrong one."""

import json

import pytest
import torch
from grasp_samples import make_sample
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from pushgrasp.grasping.data.sample import GraspSample
from pushgrasp.grasping.data.shards import read_sample, read_shard, shard_count, shard_paths, write_shard

FIELDS = ("rgb", "height", "ids", "cell", "view_angle", "friction")


def assert_same(found: GraspSample, wanted: GraspSample) -> None:
    for name in FIELDS:
        assert torch.equal(getattr(found, name), getattr(wanted, name)), name
        assert getattr(found, name).dtype == getattr(wanted, name).dtype
    assert found.meta == wanted.meta


def test_round_trip(folder):
    path = folder / "shard-00000.safetensors"
    for found, wanted in zip(read_shard(path), [make_sample(0), make_sample(1, 0), make_sample(2)], strict=True):
        assert_same(found, wanted)
    assert_same(read_sample(path, 2), make_sample(2))
    assert shard_count(path) == 3


def test_layout_is_that_of_the_specification(folder):
    path = folder / "shard-00000.safetensors"
    tensors = load_file(path)
    assert tensors["offsets"].tolist() == [0, 7, 7, 14]
    assert tensors["offsets"].dtype == torch.int64
    assert tuple(tensors["rgb"].shape) == (3, 3, 224, 224)
    with safe_open(path, framework="pt") as file:
        header = json.loads(file.metadata()["header"])
    assert {key: header[key] for key in ("schema", "count", "source")} == {
        "schema": "1",
        "count": 3,
        "source": "synthetic",
    }


def test_same_samples_give_the_same_bytes(folder, tmp_path):
    write_shard(tmp_path / "again.safetensors", [make_sample(3), make_sample(4)])
    assert (tmp_path / "again.safetensors").read_bytes() == (folder / "shard-00001.safetensors").read_bytes()


def test_paths_are_sorted_and_leave_half_written_files_out(folder):
    (folder / ".shard-00002.safetensors").write_bytes(b"")
    assert [path.name for path in shard_paths(folder)] == ["shard-00000.safetensors", "shard-00001.safetensors"]


def test_missing_and_empty_folders(tmp_path):
    with pytest.raises(FileNotFoundError, match="nowhere"):
        shard_paths(tmp_path / "nowhere")
    with pytest.raises(FileNotFoundError, match="no shards"):
        shard_paths(tmp_path)
    with pytest.raises(FileNotFoundError, match="nothing"):
        read_shard(tmp_path / "nothing.safetensors")


@pytest.mark.parametrize("keep", [0, 4, 300, -5])
def test_cut_off_file(folder, keep):
    path = folder / "shard-00001.safetensors"
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(ValueError, match=r"shard-00001.safetensors: no readable"):
        read_shard(path)


def rewritten(path, change):
    """Write a shard anew after ``change`` of its tensors and header."""
    tensors = load_file(path)
    with safe_open(path, framework="pt") as file:
        header = json.loads(file.metadata()["header"])
    change(tensors, header)
    save_file(tensors, path, metadata={"header": json.dumps(header)})
    return path


FAULTS = {
    "schema '9'": lambda t, h: h.update(schema="9"),
    "header": lambda t, h: h.pop("samples"),
    "missing: friction": lambda t, h: t.pop("friction"),
    "count of 5": lambda t, h: h.update(count=5),
    "offsets": lambda t, h: t["offsets"].add_(1),
    "cell holds": lambda t, h: t["cell"].fill_(-1),
    "friction holds": lambda t, h: t["friction"].fill_(float("nan")),
    "ids is torch.int32": lambda t, h: t.update(ids=t["ids"].int()),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_faults_are_named(folder, fault):
    path = rewritten(folder / "shard-00001.safetensors", FAULTS[fault])
    with pytest.raises(ValueError, match=rf"shard-00001.safetensors: .*{fault}"):
        read_shard(path)


def test_flipped_bits_are_refused(folder):
    path = folder / "shard-00001.safetensors"
    whole, samples = path.read_bytes(), read_shard(path)
    end = 8 + int.from_bytes(whole[:8], "little")  # of the header
    for index in [*range(8, end, 11), *range(end, len(whole), len(whole) // 50)]:
        changed = bytearray(whole)
        changed[index] ^= 1 << index % 8
        path.write_bytes(changed)
        try:
            for found, wanted in zip(read_shard(path), samples, strict=True):
                assert_same(found, wanted)
        except ValueError as error:
            assert "shard-00001.safetensors: " in str(error)
        else:
            assert whole[index : index + 1].isspace() or index < end, index


def test_damage_of_one_sample_is_told_when_it_is_read(folder):
    path = folder / "shard-00001.safetensors"
    content = bytearray(path.read_bytes())
    content[-len(content) // 4] ^= 1
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"shard-00001\.safetensors: sample \d is damaged.* have it made again"):
        read_shard(path)


def test_shard_of_an_earlier_version_is_read(folder):
    wanted = read_shard(folder / "shard-00001.safetensors")
    path = rewritten(folder / "shard-00001.safetensors", lambda tensors, header: header.pop("sha256"))
    for found, sample in zip(read_shard(path), wanted, strict=True):
        assert_same(found, sample)


def test_foreign_safetensors(tmp_path):
    save_file({"weight": torch.zeros(2)}, tmp_path / "net.safetensors")
    with pytest.raises(ValueError, match="header is not that of a grasp data shard"):
        shard_count(tmp_path / "net.safetensors")


def test_bad_calls(folder, tmp_path):
    with pytest.raises(ValueError, match="1 to 64 samples, got 0"):
        write_shard(tmp_path / "a.safetensors", [])
    with pytest.raises(ValueError, match="unknown source 'web'"):
        write_shard(tmp_path / "a.safetensors", [make_sample()], source="web")
    with pytest.raises(IndexError, match="no sample 2"):
        read_sample(folder / "shard-00001.safetensors", 2)
    sample = make_sample()
    with pytest.raises(ValueError, match=r"rgb is torch\.float32"):
        GraspSample(**{**vars(sample), "rgb": sample.rgb.float()})
    with pytest.raises(ValueError, match="view_angle"):
        GraspSample(**{**vars(sample), "view_angle": sample.view_angle[:-1]})
