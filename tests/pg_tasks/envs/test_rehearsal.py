"""What was tried in copies of a world is what happens in it."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

import pytest
import torch
from tensordict import TensorDict

from pg_tasks.envs.push_grasp_env import PushGraspEnv
from pg_tasks.training.pg4da.teachers import LookAheadTeacher, Shown
from pg_tasks.training.pg4da.vec_env import ImageVecEnv
from pushgrasp.interface.action import Kind
from pushgrasp.policies.baselines.oracle.geometry import target_costs
from pushgrasp.policies.pg4da.spatial.choices import Choices
from pushgrasp.policies.pg4da.spatial.nets import NUM_CHOICES, NUM_GRASPS
from pushgrasp.policies.pg4da.spatial.rehearsal import GRASPS, STROKES, Rehearsal, drawn_choices
from pushgrasp.scenes.file import write_scene
from pushgrasp.scenes.scene import Scene, SceneObject


@pytest.fixture(scope="module")
def env(tmp_path_factory: pytest.TempPathFactory, run_environment: Callable) -> Iterator[PushGraspEnv]:
    """A cube with others on two sides, in two worlds."""
    places = ((0.0, 0.0), (0.052, 0.0), (0.0, 0.052))
    scene = Scene(tuple(SceneObject("cube", (*place, 0.025)) for place in places), target=0)
    path = tmp_path_factory.mktemp("scenes") / "corner.json"
    write_scene(path, scene)
    with run_environment(f"env.clutter.scenes={path}", "env.scene.env_spacing=0.0") as env:
        yield env


def listed(env: PushGraspEnv) -> tuple[Choices, torch.Tensor]:
    """What may be chosen in a new scene, and which numbers can be carried out in world 0."""
    vec_env = ImageVecEnv(env)
    vec_env.reset()
    choices = vec_env.choices
    grasps, strokes = choices.grasps.evidence[0, ..., 0].flatten(), choices.strokes.evidence[0, :, 0]
    return choices, torch.cat((grasps, strokes)) > 0.5


def seeded(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_worth_is_what_comes_of_it(env: PushGraspEnv) -> None:
    vec_env = ImageVecEnv(env)
    vec_env.reset()
    listed = vec_env.choices
    choices, worth = Rehearsal(env)(listed, {0: seeded(0), 1: seeded(1)})
    is_grasp = choices < NUM_GRASPS
    assert choices.shape == worth.shape == (2, GRASPS + STROKES) and bool((choices >= 0).all())
    assert is_grasp.sum(dim=1).tolist() == [GRASPS] * 2
    # In world 0 the best and the worst of each kind, one after the other; the scene is laid anew before each.
    for kind in (is_grasp[0], ~is_grasp[0]):
        of_kind = worth[0].masked_fill(~kind, torch.nan)
        for tried in {int(of_kind.nan_to_num(-1.0).argmax()), int(of_kind.nan_to_num(9.0).argmin())}:
            env.reset(seed=1)
            start = env.objects.position[0].clone()
            env.end_rule = lambda outcome: torch.zeros_like(outcome.success)
            env.carry_out(listed.action(choices[:, tried], env.rig, env.cfg.decoder))
            env.end_rule = None
            assert bool(env.outcome.is_grasp[0]) == bool(is_grasp[0, tried])
            if is_grasp[0, tried]:
                assert bool(env.outcome.grasped[0]) == (float(worth[0, tried]) == 1.0)
            elif float((env.objects.position[0] - start).norm(dim=-1).max()) > 0.01:
                cost = float(target_costs(env.state)[0])
                assert float(worth[0, tried]) == pytest.approx(math.exp(-cost / 2.0), rel=1e-3)
    assert 0.0 < float(worth[0, is_grasp[0]].mean()) < 1.0


def test_choices_are_different_ones_that_can_be_carried_out(env: PushGraspEnv) -> None:
    choices, usable = listed(env)
    for seed in range(20):
        drawn = drawn_choices(choices, 0, seeded(seed))
        assert len(drawn.unique()) == len(drawn) == GRASPS + STROKES
        assert bool(usable[drawn].all()) and int(drawn.max()) < NUM_CHOICES


def test_what_a_policy_prefers_is_tried(env: PushGraspEnv) -> None:
    choices, usable = listed(env)
    grasp, stroke = int(usable[:NUM_GRASPS].nonzero()[-1]), int(usable.nonzero()[-1])
    preferred = torch.full((NUM_CHOICES,), -1.0)
    preferred[[grasp, stroke]] = 4.0
    for seed in range(10):
        drawn = drawn_choices(choices, 0, seeded(seed), preferred)
        assert len(drawn.unique()) == GRASPS + STROKES and bool(usable[drawn].all())
        assert {grasp, stroke} <= set(drawn.tolist())


def _shown(env: PushGraspEnv, observations: TensorDict, choices: Choices) -> Shown:
    teacher = LookAheadTeacher(env, 3)
    for world in range(env.num_envs):
        teacher.begin(world, seeded(world))
    return teacher.show(observations, choices, torch.ones(env.num_envs, dtype=torch.bool))


def test_the_look_ahead_mostly_takes_the_best_and_repeats_itself(env: PushGraspEnv) -> None:
    vec_env = ImageVecEnv(env)
    observations, _ = vec_env.reset()
    first, again = (_shown(env, observations, vec_env.choices) for _ in range(2))
    assert torch.equal(first.choices, again.choices) and bool((first.action == again.action).all())
    assert first.stroke is not None
    assert (first.stroke >= 0).tolist() == first.action.does(Kind.PUSH).tolist()
    env.reset(seed=1)
    assert float(first.worth.max()) == 1.0
