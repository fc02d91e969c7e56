"""The trained policy without a simulator: it acts, repeats itself, and foreign weights are refused."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import torch

from pushgrasp.interface.action import Action, Kind
from pushgrasp.interface.outcome import Outcome
from pushgrasp.interface.world import Observation
from pushgrasp.learning.checkpoint import CheckpointError, CheckpointInfo, save_checkpoint
from pushgrasp.perception.heightmap import Heightmaps
from pushgrasp.perception.workspace import Workspace
from pushgrasp.policies.pg4da.backbone.avn import build_backbone
from pushgrasp.policies.pg4da.backbone.weights import save_weights
from pushgrasp.policies.pg4da.policy import Backbone, Pg4daPolicy, load_actor, load_policy
from pushgrasp.policies.pg4da.pretrained import pretrained_policy
from pushgrasp.policies.pg4da.training.config import runner_config
from pushgrasp.policies.pg4da.training.models import GaussianActor

from ..tables import Tables

CHECKPOINT = pretrained_policy("dual_arm_push_grasp")


@dataclass
class Agent:
    """Default settings around a backbone."""

    backbone: Backbone

    def train_cfg(self) -> dict[str, Any]:
        return runner_config()


def seen(*worlds: int) -> Observation:
    """World 0: a lone green block of 5.4 x 3.6 cm; 1: the same walled in by four red ones; 2: the walls alone."""
    ids = torch.zeros(3, 224, 224, dtype=torch.long)
    for number, (row, column) in enumerate([(106, 88), (106, 122), (93, 106), (119, 106)]):
        ids[1:, row : row + 12, column : column + 12] = number + 2
    ids[:2, 108:116, 106:118] = 1
    palette = torch.tensor([[0.5, 0.5, 0.5], [0.1, 0.7, 0.2], *[[0.8, 0.2, 0.2]] * 4])
    maps = Heightmaps(palette[ids].permute(0, 3, 1, 2), (ids > 0) * 0.05, ids)
    return Observation(maps, torch.ones(3, dtype=torch.long), Workspace()).of(torch.tensor(worlds))


@pytest.fixture(scope="module")
def policy() -> Pg4daPolicy:
    return load_policy(Tables(3), CHECKPOINT)


def acted(policy: Pg4daPolicy, *worlds: int, running: tuple[bool, ...] = (True, True, True)) -> Action:
    for world in range(3):
        policy.begin(world, torch.Generator().manual_seed(7))
    return policy.act(seen(*worlds), torch.tensor(running))


def same(one: Action, other: Action) -> bool:
    return bool((one == other).all())


def test_a_lone_target_is_grasped_and_a_hidden_one_is_looked_for(policy: Pg4daPolicy) -> None:
    action = acted(policy, 0, 1, 2)
    assert action.planned.all()
    assert action.does(Kind.GRASP)[0] and action.does(Kind.PUSH)[2]
    (arm,) = action.arms(0, Kind.GRASP)
    middle = seen(0).workspace.cell_to_xy(torch.tensor([[111.5, 111.5]]))[0]
    assert float((action.position[0, arm, :2] - middle).norm()) < 0.03
    assert 0.035 < float(action.width[0, arm]) < 0.14
    chances = action.score[:, [Kind.GRASP, Kind.PUSH]].exp()
    torch.testing.assert_close(chances.sum(dim=1), torch.ones(3))
    assert chances[0, 0] > 0.5 > chances[2, 0]


def test_two_objects_are_grasped_at_once_only_where_the_table_is_cleared(policy: Pg4daPolicy) -> None:
    ids = torch.zeros(3, 224, 224, dtype=torch.long)
    ids[:, 108:116, 60:72], ids[:, 108:116, 150:162] = 1, 2
    palette = torch.tensor([[0.5, 0.5, 0.5], [0.1, 0.7, 0.2], [0.8, 0.2, 0.2]])
    maps = Heightmaps(palette[ids].permute(0, 3, 1, 2), (ids > 0) * 0.05, ids)
    for clearing, arms in ((True, [0, 1]), (False, [0])):
        for world in range(3):
            policy.begin(world, torch.Generator().manual_seed(7))
        action = policy.act(Observation(maps, torch.ones(3).long(), Workspace(), clearing), torch.ones(3).bool())
        assert [action.arms(world, Kind.GRASP) for world in range(3)] == [arms] * 3
        middles = torch.tensor([65.5, 155.5])[arms] / 224 + 0.5 / 224 - 0.5
        torch.testing.assert_close(action.position[:, arms, 0], middles.expand(3, -1), atol=0.02, rtol=0.0)


def test_what_is_done_does_not_depend_on_the_world_or_what_runs_beside(policy: Pg4daPolicy) -> None:
    whole, turned = acted(policy, 0, 1, 2), acted(policy, 2, 0, 1)
    assert same(whole[[2, 0, 1]], turned)
    alone = acted(policy, 0, 1, 2, running=(False, True, False))
    assert same(alone[[1]], whole[[1]])


def test_what_has_failed_is_not_done_again_until_a_trial_begins(policy: Pg4daPolicy) -> None:
    first = acted(policy, 0, 0, 0)
    no, slots = torch.zeros(3, dtype=torch.bool), torch.zeros(3, 2, dtype=torch.bool)
    lifted = torch.zeros(3, 2, 2, dtype=torch.bool)
    policy.learn_of(first, Outcome(first.kind, ~no, no, no, no, no, lifted, slots, slots))
    again = policy.act(seen(0, 0, 0), ~no)
    assert not same(again[[0]], first[[0]])
    assert same(acted(policy, 0, 0, 0), first)


def test_checkpoints_of_the_published_head_play_too(tmp_path: Path) -> None:
    cfg = runner_config(head="paper")
    shapes = {"avh": (1, 360, 56, 56), "relevance": (1, 3496)}
    from rsl_rl.utils import resolve_class
    from tensordict import TensorDict

    example = TensorDict({name: torch.zeros(shape) for name, shape in shapes.items()}, batch_size=[1])
    actor_class, kwargs = resolve_class(cfg["actor"])
    assert actor_class is GaussianActor
    actor = actor_class(example, cfg["obs_groups"], "actor", 3496, **kwargs)
    info = CheckpointInfo(cfg["actor"]["name"], 3496, "avh", 1)
    save_checkpoint(tmp_path / "model_1.pt", info, {}, {"actor_state_dict": actor.state_dict()})
    action = acted(load_policy(Tables(3), tmp_path / "model_1.pt"), 0, 1, 2)
    assert bool((action.kind > 0).any(dim=1).all()) and bool(action.score[:2, [Kind.GRASP, Kind.PUSH]].isfinite().all())


def test_foreign_weights_are_refused(tmp_path: Path) -> None:
    save_checkpoint(tmp_path / "model_9.pt", CheckpointInfo("pg4da", 1, "avh", 9, method="epg"), {}, {})
    with pytest.raises(CheckpointError, match=r"model_9\.pt: checkpoint has method 'epg', expected 'pg4da'"):
        load_policy(Tables(3), tmp_path / "model_9.pt")
    save_checkpoint(tmp_path / "model_8.pt", CheckpointInfo("pg4da_spatial", 1, "avh", 9), {}, {"actor_state_dict": {}})
    with pytest.raises(CheckpointError, match="weights do not fit the configured networks"):
        load_policy(Tables(3), tmp_path / "model_8.pt")
    net = build_backbone(None, 3, frozen=True, encoder="resnet18_lateral")
    save_weights(net, tmp_path / "other.safetensors")
    with pytest.raises(CheckpointError, match=r"was trained with another backbone than .*other\.safetensors"):
        load_actor(CHECKPOINT, Agent(Backbone(str(tmp_path / "other.safetensors"))))


def test_a_picture_becomes_an_action_without_a_simulator(policy: Pg4daPolicy, tmp_path: Path) -> None:
    """The same action, to the bit, in a process that cannot import Isaac Lab, Newton, Warp or USD."""
    torch.save(dict(acted(policy, 0, 1, 2).items()), tmp_path / "action.pt")
    code = f"""
import sys
class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in ("isaaclab", "isaaclab_rl", "isaaclab_tasks", "newton", "warp", "pxr", "pg_tasks"):
            raise ModuleNotFoundError(f"no {{name}} here")
sys.meta_path.insert(0, Blocked())
sys.path.insert(0, {str(Path(__file__).parents[4])!r})
import torch
from tests.pushgrasp.policies.pg4da import test_policy
found = test_policy.acted(test_policy.load_policy(test_policy.Tables(3), test_policy.CHECKPOINT), 0, 1, 2)
expected = torch.load({str(tmp_path / "action.pt")!r})
assert all(torch.equal(found.get(name), value) for name, value in expected.items())
"""
    environment = {**os.environ, "OMP_NUM_THREADS": str(torch.get_num_threads())}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
