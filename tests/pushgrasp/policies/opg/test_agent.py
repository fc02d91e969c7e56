"""The agent on a table without physics: what it sees, what may be chosen, who decides, and rewards."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from torch import nn

from pushgrasp.interface.action import Kind
from pushgrasp.interface.world import Observation
from pushgrasp.learning.checkpoint import CheckpointInfo
from pushgrasp.perception.heightmap import Heightmaps
from pushgrasp.perception.workspace import Workspace
from pushgrasp.policies.maps.memory import Memory
from pushgrasp.policies.maps.oriented_net import PlainLayers
from pushgrasp.policies.maps.q_net import GRASP, PUSH, QNetsCfg, build_nets
from pushgrasp.policies.opg.agent import TARGET, OpgAgent, load_policy
from pushgrasp.policies.opg.cfg import AMODAL, COORDINATOR, METHOD, NETS, AmodalNetCfg, RuleCfg
from pushgrasp.policies.q.agent import Turn
from pushgrasp.policies.q.replay import Batch
from pushgrasp.policies.q.weights import write_policy

from ..tables import Tables


class RightOfIt(nn.Module):
    """Takes it that the object goes on for four cells to the right of what is seen."""

    def forward(self, height, seen, others):
        shifted = [seen.roll(step, dims=2) for step in range(5)]
        return torch.stack(shifted).amax(dim=0) - 0.5


class Same(nn.Module):
    """The same worth everywhere."""

    def __init__(self, worth: float, directions: int) -> None:
        super().__init__()
        self.worth = nn.Parameter(torch.tensor(worth))
        self.directions = directions

    def forward(self, channels):
        return self.worth * channels.new_ones(len(channels), self.directions, *channels.shape[2:])


CFG = QNetsCfg(group=4, directions=4, widths=(1, 1), window=48)


def observed() -> Observation:
    """World 0: object 3 of 8 x 6 cells, object 1 of 8 x 8 cells right beside it, higher. World 1: the target hides."""
    ids = torch.zeros(2, 224, 224, dtype=torch.long)
    ids[0, 108:116, 106:112] = 3
    ids[:, 108:116, 112:120] = 1
    height = torch.where(ids == 1, 0.06, torch.where(ids == 3, 0.03, 0.0))
    return Observation(Heightmaps(torch.zeros(2, 3, 224, 224), height, ids), torch.tensor([3, 3]), Workspace())


def agent_with(q_grasp: float = 0.5, q_push: float = 0.2, **rule) -> OpgAgent:
    cfg = RuleCfg(amodal=AmodalNetCfg((1, 1), 32), border=2, **rule)
    nets = {GRASP: Same(q_grasp, 4), PUSH: Same(q_push, 4), AMODAL: RightOfIt()}
    return OpgAgent(Tables(2), nets, CFG, cfg)


def test_target_has_a_full_mask_and_number_one() -> None:
    sight = agent_with().look(observed(), Memory.empty(2), NETS)
    picture = sight.picture
    assert int(picture.goal[0].sum()) == 8 * 10
    assert int((picture.ids[0] == TARGET).sum()) == 8 * 6 and int((picture.ids[0] == 3).sum()) == 8 * 8
    assert sight.goal_id.tolist() == [3, 0]
    # o: 32 of 80 cells; border of 2 cells: 80 outside, of which the neighbour takes 2 x 8 of the mask's right side,
    # but 4 columns of it are inside the mask; rows 108 to 115, columns 116 and 117
    q_push, q_grasp, hidden, of_border, of_mask, failures = sight.facts[0].tolist()
    assert (q_push, q_grasp, failures) == (pytest.approx(0.2), 0.5, 0.0)
    assert hidden == pytest.approx(0.4)
    assert of_border == pytest.approx(16 / (2 * 2 * (8 + 10) + 4)) and of_mask == pytest.approx(16 / 80)
    # what is out of view is wholly hidden, and looked for where the heap is highest
    assert sight.facts[1].tolist() == [pytest.approx(0.2), 0.0, 1.0, 0.0, 0.0, 0.0]
    assert bool(picture.goal[1].any())


def test_grasps_are_of_what_is_seen_and_pushes_near_the_full_mask() -> None:
    agent = agent_with(push_reach=0.02)
    picture = agent.look(observed(), Memory.empty(2), NETS).picture
    grasps, pushes = (agent.allowed(picture, name) for name in NETS)
    assert grasps.shape == pushes.shape == (2, 4, 48, 48)
    assert int(grasps[0, 0].sum()) == 48 and not bool(grasps[1].any())
    rows, columns = (picture.goal[0].any(dim=axis).nonzero()[:, 0] for axis in (1, 0))
    near = pushes[0].any(dim=0).nonzero()
    reach = 4  # 2 cm are 4.5 cells
    assert int(near[:, 0].min()) >= int(rows.min()) - reach and int(near[:, 1].max()) <= int(columns.max()) + reach
    assert bool(agent_with().allowed(picture, PUSH)[1].any())  # further away: beside what is in view


def chosen(agent: OpgAgent, memory: Memory) -> list[int]:
    sight = agent.look(observed(), memory, NETS)
    return agent.choose(sight, memory, agent.best(sight, memory, sight.scores)).tolist()


@pytest.mark.parametrize(("q_grasp", "q_push", "expected"), [(0.5, 0.2, [0, 1]), (0.2, 0.5, [1, 1])])
def test_the_greater_worth_decides_before_the_coordinator_has_learned(q_grasp, q_push, expected) -> None:
    assert chosen(agent_with(q_grasp, q_push), Memory.empty(2)) == expected


def test_the_coordinator_decides_once_it_has_learned() -> None:
    agent = agent_with(coordinator_after=3)
    coordinator = agent.nets[COORDINATOR]
    coordinator.layers[-1].weight.data.zero_()
    coordinator.layers[-1].bias.data.fill_(-1.0)  # trusts no grasp
    assert chosen(agent, Memory.empty(2)) == [0, 1]
    coordinator.steps += 3
    assert chosen(agent, Memory.empty(2)) == [1, 1]
    memory = Memory.empty(2)
    memory.pushes += agent.rule.max_pushes
    assert chosen(agent, memory) == [0, 1]  # enough pushes; in world 1 there is nothing to grasp
    agent.rule = replace(agent.rule, coordinator=False)
    assert chosen(agent, Memory.empty(2)) == [0, 1]


def test_the_coordinator_is_told_of_the_grasp_that_would_be_carried_out() -> None:
    agent, memory = agent_with(q_grasp=0.9, coordinator_after=0), Memory.empty(2)
    layers = agent.nets[COORDINATOR].layers
    for layer in (layers[0], layers[2], layers[4]):
        layer.weight.data.zero_()
        layer.bias.data.zero_()
        layer.weight.data[0, 0] = 1.0
    layers[0].weight.data[0, :2] = torch.tensor([0.0, 1.0])  # it trusts grasps that are worth more than 0.5
    layers[4].bias.data.fill_(-0.5)
    sight = agent.look(observed(), memory, NETS)
    best = agent.best(sight, memory, sight.scores)
    assert agent.choose(sight, memory, best).tolist() == [0, 1]
    # 0.9 does not fit the jaws, or was not drawn
    lesser = {**best, GRASP: best[GRASP].replace(value=torch.tensor([0.3, -torch.inf]))}
    assert agent.choose(sight, memory, lesser).tolist() == [1, 1]
    told = agent.told(sight, lesser)
    torch.testing.assert_close(told[:, 1], torch.tensor([0.3, 0.0]))
    torch.testing.assert_close(told[:, [0, 2, 3, 4, 5]], sight.facts[:, [0, 2, 3, 4, 5]])


def test_actions_are_what_was_chosen() -> None:
    agent, memory = agent_with(), Memory.empty(2)
    sight = agent.look(observed(), memory, NETS)
    best = agent.best(sight, memory, sight.scores)
    action = agent.action(sight, torch.tensor([0, 1]), best)
    assert bool(action.does(Kind.GRASP)[0]) and bool(action.does(Kind.PUSH)[1])
    cell = Workspace().xy_to_cell(best[GRASP].position[0, :2])
    assert int(observed().heightmaps.ids[0, cell[0], cell[1]]) == 3


def test_rewards_move_the_threshold() -> None:
    agent, memory = agent_with(), Memory.empty(2)
    before = agent.look(observed(), memory, NETS)
    best = agent.best(before, memory, before.scores)
    agent.threshold = 0.4
    choice = best[GRASP].where(torch.tensor([True, False]), best[PUSH])
    turn = Turn(before, torch.tensor([0, 1]), choice, torch.ones(2), before.facts)
    facts = torch.tensor([[0.0, 0.9, 0.4, 0, 0, 0], [0.0, 0.3, 0.85, 0, 0, 0]])
    after = replace(before, facts=facts)
    reward = agent.reward("opg", turn, after, torch.tensor([False, False]))
    assert reward.tolist() == [0.25, 0.5]  # a grasp within the mask; a push that uncovers 0.15
    assert agent.threshold == pytest.approx(0.95 * 0.4 + 0.05 * 0.3)  # grasps do not count
    assert agent.reward("opg", turn, after, torch.tensor([True, False])).tolist()[0] == 1.0


def test_the_coordinator_learns_whether_grasps_take_the_target() -> None:
    torch.manual_seed(1)
    agent = agent_with()
    facts = torch.rand(64, 6)
    reward = torch.where(facts[:, 2] < 0.5, 1.0, 0.25)
    batch = Batch({}, torch.zeros(64, 3).long(), reward, facts, torch.zeros(64).bool(), {})
    assert agent.loss(GRASP, batch) is None
    optimiser = torch.optim.Adam(agent.nets[COORDINATOR].parameters(), 0.02)
    losses = []
    for _ in range(150):
        loss = agent.loss(COORDINATOR, batch)
        assert loss is not None
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
    assert losses[0] == pytest.approx(0.69, abs=0.1) and losses[-1] < 0.15
    assert int(agent.nets[COORDINATOR].steps) == 150


def test_plain_nets_say_the_same() -> None:
    torch.manual_seed(2)
    rule = RuleCfg(amodal=AmodalNetCfg((1, 1), 32))
    agent = OpgAgent(Tables(2), build_nets(NETS, CFG, PlainLayers(4)), CFG, rule)
    copy = OpgAgent(Tables(2), agent.plain(), CFG, rule)
    sights = [one.look(observed(), Memory.empty(2), NETS) for one in (agent, copy)]
    torch.testing.assert_close(sights[0].facts, sights[1].facts)
    assert set(copy.nets) == {GRASP, PUSH, COORDINATOR, AMODAL}


def test_a_policy_of_a_file_acts_by_the_rule_of_its_training_or_another(tmp_path: Path) -> None:
    rule = RuleCfg(amodal=AmodalNetCfg((1, 1), 32), coordinator_after=7)
    agent = OpgAgent(Tables(2), build_nets(NETS, CFG, PlainLayers(4)), CFG, rule)
    state = {"nets": {name: net.state_dict() for name, net in agent.plain().items()}, "threshold": 0.3}
    path, info = tmp_path / "opg.pt", CheckpointInfo(METHOD, 1, "height", 5, method=METHOD)
    write_policy(path, state, info, {"nets": CFG, "rule": rule})
    asked = SimpleNamespace(rule=replace(rule, border=3, max_pushes=1))
    for settings, border in ((None, rule.border), (asked, 3)):
        policy = load_policy(Tables(2), path, settings)
        used = policy._agent.rule
        assert (used.coordinator_after, used.border) == (7, border)
        for world in range(2):
            policy.begin(world, torch.Generator())
        action = policy.act(observed(), torch.ones(2, dtype=torch.bool))
        assert bool(action.does(Kind.PUSH)[1]) and bool(action.planned.all())


def test_tried_grasps_of_the_target_are_worth_what_others_are() -> None:
    assert agent_with().tried_worth(GRASP, torch.tensor([True, False])).tolist() == [1.0, 0.25]
