"""What arms do at once: two grasps, a grasp and a push, moves; judged from where blocks of known place end."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

import pytest
import torch
from scipy.spatial.transform import Rotation

from pg_tasks.envs.push_grasp_env import PushGraspEnv
from pushgrasp.interface.action import Action, Kind
from pushgrasp.interface.outcome import Outcome
from pushgrasp.scenes.scene import Scene, SceneObject

pytestmark = pytest.mark.slow

PLACES = ((-0.2, 0.0), (0.2, 0.0))
"""Middles of a cube of 5 cm, the target, and of a cuboid that lies along y, as wide and high [m]."""

TURNS = (0.0, 90.0)
"""How they are turned about z [degrees]."""


@pytest.fixture(scope="module", params=["training", "full"])
def env(request: pytest.FixtureRequest, run_environment: Callable) -> Iterator[PushGraspEnv]:
    words = (f"env.rig={request.param}", "env.clutter.num_objects=2", "env.clutter.layout=scattered")
    with run_environment(*words) as env:
        env.reset(seed=0)
        env.end_rule = lambda outcome: torch.zeros_like(outcome.fault)
        yield env


def carried_out(env: PushGraspEnv, action: Action) -> tuple[Outcome, torch.Tensor]:
    """Lay both blocks in both worlds, do the action; return the outcome and the slots of the blocks, (2, 2)."""
    turns = [tuple(Rotation.from_euler("z", turn, degrees=True).as_quat().tolist()) for turn in TURNS]
    shapes = zip(("cube", "cuboid"), PLACES, turns, strict=True)
    blocks = tuple(SceneObject(name, (x, y, 0.025), turn) for name, (x, y), turn in shapes)
    worlds, layout = torch.arange(2), env.cfg.clutter.slot_layout()
    slots = torch.stack([layout.assign([Scene(blocks, i)] * 2).target for i in (0, 1)], dim=1)
    env.rig.reset(worlds)
    env.objects.place(worlds, layout.assign([Scene(blocks, 0)] * 2), torch.Generator().manual_seed(0))
    env._settle([0, 1])
    return env.carry_out(action), slots


def at_blocks(*kinds: Kind) -> Action:
    """Two worlds in which the arms do this to the block on their side; pushes go 10 cm along y past it, 12 cm aside."""
    action = Action.none(2, 2, 9)
    action.kind = torch.tensor([kinds] * 2)
    action.valid = action.kind != Kind.NONE
    action.position[..., :2], action.position[..., 2] = torch.tensor(PLACES), 0.02
    action.width[:] = 0.07
    action.path[..., :2] = torch.tensor(PLACES)[:, None] + torch.tensor([[-0.12, 0.0], [0.12, 0.0]])[:, None]
    action.path[..., 1] += torch.linspace(0.0, 0.1, 9)
    action.path[..., 2] = 0.012
    return action


def test_two_blocks_are_lifted_at_once(env: PushGraspEnv) -> None:
    outcome, slots = carried_out(env, at_blocks(Kind.GRASP, Kind.GRASP))
    assert outcome.executed.all() and outcome.success.all() and not outcome.wrong_lifted.any()
    for arm in (0, 1):
        assert outcome.lifted[:, arm].nonzero()[:, 1].tolist() == slots[:, arm].tolist()
    assert outcome.taken.sum(dim=1).tolist() == [2, 2]
    both = float(env.motion.duration[0])
    carried_out(env, at_blocks(Kind.GRASP, Kind.NONE))
    assert both < 1.1 * float(env.motion.duration[0])


def test_one_arm_grasps_while_the_other_pushes(env: PushGraspEnv) -> None:
    outcome, slots = carried_out(env, at_blocks(Kind.GRASP, Kind.PUSH))
    assert outcome.executed.all() and outcome.success.all()
    assert outcome.lifted[:, 0].nonzero()[:, 1].tolist() == slots[:, 0].tolist() and not outcome.lifted[:, 1].any()
    assert not outcome.moved[torch.arange(2), slots[:, 1]].any()


@pytest.mark.parametrize("kinds", [(Kind.MOVE, Kind.NONE), (Kind.NONE, Kind.MOVE), (Kind.MOVE, Kind.MOVE)])
def test_a_block_is_put_down_at_its_place(env: PushGraspEnv, kinds: tuple[Kind, Kind]) -> None:
    action = at_blocks(*kinds)
    turn = torch.tensor(Rotation.from_euler("z", 50, degrees=True).as_matrix(), dtype=torch.float32)
    action.place_position = action.position + torch.tensor([0.03, 0.2, 0.0])
    action.place_rotation = turn @ action.rotation
    outcome, slots = carried_out(env, action)
    assert outcome.executed.all() and not outcome.taken.any()
    for arm, kind in enumerate(kinds):
        slot, (x, y) = int(slots[0, arm]), PLACES[arm]
        place, turned = env.objects.position[:, slot], env.objects.quaternion[:, slot]
        moved = kind == Kind.MOVE
        expected = torch.tensor([x + 0.03, y + 0.2, 0.025] if moved else [x, y, 0.025])
        assert float((place - expected).norm(dim=-1).max()) < (0.01 if moved else 0.001)
        angle = TURNS[arm] + (50.0 if moved else 0.0)
        error = Rotation.from_quat(turned.numpy()) * Rotation.from_euler("z", -angle, degrees=True)
        assert math.degrees(error.magnitude().max()) < 10.0
        assert outcome.lifted[:, arm, slot].tolist() == [moved] * 2
        assert outcome.moved[:, slot].tolist() == [moved] * 2
