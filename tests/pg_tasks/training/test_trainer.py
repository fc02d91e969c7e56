"""What trainings of any method have in common: which one is meant, stages, and run folders of failures."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pg_tasks.agents.rsl_rl_ppo_cfg import DualArmPushGraspPPORunnerCfg
from pg_tasks.app.arguments import make_parser, parse
from pg_tasks.app.parser import Parser
from pg_tasks.envs.push_grasp_env_cfg import PushGraspEnvCfg
from pg_tasks.training.trainer import removed_on_failure
from pushgrasp.learning.checkpoint import CheckpointError
from pushgrasp.learning.run_folder import create_run_folder
from pushgrasp.policies import registry
from pushgrasp.policies.registry import METHODS, Method
from pushgrasp.program import UserError


def parser() -> Parser:
    made = make_parser("text")
    made.add_argument("--method")
    return made


@pytest.mark.parametrize(
    ("method", "said"),
    [
        ("heuristic", "method 'heuristic' has nothing to train; methods that can be trained: pg4da, "),
        ("pg5da", "unknown method 'pg5da'; methods that can be trained: pg4da, "),
    ],
)
def test_method_that_cannot_be_trained_is_one_line(method: str, said: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(said)}"):
        parse(parser(), ["--method", method])


def test_method_decides_which_agents_there_are(monkeypatch: pytest.MonkeyPatch) -> None:
    other = Method("other", "", "nowhere:Policy", "nowhere:Trainer", {"spatial": "nowhere:Cfg"})
    monkeypatch.setattr(registry, "METHODS", {**METHODS, "other": other})
    assert parse(parser(), ["--method=pg4da", "agent=paper"])[0].agent == "pushgrasp_paper_cfg_entry_point"
    with pytest.raises(UserError, match=r"unknown agent 'paper'; agents: spatial$"):
        parse(parser(), ["--method=other", "agent=paper"])


def test_run_that_fails_while_it_is_set_up_leaves_no_folder(tmp_path: Path) -> None:
    folder = create_run_folder(tmp_path, "experiment")
    with removed_on_failure(folder):
        pass
    assert folder.params.is_dir()
    with pytest.raises(CheckpointError), removed_on_failure(folder):
        raise CheckpointError("another backbone")
    assert not folder.root.exists()


@pytest.mark.parametrize(
    ("stage", "given", "iterations", "scenes", "layout"),
    [
        ("push_grasp", 0, 0, "P1/case2", None),
        ("grasp", 0, 0, "", "scattered"),
        ("all", 0, 3, "P1/case2", None),  # a quarter of ten, rounded up
        ("all", 7, 7, "P1/case2", None),
    ],
)
def test_stage_decides_the_scenes(stage: str, given: int, iterations: int, scenes: str, layout: str | None) -> None:
    env_cfg, agent_cfg = PushGraspEnvCfg(), DualArmPushGraspPPORunnerCfg(max_iterations=10, grasp_iterations=given)
    env_cfg.clutter.scenes = "P1/case2"
    agent_cfg.set_stage(stage, env_cfg)
    assert agent_cfg.grasp_iterations == iterations
    assert (env_cfg.clutter.scenes, env_cfg.clutter.layout) == (scenes, layout)
