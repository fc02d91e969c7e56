"""Command lines: help, lists, and one line for each mistake."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest
from torch.utils.tensorboard import SummaryWriter

Result = CompletedProcess[str]
Ended = dict[tuple[str, tuple[str, ...]], tuple[Result, Path]]
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
def test_help_shows_every_flag(script: str, ended: Ended) -> None:
    result, folder = ended[script, ("--help",)]
    assert result.returncode == 0, result.stderr
    words = result.stdout.replace(",", " ").replace("[", " ").split()
    assert set((*COMMON, *FLAGS[script])) <= set(words)
    assert "physics=mujoco|newton|physx|sapien" in words
    assert [path.name for path in folder.iterdir()] == ["broken.pt"]


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


ALONE = [
    ("train.py", ("--task", "DualArm"), "unknown task 'DualArm'; tasks: DualArmPushGrasp, "),
    (
        "train.py",
        ("--max_iteration_count", "3"),
        "unknown argument '--max_iteration_count'; did you mean --max_iterations?",
    ),
    ("plot_curves.py", ("missing_run",), "missing_run: no TensorBoard events"),
    (
        "evaluate.py",
        ("--policy", "random", "--protocol", "P1/case9"),
        "error: unknown protocol 'P1/case9'; protocols: P1/",
    ),
    ("report.py", (".",), "error: .: no run of an evaluation there (no run.json)"),
]
"""Mistakes that are told early: each is made in a process of its own."""

TOGETHER = [
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
    (
        "random_agent.py",
        ("env.limits.push_speed=-1", "physics=mujoco"),
        "env.limits.push_speed=-1: a finite number above 0",
    ),
    (
        "evaluate.py",
        ("--policy", "oracel", "--protocol", "P1/case1", "physics=mujoco"),
        "error: unknown policy 'oracel'; policies: random, zero, ",
    ),
]
"""Mistakes that are told when the task's configuration is there, which imports much: one process makes them all."""


def the_error(result: Result) -> str:
    """The one line about a mistake; fails when there is more than one, or a stack trace."""
    assert result.returncode == 2, result.stdout + result.stderr
    assert "Traceback" not in result.stdout + result.stderr
    (line,) = [line for line in result.stderr.splitlines() if line.startswith("error: ")]
    assert result.stderr.rstrip().endswith(line)
    assert "usage:" not in result.stderr
    return line


def prepare(folder: Path) -> Path:
    """Put something into a folder that is no checkpoint."""
    (folder / "broken.pt").write_bytes(b"not a checkpoint")
    return folder


def assert_refused(result: Result, message: str, folder: Path) -> None:
    assert message in the_error(result)
    assert [path.name for path in folder.iterdir()] == ["broken.pt"]


@pytest.mark.parametrize(("script", "words", "message"), ALONE)
def test_mistake_is_one_line(
    script: str, words: tuple[str, ...], message: str, run_script: Callable, tmp_path: Path
) -> None:
    assert_refused(run_script(script, *words, cwd=prepare(tmp_path)), message, tmp_path)


UNWRITABLE = ("train.py", ("physics=mujoco",))


@pytest.fixture(scope="module")
def ended(run_all: Callable, tmp_path_factory: pytest.TempPathFactory) -> Ended:
    """How scripts ended that one process ran: those with ``--help``, those of ``TOGETHER``, and ``UNWRITABLE``."""
    lines = [*((script, ("--help",)) for script in FLAGS), *((script, words) for script, words, _ in TOGETHER)]
    lines.append(UNWRITABLE)
    folders = [prepare(tmp_path_factory.mktemp("together")) for _ in lines]
    (folders[-1] / "logs").write_text("a file where the folder of the runs belongs")
    results = run_all(*((*line, folder) for line, folder in zip(lines, folders, strict=True)))
    return dict(zip(lines, zip(results, folders, strict=True), strict=True))


@pytest.mark.parametrize(("script", "words", "message"), TOGETHER)
def test_mistake_in_a_configuration_is_one_line(
    script: str, words: tuple[str, ...], message: str, ended: Ended
) -> None:
    result, folder = ended[script, words]
    assert_refused(result, message, folder)


def test_place_that_cannot_be_written_is_named(ended: Ended) -> None:
    line = the_error(ended[UNWRITABLE][0])
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
