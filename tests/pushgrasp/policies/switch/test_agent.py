"""Rule and rewards of target switching, by hand."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch

from pushgrasp.interface.action import Action, Kind
from pushgrasp.interface.world import Observation
from pushgrasp.learning.checkpoint import CheckpointError, CheckpointInfo
from pushgrasp.perception.heightmap import Heightmaps
from pushgrasp.perception.workspace import Workspace
from pushgrasp.policies.maps.memory import Memory
from pushgrasp.policies.maps.oriented_net import PlainLayers
from pushgrasp.policies.maps.planner import Choice
from pushgrasp.policies.maps.q_net import QNetsCfg, build_nets
from pushgrasp.policies.q.agent import Sight, Turn
from pushgrasp.policies.q.policy import QPolicy
from pushgrasp.policies.q.weights import write_policy
from pushgrasp.policies.switch.agent import NETS, SwitchAgent, highest_object, load_policy
from pushgrasp.policies.switch.cfg import RuleCfg

from ..tables import Tables

CFG = QNetsCfg(group=4, directions=4, widths=(1, 1), window=48)
TARGET, TALL, LOW = 1, 2, 3


def agent(**rule) -> SwitchAgent:
    torch.manual_seed(1)
    return SwitchAgent(Tables(), build_nets(NETS, CFG, PlainLayers(4)), CFG, RuleCfg(**rule))


def scene(target: bool = True) -> Observation:
    """A target of 5 cm, 4 cm beside it a block of 8 cm, and a low one far away."""
    ids, height = torch.zeros(1, 224, 224, dtype=torch.long), torch.zeros(1, 224, 224)
    for number, tall, rows, columns in (
        (TARGET, 0.05, slice(100, 110), slice(100, 110)),
        (TALL, 0.08, slice(100, 110), slice(118, 128)),
        (LOW, 0.03, slice(30, 40), slice(30, 40)),
    ):
        if number != TARGET or target:
            ids[0, rows, columns], height[0, rows, columns] = number, tall
    return Observation(Heightmaps(torch.zeros(1, 3, 224, 224), height, ids), torch.tensor([TARGET]), Workspace())


def look(who: SwitchAgent, seen: Observation) -> Sight:
    return who.look(seen, Memory.empty(1), NETS)


def test_the_highest_object_where_the_goal_is_looked_for_is_the_target_while_it_is_out_of_view() -> None:
    assert int(look(agent(), scene()).goal_id) == TARGET
    hidden = look(agent(), scene(target=False))
    assert int(hidden.goal_id) == TALL
    assert hidden.picture.goal.sum() == 100 and (hidden.picture.ids[hidden.picture.goal] == TALL).all()
    assert int(look(agent(switching=False), scene(target=False)).goal_id) == 0
    moved, put_down = Memory.empty(1), Action.none(1, 1, 2)
    put_down.kind[:], put_down.valid[:] = int(Kind.MOVE), True
    row, column = torch.tensor([105, 122])
    put_down.place_position[0, 0, :2] = Workspace().cell_centres()[row, column]
    for _ in range(2):  # 8 cm are looked at as 2 cm
        moved.swept.add(put_down, torch.tensor([True]))
    assert int(agent().look(scene(target=False), moved, NETS).goal_id) == LOW
    few = scene()
    few.heightmaps.ids[0, 101:110, 100:110] = 0  # ten cells of the target are left, then five
    assert int(look(agent(), few).goal_id) == TARGET
    few.heightmaps.ids[0, 100, 105:110] = 0
    assert int(look(agent(), few).goal_id) == TALL  # nothing is beside them within 3 cm
    bare = torch.zeros(1, 4, 4)
    assert int(highest_object(bare, bare.long())) == 0


def test_what_is_not_the_goal_is_put_down_elsewhere() -> None:
    who = agent(threshold=-10.0, max_occupied=1.0)
    for seen, kind in ((scene(), Kind.GRASP), (scene(target=False), Kind.MOVE)):
        sight = look(who, seen)
        best = who.best(sight, Memory.empty(1), sight.scores)
        net = who.choose(sight, Memory.empty(1), best)
        assert int(net) == NETS.index("grasp")
        action = who.action(sight, net, best)
        assert action.kind[action.valid].tolist() == [kind]
        row, column = Workspace().xy_to_cell(action.position[action.valid][:, :2])[0].tolist()
        assert int(seen.heightmaps.ids[0, row, column]) == int(sight.goal_id)
    put_down = Workspace().xy_to_cell(action.place_position[action.valid][:, :2])[0].tolist()
    assert int(seen.heightmaps.ids[0, put_down[0], put_down[1]]) == 0


def choice(value: float) -> Choice:
    pose = torch.zeros(1, 3), torch.eye(3)[None], torch.zeros(1)
    return Choice(torch.zeros(1, 3).long(), torch.tensor([value]), *pose, batch_size=[1])


@pytest.mark.parametrize(
    ("grasp", "push", "occupied", "pushes", "chosen"),
    [
        (0.7, 0.9, 0.2, 0, "grasp"),  # trusted, and free
        (0.4, 0.1, 0.2, 0, "push"),  # not trusted
        (0.7, 0.1, 0.8, 0, "push"),  # hemmed in
        (0.1, 0.9, 0.8, 5, "grasp"),  # pushed enough
        (0.1, -torch.inf, 0.8, 0, "grasp"),  # nothing to push
        (-torch.inf, 0.1, 0.2, 5, "push"),  # no grasp fits
    ],
)
def test_rule(grasp: float, push: float, occupied: float, pushes: int, chosen: str) -> None:
    who, memory = agent(threshold=0.5, max_occupied=0.6), Memory.empty(1)
    memory.pushes += pushes
    sight = replace(look(who, scene()), facts=torch.tensor([[grasp, occupied]]))
    assert NETS[int(who.choose(sight, memory, {"grasp": choice(grasp), "push": choice(push)}))] == chosen


@pytest.mark.parametrize(
    ("net", "word", "rise", "fall", "lifted", "reward"),
    [
        ("push", "freed", 0.2, 0.0, False, 0.5),
        ("push", "freed", 0.05, 0.05, False, -0.5),
        ("push", "freed", 0.05, 0.2, False, 0.0),
        ("grasp", "lifted", 0.0, 0.0, True, 1.0),
        ("grasp", "lifted", 0.0, 0.0, False, 0.0),
        ("grasp", "synergy", 0.0, 0.0, True, 1.0),
        ("grasp", "synergy", 0.0, 0.0, False, -1.0),
        ("grasp", "synergy", 0.0, 0.2, False, 0.0),
    ],
)
def test_rewards(net: str, word: str, rise: float, fall: float, lifted: bool, reward: float) -> None:
    who, sight = agent(), look(agent(), scene())
    before = replace(sight, facts=torch.tensor([[0.3, 0.6]]))
    after = replace(sight, facts=torch.tensor([[0.3 + rise, 0.6 - fall]]))
    turn = Turn(before, torch.tensor([NETS.index(net)]), choice(0.0), torch.tensor([False]), before.facts)
    assert who.reward(word, turn, after, torch.tensor([lifted])).tolist() == [reward]


def test_pushes_of_other_objects_weigh_a_little_less() -> None:
    who = agent(others=0.5)
    picture = look(who, scene()).picture
    for worth, other in ((1.0, 0.5), (-1.0, -2.0)):
        weighted = who._weighted("push", picture, torch.full((1, 4, 48, 48), worth))
        goal = picture.goal[:, None].expand_as(weighted)
        assert (weighted[goal] == worth).all() and (weighted[~goal] == other).all()


def test_pushes_begin_behind_what_they_push_and_sweep_something() -> None:
    who = agent()
    sight = look(who, scene())
    allowed = who.allowed(sight.picture, "push")
    assert bool(allowed.any()) and not bool((allowed & (sight.picture.ids == 0)[:, None]).any())
    best = who.best(sight, Memory.empty(1), sight.scores)
    action = who.action(sight, torch.tensor([NETS.index("push")]), best)
    arm = int(action.valid[0].int().argmax())
    path, entry = action.path[0, arm, :, :2], best["push"].entry[0]
    cell, way = Workspace().cell_to_xy(entry[1:] + sight.picture.corner[0]), path[-1] - path[0]
    torch.testing.assert_close(path[0] + way / 3, cell, atol=1e-5, rtol=0.0)  # 5 of its 15 cm are before the cell
    assert abs(float(way.norm()) - 0.15) < 1e-5


def test_loaded_target_is_pushed_before_it_is_grasped_again() -> None:
    policy, kinds = QPolicy(Tables(), agent(threshold=-100.0, max_occupied=1.0)), []
    policy.begin(0, torch.Generator())
    both = torch.tensor([[[True, True]] * 2])  # slots that the arms have lifted
    for _ in range(5):
        action = policy.act(scene(), torch.tensor([True]))
        kinds.append(int(action.kind.max()))
        wrong = action.does(Kind.GRASP)
        policy.learn_of(action, SimpleNamespace(lifted=both & wrong, wrong_lifted=wrong, executed=torch.tensor([True])))  # pyright: ignore
    assert kinds == [Kind.GRASP, Kind.GRASP, Kind.PUSH, Kind.GRASP, Kind.GRASP]


def test_weights_come_back_and_others_are_refused(tmp_path: Path) -> None:
    who, path = agent(), tmp_path / "switch.pt"
    state = {"nets": {name: net.state_dict() for name, net in who.plain().items()}, "threshold": 0.75}
    info = CheckpointInfo("switch", 1, "height", 7, method="switch")
    write_policy(path, state, info, {"nets": CFG, "rule": RuleCfg()})
    policy = load_policy(Tables(), path)
    policy.begin(0, torch.Generator())
    first = policy.act(scene(), torch.tensor([True]))
    assert bool(first.planned.all()) and policy._agent.threshold == 0.75
    write_policy(
        path, state, info, {"nets": QNetsCfg(group=4, directions=8, widths=(1, 1), window=48), "rule": RuleCfg()}
    )
    with pytest.raises(CheckpointError, match=r"switch\.pt: weights do not fit their settings"):
        load_policy(Tables(), path)
    write_policy(path, state, replace(info, method="epg"), {})
    with pytest.raises(CheckpointError, match="method 'epg'"):
        load_policy(Tables(), path)
