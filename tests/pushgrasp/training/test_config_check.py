"""Settings that have no meaning are refused with their name, and mini-batches that leave actions out."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator

import pytest
from training_fakes import FakeEnv, TinyBackbone, tiny_cfg

from pushgrasp.training.config import HEADS, runner_config
from pushgrasp.training.config_check import check_batches, check_runner_config
from pushgrasp.training.features import FeatureEnv
from pushgrasp.training.runner import PushGraspRunner


def leaves(cfg: dict, way: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], object]]:
    """Every setting that is no group, with the way to it."""
    for name, value in cfg.items():
        if isinstance(value, dict):
            yield from leaves(value, (*way, name))
        else:
            yield (*way, name), value


NUMBERS = [
    (head, way) for head in HEADS for way, value in leaves(runner_config(head=head)) if type(value) in (int, float)
]


@pytest.mark.parametrize(("head", "way"), NUMBERS)
def test_no_number_of_the_configuration_may_be_anything(head: str, way: tuple[str, ...]) -> None:
    cfg = runner_config(head=head)
    check_runner_config(cfg)
    group = cfg
    for name in way[:-1]:
        group = group[name]
    for value in (math.nan, math.inf, -1, "1", True, *([] if way[-1] == "keep_checkpoints" else [None])):
        group[way[-1]] = value
        with pytest.raises(ValueError, match=rf"^agent\.{re.escape('.'.join(way))}="):
            check_runner_config(cfg, "agent")


def test_whole_numbers_are_numbers_but_not_the_other_way_round() -> None:
    cfg = runner_config()
    cfg["algorithm"] |= {"gamma": 1, "learning_rate": 1}
    check_runner_config(cfg)
    with pytest.raises(ValueError, match=r"^num_steps_per_env=8\.0: a whole number of at least 1 is needed$"):
        check_runner_config({**cfg, "num_steps_per_env": 8.0})


@pytest.mark.parametrize(
    ("group", "setting", "message"),
    [
        ("algorithm", {"schedule": "linear"}, "algorithm.schedule='linear': one of fixed, adaptive is needed"),
        ("algorithm", {"use_clipped_value_loss": 0}, "algorithm.use_clipped_value_loss=0: true or false is needed"),
        ("actor", {"play": "best"}, "actor.play='best': one of likeliest, sample, sharpened is needed"),
        ("actor", {"distribution_cfg": {"std_range": [8.0, 1.0]}}, "std_range=.*low < high is needed"),
        ("actor", {"distribution_cfg": {"std_range": [1.0]}}, "std_range=.*2 numbers in a list are needed"),
    ],
)
def test_choices_switches_and_ranges(group: str, setting: dict, message: str) -> None:
    cfg = runner_config(head="paper")
    cfg[group] |= setting
    with pytest.raises(ValueError, match=message):
        check_runner_config(cfg)


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
