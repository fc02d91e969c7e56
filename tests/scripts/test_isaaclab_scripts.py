"""Isaac Lab's own commands on the tasks of this project."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

SMALL = ("--device", "cpu", "physics=mujoco", "--num_envs", "2", "env.clutter.num_objects=2")


@pytest.mark.slow
def test_isaac_lab_trains_the_task_with_its_own_script(start: Callable, tmp_path: Path) -> None:
    words = ("--rl_library", "rsl_rl", "--task", "DualArmPushGrasp", "--max_iterations", "1")
    settings = ("agent.num_steps_per_env=2", "env.clutter.layout=scattered")
    process = start([sys.executable, "-m", "isaaclab", "train", *words, *SMALL, *settings], tmp_path)
    assert process.wait(timeout=300) == 0, (tmp_path / "output.txt").read_text()
    (run,) = (tmp_path / "logs" / "rsl_rl" / "dual_arm_push_grasp_plain").iterdir()
    weights = torch.load(run / "model_0.pt", weights_only=True)["actor_state_dict"]
    assert all(value.isfinite().all() for value in weights.values())
