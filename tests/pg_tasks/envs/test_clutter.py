"""The environment on heaps: how they settle, pushes with two grippers, and trials that repeat."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
import torch

from pg_tasks.app.trials import run_trials
from pg_tasks.assets.gripper import BASE_FORCE
from pg_tasks.envs.push_grasp_env import PushGraspEnv
from pushgrasp.interface.action import Action
from pushgrasp.interface.outcome import lost_slots
from pushgrasp.motion.arms import min_separation
from pushgrasp.perception.heightmap import Heightmaps
from pushgrasp.physics.free_grippers import BASE_STIFFNESS

OBJECTS = 8
SEEDS = range(3)
Actions = Callable[[PushGraspEnv], torch.Tensor]


@pytest.fixture(scope="module")
def env(run_environment: Callable) -> Iterator[PushGraspEnv]:
    with run_environment(f"env.clutter.num_objects={OBJECTS}", "env.clutter.layout=cluttered") as env:
        yield env


def wait(env: PushGraspEnv, seconds: float) -> None:
    """Let time pass with the grippers at home."""
    for _ in range(round(seconds / env.physics_dt)):
        env.rig.hold()
        env.scene.write_data_to_sim()
        env.sim.step(render=False)
        env.scene.update(dt=env.physics_dt)


@pytest.mark.parametrize("seed", SEEDS)
def test_heap_has_settled_at_the_first_picture(env: PushGraspEnv, seed: int) -> None:
    env.reset(seed=seed)
    active, before = env.objects.active, env.objects.position.clone()
    assert active.sum(dim=1).tolist() == [OBJECTS, OBJECTS]
    assert not lost_slots(before, active).any()
    assert float(before[active][:, 2].min()) > 0.01  # half the thinnest block is 12.5 mm
    assert float(before[active][:, 2].max()) > 0.04  # something lies on something
    wait(env, 0.5)
    moved = (env.objects.position - before)[active].norm(dim=-1)
    assert float(moved.median()) < 0.001
    assert float(moved.max()) < 0.010


def test_picture_shows_active_slots_only(env: PushGraspEnv) -> None:
    for seed in SEEDS:
        env.reset(seed=seed)
        for world in range(2):
            seen = set(env.heightmaps.ids[world].unique().tolist()) - {0}
            assert len(seen) >= OBJECTS // 2
            assert seen <= set((env.objects.active[world].nonzero()[:, 0] + 1).tolist())


def look_again(env: PushGraspEnv, worlds: torch.Tensor | None = None) -> Heightmaps:
    """Heightmaps from a new picture of an unchanged scene."""
    env.scene["camera"].reset()
    return env.observer.heightmaps(worlds)


def test_pictures_traced_on_all_cores_are_those_that_newton_traces_on_one(
    env: PushGraspEnv, monkeypatch: pytest.MonkeyPatch
) -> None:
    env.reset(seed=0)
    sensor = env.scene["camera"]._renderer.newton_sensor
    monkeypatch.setattr(sensor.update, "_threads", 3)  # 288 rows in bands of 96
    banded = look_again(env)
    monkeypatch.delattr(sensor, "update")  # the class's own method comes through
    alone = look_again(env)
    assert banded.height.max() > 0.04
    for name in ("colour", "height", "ids"):
        assert torch.equal(getattr(banded, name), getattr(alone, name)), name


def test_picture_of_one_world_is_that_of_all(env: PushGraspEnv) -> None:
    env.reset(seed=0)
    both, second = look_again(env), look_again(env, torch.tensor([1]))
    for name in ("colour", "height", "ids"):
        assert torch.equal(getattr(second, name), getattr(both, name)[1:]), name


@pytest.mark.parametrize("seed", SEEDS)
def test_push_moves_blocks_with_grippers_apart(env: PushGraspEnv, pushing: Actions, seed: int) -> None:
    env.reset(seed=seed)
    target, active, before = env.target_id.clone(), env.objects.active.clone(), env.objects.position.clone()
    ticks: list[torch.Tensor] = []
    env.tick_callback = lambda: ticks.append(env.rig.joint_positions.clone())
    _, reward, terminated, _, _ = env.step(pushing(env))
    env.tick_callback = None
    assert env.outcome.is_grasp.tolist() == [False, False]
    assert env.outcome.executed.all()
    if not terminated.any():
        assert torch.equal(env.target_id, target)
        moved = ((env.objects.position - before).norm(dim=-1) * active).amax(dim=1)
        assert (moved > 0.01).all()
    assert ((reward >= 0.0) & (reward <= 1.0)).all()
    # Set-points keep 15 cm; each gripper yields to at most its force limit of 25 N with 4000 N/m: 6 mm.
    assert (min_separation(env.trajectory, env.physics_dt) > env.cfg.limits.separation - 1e-4).all()
    tips = torch.stack(ticks)[..., :3]
    low = (tips[..., 2] < env.cfg.limits.travel_height - 0.01).all(dim=-1)
    distance = (tips[:, :, 0] - tips[:, :, 1]).norm(dim=-1)
    assert (distance[low] > env.cfg.limits.separation - 2 * BASE_FORCE / BASE_STIFFNESS).all()
    closed = torch.stack(ticks)[..., 6:].sum(dim=-1)[low[..., None].expand(-1, -1, 2)]
    assert (closed < 0.01).all()


def test_some_pushes_use_both_grippers(env: PushGraspEnv, pushing: Actions) -> None:
    both = 0
    for seed in SEEDS:
        env.reset(seed=seed)
        env.step(pushing(env))
        both += int(env.action.valid.all(dim=1).sum())
    assert both >= 1


def test_two_policies_meet_the_same_scenes(
    env: PushGraspEnv, grasping: Actions, pushing: Actions, policy_of: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(env.cfg, "max_actions", 2)
    # All trials are as long, so that each runs in the same world for both: origins differ in the last bits.
    monkeypatch.setattr(env, "end_rule", lambda outcome: torch.zeros_like(outcome.success))
    scenes: list[dict[int, tuple[torch.Tensor, ...]]] = []
    for policy in (grasping, pushing):
        met: dict[int, tuple[torch.Tensor, ...]] = {}

        def act(policy: Actions = policy, met: dict = met) -> Action:
            for world, trial in enumerate(env.scenes.trial.tolist()):
                objects = env.objects
                facts = (objects.position[world], objects.active[world], objects.target[world])
                met.setdefault(trial, tuple(fact.clone() for fact in facts))
            return env.decode(policy(env))

        records = run_trials(env, policy_of(act), 4, seed=3)
        assert [record.trial for record in records] == [0, 1, 2, 3]
        scenes.append(met)
    for trial in range(4):
        (first, active, target), (second, other_active, other_target) = (met[trial] for met in scenes)
        assert torch.equal(active, other_active)
        assert torch.equal(target, other_target)
        assert torch.equal(first, second)  # a world settles by itself, whatever the others do
    assert env.scenes.trial.tolist() == [-1, -1]


def test_a_picture_of_one_world_is_that_of_all_and_leaves_the_others_alone(env: PushGraspEnv) -> None:
    env.reset(seed=1)
    before = [image.clone() for image in env.observer.picture()]
    old = env.heightmaps
    env._reset_idx([1])
    observations = env._get_observations()
    for image, last in zip(env.observer.picture(), before, strict=True):
        assert torch.equal(image[0], last[0])
        assert not torch.equal(image[1], last[1])
    partly = env.heightmaps
    env.scene["camera"].reset()  # so that the next picture is taken anew
    fully = env._look()
    for name in ("colour", "height", "ids"):
        assert torch.equal(getattr(partly, name), getattr(fully, name))
        assert torch.equal(getattr(partly, name)[0], getattr(old, name)[0])
    assert torch.equal(observations["policy"], fully.colour)
    assert old is not partly


def test_looking_on_changes_nothing(env: PushGraspEnv, pushing: Actions) -> None:
    """Ticks taken ahead of Isaac Lab are, to the bit, the ticks taken through it."""
    ends = []
    for callback in (None, lambda: None):
        env.reset(seed=1)
        env.tick_callback = callback
        observations, reward, *_ = env.step(pushing(env))
        env.tick_callback = None
        ends.append((env.objects.position.clone(), env.rig.joint_positions.clone(), observations["policy"], reward))
    assert all(torch.equal(one, two) for one, two in zip(*ends, strict=True))


def test_an_action_does_not_feel_the_other_world(
    env: PushGraspEnv, pushing: Actions, grasping: Actions, monkeypatch: pytest.MonkeyPatch
) -> None:
    """World 0 pushes; world 1 pushes or grasps, which takes another time."""
    monkeypatch.setattr(env, "_reset_idx", lambda worlds: None)
    ends, ticks = [], []
    for other in (pushing, grasping):
        PushGraspEnv._reset_idx(env, [0, 1])
        env.scenes.begin_trials(5)
        PushGraspEnv._reset_idx(env, [0, 1])
        env.scenes.end_trials()
        env.heightmaps = env._look()
        env.step(torch.stack((pushing(env)[0], other(env)[1])))
        ends.append(torch.cat((env.objects.position[0], env.objects.quaternion[0]), dim=-1).clone())
        ticks.append(env.action_ticks.tolist())
    assert ticks[0][0] == ticks[1][0]
    assert ticks[0][1] != ticks[1][1]
    assert torch.equal(*ends)
