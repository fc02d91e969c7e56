"""Settings without a meaning, and mini-batches that leave actions out, are refused before anything is built."""

from __future__ import annotations

import pytest
from training_fakes import FakeEnv, TinyBackbone, tiny_cfg

from pushgrasp.learning.ppo import check_batches
from pushgrasp.learning.runner import PushGraspRunner
from pushgrasp.policies.pg4da.training.features import FeatureEnv


def test_runner_refuses_before_it_builds_anything() -> None:
    cfg = {**tiny_cfg(), "save_interval": 0}
    with pytest.raises(ValueError, match=r"^save_interval=0: a whole number of at least 1 is needed$"):
        PushGraspRunner(FeatureEnv(FakeEnv(), TinyBackbone()), cfg)


@pytest.mark.parametrize(
    ("worlds", "steps", "batches", "fitting"),
    [
        (1, 3, 4, "3 would fit"),
        (2, 3, 4, "3 or 6 would fit"),
        (5, 5, 4, "1 or 5 would fit"),
        (2, 5, 20, "10 would fit"),
    ],
)
def test_mini_batches_hold_every_action(worlds: int, steps: int, batches: int, fitting: str) -> None:
    cfg = {"num_steps_per_env": steps, "algorithm": {"num_mini_batches": batches}}
    made = rf"{worlds * steps} actions per iteration \({worlds} worlds x num_steps_per_env={steps}\)"
    with pytest.raises(ValueError, match=f"num_mini_batches={batches}: {made} .* mini-batches; {fitting}"):
        check_batches(cfg, worlds)
    check_batches(cfg, batches)


def test_one_action_per_iteration_teaches_nothing() -> None:
    with pytest.raises(ValueError, match=r"1 actions per iteration .*: at least 2 are needed"):
        check_batches({"num_steps_per_env": 1, "algorithm": {"num_mini_batches": 1}}, 1)


def test_training_with_actions_left_over_does_not_begin() -> None:
    cfg = {**tiny_cfg(), "num_steps_per_env": 1}
    cfg["algorithm"] = {**cfg["algorithm"], "num_mini_batches": 4}
    runner = PushGraspRunner(FeatureEnv(FakeEnv(num_envs=2), TinyBackbone()), cfg)
    with pytest.raises(ValueError, match="2 would fit"):
        runner.learn_until(1)
    assert runner.env.unwrapped.steps == 0
