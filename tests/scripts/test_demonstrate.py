"""Demonstrations as a user records them: how they are shared out changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from same_training import same

pytestmark = pytest.mark.slow

SMALL = ("physics=mujoco", "--num_envs=2", "env.clutter.num_objects=3", "env.clutter.layout=scattered")


def test_recording_depends_on_seed_and_number_alone(run_all: Callable, tmp_path: Path) -> None:
    words = (*SMALL, "--actions=4", "--teacher=look_ahead")
    ways = (("--out=1.pt",), ("--out=2.pt", "--processes=2"))
    one, two = run_all(*(("demonstrate.py", (*words, *way), tmp_path) for way in ways))
    assert one.returncode == 0, one.stdout + one.stderr
    assert two.returncode == 0, two.stdout + two.stderr
    shown, expected = (torch.load(tmp_path / name, weights_only=True)["shown"] for name in ("2.pt", "1.pt"))
    assert same(shown, expected) and len(expected["rgb"]) > 3
    assert sorted(path.name for path in tmp_path.iterdir()) == ["1.pt", "2.pt"]
