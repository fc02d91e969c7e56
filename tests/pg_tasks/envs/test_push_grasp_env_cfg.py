"""Configurations that cannot work are refused before anything is built."""

from __future__ import annotations

import pytest

from pg_tasks.envs.push_grasp_env import PushGraspEnv
from pg_tasks.envs.push_grasp_env_cfg import ClutterCfg
from pg_tasks.tasks.push_grasp import DualArmPushGraspCfg

WRONG_CLUTTER = [
    ({"layout": "tower"}, r"unknown clutter layout 'tower'; layouts: scattered, cluttered"),
    ({"num_objects": 8, "max_objects": 7}, r"env.clutter.num_objects=8: a world has 7 slots"),
    ({"num_objects": 0}, r"env.clutter.num_objects=0: at least 1 block is needed"),
    ({"num_objects": 3, "target": 3}, r"env.clutter.target=3: blocks are 0 to 2"),
    ({"num_objects": 3, "target": -1}, r"env.clutter.target=-1: blocks are 0 to 2"),
]


@pytest.mark.parametrize(("values", "message"), WRONG_CLUTTER)
def test_scene_that_does_not_fit_its_slots_is_refused(values: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        ClutterCfg(**values).slot_layout()


@pytest.mark.parametrize(("values", "message"), WRONG_CLUTTER)
def test_environment_refuses_it_before_it_starts_anything(values: dict, message: str) -> None:
    cfg = DualArmPushGraspCfg()
    cfg.clutter = ClutterCfg(**values)
    with pytest.raises(ValueError, match=message):
        PushGraspEnv(cfg)


@pytest.mark.parametrize(("max_objects", "slots"), [(0, 14), (10, 14), (35, 35)])
def test_every_shape_has_as_many_slots(max_objects: int, slots: int) -> None:
    # seven shapes: two of each hold 10 blocks, five of each hold 35
    layout = ClutterCfg(num_objects=10, max_objects=max_objects).slot_layout()
    assert len(layout.shapes) == slots
    assert len({layout.shapes.count(shape) for shape in layout.shapes}) == 1


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("max_actions", 0, "env.max_actions=0: at least 1 is needed"),
        ("max_failed_grasps", 0, "env.max_failed_grasps=0: at least 1 is needed"),
        ("num_arms", 3, "env.num_arms=3: 1 or 2 is needed"),
        ("isolation_gain", 0.0, "env.isolation_gain=0.0"),
    ],
)
def test_values_out_of_range_are_refused(field: str, value: float, message: str) -> None:
    cfg = DualArmPushGraspCfg()
    setattr(cfg, field, value)
    with pytest.raises(ValueError, match=message):
        cfg.validate_config()


def test_defaults_are_valid() -> None:
    DualArmPushGraspCfg().validate_config()


def test_decoders_must_plan_for_the_gripper_that_moves() -> None:
    cfg = DualArmPushGraspCfg()
    cfg.gripper.stroke = 0.085
    with pytest.raises(ValueError, match=r"env\.gripper\.stroke=0\.085 and env\.decoder\.grasp\.gripper\.stroke=0\.14"):
        cfg.validate_config()
    cfg.decoder.grasp.gripper.stroke = cfg.decoder.push.gripper.stroke = 0.085
    cfg.validate_config()
