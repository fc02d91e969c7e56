"""The viewer's command line: help, and one line for each mistake."""

from __future__ import annotations

import importlib.util
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from pushgrasp.learning.checkpoint import CheckpointInfo, save_checkpoint

needs_viser = pytest.mark.skipif(
    importlib.util.find_spec("viser") is None, reason="viser is not installed (pip install -e '.[viser]')"
)


def the_error(result: object) -> str:
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


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--viz", "blender"), "blender. Valid options: kit, newton_gl, "),
        (("--viz", "viser,kit"), "--viz viser,kit: give one of viser, newton_gl, rerun, kit"),
        (("--port", "http"), "argument --port: 'http' is not a whole number"),
        (("--task", "DualArm"), "unknown task 'DualArm'; tasks: DualArmPushGrasp, "),
    ],
)
def test_mistake_is_one_line(words: tuple[str, ...], message: str, run_script: Callable, tmp_path: Path) -> None:
    assert message in the_error(run_script("view.py", *words, cwd=tmp_path))


@needs_viser
def test_port_in_use_is_one_line(run_script: Callable, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        line = the_error(run_script("view.py", "physics=mujoco", "--port", str(port), cwd=tmp_path))
    assert line == f"error: port {port} on 127.0.0.1 is in use; choose another one with --port"


@needs_viser
@pytest.mark.slow
def test_checkpoint_of_another_network_is_one_line(run_script: Callable, tmp_path: Path) -> None:
    info = CheckpointInfo(network="another", action_size=7, input_group="avh", iteration=0)
    save_checkpoint(tmp_path / "other.pt", info, {}, {})
    words = ("physics=mujoco", "--checkpoint", "other.pt", "--port", str(free_port()))
    line = the_error(run_script("view.py", *words, cwd=tmp_path))
    assert "other.pt" in line
    assert "another" in line


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]
