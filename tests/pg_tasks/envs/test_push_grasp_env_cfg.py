"""Configurations that cannot work are refused before anything is built."""

from __future__ import annotations

import copy
import math
import re
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from pg_tasks.envs.push_grasp_env import PushGraspEnv
from pg_tasks.envs.push_grasp_env_cfg import DEFAULT_SCENES, ClutterCfg
from pg_tasks.tasks.push_grasp import DualArmPushGraspCfg
from pushgrasp.settings import Settings, check_value, declared_types

WRONG_CLUTTER = [
    ({"layout": "tower"}, r"env.clutter.layout='tower': one of scattered, cluttered is needed"),
    ({"num_objects": 8, "max_objects": 7}, r"env.clutter.num_objects=8: a world has 7 slots"),
    ({"num_objects": 0}, r"env.clutter.num_objects=0: a whole number of at least 1 and of at most 100 is needed"),
    ({"num_objects": 101}, r"env.clutter.num_objects=101: a whole number of at least 1 and of at most 100"),
    ({"max_objects": 101}, r"env.clutter.max_objects=101: a whole number of at least 0 and of at most 100"),
    ({"num_objects": 2.5}, r"env.clutter.num_objects=2.5: a whole number"),
    ({"max_objects": -1}, r"env.clutter.max_objects=-1: a whole number of at least 0"),
    ({"settle_time": -1}, r"env.clutter.settle_time=-1: a finite number above 0"),
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
    ("values", "words"),
    [
        ({}, DEFAULT_SCENES),
        ({"num_objects": 10}, ""),
        ({"max_objects": 14}, ""),
        ({"layout": "cluttered"}, ""),
        ({"target": 0}, ""),
        ({"scenes": ""}, ""),
        ({"scenes": "P1/case5", "num_objects": 10, "layout": "scattered"}, "P1/case5"),
    ],
)
def test_default_scenes_give_way_to_blocks_and_to_other_scenes(values: dict, words: str) -> None:
    assert ClutterCfg(**values).scene_words() == words


@pytest.mark.parametrize(("values", "slots"), [({}, 28), ({"scenes": ""}, 14), ({"layout": "scattered"}, 14)])
def test_slots_hold_the_largest_of_the_scenes(values: dict, slots: int) -> None:
    # seven shapes: four of each hold the 25 blocks of case 3, two of each the 10 of a scene of blocks
    assert len(ClutterCfg(**values).slot_layout().shapes) == slots


WRONG = {
    "max_actions": 0,
    "max_failed_grasps": True,
    "num_arms": 3,
    "isolation_gain": 0.0,
    "rig": "half",
    "decimation": 0,
    "scene.num_envs": 0,
    "scene.env_spacing": -1,
    "scene.camera.width": 0,
    "scene.camera.update_period": -1,
    "scene.camera.spawn": None,
    "scene.camera.spawn.focal_length": 0,
    "scene.camera.spawn.clipping_range": (5.0, 0.1),
    "scene.camera.offset.pos": (0.0, 0.0, math.nan),
    "workspace.cells": 1.5,
    "camera_noise.depth": -1,
    "depth_filter.window": 2,
    "gripper.stroke": 0,
    "limits.acceleration": -1,
    "limits.home_width": 1,
    "limits.separation": 0.3,
    "arm_limits.push_speed": np.float32("nan"),
    "arms.acceleration": -1,
    "arms.speed": np.int64(0),
    "decoder.push_scale": 1,
    "decoder.push.window": 8,
    "decoder.push.min_length": np.inf,
    "decoder.grasp.max_tilt": 2,
    "decoder.grasp.gripper.pad_breadth": -1,
    "reward.break_points": (0.2, 0.4, 0.3, 0.8),
    "reward.high.grasp_failed": 2,
}
SIMULATION = {
    "dt": -1,
    "render_interval": 0,
    "gravity": (0.0, 0.0, -math.inf),
    "physics.num_substeps": 0,
    "physics.solver_cfg.njmax": 0,
    "physics.solver_cfg.iterations": True,
    "physics.solver_cfg.impratio": 0,
    "physics.solver_cfg.substeps": -1,
    "physics.solver_cfg.threads": -1,
    "physics.solver_cfg.rest_tolerance": math.nan,
    "physics.default_shape_cfg.gap": -1,
}


def set_field(cfg: Any, path: str, value: object) -> None:
    *parts, name = path.split(".")
    for part in parts:
        cfg = getattr(cfg, part)
    getattr(cfg, name)
    setattr(cfg, name, value)


@pytest.mark.parametrize(("path", "value"), WRONG.items())
def test_values_out_of_range_are_refused_before_anything_is_built(path: str, value: object) -> None:
    cfg = DualArmPushGraspCfg()
    set_field(cfg, path, value)
    with pytest.raises(ValueError, match=rf"env\.{re.escape(path)}\b"):
        PushGraspEnv(cfg)


@pytest.mark.parametrize(("path", "value"), SIMULATION.items())
def test_simulation_out_of_range_is_refused_too(path: str, value: object) -> None:
    cfg = DualArmPushGraspCfg()
    cfg.sim = copy.deepcopy(cfg.sim.mujoco)
    cfg.validate_config()
    set_field(cfg.sim, path, value)
    with pytest.raises(ValueError, match=rf"^env\.sim\.{re.escape(path)}(\[2\])?="):
        cfg.validate_config()


def each_setting(cfg: Any, path: str) -> Iterator[tuple[str, object]]:
    """Paths and declared types of the numbers in the project's own configurations."""
    for name, declared in declared_types(type(cfg)).items():
        value = getattr(cfg, name)
        if isinstance(value, Settings | ClutterCfg):
            yield from each_setting(value, f"{path}.{name}")
        elif isinstance(value, int | float) and not isinstance(value, bool):
            yield f"{path}.{name}", declared


def test_every_number_of_the_configuration_is_checked() -> None:
    checked = dict(each_setting(DualArmPushGraspCfg(), "env"))
    assert {"env.limits.acceleration", "env.arms.speed", "env.clutter.max_objects"} <= checked.keys()
    for path, declared in checked.items():
        with pytest.raises(ValueError, match=rf"^{path}="):
            check_value(path, math.nan, declared)


def test_defaults_are_valid() -> None:
    DualArmPushGraspCfg().validate_config()


def test_decoders_must_plan_for_the_gripper_that_moves() -> None:
    cfg = DualArmPushGraspCfg()
    cfg.gripper.stroke = 0.085
    with pytest.raises(ValueError, match=r"env\.gripper\.stroke=0\.085 and env\.decoder\.grasp\.gripper\.stroke=0\.14"):
        cfg.validate_config()
    cfg.decoder.grasp.gripper.stroke = cfg.decoder.push.gripper.stroke = 0.085
    cfg.validate_config()
