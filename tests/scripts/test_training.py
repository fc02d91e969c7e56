"""Real trainings of seconds: what they leave behind, and that they repeat and resume exactly."""

from __future__ import annotations

import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
import torch
import yaml
from same_training import assert_same_training
from small_training import SCRIPT, SMALL, run_until_signal, the_run, wait_for
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

pytestmark = pytest.mark.slow(longest=True)

Result = subprocess.CompletedProcess[str]
After = tuple[dict[str, Result], list[Path]]

ITERATIONS = 3
TRAIN = (*SMALL, f"--max_iterations={ITERATIONS}")


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """An empty folder that is deleted afterwards."""
    yield tmp_path
    shutil.rmtree(tmp_path)


@pytest.fixture(scope="module")
def whole(run_script: Callable, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, str]]:
    """Run folder and output of a training that nothing interrupts."""
    cwd = tmp_path_factory.mktemp("whole")
    result = run_script("train.py", *TRAIN, "--run_name=whole", "--trials=2", "--pictures", cwd=cwd)
    assert result.returncode == 0, result.stdout + result.stderr
    yield the_run(cwd), result.stdout
    shutil.rmtree(cwd)


def test_run_folder_is_complete(whole: tuple[Path, str]) -> None:
    run, _ = whole
    assert run.name.endswith("_whole")
    files = {str(path.relative_to(run)) for path in run.rglob("*") if path.is_file()}
    checkpoints = {f"model_{i}.pt" for i in range(ITERATIONS + 1)} | {"model_best.pt"}
    assert checkpoints | {"params/env.yaml", "params/agent.yaml", "exported/policy.pt", "exported/policy.onnx"} <= files
    assert len([name for name in files if name.startswith("pictures/")]) == 7
    params = yaml.safe_load((run / "params" / "env.yaml").read_text())
    assert (params["scene"]["num_envs"], params["clutter"]["num_objects"]) == (2, 3)
    assert yaml.safe_load((run / "params" / "agent.yaml").read_text())["num_steps_per_env"] == 2
    assert not [name for name in files if name.endswith(".tmp")]


def test_log_has_a_point_per_iteration(whole: tuple[Path, str]) -> None:
    events = EventAccumulator(str(whole[0]))
    events.Reload()
    points = events.Scalars("Train/reward_per_action")
    assert [point.step for point in points] == list(range(1, ITERATIONS + 1))
    assert all(0.0 <= point.value <= 1.0 for point in points)


def test_exported_policy_runs(whole: tuple[Path, str]) -> None:
    policy = torch.jit.load(str(whole[0] / "exported" / "policy.pt"))
    scene = (
        torch.rand(1, 7, 56, 56),
        torch.rand(1, 9, 360, 8),
        torch.rand(1, 42, 15),
        torch.rand(1, 42, 2, 14, 10),
        torch.zeros(1, 177),
        torch.arange(256.0)[None],
        torch.rand(1, 256, 2, 33, 3),
    )
    with torch.inference_mode():
        action = policy(torch.rand(1, 3, 224, 224), *scene)
    assert action.shape == (1, 1) and 0 <= int(action) < 3282


def test_output_tells_what_happened(whole: tuple[Path, str]) -> None:
    run, output = whole
    assert f"Run folder: logs/rsl_rl/dual_arm_push_grasp/{run.name}" in output
    assert "Warm start: heuristic shows " in output and "Imitation of heuristic: " in output
    for iteration in range(1, ITERATIONS + 1):
        assert f"[{iteration}/{ITERATIONS}] reward" in output
    rows = [line for line in output.splitlines() if line.startswith(("trained ", "random "))]
    assert [row.split()[0] for row in rows] == ["trained", "random"]
    assert all("of 2" in row for row in rows)


def test_killed_training_resumes_bit_for_bit(whole: tuple[Path, str], start: Callable, folder: Path) -> None:
    process = start([sys.executable, SCRIPT, *SMALL, "--max_iterations=50", "--trials=0"], folder)
    wait_for(lambda: the_run(folder) / "model_1.pt", process)
    process.send_signal(signal.SIGKILL)
    process.wait()
    process = start([sys.executable, SCRIPT, *TRAIN, "--checkpoint=latest", "--trials=0"], folder)
    wait_for(lambda: the_run(folder, 1) / f"model_{ITERATIONS}.pt", process)
    process.kill()  # what it exports afterwards takes longer than the training
    process.wait()
    assert "Continuing from logs/rsl_rl/dual_arm_push_grasp/" in (folder / "output.txt").read_text()
    # The same command repeats the same training; what was killed and resumed ends as what was not.
    assert_same_training(whole[0] / "model_1.pt", the_run(folder) / "model_1.pt")
    assert_same_training(whole[0] / f"model_{ITERATIONS}.pt", the_run(folder, -1) / f"model_{ITERATIONS}.pt")


def test_warm_start_and_comparison_go_on_after_interruptions(
    start: Callable, whole: tuple[Path, str], run_script: Callable, tmp_path: Path
) -> None:
    interrupted = partial(run_until_signal, start, tmp_path, "train.py")
    line = interrupted("pg_tasks.training.pg4da.teachers.PolicyTeacher.show", 1, "SIGTERM", *TRAIN, "--trials=2")
    command = f"python scripts/train.py {' '.join(TRAIN)} --trials=2 --checkpoint"
    path = the_run(tmp_path).relative_to(tmp_path) / "model_0.pt"
    assert line == f"stopped; checkpoint {path}; resume with: {command} {path}"
    assert (tmp_path / path).with_name("demonstrations.pt").is_file()
    played = run_script("play.py", *SMALL[:4], cwd=tmp_path)
    assert played.returncode == 2 and f"error: {path}: its warm start is not finished" in played.stderr
    again = (*TRAIN, "--trials=2", "--checkpoint=latest")
    interrupted("torch.optim.AdamW.step", 2, "SIGINT", *again)  # in the second of two epochs
    path = the_run(tmp_path, 1).relative_to(tmp_path) / "model_0.pt"
    assert (tmp_path / path).is_file()
    line = interrupted("pg_tasks.app.trials.TrialRunner._begin", 1, "SIGINT", *again)
    run = the_run(tmp_path, 2).relative_to(tmp_path)
    assert line.startswith(
        f"stopped; the training is finished; for what comes after it: checkpoint {run / 'model_3.pt'}; "
    )
    for name in ("model_0.pt", "model_3.pt"):
        assert_same_training(whole[0] / name, tmp_path / run / name)
    assert (
        not list((tmp_path / run).glob("demonstrations.pt")) and (tmp_path / run / "exported" / "policy.onnx").is_file()
    )


@pytest.fixture(scope="module")
def after(whole: tuple[Path, str], run_all: Callable, tmp_path_factory: pytest.TempPathFactory) -> Iterator[After]:
    """What one process makes of the uninterrupted run and of empty folders: results, and the runs that it began with.

    Agents without a checkpoint act, demonstrations are recorded, learned from and recorded with what was learned.
    """
    runs, cwd = sorted(whole[0].parent.iterdir()), whole[0].parents[3]
    folder = tmp_path_factory.mktemp("after")
    idle = (*SMALL[:1], "env.clutter.num_objects=2", SMALL[3], "env.max_actions=2", "--trials=1")
    learn = ("agent.num_steps_per_env=2", "agent.imitation.epochs=2", "agent.imitation.demonstrations=shown/a.pt")
    lines = {
        "play": ("play.py", ("env.max_actions=1", *SMALL[2:4], SMALL[0], "--trials=1", "--video"), cwd),
        "backbone": ("train.py", (*TRAIN, "--checkpoint=latest", "agent.backbone.encoder=resnet18"), cwd),
        "zero_agent": ("zero_agent.py", idle, folder),
        "random_agent": ("random_agent.py", idle, folder),
        "recorded": ("demonstrate.py", (*SMALL[:4], "--actions=4", "--out=shown/a.pt"), folder),
        "learned": ("train.py", (*SMALL[:4], *learn, "--max_iterations=1", "--trials=0"), folder),
        "again": (
            "demonstrate.py",
            (*SMALL[:4], "--actions=2", "--checkpoint=latest", "--out=shown/b.pt"),
            folder,
        ),
    }
    yield dict(zip(lines, run_all(*lines.values()), strict=True)), runs
    shutil.rmtree(folder)


def test_checkpoint_plays(whole: tuple[Path, str], after: After) -> None:
    result = after[0]["play"]
    assert result.returncode == 0, result.stdout + result.stderr
    assert f"model_{ITERATIONS}.pt" in result.stdout
    assert "world 0: " in result.stdout
    video = whole[0] / "videos" / f"play_model_{ITERATIONS}.mp4"
    assert video.read_bytes()[4:8] == b"ftyp"


def test_checkpoint_of_another_backbone_is_one_line(whole: tuple[Path, str], after: After) -> None:
    results, runs = after
    result = results["backbone"]
    assert result.returncode == 2
    (line,) = [line for line in result.stderr.splitlines() if line.startswith("error: ")]
    assert f"model_{ITERATIONS}.pt: checkpoint has backbone " in line
    assert "Traceback" not in result.stdout + result.stderr
    assert sorted(whole[0].parent.iterdir()) == runs


def test_recorded_demonstrations_are_learned_from(after: After) -> None:
    recorded, learned, again = (after[0][name] for name in ("recorded", "learned", "again"))
    assert recorded.returncode == 0, recorded.stdout + recorded.stderr
    assert re.search(r"\d scenes in shown/a.pt", recorded.stdout)
    assert learned.returncode == 0, learned.stdout + learned.stderr
    assert re.search(r"Imitation of shown/a.pt: \d scenes", learned.stdout)
    assert again.returncode == 0, again.stdout + again.stderr
    assert re.search(r"\d scenes in shown/b.pt", again.stdout)


@pytest.mark.parametrize("agent", ["zero_agent", "random_agent"])
def test_agents_without_a_checkpoint_run(agent: str, after: After) -> None:
    result = after[0][agent]
    assert result.returncode == 0, result.stdout + result.stderr
    assert "world 0: " in result.stdout
    assert "1 trials, seed 1000" in result.stdout
