"""The viewer's command line: help, and one line for each mistake."""

from __future__ import annotations

import importlib.util
import socket
from collections.abc import Callable, Sequence
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from pushgrasp.learning.checkpoint import CheckpointInfo, save_checkpoint

HAS_VISER = importlib.util.find_spec("viser") is not None
needs_viser = pytest.mark.skipif(not HAS_VISER, reason="viser is not installed (pip install -e '.[viser]')")


def the_error(result: CompletedProcess[str]) -> str:
    """The one line about a mistake; fails when there is more than one, or a stack trace."""
    assert result.returncode == 2, result.stdout + result.stderr
    assert "Traceback" not in result.stdout + result.stderr
    (line,) = [line for line in result.stderr.splitlines() if line.startswith("error: ")]
    assert result.stderr.rstrip().endswith(line)
    assert "usage:" not in result.stderr
    return line


def test_help_shows_every_flag(run_script: Callable, tmp_path: Path) -> None:
    result = run_script("view.py", "--help", cwd=tmp_path)
    assert result.returncode == 0, result.stderr
    words = result.stdout.replace(",", " ").replace("[", " ").split()
    assert {"--task", "--viz", "--checkpoint", "--load_run", "--trial_seed", "--host", "--port"} <= set(words)


MISTAKES = {
    "viewer": ("blender. Valid options: kit, newton_gl, ", "--viz", "blender"),
    "viewers": ("--viz viser,kit: give one of viser, newton_gl, rerun, kit", "--viz", "viser,kit"),
    "port": ("argument --port: 'http' is not a whole number", "--port", "http"),
    "task": ("unknown task 'DualArm'; tasks: DualArmPushGrasp, ", "--task", "DualArm"),
}


@pytest.fixture(scope="module")
def lines(run_all: Callable, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What one process says about each mistake: those above, a port in use, and a checkpoint of another network."""
    words: dict[str, Sequence[str]] = {name: case[1:] for name, case in MISTAKES.items()}
    with socket.create_server(("127.0.0.1", 0)) as other:
        if HAS_VISER:
            port = other.getsockname()[1]
            words[f"port {port}"] = ("physics=mujoco", "--port", str(port))
            words["checkpoint"] = ("physics=mujoco", "--checkpoint", "other.pt", "--port", str(free_port()))
        folders = [tmp_path_factory.mktemp("view") for _ in words]
        info = CheckpointInfo(network="another", action_size=7, input_group="avh", iteration=0)
        save_checkpoint(folders[-1] / "other.pt", info, {}, {})
        results = run_all(*(("view.py", *run) for run in zip(words.values(), folders, strict=True)))
    return {name: the_error(result) for name, result in zip(words, results, strict=True)}


def test_mistake_ends_the_process(run_script: Callable, tmp_path: Path) -> None:
    message, *words = MISTAKES["port"]
    assert message in the_error(run_script("view.py", *words, cwd=tmp_path))


@pytest.mark.parametrize("name", MISTAKES)
def test_mistake_is_one_line(name: str, lines: dict[str, str]) -> None:
    assert MISTAKES[name][0] in lines[name]


@needs_viser
def test_port_in_use_is_one_line(lines: dict[str, str]) -> None:
    ((name, line),) = ((name, line) for name, line in lines.items() if name.startswith("port "))
    assert line == f"error: {name} on 127.0.0.1 is in use; choose another one with --port"


@needs_viser
def test_checkpoint_of_another_network_is_one_line(lines: dict[str, str]) -> None:
    assert "other.pt" in lines["checkpoint"]
    assert "another" in lines["checkpoint"]


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]
