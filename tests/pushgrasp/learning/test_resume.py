"""Training continues bit for bit after it was killed, and stops cleanly when asked to."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch
from same_training import assert_same_training, same
from train_fake import train
from training_fakes import FakeEnv, TinyBackbone, tiny_cfg

from pushgrasp.learning.archive import CheckpointArchive
from pushgrasp.learning.checkpoint import CheckpointError, load_checkpoint
from pushgrasp.learning.checkpoint_files import find_checkpoint, list_checkpoints
from pushgrasp.learning.runner import PushGraspRunner
from pushgrasp.policies.pg4da.training.features import FeatureEnv

SCRIPT = Path(__file__).with_name("train_fake.py")


def start(folder: Path, total: int, env: dict[str, str]) -> subprocess.Popen[str]:
    """Start a training whose environment steps take 0.1 s, four of them per iteration."""
    command = [sys.executable, str(SCRIPT), str(folder), str(total), "--delay", "0.1"]
    return subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def wait_for(path: Path, process: subprocess.Popen[str], timeout: float = 120.0) -> None:
    """Wait until a file exists; fail when the process ends before."""
    end = time.monotonic() + timeout
    while not path.exists():
        if process.poll() is not None or time.monotonic() > end:
            process.kill()
            pytest.fail(f"{path.name} was not written: {process.communicate()}")
        time.sleep(0.02)


def test_killed_training_resumes_bit_for_bit(tmp_path: Path, process_env: dict[str, str]) -> None:
    train(tmp_path / "whole", 8)
    killed = tmp_path / "killed"
    process = start(killed, 8, process_env)
    wait_for(killed / "model_4.pt", process)
    time.sleep(0.15)  # the fifth iteration is now under way
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert find_checkpoint(killed).path.name == "model_4.pt"
    train(killed, 8, killed / "model_4.pt")
    expected, found = (load_checkpoint(tmp_path / run / "model_8.pt")[2] for run in ("whole", "killed"))
    assert_same_training(tmp_path / "whole" / "model_8.pt", killed / "model_8.pt")
    assert expected["log"]["rewards"] == found["log"]["rewards"]
    moved = load_checkpoint(tmp_path / "whole" / "model_4.pt")[2]
    assert not same(moved["actor_state_dict"], expected["actor_state_dict"])


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_training_writes_a_checkpoint(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], number: signal.Signals, monkeypatch: pytest.MonkeyPatch
) -> None:
    step = FakeEnv.step

    def interrupted(env: FakeEnv, actions: torch.Tensor) -> tuple:
        if env.steps == 14:  # the third step of the fourth iteration
            os.kill(os.getpid(), number)
        return step(env, actions)

    monkeypatch.setattr(FakeEnv, "step", interrupted)
    runner = train(tmp_path, 500)
    assert runner.env.unwrapped.steps == 15  # the action that was under way is finished, no other one begins
    assert [file.name for file in list_checkpoints(tmp_path)] == ["model_2.pt", "model_3.pt"]
    last = tmp_path / "model_3.pt"
    expected = f"Stopped after 3 iterations; checkpoint {last}; resume with: train.py -c {last}"
    assert expected in capsys.readouterr().out
    monkeypatch.undo()
    assert train(tmp_path, 5, last).current_learning_iteration == 5


def test_error_on_the_way_tells_the_last_checkpoint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    step = FakeEnv.step

    def broken(env: FakeEnv, actions: torch.Tensor) -> tuple:
        if env.steps == 14:
            raise RuntimeError("the simulator has failed")
        return step(env, actions)

    monkeypatch.setattr(FakeEnv, "step", broken)
    with pytest.raises(RuntimeError, match="the simulator has failed") as caught:
        train(tmp_path, 500)
    last = tmp_path / "model_2.pt"
    assert caught.value.__notes__ == [f"checkpoint {last}; resume with: train.py -c {last}"]
    monkeypatch.undo()
    assert train(tmp_path, 3, last).current_learning_iteration == 3


def test_full_disk_keeps_the_last_checkpoint_and_names_it(tmp_path: Path, process_env: dict[str, str]) -> None:
    train(tmp_path, 2)
    last, limit = tmp_path / "model_2.pt", (tmp_path / "model_2.pt").stat().st_size - 100
    code = (
        "import resource, sys, train_fake; from pathlib import Path; from pushgrasp.program import readable_errors\n"
        f"resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit}))\n"
        "with readable_errors(): train_fake.train(Path(sys.argv[1]), 4, Path(sys.argv[2]))"
    )
    line = [sys.executable, "-c", code, str(tmp_path), str(last)]
    result = subprocess.run(line, env=process_env, capture_output=True, text=True, check=False)
    expected = (
        f"cannot write {tmp_path / 'model_4.pt'}: File too large; checkpoint {last}; resume with: train.py -c {last}"
    )
    assert (result.returncode, result.stderr) == (2, f"error: [Errno 27] {expected}\n")
    assert {file.name for file in tmp_path.iterdir() if "model" in file.name} == {"model_2.pt", "model_best.pt"}
    assert load_checkpoint(last)[0].iteration == 2


def test_kill_while_the_best_checkpoint_is_written_leaves_it_the_best(tmp_path: Path) -> None:
    archive, written = CheckpointArchive(tmp_path, None, full_interval=1), []

    def write(path: Path) -> None:
        written.append(path.write_text(str(len(written))))
        if len(written) == 2:
            raise SystemExit

    archive.add_reward(0.2)
    archive.store(1, 0.2, write)
    archive.add_reward(0.5)
    with pytest.raises(SystemExit):
        archive.store(2, 0.5, write)
    assert (tmp_path / "model_best.pt").read_text() == "1"  # what the second, better one holds


def test_two_calls_equal_stopping_and_resuming(tmp_path: Path) -> None:
    first = train(tmp_path / "a", 3)  # stops between two regular checkpoints: model_3.pt
    first.learn_until(5)
    second = train(tmp_path / "b", 5, tmp_path / "a" / "model_3.pt")
    assert same(first.alg.actor.state_dict(), second.alg.actor.state_dict())


def test_finished_training_does_nothing_more(tmp_path: Path) -> None:
    train(tmp_path, 2)
    runner = train(tmp_path, 2, tmp_path / "model_2.pt")
    assert runner.current_learning_iteration == 2
    assert [file.name for file in list_checkpoints(tmp_path)] == ["model_2.pt"]


def test_resumed_training_keeps_rate_and_best_reward(tmp_path: Path) -> None:
    trained = train(tmp_path, 4)
    env = FeatureEnv(FakeEnv(), TinyBackbone())
    runner = PushGraspRunner(env, tiny_cfg(learning_rate=0.5))
    runner.load(tmp_path / "model_4.pt")
    assert runner.current_learning_iteration == 4
    assert runner.alg.learning_rate == trained.alg.learning_rate != 0.5
    assert runner.alg.optimizer.param_groups[0]["lr"] == trained.alg.learning_rate
    assert runner.archive.best_reward == trained.archive.best_reward > 0


def test_playing_loads_the_actor_only(tmp_path: Path) -> None:
    trained = train(tmp_path, 2)
    runner = PushGraspRunner(FeatureEnv(FakeEnv(), TinyBackbone()), tiny_cfg())
    critic = {name: tensor.clone() for name, tensor in runner.alg.critic.state_dict().items()}
    runner.load(tmp_path / "model_2.pt", load_cfg={"actor": True})
    assert same(runner.alg.actor.state_dict(), trained.alg.actor.state_dict())
    assert same(runner.alg.critic.state_dict(), critic)
    assert runner.current_learning_iteration == 0


def test_other_backbone_weights_are_refused(tmp_path: Path) -> None:
    train(tmp_path, 2)
    runner = PushGraspRunner(FeatureEnv(FakeEnv(), TinyBackbone(seed=9)), tiny_cfg())
    with pytest.raises(CheckpointError, match="checkpoint has backbone"):
        runner.load(tmp_path / "model_2.pt")


def test_other_architecture_is_refused(tmp_path: Path) -> None:
    train(tmp_path, 2)
    runner = PushGraspRunner(FeatureEnv(FakeEnv(), TinyBackbone()), tiny_cfg())
    runner.alg.actor.mlp.layers[2] = torch.nn.Linear(16, 5)
    with pytest.raises(CheckpointError, match="do not fit the configured networks"):
        runner.load(tmp_path / "model_2.pt")


def test_state_that_lacks_a_part_is_refused(tmp_path: Path) -> None:
    train(tmp_path, 2)
    content = torch.load(tmp_path / "model_2.pt", weights_only=True)
    runner, other = PushGraspRunner(FeatureEnv(FakeEnv(), TinyBackbone()), tiny_cfg()), tmp_path / "other.pt"
    for part in ("actor_state_dict", "optimizer_state_dict", "learning_rate", "log", "rng", "best_reward", "infos"):
        torch.save({**content, "state": {k: v for k, v in content["state"].items() if k != part}}, other)
        with pytest.raises(CheckpointError, match=rf"other\.pt: .*'{part}'"):
            runner.load(other)
    for part in ("actor_state_dict", "optimizer_state_dict", "log"):
        torch.save({**content, "state": {**content["state"], part: 3}}, other)
        with pytest.raises(CheckpointError, match=r"other\.pt: "):
            runner.load(other)
