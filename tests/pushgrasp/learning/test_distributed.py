"""Two processes on the CPU: other worlds, same networks, one writer."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from pushgrasp.learning import distributed
from pushgrasp.learning.checkpoint import load_checkpoint

SCRIPT = Path(__file__).with_name("train_fake.py")


def test_two_processes_share_the_networks_and_resume(tmp_path: Path, process_env: dict[str, str]) -> None:
    whole, resumed = tmp_path / "whole", tmp_path / "resumed"
    launch = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc_per_node=2"]
    command = [*launch, str(SCRIPT), str(whole), "4", "--repeat", str(resumed)]
    result = subprocess.run(command, env=process_env, capture_output=True, text=True, timeout=240)
    assert result.returncode == 0, result.stderr
    words = sorted(line.split() for line in result.stdout.splitlines() if line.startswith("rank "))
    # rank R weights W picture P: each rank reports twice, the second time after resuming from model_2.pt
    weights, pictures = [line[3] for line in words], [line[5] for line in words]
    assert len(words) == 4 and len(set(weights)) == 1
    assert pictures[0] == pictures[1] != pictures[2] == pictures[3]  # every process has worlds of its own
    assert sorted(file.name for file in whole.glob("*.pt")) == ["model_2.pt", "model_4.pt", "model_best.pt"]
    assert len(list(whole.glob("events*"))) == 1
    assert len(load_checkpoint(whole / "model_2.pt")[2]["rng"]) == 2


def test_one_process_is_no_group(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("WORLD_SIZE", "RANK", "LOCAL_RANK"):
        monkeypatch.delenv(name, raising=False)
    assert (distributed.world_size(), distributed.rank(), distributed.rank_seed(7)) == (1, 0, 7)
    assert distributed.rank_device("cuda:0") == "cuda:0"
    assert distributed.any_process(True, "cpu") and distributed.mean_over_processes(0.5, "cpu") == 0.5
    assert distributed.gather("x") == ["x"]


def test_device_and_seed_of_a_process(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("WORLD_SIZE", "4"), ("RANK", "3"), ("LOCAL_RANK", "1")):
        monkeypatch.setenv(name, value)
    assert distributed.rank_device("cuda:0") == "cuda:1"
    assert distributed.rank_device("cpu") == "cpu"
    assert len({distributed.rank_seed(seed) for seed in (0, 1)} & {0, 1}) == 0
    monkeypatch.setenv("RANK", "4")
    with pytest.raises(ValueError, match="RANK 4 is not below WORLD_SIZE 4"):
        distributed.join_cpu_group()
