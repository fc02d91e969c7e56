"""Step 2: rewards, what is remembered, and exact resumption, in a table without physics."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest
import torch

from pushgrasp.interface.world import Observation
from pushgrasp.learning.checkpoint import CheckpointError, CheckpointInfo, load_checkpoint
from pushgrasp.learning.loop import TrainingLoop
from pushgrasp.perception.heightmap import Heightmaps
from pushgrasp.policies.epg.cfg import METHOD, PushStageCfg, RuleCfg
from pushgrasp.policies.epg.policy import EpgPlanner
from pushgrasp.policies.epg.push_stage import PushStage
from pushgrasp.policies.epg.replay import RowReplay
from pushgrasp.policies.epg.weights import Nets


class FakeBandit:
    """One world of two objects at random places; a grasp holds after so many pushes, tried ones or real ones."""

    def __init__(self, table, holds_after: int = 2) -> None:
        self.arms, self.decoder, self.workspace, self.num_worlds = table, table.decoder, table.workspace, 1
        self.end_rule, self._generator, self._holds_after = None, torch.Generator().manual_seed(8), holds_after
        self.scenes, self.tried = 0, []

    def reset(self) -> None:
        self.scenes, self.pushes = self.scenes + 1, 0
        ids = torch.zeros(1, 224, 224, dtype=torch.long)
        row, column = torch.randint(60, 150, (2,), generator=self._generator).tolist()
        ids[:, row : row + 10, column : column + 8] = 1
        ids[:, row : row + 10, column + 10 : column + 18] = 2
        self._seen = Observation(
            Heightmaps(torch.zeros(1, 3, 224, 224), 0.05 * (ids > 0), ids), torch.ones(1).long(), self.workspace
        )

    def observe(self) -> Observation:
        return self._seen

    def carry_out(self, action):
        self.pushes += int(action.valid.any())
        if bool(self.end_rule(SimpleNamespace(fault=torch.zeros(1, dtype=torch.bool)))[0]):
            self.reset()

    def __call__(self, world: int, grasps):
        return self._lifted(grasps, self.pushes), torch.ones(len(grasps.kind), dtype=torch.bool)

    def pushed(self, world: int, pushes) -> Heightmaps:
        self.tried.append(pushes)
        return self._seen.heightmaps.of(torch.zeros(len(pushes.kind), dtype=torch.long))

    def then(self, world: int, grasps) -> torch.Tensor:
        return self._lifted(grasps, self.pushes + 1)

    def _lifted(self, grasps, pushes: int) -> torch.Tensor:
        row, column = self.workspace.xy_to_cell(grasps.position[grasps.valid][:, :2]).unbind(dim=1)
        slot = self._seen.heightmaps.ids[0, row, column] - 1
        return (slot[:, None] == torch.arange(2)) & (pushes >= self._holds_after)

    def get_rng_state(self) -> torch.Tensor:
        return self._generator.get_state()

    def set_rng_state(self, state: torch.Tensor) -> None:
        self._generator.set_state(state)


def stage(table, cfg, **changes) -> tuple[PushStage, FakeBandit]:
    torch.manual_seed(6)
    env = FakeBandit(table)
    settings = PushStageCfg(batch=2, steps=1, capacity=6, tries=3, **changes)
    return PushStage(env, env, Nets.build(cfg), cfg, RuleCfg(max_pushes=3), settings, seed=2), env


def test_reward_is_one_where_the_grasp_holds_then(table, small_nets) -> None:
    learner, env = stage(table, small_nets())
    learner.begin()
    rewards = [learner.iterate(number, 10)[1] for number in range(2)]
    assert rewards[1] == 1.0 and abs(rewards[0]) < 0.5  # before: by how much the critic's chance has changed
    remembered = learner.get_state()["pushes"]
    assert remembered["reward"].shape == (2, 3)
    assert remembered["reward"][:, 0].tolist() == pytest.approx(rewards)
    assert remembered["ids"].shape == (2, 48, 48) and set(remembered["ids"].unique().tolist()) <= {0, 1, 2}
    assert bool(((remembered["entry"] >= 0) & (remembered["entry"] < torch.tensor([4, 48, 48]))).all())
    assert env.scenes == 2  # the other object's grasp holds as well, so that a new scene begins


def test_losses_come_once_enough_is_remembered(table, small_nets) -> None:
    learner, _ = stage(table, small_nets())
    learner.begin()
    assert "Loss/push" not in learner.iterate(0, 10)[0]
    assert "Loss/push" in learner.iterate(1, 10)[0]


def test_grasps_are_not_trained_pushes_and_critic_are(table, small_nets) -> None:
    learner, _ = stage(table, small_nets())
    before = {name: [p.clone() for p in net.parameters()] for name, net in learner.networks.items()}
    learner.begin()
    for number in range(4):
        learner.iterate(number, 10)
    moved = {
        name: any(not torch.equal(a, b) for a, b in zip(before[name], net.parameters(), strict=True))
        for name, net in learner.networks.items()
    }
    assert moved == {"grasp": False, "critic": True, "push": True}


def test_resumed_training_ends_with_the_same_weights(table, small_nets, tmp_path: Path) -> None:
    def loop(name: str) -> TrainingLoop:
        (tmp_path / name).mkdir()
        info = CheckpointInfo("epg_push", 1, "height", 0, method=METHOD)
        config = {"nets": small_nets(), "rule": RuleCfg()}
        return TrainingLoop(stage(table, small_nets())[0], info, config, tmp_path / name, save_interval=3)

    loop("whole").learn_until(6)
    part = loop("part")
    part.load(tmp_path / "whole" / "model_3.pt")
    part.learn_until(6)
    expected, found = (load_checkpoint(tmp_path / run / "model_6.pt")[2]["learner"] for run in ("whole", "part"))
    for name, weights in expected["nets"].items():
        assert all(torch.equal(found["nets"][name][key], value) for key, value in weights.items())
    assert torch.equal(found["pushes"]["reward"], expected["pushes"]["reward"])


def test_other_numbers_of_tried_pushes_are_refused(table, small_nets) -> None:
    learner, _ = stage(table, small_nets())
    learner.begin()
    learner.iterate(0, 10)
    state = learner.get_state()
    for rewards, found in ((torch.zeros(1), "one push"), (torch.zeros(1, 5), "5 pushes")):
        state["pushes"]["reward"] = rewards
        with pytest.raises(CheckpointError, match=rf"{found} .*tries=3"):
            learner.set_state(state)


def test_replay_forgets_the_oldest() -> None:
    replay = RowReplay(2)
    with pytest.raises(ValueError, match="nothing is remembered"):
        replay.sample(1, torch.Generator())
    for value in range(3):
        replay.add(value=torch.tensor(value))
    assert replay.get_state()["value"].tolist() == [1, 2]
    copy = RowReplay(2)
    copy.set_state(replay.get_state())
    assert len(copy) == 2 and set(copy.sample(20, torch.Generator().manual_seed(0))["value"].tolist()) == {1, 2}


def test_planner_rates_what_it_would_carry_out(table, small_nets, seen) -> None:
    nets = Nets.build(small_nets())
    for net in nets.by_name.values():
        net.eval()
    planner = EpgPlanner(table, nets, small_nets(), RuleCfg())
    allowed = planner.allowed_pushes(planner.view(seen))
    assert allowed.shape == (4, 48, 48) and bool(allowed.any()) and not bool(allowed.all())
