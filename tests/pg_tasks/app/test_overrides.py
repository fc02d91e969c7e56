"""Overrides that Isaac Lab would take without a word: wrong names and wrong types."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import is_dataclass
from functools import cache
from typing import Any

import pytest
from isaaclab_tasks.utils import PresetCfg, load_cfg_from_registry

from pg_tasks.app.overrides import _WITHOUT_EFFECT, check_overrides
from pushgrasp.program import UserError


@cache
def configurations() -> tuple[Any, Any]:
    names = ("env_cfg_entry_point", "pushgrasp_cfg_entry_point")
    env_cfg, agent_cfg = (load_cfg_from_registry("DualArmPushGrasp", name) for name in names)
    return env_cfg, agent_cfg


def check(*words: str) -> None:
    check_overrides(words, *configurations())


@pytest.mark.parametrize(
    "word",
    [
        "physics=mujoco",
        "renderer=rtx",
        "presets=anything",
        "env.scene.num_envs=8",
        "env.limits.push_speed=1",  # a whole number where any number goes
        "env.limits.x_range=[-0.3,0.3]",
        "env.reward.low.push_failed=[0.2,0.3]",  # a rule is a number or a pair
        "env.reward.medium.push_failed=0.5",
        "env.clutter.target=3",
        "env.clutter.target=null",
        "env.clutter.layout=scattered",
        "env.sim.dt=0.01",  # inside a preset
        "agent.backbone.trainable=true",
        "agent.keep_checkpoints=null",
        "agent.algorithm.learning_rate=1e-4",  # a dictionary's entry
        "agent.actor.distribution_cfg.class_name=module:Choices",
    ],
)
def test_right_words_pass(word: str) -> None:
    check(word)


@pytest.mark.parametrize(
    ("word", "message"),
    [
        ("env.scene.num_env=8", "env.scene has no field 'num_env'; fields: .*did you mean num_envs?"),
        ("env.clutter.number=8", "env.clutter has no field 'number'; fields: .*num_objects"),
        ("agent.algorithm.learning_rates=1e-4", "agent.algorithm has no field .*did you mean learning_rate?"),
        ("env.sim.mujoco.dt=0.01", "env.sim has no field 'mujoco'; fields: .*dt"),  # physics=mujoco chooses a preset
        ("env.max_actions.more=1", "env.max_actions has no field 'more'"),
        ("scene.num_envs=8", "keys start with env. or agent., or are one of physics, renderer, presets"),
        ("env=8", "keys start with env. or agent."),
        ("env.decimation=4", "that has no effect: every action sets it"),
        ("env.episode_length_s=4", "that has no effect: episodes end by env.max_actions"),
        ("env.scene.num_envs=many", "the field is a whole number, now 16"),
        ("env.scene.num_envs=2.5", "the field is a whole number, now 16"),
        ("env.scene.num_envs=true", "the field is a whole number, now 16"),
        ("env.scene.num_envs=null", "the field is a whole number, now 16"),
        ("env.limits.push_speed=fast", "the field is a number, now 0.3"),
        ("env.limits.x_range=0.3", "the field is a list, now"),
        ("env.limits.x_range=[0.1,0.2,0.3]", "a list of 2 numbers, now"),
        ("env.limits.home=[0.1,0.2,high]", "the field is a list"),
        ("env.limits.home=[0.1,0.2,'high']", "a list of 3 numbers, now"),
        ("env.limits=3", "that is a group; its fields: acceleration, .*push_speed"),
        ("env.clutter.target=left", "the field is a whole number, now None"),
        ("agent.backbone.trainable=1", "the field is true or false, now False"),
        ("agent.experiment_name=3", "the field is text, now 'dual_arm_push_grasp'"),
        ("agent.algorithm.gamma=high", "the field is a number, now 0.0"),
        ("agent.algorithm.num_mini_batches=2.5", "the field is a whole number, now 4"),
        ("env.arms.bases=[1]", "that is a list of groups, which only a configuration class can set"),
        ("agent.algorithm=PPO", "that is a group; its fields: class_name"),
    ],
)
def test_wrong_words_are_named(word: str, message: str) -> None:
    with pytest.raises(UserError, match=message) as caught:
        check("env.scene.num_envs=2", word)
    assert str(caught.value).startswith(f"override {word!r}: ")


def each_field(cfg: Any, path: str, visit: Callable[[str, Any], None]) -> None:
    """Call ``visit`` with path and value of every plain field of a configuration."""
    cfg = cfg.default if isinstance(cfg, PresetCfg) else cfg
    entries = cfg.items() if isinstance(cfg, Mapping) else vars(cfg).items()
    for name, value in entries:
        if isinstance(value, PresetCfg | Mapping) or is_dataclass(value):
            each_field(value, f"{path}.{name}", visit)
        elif isinstance(value, int | float | str | tuple | list | None) and str(name).isidentifier():
            visit(f"{path}.{name}", value)


def test_every_present_value_is_a_right_one() -> None:
    checked = []

    def visit(path: str, value: Any) -> None:
        groups = isinstance(value, tuple | list) and any(is_dataclass(part) for part in value)
        if path not in _WITHOUT_EFFECT and not groups and not any(part.startswith("_") for part in path.split(".")):
            check(f"{path}={value}")
            checked.append(path)

    for root, cfg in zip(("env", "agent"), configurations(), strict=True):
        each_field(cfg, root, visit)
    assert {"env.limits.push_speed", "agent.algorithm.gamma", "env.sim.dt"} <= set(checked)
