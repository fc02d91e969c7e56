"""Contracts that every registered task keeps, without a simulator."""

from __future__ import annotations

import re
import subprocess
import sys
from importlib.metadata import entry_points, version
from typing import Any

import gymnasium
import pytest
import torch
from isaaclab.utils import to_dict
from isaaclab_newton.physics import MJWarpSolverCfg, NewtonCfg
from isaaclab_newton.renderers import NewtonWarpRendererCfg
from isaaclab_physx.physics import PhysxCfg
from isaaclab_physx.renderers import IsaacRtxRendererCfg
from isaaclab_rl.rsl_rl import RslRlOnPolicyRunnerCfg, handle_deprecated_rsl_rl_cfg
from isaaclab_tasks.utils import resolve_task_config
from rsl_rl.utils import resolve_callable, resolve_class
from tensordict import TensorDict

import pg_tasks
from pg_tasks import AGENTS
from pg_tasks.app import session
from pg_tasks.app.arguments import make_parser, parse
from pg_tasks.physics.mujoco_cfg import MuJoCoSolverCfg

AGENT = "pushgrasp_cfg_entry_point"
IDS = [name for task in pg_tasks.TASKS for name in (task, f"{task}-v0")]

LOADS_QUIETLY = """
import sys, pg_tasks
from isaaclab_tasks.utils import resolve_task_config
for task in pg_tasks.TASKS:
    resolve_task_config(task, "pushgrasp_cfg_entry_point", overrides=["physics=mujoco"])
simulators = {"isaacsim", "omni", "carb"} & set(sys.modules)
context = sys.modules.get("isaaclab.sim.simulation_context")
print("context:", context and context.SimulationContext.instance(), "simulators:", simulators or None)
"""


def resolved(task: str, *overrides: str) -> tuple[Any, Any]:
    """Configurations as Isaac Lab makes them of overrides."""
    return resolve_task_config(task, AGENT, overrides=list(overrides))


def from_command_line(*words: str) -> tuple[Any, Any]:
    """Configurations as the scripts make them of their arguments."""
    return session.resolve(*parse(make_parser(""), ["physics=mujoco", *words]))


def test_entry_point_registers_every_task() -> None:
    (entry,) = [entry for entry in entry_points(group="isaaclab.tasks") if entry.name == "pg_tasks"]
    assert entry.load() is pg_tasks
    assert set(IDS) <= gymnasium.registry.keys()


@pytest.mark.parametrize("task", IDS)
def test_specification_names_what_exists(task: str) -> None:
    spec = gymnasium.spec(task)
    assert spec.id == task
    kinds = ("env_cfg_entry_point", "rsl_rl_cfg_entry_point", *AGENTS.values())
    for entry in (spec.entry_point, *(spec.kwargs[kind] for kind in kinds)):
        assert isinstance(resolve_callable(entry), type)


@pytest.mark.parametrize("task", IDS)
def test_isaac_labs_own_scripts_find_what_rsl_rl_builds(task: str) -> None:
    _, cfg = resolve_task_config(task, "rsl_rl_cfg_entry_point", overrides=[])
    assert isinstance(cfg, RslRlOnPolicyRunnerCfg) and cfg.class_name == "OnPolicyRunner"
    settings = to_dict(handle_deprecated_rsl_rl_cfg(cfg, version("rsl-rl-lib")))
    pictures = TensorDict({"policy": torch.rand(2, 3, 224, 224)}, batch_size=[2])
    for part, size in (("actor", 3496), ("critic", 1)):
        kind, kwargs = resolve_class(settings[part])
        model = kind(pictures, settings["obs_groups"], part, size, **kwargs)
        assert model(pictures).shape == (2, size)
        assert sum(parameter.numel() for parameter in model.parameters()) < 2e6


def test_alias_has_the_same_configuration() -> None:
    for task in pg_tasks.TASKS:
        assert gymnasium.spec(task).kwargs == gymnasium.spec(f"{task}-v0").kwargs


def test_configuration_loads_without_a_simulator() -> None:
    result = subprocess.run([sys.executable, "-c", LOADS_QUIETLY], capture_output=True, text=True, check=False)
    assert result.stdout.splitlines()[-1:] == ["context: None simulators: None"], result.stderr


@pytest.mark.parametrize(("task", "arms"), [("DualArmPushGrasp", 2), ("SingleArmPushGrasp", 1)])
def test_tasks_differ_in_arms_and_logs(task: str, arms: int) -> None:
    env_cfg, agent_cfg = resolved(task)
    assert env_cfg.num_arms == arms
    name = {2: "dual_arm_push_grasp", 1: "single_arm_push_grasp"}[arms]
    assert (agent_cfg.experiment_name, agent_cfg.head) == (name, "spatial")
    _, paper_cfg = resolve_task_config(task, AGENTS["paper"], overrides=[])
    assert (paper_cfg.experiment_name, paper_cfg.head) == (f"{name}_paper", "paper")
    assert paper_cfg.train_cfg()["actor"]["distribution_cfg"]["class_name"] == "GaussianDistribution"


@pytest.mark.parametrize("task", IDS)
@pytest.mark.parametrize(
    ("preset", "physics", "solver", "renderer", "device"),
    [
        ("mujoco", NewtonCfg, MuJoCoSolverCfg, NewtonWarpRendererCfg, "cpu"),
        ("newton_mjwarp", NewtonCfg, MJWarpSolverCfg, NewtonWarpRendererCfg, "cuda:0"),
        ("physx", PhysxCfg, None, IsaacRtxRendererCfg, "cuda:0"),
    ],
)
def test_presets_choose_physics_renderer_and_device(
    task: str, preset: str, physics: type, solver: type | None, renderer: type, device: str
) -> None:
    env_cfg, _ = resolved(task, f"physics={preset}")
    assert type(env_cfg.sim.physics) is physics
    assert type(getattr(env_cfg.sim.physics, "solver_cfg", None)) is (solver or type(None))
    assert type(env_cfg.scene.camera.renderer_cfg) is renderer
    assert env_cfg.sim.device == device


def test_default_physics_follows_the_machine() -> None:
    env_cfg, _ = resolved("DualArmPushGrasp")
    expected = MJWarpSolverCfg if torch.cuda.is_available() else MuJoCoSolverCfg
    assert type(env_cfg.sim.physics.solver_cfg) is expected


@pytest.mark.parametrize("task", IDS)
def test_overrides_arrive(task: str) -> None:
    words = ("env.scene.num_envs=3", "agent.max_iterations=5", "env.limits.push_speed=0.1", "agent.actor.name=pg4da")
    env_cfg, agent_cfg = resolved(task, "physics=mujoco", *words)
    assert env_cfg.scene.num_envs == 3
    assert agent_cfg.max_iterations == 5
    assert env_cfg.limits.push_speed == 0.1
    assert resolved(task, "physics=mujoco")[0].scene.num_envs == 16, "an override outlives its call"


@pytest.mark.parametrize("task", IDS)
@pytest.mark.parametrize(
    ("words", "scenes"),
    [
        ([], "P1/case1,P1/case2,P1/case3,P1/case3"),
        (["env.clutter.scenes=P1/case1,P5/tight"], "P1/case1,P5/tight"),
        (["env.clutter.scenes="], ""),
        (["env.clutter.num_objects=20"], ""),
        (["env.clutter.layout=scattered"], ""),
    ],
)
def test_scenes_of_the_tasks(task: str, words: list[str], scenes: str) -> None:
    env_cfg, _ = from_command_line("--task", task, *words)
    assert env_cfg.clutter.scene_words() == scenes


def test_flags_and_overrides_arrive_through_the_scripts() -> None:
    flags = ("--task", "SingleArmPushGrasp-v0", "--num_envs", "3", "--seed", "7")
    overrides = ("env.limits.push_speed=0.1", "env.limits.x_range=[-0.4,0.3]", "agent.algorithm.gamma=0.5")
    env_cfg, agent_cfg = from_command_line(*flags, *overrides)
    assert (env_cfg.scene.num_envs, env_cfg.seed, agent_cfg.seed, env_cfg.num_arms) == (3, 7, 7, 1)
    assert (agent_cfg.device, env_cfg.sim.device) == ("cpu", "cpu")
    assert env_cfg.limits.push_speed == 0.1
    assert tuple(env_cfg.limits.x_range) == (-0.4, 0.3)
    assert agent_cfg.train_cfg()["algorithm"]["gamma"] == 0.5


@pytest.mark.parametrize(
    ("word", "message"),
    [
        ("env.limits.push_speed=-0.1", "env.limits.push_speed=-0.1: a finite number above 0"),
        ("env.limits.x_range=[0.4,-0.4]", "env.limits.x_range=(0.4, -0.4): (low, high) with low < high"),
        ("env.gripper.stroke=-0.1", "env.gripper.stroke=-0.1"),
        ("env.decoder.push_scale=0.5", "env.decoder.push_scale=0.5: a finite number above 1 is needed"),
        ("env.decoder.grasp.depth=0.0", "depth"),
        ("env.decoder.push.window=8", "a whole number of at least 1 and odd is needed"),
        ("env.workspace.cells=0", "cells"),
        ("env.reward.low.push_failed=1.5", "push_failed"),
        ("env.reward.break_points=[0.8,0.6,0.4,0.2]", "break_points"),
        ("env.clutter.layout=tower", "env.clutter.layout='tower': one of scattered, cluttered is needed"),
        ("env.clutter.target=10", "env.clutter.target=10: blocks are 0 to 9"),
        ("env.clutter.max_objects=3", "num_objects=10: a world has 7 slots"),
        ("env.clutter.num_objects=0", "env.clutter.num_objects=0: a whole number of at least 1"),
        ("env.num_arms=3", "env.num_arms=3: one of 1, 2 is needed"),
        ("env.scene.num_envs=0", "env.scene.num_envs=0: a whole number of at least 1"),
        ("env.max_actions=0", "env.max_actions=0: a whole number of at least 1"),
        ("env.isolation_gain=0.0", "env.isolation_gain=0.0"),
        ("physics=bullet", "bullet"),
    ],
)
def test_values_that_do_not_fit_are_refused(word: str, message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        from_command_line(word)
