"""The full rig on the mujoco preset: arms that grasp, push, stop at what resists, and stay home when they cannot."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import cast

import mujoco
import numpy as np
import pytest
import torch
from isaaclab_newton.physics import MJWarpSolverCfg, NewtonCfg
from isaaclab_physx.physics import PhysxCfg

from pg_tasks.app import session
from pg_tasks.app.arguments import make_parser, parse
from pg_tasks.app.bench import Bench, Grasp
from pg_tasks.assets.objects import SLOT_LABEL
from pg_tasks.benchmarks.full_grasps import link_geoms, link_touches, tool_errors, tools
from pg_tasks.envs.push_grasp_env import PushGraspEnv
from pg_tasks.physics.contact_depth import geoms_named
from pg_tasks.tasks.push_grasp import DualArmPushGraspCfg
from pushgrasp.interface.action import Action, Kind, push_action
from pushgrasp.motion.arm.failure import Failure
from pushgrasp.motion.arm.joint_trajectory import JointTrajectory
from pushgrasp.motion.arm.model import ArmsCfg
from pushgrasp.motion.gimbal import gimbal_to_rotation
from pushgrasp.motion.trajectory import Phase
from pushgrasp.policies.baselines.oracle.actions import grasp_actions, push_actions
from pushgrasp.policies.baselines.oracle.geometry import target_grasps, target_pushes
from pushgrasp.scenes.scene import Scene, SceneObject

Actions = Callable[[PushGraspEnv], torch.Tensor]

PLACES = [(0.20, 0.10), (-0.30, -0.25)]
"""Middle of the lone cube in each world [m]; its side is 5 cm, its top 5 cm high."""

FREE_RUN = 0.02
"""Way of a stroke before it meets the cube [m]."""


@pytest.fixture(scope="module")
def bench(run_environment: Callable) -> Iterator[Bench]:
    with run_environment("env.rig=full", "env.clutter.num_objects=4", "env.clutter.layout=scattered") as env:
        env.reset(seed=0)
        yield Bench(env)


def place_cubes(bench: Bench) -> torch.Tensor:
    """Put a cube into each world; return its slots."""
    cubes = [SceneObject("cube", (x, y, 0.025), (0.0, 0.0, 0.0, 1.0)) for x, y in PLACES]
    slots = bench.place([Scene((cube,), 0) for cube in cubes])
    bench.rest(0.2)
    return slots


def grasp(bench: Bench, height: float, width: float) -> JointTrajectory:
    """Plan top-down grasps of the cubes at a height of the TCP [m]."""
    rotation = gimbal_to_rotation(torch.zeros(3))
    action = bench.grasps([Grasp(torch.tensor((*place, height)), rotation, width) for place in PLACES])
    assert [action.arms(world, Kind.GRASP) for world in range(2)] == [[1], [0]]
    return bench.plan(action)


def test_arms_wait_beside_the_picture(bench: Bench) -> None:
    env = bench.env
    env.reset(seed=1)
    assert torch.allclose(env.rig.joint_positions[..., :6], torch.tensor(ArmsCfg().home), atol=1e-4)
    free = env.heightmaps.height[env.heightmaps.ids == 0]
    assert float(free.abs().max()) < 0.005  # a link in the picture would be 0.3 m high


def test_grasp_lifts_a_lone_cube_along_the_plan(bench: Bench) -> None:
    slots = place_cubes(bench)
    motion = grasp(bench, 0.025, 0.08)
    assert motion.reachable.all()
    links, start = link_geoms(bench), bench.object_poses(slots)[0]
    assert links.sum() >= 12  # six links of two arms
    worst = torch.zeros(2, dtype=torch.float64)

    def watch(clock: float) -> None:
        nonlocal worst
        distance, angle = tool_errors(bench, motion, clock)
        worst = worst.maximum(torch.stack((distance.max(), angle.max())))
        assert not link_touches(bench, links).any()

    rise = bench.follow(motion, watch).rise[[0, 1], slots]
    assert ((rise - 0.15).abs() < 0.005).all()  # the lift is 15 cm
    assert not bench.env.rig.stopped_early.any()
    assert float(worst[0]) < 5e-3
    assert math.degrees(float(worst[1])) < 2.0
    assert ((bench.object_poses(slots)[0] - start).norm(dim=1) < 0.01).all()  # put back
    home = torch.tensor(ArmsCfg().home)
    assert torch.allclose(bench.env.rig.joint_positions[..., :6], home, atol=1e-3)


def test_descent_onto_a_cube_stops(bench: Bench) -> None:
    slots = place_cubes(bench)
    motion = grasp(bench, 0.02, 0.0)  # closed fingers, 3 cm into the cube
    start, lowest, low = bench.object_poses(slots)[0], torch.ones(2), torch.ones(2)

    def watch(clock: float) -> None:
        nonlocal lowest, low
        tips = tools(bench).position[[0, 1], [1, 0], 2]
        low = bench.object_poses(slots)[0][:, 2].minimum(low)
        lowest = lowest.minimum(tips)

    bench.follow(motion, watch)
    assert bench.env.rig.stopped_early.tolist() == [[False, True], [True, False]]
    assert ((lowest - 0.05).abs() < 0.003).all()
    assert (low > 0.024).all()  # not squeezed into the table
    assert ((bench.object_poses(slots)[0] - start).norm(dim=1) < 0.005).all()


def strokes(bench: Bench) -> Action:
    """Strokes of 15 cm along -y, from 2 cm behind each cube."""
    offset = FREE_RUN + 0.025 + bench.env.cfg.gripper.closed_section[1] / 2  # half a cube, half the breadth of a pad
    starts = torch.tensor([(x, y + offset, 0.012) for x, y in PLACES])
    path = starts[:, None] - torch.linspace(0.0, 0.15, 32)[:, None] * torch.tensor([0.0, 1.0, 0.0])
    paths, yaw = path[:, None].expand(-1, 2, -1, -1), torch.zeros(2, 2, 32)
    return push_action(paths, yaw, torch.tensor([[False, True], [True, False]]))


def test_push_moves_a_lone_cube(bench: Bench) -> None:
    slots = place_cubes(bench)
    start = bench.object_poses(slots)[0]
    bench.follow(bench.plan(strokes(bench)))
    moved = bench.object_poses(slots)[0] - start
    assert not bench.env.rig.stopped_early.any()
    assert ((moved[:, 1] + 0.15 - FREE_RUN).abs() < 0.015).all()
    assert (moved[:, 0].abs() < 0.02).all()


@pytest.fixture
def heavy(bench: Bench) -> Iterator[None]:
    """Cubes of 125 g weigh a thousand times as much: friction holds them against 600 N."""
    weigh_objects(bench, 1000.0)
    yield
    weigh_objects(bench, 0.001)


def weigh_objects(bench: Bench, factor: float) -> None:
    for model in bench.solver.models:
        objects = np.array([SLOT_LABEL in model.body(index).name for index in range(model.nbody)])
        model.body_mass[objects] *= factor
        model.body_inertia[objects] *= factor


def forces_ahead(bench: Bench) -> torch.Tensor:
    """Forces along -y [N] with which the pads press on the objects now, shape (N,)."""
    found, force = torch.zeros(bench.worlds), np.zeros(6)
    for world, (model, data) in enumerate(zip(bench.solver.models, bench.solver.datas, strict=True)):
        pads = geoms_named(model, "pad").astype(int)
        for index, contact in enumerate(data.contact):
            mujoco.mj_contactForce(model, data, index, force)
            on_second = force[:3] @ contact.frame.reshape(3, 3)
            found[world] -= float(on_second[1]) * (pads[contact.geom[0]] - pads[contact.geom[1]])
    return found


@pytest.mark.usefixtures("heavy")
def test_stroke_against_what_does_not_move_stops(bench: Bench) -> None:
    slots = place_cubes(bench)
    motion, start = bench.plan(strokes(bench)), bench.object_poses(slots)[0]
    forces, places = [], []

    def watch(clock: float) -> None:
        del clock
        forces.append(forces_ahead(bench))
        places.append(tools(bench).position[[0, 1], [1, 0]])

    bench.follow(motion, watch)
    assert bench.env.rig.stopped_early.tolist() == [[False, True], [True, False]]
    assert ((bench.object_poses(slots)[0] - start).norm(dim=1) < 0.02).all()
    clocks = bench.dt * torch.arange(1, len(forces) + 1)
    phase = motion.sample_many(clocks.expand(2, -1)).phase[[0, 1], [1, 0]]
    force, place = torch.stack(forces, dim=1), torch.stack(places, dim=1)
    for world in range(2):
        last = int((phase[world] == Phase.PUSH).nonzero()[-1])
        assert float(force[world, last - 5 : last].max()) < 1.1 * bench.env.rig.limits.push_force
        # it rises a little behind where it has stopped
        high = place[world][(phase[world] == Phase.RETREAT) & (place[world, :, 2] > 0.1)]
        back = torch.tensor([0.0, bench.env.rig.limits.back_off])  # strokes go along -y
        assert ((high - place[world, last])[:, :2] - back).abs().max() < 0.015
    assert torch.allclose(bench.env.rig.joint_positions[..., :6], torch.tensor(ArmsCfg().home), atol=1e-3)


def test_looking_on_changes_nothing(bench: Bench, pushing: Actions, grasping: Actions) -> None:
    """Ticks taken ahead of Isaac Lab are, to the bit, the ticks taken through it."""
    env, ends = bench.env, []
    for callback in (None, lambda: None):
        env.reset(seed=1)
        env.tick_callback = callback
        env.step(torch.stack((pushing(env)[0], grasping(env)[1])))
        env.tick_callback = None
        assert env.outcome.executed.all()
        ends.append((env.objects.position.clone(), env.rig.joint_positions.clone(), env.outcome.success.clone()))
    assert all(torch.equal(one, two) for one, two in zip(*ends, strict=True))


def test_what_the_arms_cannot_do_moves_nothing(
    bench: Bench, grasping: Actions, monkeypatch: pytest.MonkeyPatch
) -> None:
    env = bench.env
    env.reset(seed=2)
    before = env.objects.position.clone(), env.rig.joint_positions.clone()
    monkeypatch.setattr(env.rig, "_cfg", replace(ArmsCfg(), transit_height=0.6))  # nothing travels as high as that
    env.step(grasping(env))
    assert env.action.planned.all()
    assert env.outcome.executed.tolist() == [False, False]
    assert not env.outcome.success.any()
    motion = cast("JointTrajectory", env.motion)
    assert (motion.failure == Failure.CLUTTER).any(dim=1).all()
    torch.testing.assert_close(env.objects.position, before[0], atol=1e-4, rtol=0.0)
    torch.testing.assert_close(env.rig.joint_positions, before[1], atol=1e-4, rtol=0.0)


@pytest.mark.parametrize(
    ("word", "message"),
    [
        ("env.rig=flying", "env.rig='flying': one of training, full is needed"),
        ("env.limits.push_speed=0.1", "env.limits is the training rig's: with env.rig=full set env.arm_limits"),
        ("env.arm_limits.push_speed=-0.1", "env.arm_limits.push_speed=-0.1: a finite number"),
        ("env.arms.speed=0.0", "env.arms.speed=0.0: a finite number"),
        ("env.num_arms=3", "env.num_arms=3: one of 1, 2 is needed"),
    ],
)
def test_values_that_do_not_fit_are_refused(word: str, message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        session.resolve(*parse(make_parser(""), ["physics=mujoco", "env.rig=full", word]))


def test_there_must_be_as_many_bases_as_arms() -> None:
    cfg = DualArmPushGraspCfg()
    cfg.arms = replace(cfg.arms, bases=cfg.arms.bases[:1])
    with pytest.raises(ValueError, match=r"env\.arms\.bases holds 1: env\.num_arms=2 needs as many"):
        cfg.validate_config()


@pytest.mark.parametrize(("preset", "physics"), [("newton_mjwarp", NewtonCfg), ("physx", PhysxCfg)])
def test_the_other_presets_have_the_same_arms(preset: str, physics: type, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    cfg, _ = session.resolve(*parse(make_parser(""), [f"physics={preset}", "env.rig=full", "env.arms.speed=2.0"]))
    assert type(cfg.sim.physics) is physics
    assert preset == "physx" or type(cfg.sim.physics.solver_cfg) is MJWarpSolverCfg
    cfg.scene.replace_grippers(cfg.arms)
    assert cfg.scene.left_gripper is None
    assert cfg.scene.right_gripper is None
    assert (cfg.scene.left_arm.init_state.pos, cfg.scene.right_arm.init_state.pos) == ((-0.7, 0, 0.3), (0.7, 0, 0.3))
    assert cfg.arms.speed == 2.0


def test_arms_do_what_was_imagined_to_the_bit(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """World 0 grasps, so that it feels touch and latches a grip; world 1 pushes."""
    env = bench.env
    env.reset(seed=1)
    grasp = grasp_actions(target_grasps(env.state, 0).select(torch.tensor([0])), env.arms, 32)
    pushes = target_pushes(env, 1)
    push = push_actions(pushes, torch.zeros(len(pushes.valid)))[[0]]
    imagined = [env.imagine(world, action) for world, action in enumerate((grasp, push))]
    monkeypatch.setattr(env, "end_rule", lambda outcome: torch.zeros_like(outcome.fault))  # no new scene after it
    outcome = env.carry_out(torch.cat([grasp, push]))
    assert imagined[0].lifts_only(int(env.objects.target[0])).tolist() == [True]
    assert bool(outcome.success[0]) and bool(imagined[1].moved.any())
    for world in range(2):
        assert torch.equal(env.objects.position[world], imagined[world].after.position[0])
        assert torch.equal(env.objects.quaternion[world], imagined[world].after.quaternion[0])


@pytest.mark.usefixtures("heavy")
def test_strokes_stop_where_it_was_imagined(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    env, slots = bench.env, place_cubes(bench)
    action = strokes(bench)
    imagined = [env.imagine(world, action[[world]]) for world in range(2)]
    monkeypatch.setattr(env, "end_rule", lambda outcome: torch.zeros_like(outcome.fault))  # no new scene after it
    env.carry_out(action)
    assert env.rig.stopped_early.tolist() == [[False, True], [True, False]]
    for world, slot in enumerate(slots.tolist()):
        assert torch.equal(env.objects.position[world, slot], imagined[world].after.position[0, slot])
