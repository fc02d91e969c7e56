"""From a command line to configurations: what is refused before a simulator starts."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from pg_tasks.app import session
from pg_tasks.app.arguments import make_parser, parse
from pushgrasp.program import UserError


def resolve(*words: str) -> tuple:
    return session.resolve(*parse(make_parser(""), ["physics=mujoco", *words]))


def test_seed_reaches_scenes_and_networks() -> None:
    env_cfg, agent_cfg = resolve("--seed", "11")
    assert (env_cfg.seed, agent_cfg.seed) == (11, 11)


def test_seed_of_the_agent_is_the_default() -> None:
    env_cfg, agent_cfg = resolve("agent.seed=5")
    assert (env_cfg.seed, agent_cfg.seed) == (5, 5)


@pytest.mark.skipif(torch.cuda.is_available(), reason="CUDA is present")
@pytest.mark.parametrize("words", [("--device", "cuda:0"), ("physics=newton",)])
def test_cuda_without_cuda_is_refused(words: tuple[str, ...]) -> None:
    args, overrides = parse(make_parser(""), list(words))
    with pytest.raises(UserError, match=r"device 'cuda:0': PyTorch finds no CUDA here; use physics=mujoco"):
        session.resolve(args, overrides)


def test_wrong_override_is_refused() -> None:
    with pytest.raises(UserError, match=r"did you mean num_objects\?"):
        resolve("env.clutter.num_object=3")


def test_missing_backbone_weights_are_named(tmp_path: Path) -> None:
    missing = tmp_path / "weights.safetensors"
    with pytest.raises(UserError, match=r"agent.backbone.weights=.*weights.safetensors: no such file"):
        resolve(f"agent.backbone.weights={missing}")


def test_plain_dataclasses_keep_their_types() -> None:
    env_cfg, _ = resolve("env.decoder.grasp.max_tilt=0.5", "env.reward.break_points=[0.1,0.2,0.3,0.4]")
    assert env_cfg.decoder.grasp.max_tilt == 0.5
    assert env_cfg.decoder.push.points == 32
    assert env_cfg.reward.break_points == (0.1, 0.2, 0.3, 0.4)


@pytest.mark.parametrize("word", ["env.arms.acceleration=-1", "env.sim.dt=-1", "env.clutter.settle_time=-1"])
def test_whole_numbers_out_of_range_are_refused_as_they_were_typed(word: str) -> None:
    with pytest.raises(ValueError, match=f"^{word}: a finite number above 0 is needed$"):
        resolve(word)
