"""Q-learning in stages on a table without physics: what is remembered, targets, stages, and exact resumption."""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from pushgrasp.learning.checkpoint import CheckpointError, CheckpointInfo
from pushgrasp.learning.loop import TrainingLoop
from pushgrasp.policies.maps.planner import Choice
from pushgrasp.policies.q.cfg import LearningCfg, StageCfg
from pushgrasp.policies.q.learner import FIXED, QLearner
from pushgrasp.policies.q.replay import Batch, Replay

GRASPING = StageCfg("bars", ("grasp",), ("grasp",), "lifted", epsilon=(1.0, 0.2), most=240, max_actions=3)
LEARNING = LearningCfg(window=32, batch=8, steps=2, learning_rate=3e-3)


def learner(table, agent, folder: Path | None = None, cfg: LearningCfg = LEARNING, **stages: StageCfg) -> QLearner:
    replay = Replay(folder and folder / "replay", {"method": "switch"}, 1000)
    return QLearner(table, agent, stages or {"grasping": GRASPING}, cfg, replay, seed=5)


def test_it_learns_across_which_side_a_bar_is_held(table, agent) -> None:
    learning = learner(table, agent)
    learning.begin()
    for number in range(80):
        learning.iterate(number, 80)
    assert sum(table.held[:40]) < 20  # one direction of four, drawn at random at first
    assert sum(table.held[-40:]) >= 28  # a fifth is still drawn at random


def test_what_ends_has_no_next_and_what_goes_on_has(table, agent) -> None:
    learning = learner(table, agent)
    learning.begin()
    for number in range(6):
        learning.iterate(number, 6)
    batch = learning.replay.sample("lifted.grasp", 64, torch.Generator().manual_seed(0))
    assert len(learning.replay) == 12  # two worlds
    assert (batch.goes_on == (batch.reward == 0.0)).all()  # what holds the target ends the episode
    assert set(batch.reward.tolist()) <= {0.0, 1.0}


class Constant(torch.nn.Module):
    """Worths that are the same everywhere but in direction 1, where they are higher."""

    def __init__(self, value: float) -> None:
        super().__init__()
        self.value = value

    def forward(self, channels: torch.Tensor) -> torch.Tensor:
        maps = torch.full((len(channels), 4, *channels.shape[2:]), self.value)
        maps[:, 1] += 0.25
        return maps


def test_target_is_the_reward_and_half_of_the_best_that_may_come_next(table, agent) -> None:
    stage = StageCfg("bars", ("push",), ("grasp", "push"), "freed")
    learning = learner(table, agent, pushing=stage)
    learning.begin()
    agent.nets.update(grasp=Constant(0.5), push=Constant(2.0))
    seen = table.observe()
    target = seen.heightmaps.ids == 1
    pictures = agent.look(seen, learning._memory, ()).picture
    assert bool(target.any())
    after = {**pictures[:1].compact(), FIXED: torch.tensor([0.75])}  # no stage learns grasps
    facts = torch.zeros(2, 2)
    batch = Batch(
        pictures.compact(),
        torch.zeros(2, 3).long(),
        torch.tensor([0.5, 1.0]),
        facts,
        torch.tensor([True, False]),
        after,
    )
    # A push may come next: 0.5 + 0.5 * (2 + 0.25); what has ended: 1.
    torch.testing.assert_close(learning._target(batch), torch.tensor([1.625, 1.0]))
    table_alone = {name: torch.zeros_like(after[name]) for name in ("ids", "height", "goal")}
    nothing = {**after, **table_alone, FIXED: torch.tensor([-torch.inf])}
    torch.testing.assert_close(learning._next(nothing), torch.zeros(1))
    torch.testing.assert_close(learning._next({**nothing, FIXED: torch.tensor([0.75])}), torch.tensor([0.75]))


def test_what_nets_say_that_never_learn_is_remembered(table, agent) -> None:
    learning = learner(table, agent, pushing=StageCfg("bars", ("push",), ("grasp", "push"), "freed"))
    learning.begin()
    agent.nets.update(grasp=Constant(0.5))
    for number in range(6):
        learning.iterate(number, 6)
    batch = learning.replay.sample("freed.push", 64, torch.Generator().manual_seed(0))
    assert bool(batch.goes_on.any())
    torch.testing.assert_close(batch.after[FIXED], torch.full((len(batch.after[FIXED]),), 0.75))  # of the best angle


def test_what_is_drawn_at_random_is_remembered_with_its_worth(table, agent, monkeypatch) -> None:
    learning = learner(table, agent, drawing=replace(GRASPING, learns=(), epsilon=(1.0, 1.0)))
    learning.begin()
    agent.nets.update(grasp=Constant(0.5))
    monkeypatch.setattr(agent, "told", lambda sight, best: torch.stack((best["grasp"].value,) * 2, dim=1))
    for number in range(8):
        learning.iterate(number, 8)
    batch = learning.replay.sample("lifted.grasp", 64, torch.Generator().manual_seed(0))
    better = batch.entry[:, 0] == 1
    assert bool(better.any()) and bool((~better).any())
    torch.testing.assert_close(batch.facts[:, 0], torch.where(better, 0.75, 0.5))


def test_what_else_might_have_been_done_is_told_as_the_best_of_it(table, agent, monkeypatch) -> None:
    either = StageCfg("bars", (), ("grasp", "push"), "freed", epsilon=(1.0, 1.0), any_net=True)
    learning = learner(table, agent, drawing=either)
    learning.begin()
    agent.nets.update(grasp=Constant(0.5), push=Constant(2.0))
    monkeypatch.setattr(agent, "told", lambda sight, best: torch.stack([best[n].value for n in ("grasp", "push")], 1))
    for number in range(16):
        learning.iterate(number, 16)
    grasps = learning.replay.sample("freed.grasp", 64, torch.Generator().manual_seed(0))
    pushes = learning.replay.sample("freed.push", 64, torch.Generator().manual_seed(0))
    assert set(grasps.facts[:, 0].tolist()) == {0.5, 0.75} and set(grasps.facts[:, 1].tolist()) == {2.25}
    assert set(pushes.facts[:, 1].tolist()) <= {2.0, 2.25} and set(pushes.facts[:, 0].tolist()) == {0.75}


def test_stages_follow_each_other_and_say_how_far_they_came(table, agent, caplog) -> None:
    short = StageCfg("a", ("grasp",), ("grasp",), "lifted", most=8, advance=1.0, threshold=True, epsilon=(0.0, 0.0))
    learning = learner(table, agent, first=short, second=StageCfg("b", ("push",), ("grasp", "push"), "freed"))
    assert learning.rounds() == 4 + 1000
    learning.begin()
    with caplog.at_level(logging.WARNING):
        numbers = [learning.iterate(number, 10)[0] for number in range(5)]
    counted = [(each["Train/stage"], each["Train/stage_actions"], each["Train/actions"]) for each in numbers]
    assert counted == [(1.0, 2.0, 2.0), (1.0, 4.0, 4.0), (1.0, 6.0, 6.0), (1.0, 8.0, 8.0), (2.0, 2.0, 10.0)]
    assert table.words == ["a", "b"] and learning.stage.scenes == "b"
    assert "stage first ends after 8 actions with" in caplog.text and "100 % were to be reached" in caplog.text


def test_a_stage_that_is_enough_ends_before(table, agent) -> None:
    sure = StageCfg(
        "a", ("grasp",), ("grasp",), "lifted", least=100, most=1000, advance=0.2, threshold=True, epsilon=(0.3, 0.3)
    )
    learning = learner(table, agent, first=sure, second=GRASPING)
    learning.begin()
    rounds, held = 0, torch.zeros(0)
    while learning.stage is sure and rounds < 400:
        held = torch.tensor(list(learning._trusted) or [0.0])
        learning.iterate(rounds, 1000)
        rounds += 1
    assert 50 <= rounds < 400 and len(held) > 20
    assert abs(float((held < agent.threshold).float().mean()) - 0.25) < 0.06  # a quarter of those that held


def test_a_stage_that_is_good_enough_does_not_complain_of_its_length(table, agent, caplog) -> None:
    short = StageCfg("a", ("grasp",), ("grasp",), "lifted", least=500, most=120, advance=0.0, epsilon=(0.0, 0.0))
    learning = learner(table, agent, first=short, second=GRASPING)
    learning.begin()
    with caplog.at_level(logging.WARNING):
        for number in range(60):
            learning.iterate(number, 1000)
    assert learning.stage is GRASPING and "stage first ends" not in caplog.text


def trained(table, agent, folder: Path, until: int, start: Path | None = None) -> Path:
    folder.mkdir(exist_ok=True)
    learning = learner(table, agent, folder)
    loop = TrainingLoop(learning, CheckpointInfo("switch", 1, "height", 0, method="switch"), {}, folder, 4)
    if start is not None:
        learning.replay_source = start.parent / "replay"
        loop.load(start)
    loop.learn_until(until)
    return folder / f"model_{until}.pt"


def test_a_training_goes_on_to_the_bit(tmp_path: Path, table, agent) -> None:
    weights = {
        name: {key: value.clone() for key, value in net.state_dict().items()} for name, net in agent.nets.items()
    }
    trained(table, agent, tmp_path / "whole", 8)
    whole = {name: {key: value.clone() for key, value in net.state_dict().items()} for name, net in agent.nets.items()}
    for name, net in agent.nets.items():
        net.load_state_dict(weights[name])
    table.set_rng_state(torch.Generator().manual_seed(3).get_state())
    half = trained(table, agent, tmp_path / "half", 4)
    trained(table, agent, tmp_path / "rest", 8, half)
    for name, net in agent.nets.items():
        for key, value in net.state_dict().items():
            assert torch.equal(value, whole[name][key]), f"{name}.{key}"


def test_a_replay_that_is_gone_is_refused(tmp_path: Path, table, agent) -> None:
    start = trained(table, agent, tmp_path / "half", 4)
    for path in (tmp_path / "half" / "replay").iterdir():
        path.unlink()
    with pytest.raises((CheckpointError, FileNotFoundError), match=r"00000\.safetensors"):
        trained(table, agent, tmp_path / "rest", 8, start)


def test_random_actions_of_any_net_are_of_those_that_have_something_to_choose(table, agent) -> None:
    learning = learner(table, agent)
    learning.begin()
    both, none = torch.zeros(400, 3), torch.full((400,), -torch.inf)
    value = torch.where(torch.arange(400) < 200, 0.0, -torch.inf)  # the second half has no push

    def choices(worth: torch.Tensor) -> Choice:
        return Choice(both.long(), worth, both, both[..., None].expand(-1, -1, 3), none, batch_size=[400])

    net = learning._any_net({"grasp": choices(torch.zeros(400)), "push": choices(value)})
    assert net[200:].tolist() == [0] * 200
    assert 70 <= int(net[:200].sum()) <= 130  # half of them, give or take four standard deviations
