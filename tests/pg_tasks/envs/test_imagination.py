"""Actions tried in copies of a world, and the oracle that lives on them, on a cube that lies buried."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

from pg_tasks.envs import settling
from pg_tasks.envs.imagination import Imagination
from pg_tasks.envs.push_grasp_env import PushGraspEnv
from pg_tasks.envs.quick_grasps import QuickGrasps
from pushgrasp.interface.action import Action, Kind
from pushgrasp.policies.baselines.oracle.actions import grasp_actions, push_actions
from pushgrasp.policies.baselines.oracle.geometry import target_pushes, true_surface
from pushgrasp.policies.baselines.oracle.grasps import true_grasps
from pushgrasp.policies.baselines.oracle.policy import OraclePolicy
from pushgrasp.policies.maps.primitives import GraspPrimitiveCfg, top_grasps
from pushgrasp.program import UserError
from pushgrasp.scenes.file import write_scene
from pushgrasp.scenes.scene import Scene, SceneObject

X, Y, STEP = 0.05, -0.03, 0.051
PLACES = ((0, 0), (1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (-1, -1))

BURIED = Scene(
    (
        *(SceneObject("cube", (X + STEP * column, Y + STEP * row, 0.025)) for column, row in PLACES),
        SceneObject("slab", (X, Y, 0.0625)),
    ),
    target=0,
)
"""A cube between six others and under a slab."""

POINTS = 32
PHYSICS = ("qpos", "qvel", "qacc", "qacc_warmstart", "ctrl", "xpos", "xquat", "tree_asleep", "body_awake", "efc_force")


@pytest.fixture(scope="module")
def env(tmp_path_factory: pytest.TempPathFactory, run_environment: Callable) -> Iterator[PushGraspEnv]:
    """The buried cube in two worlds that lie on top of each other, as evaluations place them."""
    path = tmp_path_factory.mktemp("scenes") / "buried.json"
    write_scene(path, BURIED)
    with run_environment(f"env.clutter.scenes={path}", "env.scene.env_spacing=0.0") as env:
        yield env


@pytest.fixture(autouse=True)
def fresh(env: PushGraspEnv) -> None:
    env.reset(seed=1)


def some_pushes(env: PushGraspEnv, count: int) -> Action:
    pushes = target_pushes(env, 0)
    return push_actions(pushes, torch.zeros(len(pushes.valid)))[:count]


def state(env: PushGraspEnv) -> dict[str, np.ndarray]:
    """All that the environment, its rig and the physics of both worlds hold."""
    solver = env.sim.physics_manager._solver
    found = {f"{name} {i}": getattr(data, name).copy() for i, data in enumerate(solver.datas) for name in PHYSICS}
    found |= {f"time {i}": np.array(data.time) for i, data in enumerate(solver.datas)}
    tensors = {name: value for name, value in vars(env.rig).items() if isinstance(value, torch.Tensor)}
    tensors |= {"position": env.objects.position, "height": env.heightmaps.height}
    return found | {name: value.numpy().copy() for name, value in tensors.items()}


def test_scenes_settle_and_run_with_one_contact_model(env: PushGraspEnv) -> None:
    running, settled = env.sim.physics_manager._solver.models[0].opt, settling._model(BURIED).opt
    names = ("ccd_tolerance", "timestep", "impratio", "cone", "solver", "integrator", "iterations", "ls_iterations")
    assert {name: getattr(running, name) for name in names} == pytest.approx(
        {name: getattr(settled, name) for name in names}, rel=1e-6, abs=0.0
    )


def test_imagining_leaves_everything_as_it_was(env: PushGraspEnv) -> None:
    before = state(env)
    env.imagine(0, some_pushes(env, 3))
    after = state(env)
    assert before.keys() == after.keys()
    assert [name for name in before if not np.array_equal(before[name], after[name], equal_nan=True)] == []


def test_pushes_do_what_was_imagined_to_the_bit(env: PushGraspEnv) -> None:
    pushes, start = some_pushes(env, 4), env.objects.position.clone()
    imagined = env.imagine(1, pushes)
    assert bool(imagined.reachable.all())
    env.carry_out(pushes[[2, 3]])  # world 0 does the third, world 1 the fourth
    for world, tried in enumerate((2, 3)):
        assert torch.equal(env.objects.position[world], imagined.after.position[tried])
        assert torch.equal(env.objects.quaternion[world], imagined.after.quaternion[tried])
        assert float((env.objects.position[world] - start[world]).norm(dim=-1).max()) > 0.02


def test_grasps_lift_what_was_imagined(env: PushGraspEnv) -> None:
    objects = env.objects
    cover = [i for i in range(objects.active.shape[1]) if objects.active[0, i] and objects.position[0, i, 2] > 0.05]
    best = true_grasps(true_surface(env.state, 0), cover[0] + 1).select(torch.tensor([0]))
    air = replace(best, position=best.position + torch.tensor([0.0, 0.0, 0.2]))
    imagined = env.imagine(0, torch.cat([grasp_actions(grasps, env.rig, POINTS) for grasps in (best, air)]))
    assert imagined.lifted.any(dim=1).nonzero().tolist() == [[0, cover[0]]]
    assert imagined.lifts_only(cover[0]).tolist() == [True, False]
    assert not bool(imagined.lifts_only(int(objects.target[0])).any())


def test_a_buried_target_is_pushed_free_and_grasped(env: PushGraspEnv) -> None:
    policy, running = OraclePolicy(env), torch.tensor([True, False])
    first = policy.act(env.observe(), running)
    assert first.does(Kind.PUSH).tolist() == first.planned.tolist() == [True, False]
    for _ in range(4):
        env.carry_out(policy.act(env.observe(), running))
        if bool(env.outcome.is_grasp[0]):
            break
    assert bool(env.outcome.grasped[0])
    assert not bool(env.outcome.wrong_lifted[0])
    assert int(env.outcome.num_lost[0]) == 0


def test_the_same_scene_gets_the_same_action_whatever_runs_beside_it(env: PushGraspEnv) -> None:
    policy = OraclePolicy(env)
    both, alone = (policy.act(env.observe(), torch.tensor([first, True])) for first in (True, False))
    assert torch.equal(both.path[0], both.path[1])
    assert torch.equal(both.path[1], alone.path[1])
    assert torch.equal(both.score[0], alone.score[1])


def test_other_physics_is_refused() -> None:
    env: Any = SimpleNamespace(sim=SimpleNamespace(physics_manager=SimpleNamespace(_solver=object())))
    with pytest.raises(UserError, match="physics=mujoco"):
        Imagination(env)


def test_quick_grasps_are_refused_where_arms_carry_the_grippers() -> None:
    env: Any = SimpleNamespace(rig=object())
    with pytest.raises(UserError, match=r"env\.rig=training"):
        QuickGrasps(env)


def test_quick_grasps_tell_what_whole_ones_do_and_leave_the_world_alone(env: PushGraspEnv) -> None:
    maps = env.observe().heightmaps
    slab = int(env.state.shapes.index("slab"))
    seen = (maps.ids[0] == slab + 1).nonzero()
    cells = seen[:: len(seen) // 4][:4]
    cell, angle = cells.repeat_interleave(2, dim=0), torch.tensor([0.0, np.pi / 2]).repeat(4)
    grasps = top_grasps(maps, torch.zeros(8, dtype=torch.long), cell, angle, env.workspace, GraspPrimitiveCfg())
    actions = grasps.action(env.arms, env.decoder.push.points)
    before = state(env)
    lifted, reachable = QuickGrasps(env)(0, actions)
    whole = env.imagine(0, actions)
    assert bool(reachable.all()) and torch.equal(reachable, whole.reachable)
    assert 0 < int(lifted[:, slab].sum()) < 8  # the slab is longer than the jaws are wide, and narrow enough across
    assert torch.equal(lifted[:, slab], whole.lifted.any(dim=1)[:, slab])
    after = state(env)
    assert all(np.array_equal(before[name], after[name]) for name in before)
