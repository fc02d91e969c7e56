"""What mpg may choose, its rule and its rewards, by hand."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from pushgrasp.interface.action import Kind
from pushgrasp.interface.world import Observation
from pushgrasp.learning.checkpoint import CheckpointError, CheckpointInfo
from pushgrasp.perception.heightmap import Heightmaps
from pushgrasp.perception.masks import is_visible
from pushgrasp.perception.workspace import Workspace
from pushgrasp.policies.maps.memory import Memory
from pushgrasp.policies.maps.oriented_net import PlainLayers
from pushgrasp.policies.maps.planner import Choice
from pushgrasp.policies.maps.q_net import GRASP, MOVE, PUSH, QNetsCfg, build_nets
from pushgrasp.policies.maps.tries import SceneTries
from pushgrasp.policies.mpg.agent import NETS, MpgAgent, load_policy
from pushgrasp.policies.mpg.cfg import RuleCfg
from pushgrasp.policies.mpg.occlusion import HIDDEN
from pushgrasp.policies.q.agent import Sight, Turn
from pushgrasp.policies.q.grasp_stage import tried_grasps
from pushgrasp.policies.q.weights import write_policy

from ..tables import Tables

CFG = QNetsCfg(group=4, directions=4, widths=(1, 1), window=48)
TARGET, COVER, FAR = 1, 2, 3
FREE, COVERED = (0.0, 1.0)
"""Overhangs."""


def agent(**rule) -> MpgAgent:
    torch.manual_seed(1)
    return MpgAgent(Tables(), build_nets(NETS, CFG, PlainLayers(4)), CFG, RuleCfg(**rule))


def scene(cover: str = "half") -> Observation:
    """A target of 5 x 9 cm; a cube over none, half or all of it; and a tall block far away on the left."""
    ids, height = torch.zeros(1, 224, 224, dtype=torch.long), torch.zeros(1, 224, 224)
    covered = {"none": slice(0), "half": slice(130, 140), "all": slice(115, 145)}[cover]
    for number, tall, rows, columns in (
        (TARGET, 0.05, slice(100, 112), slice(120, 140)),
        (COVER, 0.10, slice(98, 114), covered),
        (FAR, 0.08, slice(30, 40), slice(20, 30)),
    ):
        ids[0, rows, columns], height[0, rows, columns] = number, tall
    return Observation(Heightmaps(torch.zeros(1, 3, 224, 224), height, ids), torch.tensor([TARGET]), Workspace())


def look(who: MpgAgent, seen: Observation) -> Sight:
    return who.look(seen, Memory.empty(1), NETS)


def allowed_ids(who: MpgAgent, sight: Sight, name: str) -> set[int]:
    """Numbers of the objects that a net may choose cells of."""
    return set(sight.picture.ids[who.allowed(sight.picture, name).any(dim=1)].tolist())


def test_the_target_is_grasped_and_what_lies_on_it_is_moved() -> None:
    who = agent()
    sight = look(who, scene())
    assert int(sight.goal_id) == TARGET and float(sight.facts[0, 1]) > 0.25
    assert allowed_ids(who, sight, GRASP) == {TARGET} and allowed_ids(who, sight, MOVE) == {COVER}
    alone = look(who, scene("none"))
    assert float(alone.facts[0, 1]) == 0.0 and allowed_ids(who, alone, MOVE) == set()


def test_moves_learn_from_what_was_tried_on_the_target_and_beside_it() -> None:
    maps = scene().heightmaps
    cell = torch.tensor([[106, 122], [106, 132], [35, 25]])  # on the target, its cover, and far away
    lifted = torch.tensor([False, True, True])
    scenes = [
        SceneTries(maps.height[0], maps.ids[0].byte(), cell.byte(), torch.zeros(3), torch.full((3,), 0.05), lifted)
    ]
    who = agent()
    tried = tried_grasps(who, scenes, CFG.directions, Workspace())
    grasps, moves = (tried.entries[name] for name in (GRASP, MOVE))
    assert grasps.picture.tolist() == [0, 1, 2] and grasps.lifted.tolist() == lifted.tolist()  # each is the target once
    first = moves.picture == 0
    assert int(first.sum()) == 1 and bool(moves.lifted[first][0])  # the cover, but not what is far away
    assert who.tried_worth(MOVE, lifted).tolist() == [-0.5, 0.5, 0.5]
    assert who.tried_worth(GRASP, lifted).tolist() == [0.0, 1.0, 1.0]


def test_pushes_begin_near_the_target() -> None:
    who = agent(push_reach=0.03)
    sight = look(who, scene("none"))
    begin = who.allowed(sight.picture, PUSH).any(dim=1)[0].nonzero() + sight.picture.corner[0]
    assert len(begin) > 0
    # 3 cm are 6.7 cells about rows 100 to 111 and columns 120 to 139.
    low, high = begin.amin(dim=0), begin.amax(dim=0)
    assert low.tolist() >= [94, 114] and int(high[0]) <= 117 and int(high[1]) <= 145


def test_a_target_out_of_view_is_looked_for_under_what_is_heaped_up() -> None:
    who = agent()
    sight = look(who, scene("all"))
    assert int(sight.goal_id) == 0 and float(sight.facts[0, 1]) == HIDDEN
    assert allowed_ids(who, sight, GRASP) == set() and allowed_ids(who, sight, MOVE) == {COVER}
    best = who.best(sight, Memory.empty(1), sight.scores)
    late = Memory.empty(1)
    late.actions += 9
    assert int(who.choose(sight, late, best)) == NETS.index(MOVE)  # however late in the trial


def test_the_place_that_is_searched_has_fewer_cells_than_a_target_in_view() -> None:
    goal = look(agent(), scene("all")).picture.goal
    assert int(goal.sum()) == 9 and not bool(is_visible(goal))


def choice(value: float) -> Choice:
    pose = torch.zeros(1, 3), torch.eye(3)[None], torch.zeros(1)
    return Choice(torch.zeros(1, 3).long(), torch.tensor([value]), *pose, batch_size=[1])


NO = -torch.inf


@pytest.mark.parametrize(
    ("over", "grasp", "move", "push", "actions", "pushes", "chosen"),
    [
        (COVERED, 0.9, 0.1, 0.1, 0, 0, MOVE),  # occluded: whatever a grasp is worth
        (FREE, 0.9, 0.8, 0.8, 0, 0, GRASP),  # trusted
        (FREE, 0.4, 0.8, 0.1, 0, 0, PUSH),  # not trusted; nothing to move
        (FREE, 0.4, 0.8, 0.1, 7, 5, GRASP),  # pushed enough
        (COVERED, 0.4, 0.8, 0.1, 5, 0, PUSH),  # moved enough
        (COVERED, 0.9, NO, 0.1, 0, 0, GRASP),  # nothing that can be picked
        (FREE, 0.4, 0.8, NO, 0, 0, GRASP),  # nothing to push
        (FREE, NO, 0.8, 0.1, 9, 5, PUSH),  # no grasp fits
        (FREE, NO, 0.8, NO, 9, 0, MOVE),  # nothing else is left
    ],
)
def test_workflow(over: float, grasp: float, move: float, push: float, actions: int, pushes: int, chosen: str) -> None:
    who, memory = agent(threshold=0.5), Memory.empty(1)
    memory.actions += actions
    memory.pushes += pushes
    sight = replace(look(who, scene()), facts=torch.tensor([[grasp, over]]))
    best = {GRASP: choice(grasp), MOVE: choice(move), PUSH: choice(push)}
    assert NETS[int(who.choose(sight, memory, best))] == chosen


def test_without_the_workflow_the_greatest_worth_decides() -> None:
    who = agent(workflow=False)
    sight = replace(look(who, scene()), facts=torch.tensor([[0.2, COVERED]]))
    best = {GRASP: choice(0.2), MOVE: choice(0.1), PUSH: choice(0.3)}
    assert NETS[int(who.choose(sight, Memory.empty(1), best))] == PUSH


def test_nets_that_do_not_act_are_not_chosen() -> None:
    who = agent(threshold=0.5)
    sight = replace(look(who, scene()), facts=torch.tensor([[0.2, COVERED]]))
    assert NETS[int(who.choose(sight, Memory.empty(1), {GRASP: choice(0.2), PUSH: choice(0.1)}))] == PUSH


def test_each_choice_has_its_motion() -> None:
    who = agent()
    sight = look(who, scene())
    best = who.best(sight, Memory.empty(1), sight.scores)
    for name, kind, number in ((GRASP, Kind.GRASP, TARGET), (MOVE, Kind.MOVE, COVER), (PUSH, Kind.PUSH, None)):
        action = who.action(sight, torch.tensor([NETS.index(name)]), best)
        assert action.kind[action.valid].tolist() == [kind]
        if number is not None:
            row, column = Workspace().xy_to_cell(action.position[action.valid][0, :2]).tolist()
            assert int(sight.seen.heightmaps.ids[0, row, column]) == number
            assert abs(float(action.position[action.valid][0, 2]) - {TARGET: 0.01, COVER: 0.06}[number]) < 1e-6


@pytest.mark.parametrize(
    ("net", "after", "gain", "over", "lifted", "reward"),
    [
        (GRASP, "half", 0.0, (0.5, 0.5), True, 1.0),
        (GRASP, "half", 0.0, (0.5, 0.5), False, 0.0),
        (MOVE, "none", 0.0, (0.9, 0.1), False, 1.0),  # the target is free
        (MOVE, "none", 0.6, (0.9, 0.7), False, 0.5),  # it is not, but easier to grasp
        (MOVE, "half", 0.6, (0.9, 0.1), False, -0.5),  # heights are as before
        (MOVE, "none", 0.0, (0.9, 0.1), True, -0.5),  # the target was carried away
        (PUSH, "none", 0.2, (0.5, 0.5), False, 0.5),
        (PUSH, "none", 0.0, (0.5, 0.5), False, 0.0),
        (PUSH, "half", 0.2, (0.5, 0.5), False, -0.5),
    ],
)
def test_rewards(net: str, after: str, gain: float, over: tuple[float, float], lifted: bool, reward: float) -> None:
    who = agent()
    before = replace(look(who, scene()), facts=torch.tensor([[0.3, over[0]]]))
    later = replace(look(who, scene(after)), facts=torch.tensor([[0.3 + gain, over[1]]]))
    turn = Turn(before, torch.tensor([NETS.index(net)]), choice(0.0), torch.tensor([False]), before.facts)
    assert who.reward("published", turn, later, torch.tensor([lifted])).tolist() == [reward]


def test_weights_come_back_and_others_are_refused(tmp_path: Path) -> None:
    who, path = agent(), tmp_path / "mpg.pt"
    state = {"nets": {name: net.state_dict() for name, net in who.plain().items()}, "threshold": 0.75}
    info = CheckpointInfo("mpg", 1, "height", 7, method="mpg")
    write_policy(path, state, info, {"nets": CFG, "rule": RuleCfg(overhang=0.25)})
    policy = load_policy(Tables(), path)
    policy.begin(0, torch.Generator())
    action = policy.act(scene(), torch.tensor([True]))
    assert action.kind[action.valid].tolist() == [Kind.MOVE] and policy._agent.threshold == 0.75
    write_policy(path, state, replace(info, method="switch"), {})
    with pytest.raises(CheckpointError, match="method 'switch'"):
        load_policy(Tables(), path)
