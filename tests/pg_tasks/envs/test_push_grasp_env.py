"""The environment on scattered blocks: contracts of Isaac Lab environments, grasps, ends of episodes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count

import gymnasium
import numpy as np
import pytest
import torch
from scipy.spatial.transform import Rotation

from pg_tasks.app.trials import run_trials
from pg_tasks.envs.push_grasp_env import PushGraspEnv
from pushgrasp.interface.action import Action, Kind
from pushgrasp.perception.camera_noise import CameraNoiseCfg
from pushgrasp.scenes.shapes import SHAPES, mesh

OBJECTS = 4
Actions = Callable[[PushGraspEnv], torch.Tensor]


@pytest.fixture(scope="module")
def env(run_environment: Callable) -> Iterator[PushGraspEnv]:
    with run_environment(f"env.clutter.num_objects={OBJECTS}", "env.clutter.layout=scattered") as env:
        yield env


@pytest.fixture
def clumsy(env: PushGraspEnv, monkeypatch: pytest.MonkeyPatch) -> None:
    """Grasps fail: no block is narrower than the 1 cm that is left of the gripper's stroke of 14 cm."""
    monkeypatch.setattr(env.cfg.decoder.grasp, "stroke_margin", 0.13)


def state(env: PushGraspEnv) -> tuple[torch.Tensor, ...]:
    """Everything that an action may change."""
    objects, maps = env.objects, env.heightmaps
    poses = (objects.position, objects.quaternion, env.rig.joint_positions)
    return tuple(x.clone() for x in (*poses, maps.colour, maps.height, env.episode_length_buf, env.get_rng_state()))


def vertices(env: PushGraspEnv, world: int, slot: int) -> np.ndarray:
    """Mesh vertices (V, 3) [m] of a block where it lies."""
    points, _ = mesh(SHAPES[env.cfg.clutter.slot_layout().shapes[slot]])
    turn = Rotation.from_quat(env.objects.quaternion[world, slot].numpy())
    return turn.apply(points) + env.objects.position[world, slot].numpy()


def test_spaces_match_what_is_given(env: PushGraspEnv, grasping: Actions) -> None:
    observations, _ = env.reset(seed=0)
    assert env.single_action_space.shape == (3496,)
    assert env.single_observation_space["policy"] == gymnasium.spaces.Box(0.0, 1.0, (3, 224, 224), np.float32)
    for given in (observations, env.step(grasping(env))[0]):
        assert given.keys() == {"policy"}
        assert given["policy"].shape == env.observation_space.shape == (2, 3, 224, 224)
        assert env.observation_space.contains(given["policy"].numpy())
        assert 0.0 <= float(given["policy"].min()) < float(given["policy"].max()) <= 1.0


def test_noise_of_the_camera_belongs_to_the_trial(env: PushGraspEnv, monkeypatch: pytest.MonkeyPatch) -> None:
    def seen(*trials: int) -> list[torch.Tensor]:
        env.scenes.begin_trials(7, iter([*trials]))
        env.reset()
        env.scenes.end_trials()
        return list(env.heightmaps.height.clone())

    perfect, _ = seen(5, 6)
    monkeypatch.setattr(env.cfg, "camera_noise", CameraNoiseCfg(depth=0.001, holes=0.02, shift=0.002, tilt=0.005))
    monkeypatch.setattr(env.observer, "noise", {})
    (first, other), (_, again) = seen(5, 6), seen(9, 5)
    assert float(((first - again).abs() > 1e-5).float().mean()) < 0.01  # worlds further out round differently
    assert float(((first - other).abs() > 1e-5).float().mean()) > 0.5
    error = (first - perfect).abs()
    assert 0.0002 < float(error.mean()) < 0.01


def test_a_tilted_camera_is_mended_by_the_table_that_it_sees(
    env: PushGraspEnv, monkeypatch: pytest.MonkeyPatch
) -> None:
    def seen() -> torch.Tensor:
        env.scenes.begin_trials(7, iter([5, 6]))
        env.reset()
        env.scenes.end_trials()
        return env.heightmaps.ids.clone()

    perfect = seen()
    monkeypatch.setattr(env.cfg, "camera_noise", CameraNoiseCfg(tilt=0.01))
    monkeypatch.setattr(env.observer, "noise", {})
    levelled = seen()
    monkeypatch.setattr(env.observer, "_level", False)
    tilted = seen()
    overlap = [((ids > 0) & (perfect > 0)).sum() / ((ids > 0) | (perfect > 0)).sum() for ids in (levelled, tilted)]
    assert overlap[0] > 0.85 and overlap[1] < 0.6


def test_step_gives_one_number_per_world(env: PushGraspEnv, grasping: Actions) -> None:
    env.reset(seed=0)
    _, reward, terminated, truncated, extras = env.step(grasping(env))
    assert [x.shape for x in (reward, terminated, truncated)] == [(2,)] * 3
    assert (reward.dtype, terminated.dtype, truncated.dtype) == (torch.float32, torch.bool, torch.bool)
    assert {"Action/grasp_success", "Action/isolate_rate"} <= extras["log"].keys()


def test_seeded_reset_repeats_exactly(env: PushGraspEnv, grasping: Actions) -> None:
    env.reset(seed=3)
    first = state(env)
    env.reset(seed=4)
    assert not torch.equal(env.objects.position, first[0])
    env.step(grasping(env))
    env.reset(seed=3)
    assert all(torch.equal(one, two) for one, two in zip(first, state(env), strict=True))


def test_random_state_decides_the_next_scene(env: PushGraspEnv) -> None:
    env.reset(seed=5)
    kept = env.get_rng_state()
    env.reset()
    first = state(env)
    env.reset()
    env.set_rng_state(kept)
    env.reset()
    assert all(torch.equal(one, two) for one, two in zip(first, state(env), strict=True))


def test_blocks_rest_on_the_table(env: PushGraspEnv) -> None:
    env.reset(seed=6)
    assert env.objects.active.sum(dim=1).tolist() == [OBJECTS, OBJECTS]
    for world, slot in env.objects.active.nonzero().tolist():
        points = vertices(env, world, slot)
        assert abs(points[:, 2].min()) < 0.002
        assert np.abs(points[:, :2]).max() < 0.5
    parked = env.objects.position[~env.objects.active]
    assert (parked[:, 2] < -0.6).all()


def test_picture_shows_the_active_slots_at_their_heights(env: PushGraspEnv) -> None:
    env.reset(seed=7)
    for world in range(2):
        ids, height = env.heightmaps.ids[world], env.heightmaps.height[world]
        slots = env.objects.active[world].nonzero()[:, 0]
        assert ids.unique().tolist() == [0, *(slots + 1).tolist()]
        for slot in slots.tolist():
            seen, top = height[ids == slot + 1], vertices(env, world, slot)[:, 2].max()
            assert float(seen.max()) == pytest.approx(top, abs=0.003)
        assert int(env.target_id[world]) in ids


def test_target_is_green(env: PushGraspEnv) -> None:
    env.reset(seed=8)
    for world in range(2):
        ids, colour = env.heightmaps.ids[world], env.heightmaps.colour[world]
        greenness = [colour[1, ids == i].mean() - colour[[0, 2]][:, ids == i].mean(1).amax() for i in ids.unique()[1:]]
        assert int(ids.unique()[1:][torch.stack(greenness).argmax()]) == int(env.target_id[world])


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_action_that_is_not_finite_is_refused(env: PushGraspEnv, grasping: Actions, number: float) -> None:
    env.reset(seed=9)
    before, actions = state(env), grasping(env)
    actions[1, 77] = number
    with pytest.raises(ValueError, match="action is not finite in 1 of 2 worlds: 1"):
        env.step(actions)
    assert all(torch.equal(one, two) for one, two in zip(before, state(env), strict=True))


@pytest.mark.parametrize("shape", [(2, 3495), (1, 3496), (3496,), (2, 1, 3496)])
def test_action_of_the_wrong_shape_is_refused(env: PushGraspEnv, shape: tuple[int, ...]) -> None:
    env.reset(seed=9)
    before = state(env)
    with pytest.raises(ValueError, match="shape"):
        env.step(torch.zeros(shape))
    assert all(torch.equal(one, two) for one, two in zip(before, state(env), strict=True))


def test_refused_action_does_no_harm(env: PushGraspEnv, grasping: Actions) -> None:
    env.reset(seed=9)
    expected = env.step(grasping(env))[1]
    env.reset(seed=9)
    with pytest.raises(ValueError, match="not finite"):
        env.step(torch.full((2, 3496), float("nan")))
    assert torch.equal(env.step(grasping(env))[1], expected)


def test_top_down_grasps_lift_lone_blocks(env: PushGraspEnv, grasping: Actions, policy_of: Callable) -> None:
    rewards, calls = [], count()

    def act() -> Action:
        if next(calls) > 0:
            rewards.append((env.outcome, env.reward_buf.clone()))
        return env.decode(grasping(env))

    records = run_trials(env, policy_of(act), 6, seed=0)
    assert sum(record.completed for record in records) >= 5
    assert sum(record.count("push") for record in records) == 0
    assert not any(record.fault or record.objects_lost for record in records)
    for action in (action for record in records if record.completed for action in record.actions):
        assert action.pad_penetration_m is not None
        assert 1e-5 < action.pad_penetration_m < 3e-3  # what is held is pressed, and rubber sinks in by less than 3 mm
    assert rewards
    for outcome, reward in rewards:
        # Blocks stand 3 cm apart, so that the isolate rate is high: success 1.0, failure 0.5 (Wang & Kasaei, Fig. 6).
        assert reward[outcome.success].tolist() == [1.0] * int(outcome.success.sum())
        assert reward[~outcome.success].tolist() == pytest.approx([0.5] * int((~outcome.success).sum()))


def test_tie_of_scores_is_a_grasp(env: PushGraspEnv) -> None:
    env.reset(seed=1)
    env.step(torch.cat((torch.zeros(2, 56 * 56), torch.arange(360.0).expand(2, -1)), dim=1))
    assert env.outcome.is_grasp.tolist() == [True, True]


def test_most_vertical_class_is_chosen(env: PushGraspEnv, grasping: Actions) -> None:
    env.reset(seed=2)
    env.step(grasping(env))
    grasping_arm = env.action.kind == Kind.GRASP
    assert grasping_arm.sum(dim=1).tolist() == [1, 1]
    assert (env.action.rotation[grasping_arm][:, 2, 2] < -0.95).all()


@pytest.mark.usefixtures("clumsy")
def test_five_failed_grasps_end_the_episode(env: PushGraspEnv, grasping: Actions) -> None:
    env.reset(seed=10)
    scene = env.objects.position.clone()
    for attempt in range(1, 6):
        _, reward, terminated, truncated, _ = env.step(grasping(env))
        assert terminated.tolist() == [attempt == 5] * 2
        assert not truncated.any()
        assert reward.tolist() == pytest.approx([0.5, 0.5])
        assert not (env.outcome.executed | env.outcome.success).any()
    assert env.episode_length_buf.tolist() == [0, 0]
    assert not torch.allclose(env.objects.position, scene, atol=0.01)


@pytest.mark.usefixtures("clumsy")
def test_episode_is_cut_off_after_its_last_action(
    env: PushGraspEnv, grasping: Actions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(env.cfg, "max_actions", 3)
    env.reset(seed=11)
    for attempt in range(1, 4):
        _, _, terminated, truncated, _ = env.step(grasping(env))
        assert truncated.tolist() == [attempt == 3] * 2
        assert not terminated.any()


def test_environment_works_on_after_inference_mode(env: PushGraspEnv, grasping: Actions) -> None:
    with torch.inference_mode():
        env.reset(seed=0)
        env.step(grasping(env))
    env.reset(seed=0)
    env.step(grasping(env))
