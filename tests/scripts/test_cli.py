"""Command lines: help, lists, and one line for each mistake."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from torch.utils.tensorboard import SummaryWriter

COMMON = ("--task", "--num_envs", "--seed", "--device", "--viz")
FLAGS = {
    "train.py": (
        "--max_iterations",
        "--run_name",
        "--checkpoint",
        "--resume",
        "--load_run",
        "--distributed",
        "--video",
        "--trials",
    ),
    "play.py": ("--checkpoint", "--load_run", "--trials", "--trial_seed", "--video"),
    "zero_agent.py": ("--trials", "--trial_seed", "--video"),
    "random_agent.py": ("--trials", "--trial_seed", "--video"),
}


@pytest.mark.parametrize("script", FLAGS)
def test_help_shows_every_flag(script: str, run_script: Callable, tmp_path: Path) -> None:
    result = run_script(script, "--help", cwd=tmp_path)
    assert result.returncode == 0, result.stderr
    words = result.stdout.replace(",", " ").replace("[", " ").split()
    assert set((*COMMON, *FLAGS[script])) <= set(words)
    assert "physics=mujoco|newton|physx" in words
    assert list(tmp_path.iterdir()) == []


def test_list_of_tasks(run_script: Callable, tmp_path: Path) -> None:
    result = run_script("list_envs.py", cwd=tmp_path, COLUMNS="40")
    assert result.returncode == 0, result.stderr
    rows = {line.split()[0]: line for line in result.stdout.splitlines()}
    for task in ("DualArmPushGrasp", "SingleArmPushGrasp"):
        for name in (task, f"{task}-v0"):
            assert f"pg_tasks.tasks.push_grasp:{task}Cfg" in rows[name]


def test_list_of_tasks_with_a_keyword(run_script: Callable, tmp_path: Path) -> None:
    result = run_script("list_envs.py", "--keyword", "Single", cwd=tmp_path)
    names = [line.split()[0] for line in result.stdout.splitlines()[2:]]
    assert names == ["SingleArmPushGrasp", "SingleArmPushGrasp-v0"]


MISTAKES = [
    ("train.py", ("--task", "DualArm"), "unknown task 'DualArm'; tasks: DualArmPushGrasp, "),
    (
        "train.py",
        ("--max_iteration_count", "3"),
        "unknown argument '--max_iteration_count'; did you mean --max_iterations?",
    ),
    ("train.py", ("env.clutter.num_object=3",), "did you mean num_objects?"),
    ("train.py", ("physics=bullet",), "bullet"),
    ("train.py", ("--checkpoint", "missing.pt"), "no checkpoint 'missing.pt': neither a file nor a name in the runs"),
    ("train.py", ("--checkpoint", "broken.pt"), "broken.pt is no checkpoint: it is text"),
    ("train.py", ("--distributed", "physics=mujoco"), "--distributed needs torchrun: torchrun --nproc_per_node=2"),
    ("play.py", (), "no 'latest' checkpoint in the runs of logs/rsl_rl/dual_arm_push_grasp; runs there: none"),
    (
        "train.py",
        ("--load_run", "typo"),
        "no run 'typo': neither a run's folder nor a name in logs/rsl_rl/dual_arm_push",
    ),
    (
        "train.py",
        ("physics=mujoco", "--num_envs=2", "agent.num_steps_per_env=3"),
        "agent.algorithm.num_mini_batches=4: 6 actions per iteration (2 worlds x num_steps_per_env=3) do not make 4",
    ),
    ("train.py", ("agent=dense",), "unknown agent 'dense'; agents: spatial, paper"),
    ("demonstrate.py", ("--out", "broken.pt"), "broken.pt is there already; give another file"),
    ("train.py", ("agent.imitation.demonstrations=no.pt",), "no.pt: no such file; scripts/demonstrate.py records them"),
    ("plot_curves.py", ("missing_run",), "missing_run: no TensorBoard events"),
    (
        "random_agent.py",
        ("env.limits.push_speed=-1", "physics=mujoco"),
        "env.limits.push_speed=-1: a finite number above 0",
    ),
]


def the_error(result: object) -> str:
    """The one line about a mistake; fails when there is more than one, or a stack trace."""
    assert result.returncode == 2, result.stdout + result.stderr
    assert "Traceback" not in result.stdout + result.stderr
    (line,) = [line for line in result.stderr.splitlines() if line.startswith("error: ")]
    assert result.stderr.rstrip().endswith(line)
    return line


@pytest.mark.parametrize(("script", "words", "message"), MISTAKES)
def test_mistake_is_one_line(
    script: str, words: tuple[str, ...], message: str, run_script: Callable, tmp_path: Path
) -> None:
    (tmp_path / "broken.pt").write_bytes(b"not a checkpoint")
    assert message in the_error(run_script(script, *words, cwd=tmp_path))
    assert [path.name for path in tmp_path.iterdir()] == ["broken.pt"]


def test_place_that_cannot_be_written_is_named(run_script: Callable, tmp_path: Path) -> None:
    (tmp_path / "logs").write_text("a file where the folder of the runs belongs")
    line = the_error(run_script("train.py", "physics=mujoco", cwd=tmp_path))
    assert line.startswith("error: cannot create run folder logs/rsl_rl/dual_arm_push_grasp/")


def test_curves_of_groups_given_by_patterns(run_script: Callable, tmp_path: Path) -> None:
    for name, reward in (("1_warm", 0.5), ("2_warm", 0.7), ("1_cold", 0.2)):
        with SummaryWriter(str(tmp_path / name)) as writer:
            writer.add_scalar("Train/actions", 128, 1)
            writer.add_scalar("Train/reward_per_action", reward, 1)
    result = run_script("plot_curves.py", "warm=*_warm", "cold=1_cold", cwd=tmp_path)
    assert "| warm | 2 | 128 ± 0 | 0.60 ± 0.14 |" in result.stdout, result.stderr
    assert "| cold | 1 | 128 | 0.20 |" in result.stdout
    assert (tmp_path / "curves.png").stat().st_size > 0
