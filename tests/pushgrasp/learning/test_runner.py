"""Runner: files, best checkpoint, divergence, progress, refused options."""

from __future__ import annotations

import io
import math
from pathlib import Path

import pytest
import torch
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from training_fakes import FakeEnv, TinyBackbone, tiny_cfg

from pushgrasp.console import Console
from pushgrasp.learning.archive import CheckpointArchive
from pushgrasp.learning.checkpoint import load_checkpoint
from pushgrasp.learning.progress import IterationStats, Progress, format_line
from pushgrasp.learning.runner import NonFiniteError, PushGraspRunner, require_finite
from pushgrasp.policies.pg4da.training.features import FeatureEnv


def build(folder: Path | None = None, console: Console | None = None, **top: object) -> PushGraspRunner:
    env = FeatureEnv(FakeEnv(num_envs=4), TinyBackbone())
    return PushGraspRunner(env, {**tiny_cfg(), **top}, folder, console=console)


def test_files_scalars_and_screen(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    screen = io.StringIO()
    outcome = build(tmp_path, Console(file=screen, width=200), keep_checkpoints=2).learn_until(5)
    names = {file.name for file in tmp_path.glob("model_*")}
    assert names == {"model_4.pt", "model_5.pt", "model_best.pt"}  # regular ones at 2 and 4, the last at 5
    assert (outcome.iteration, outcome.interrupted, outcome.checkpoint) == (5, False, tmp_path / "model_5.pt")
    lines = screen.getvalue().splitlines()
    assert len(lines) == 6 and lines[4].startswith("[5/5] reward") and "ETA 0:00:00" in lines[4]
    assert lines[5] == f"Finished 5 iterations; checkpoint {tmp_path / 'model_5.pt'}"
    assert capsys.readouterr().out == ""  # rsl-rl's own blocks go to the log
    events = EventAccumulator(str(tmp_path)).Reload()
    tags = set(events.Tags()["scalars"])
    assert {"Loss/value", "Loss/kl", "Loss/learning_rate", "Policy/mean_std", "Train/reward_per_action"} <= tags
    assert [event.step for event in events.Scalars("Loss/kl")] == [1, 2, 3, 4, 5]


def test_training_improves_the_reward() -> None:
    torch.manual_seed(1)
    runner = build(None, learning_rate=3e-3)
    screen = io.StringIO()
    runner.progress = Progress(Console(file=screen, width=200))
    runner.learn(60)
    rewards = [float(line.split("reward ")[1].split()[0]) for line in screen.getvalue().splitlines()[:-1]]
    # an action of 0 would earn E[exp(-(4 (b - 0.5))^2)], an ideal one with std 0.5 about 0.8
    assert sum(rewards[-15:]) / 15 > sum(rewards[:15]) / 15 + 0.05


def test_nothing_is_written_without_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    outcome = build().learn(2)
    assert outcome.checkpoint is None
    assert list(tmp_path.iterdir()) == []


def test_divergence_keeps_the_good_checkpoint(tmp_path: Path) -> None:
    runner = build(tmp_path)
    runner.learn_until(2)
    before = (tmp_path / "model_2.pt").read_bytes()
    for group in runner.alg.optimizer.param_groups:
        group["weight_decay"] = float("nan")
    with pytest.raises(NonFiniteError, match=r"training diverged: .*actor.* Lower learning_rate"):
        runner.learn_until(6)
    assert (tmp_path / "model_2.pt").read_bytes() == before
    assert {file.name for file in tmp_path.glob("model_*")} == {"model_2.pt", "model_best.pt"}


def test_non_finite_parameters_are_named() -> None:
    net = torch.nn.Linear(3, 1)
    net.weight.data[0, 1] = float("nan")
    with pytest.raises(NonFiniteError, match=r"actor.weight \(1 of 3 numbers\)"):
        require_finite({"value": 0.1}, {"actor": net}, "")


def test_nan_observation_is_refused() -> None:
    runner = build()
    runner.env.env._pictures = lambda: torch.full((4, 3, 224, 224), float("nan"))
    with pytest.raises(ValueError, match=r"'avh' of worlds \[0, 1, 2, 3\]"):
        runner.learn(1)


def test_infinite_reward_is_refused() -> None:
    runner = build()
    step = runner.env.env.step

    def broken(actions: torch.Tensor) -> tuple:
        obs, reward, done, extras = step(actions)
        return obs, reward.index_fill(0, torch.tensor([2]), float("inf")), done, extras

    runner.env.env.step = broken
    with pytest.raises(ValueError, match=r"'rewards' of worlds \[2\]"):
        runner.learn(1)


def test_random_episode_lengths_are_refused() -> None:
    with pytest.raises(ValueError, match="init_at_random_ep_len=True is not supported"):
        build().learn(1, init_at_random_ep_len=True)


def test_configuration_is_left_unchanged() -> None:
    cfg = tiny_cfg()
    PushGraspRunner(FeatureEnv(FakeEnv(), TinyBackbone()), cfg).learn(1)
    assert cfg == tiny_cfg()


def test_best_is_the_highest_mean_reward_per_action(tmp_path: Path) -> None:
    archive = CheckpointArchive(tmp_path, None, full_interval=2)
    for iteration, rewards in enumerate([(0.2, 0.4), (0.5, 0.7), (0.1, 0.3), (0.9,)], start=1):
        for reward in rewards:
            archive.add_reward(reward)
        text = str(iteration)
        archive.store(iteration, archive.mean_reward(), lambda path, text=text: path.write_text(text))
    # means 0.3, 0.6, 0.2; the last one, 0.9, is over half an interval only
    assert (tmp_path / "model_best.pt").read_text() == "2"
    assert archive.best_reward == pytest.approx(0.6)
    with pytest.raises(ValueError, match="keep_checkpoints is 0"):
        CheckpointArchive(tmp_path, 0, 2)


def test_checkpoint_header_tells_what_it_is_for(tmp_path: Path) -> None:
    build(tmp_path).learn_until(2)
    info, config, _ = load_checkpoint(tmp_path / "model_2.pt")
    assert (info.method, info.network, info.action_size) == ("pg4da", "pg4da", 12)
    assert (info.input_group, info.iteration) == ("avh", 2)
    assert config["algorithm"]["num_learning_epochs"] == 2
    assert 0 < info.mean_reward <= 1


def test_remaining_time_is_the_mean_iteration_time() -> None:
    progress = Progress()
    assert progress.remaining(10) == 0
    for seconds in (10.0, 20.0):
        progress.update(IterationStats(1, 5, 0.5, 0.01, 1e-4, 1.0, 0.1, seconds, 2.0))
    assert progress.remaining(3) == pytest.approx(51)  # (12 + 22) / 2 * 3
    line = format_line(IterationStats(7, 100, 0.5, 0.0123, 1e-4, 0.9, 0.25, 3.0, 1.5), 3661)
    assert line == (
        "[  7/100] reward 0.500  kl 0.0123  lr 1.0e-04  entropy 0.90  value loss 0.2500  "
        "act 3.0 s  learn 1.5 s  ETA 1:01:01"
    )
    assert "  kl -  lr" in format_line(IterationStats(7, 100, 0.5, math.nan, 1e-4, 0.9, 0.25, 3.0, 1.5), 3661)


def test_iterations_are_announced_before_the_environment_acts_or_is_reset(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    events: list[str] = []
    fake, reset, step = FakeEnv(num_envs=4), FakeEnv.reset, FakeEnv.step
    monkeypatch.setattr(FakeEnv, "reset", lambda env: (events.append("reset"), reset(env))[1])
    monkeypatch.setattr(FakeEnv, "step", lambda env, actions: (events.append("step"), step(env, actions))[1])
    env = FeatureEnv(fake, TinyBackbone())
    announce = lambda completed: events.append(str(completed))  # noqa: E731
    runner = PushGraspRunner(env, {**tiny_cfg(), "num_steps_per_env": 1}, tmp_path, on_iteration=announce)
    runner.learn_until(2)
    assert events == ["0", "step", "1", "step", "2", "reset"]  # checkpoints after every second iteration
    events.clear()
    resumed = PushGraspRunner(env, {**tiny_cfg(), "num_steps_per_env": 1}, tmp_path, on_iteration=announce)
    resumed.load(tmp_path / "model_2.pt")
    resumed.learn_until(3)
    assert events == ["2", "reset", "step", "3"]
