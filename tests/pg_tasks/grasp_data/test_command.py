"""The command line: what it takes and refuses; and a few samples, made in two ways."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from pg_tasks.grasp_data.command import make_parser, variation
from pg_tasks.grasp_data.plan import all_shards, left_to_do
from pushgrasp.grasping.data.dataset import GraspDataset
from pushgrasp.grasping.data.shards import read_shard
from pushgrasp.program import UserError

SCRIPT = Path(__file__).resolve().parents[3] / "scripts" / "make_grasp_data.py"
FEW_WORLDS = Path(__file__).with_name("few_worlds.py")


def run(script: Path, *words: object) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    command = [sys.executable, str(script), *map(str, words)]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def test_variation_words():
    assert variation(["holes=0.01", "plain=1"]).holes == 0.01
    with pytest.raises(UserError, match="no setting 'hole'"):
        variation(["hole=1"])
    with pytest.raises(UserError, match="'much' is no number"):
        variation(["holes=much"])


def test_help_lists_the_settings():
    text = make_parser("").format_help()
    assert "camera_shift" in text
    assert "hammer" in text


def test_mistakes_end_with_one_line(tmp_path):
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "notes.txt").write_text("mine")
    done = run(SCRIPT, "--out", tmp_path / "full", "--train", 4)
    assert done.returncode == 2
    (line,) = [line for line in done.stderr.splitlines() if line.startswith("error:")]
    assert "no folder of grasp data" in line
    assert "Traceback" not in done.stderr


@pytest.mark.slow
def test_samples_are_labelled_and_do_not_depend_on_what_was_made_before(tmp_path):
    counts = {"train": 1, "val": 0, "test": 2}
    words = [word for split, count in counts.items() for word in (f"--{split}", count)]
    done = run(FEW_WORLDS, "--out", tmp_path / "set", *words)
    assert done.returncode == 0, done.stderr
    assert left_to_do(all_shards(tmp_path / "set", counts)) == []
    shard, alone = tmp_path / "set/test/shard-00000.safetensors", tmp_path / "alone.safetensors"
    done = run(FEW_WORLDS, alone)
    assert done.returncode == 0, done.stderr
    assert shard.read_bytes() == alone.read_bytes()
    for sample in read_shard(shard):
        assert len(sample.cell) > 0
        assert set(sample.ids.unique().tolist()) <= {0, *sample.meta["ids"]}
        assert sample.height.max() > 0.015
    item = GraspDataset(tmp_path / "set/train")[0]
    assert bool(item["objects"].any())
    assert not bool((item["target"].any(dim=0) & ~item["objects"]).any())
