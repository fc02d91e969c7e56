"""The oracle in a simulation that says what a test wants it to say."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import torch

from pushgrasp.interface.action import Action, Kind
from pushgrasp.interface.outcome import Outcome
from pushgrasp.interface.world import Imagined, Observation, State
from pushgrasp.perception.heightmap import Heightmaps
from pushgrasp.policies.baselines.oracle.policy import OraclePolicy

from ...tables import Tables

TARGET, NEIGHBOUR, COVER = 0, 1, 2
FAR = torch.tensor([0.35, 0.35, 0.0])
"""Way to where an object is in nobody's way [m]."""

Judge = Callable[[Action, Imagined], Imagined]


class Table(Tables):
    """A cube, another beside it and a slab over both; imagined actions change nothing unless ``judge`` says so."""

    def __init__(self, judge: Judge, buried: bool) -> None:
        super().__init__()
        position = torch.tensor([[[0.0, 0.0, 0.025], [0.051, 0.0, 0.025], [0.0, 0.0, 0.0625]]])
        if not buried:
            position[0, 1:] += FAR
        upright = torch.tensor([0.0, 0.0, 0.0, 1.0]).repeat(1, 3, 1)
        active = torch.ones(1, 3, dtype=torch.bool)
        self.state = State(position, upright, active, torch.zeros(1).long(), ("cube", "cube", "slab"))
        self._judge, self.asked = judge, list[Action]()

    def observe(self) -> Observation:
        height = torch.zeros(1, 224, 224)
        height[:, 90:134, 90:134] = 0.05  # 20 cm wide
        maps = Heightmaps(height[:, None].expand(-1, 3, -1, -1), height, (height > 0.0).long())
        return Observation(maps, self.state.target + 1, self.workspace)

    def carry_out(self, action: Action) -> Outcome:
        raise NotImplementedError

    def imagine(self, world: int, actions: Action) -> Imagined:
        """What the judge says; the target is pushed aside by a centimetre without it, everything else lies still."""
        self.asked.append(actions)
        count, state = len(actions.kind), self.state
        none = torch.zeros(count, 3, dtype=torch.bool)
        parts = (part.repeat(count, *[1] * (part.ndim - 1)) for part in (state.position, state.quaternion))
        after = State(*parts, state.active.repeat(count, 1), state.target.repeat(count), state.shapes)
        nothing = Imagined(torch.ones(count, dtype=torch.bool), none[:, None].clone(), none, none.clone(), after)
        return self._judge(actions, nothing)

    def kinds(self) -> list[tuple[str, int]]:
        """What was asked, one after the other: the kind, and how many at once."""
        return [(Kind(int(actions.kind.max())).name, len(actions.kind)) for actions in self.asked]


def chosen(table: Table) -> Action:
    return OraclePolicy(table).act(table.observe(), torch.tensor([True]))


def lifting(*slots: int) -> Judge:
    """Grasps lift some slots; pushes move nothing."""

    def judge(actions: Action, imagined: Imagined) -> Imagined:
        imagined.lifted[:, 0, list(slots)] = actions.does(Kind.GRASP)[:, None]
        return imagined

    return judge


def pushing(free: list[int], lost: list[int]) -> Judge:
    """Grasps lift nothing; of the first four pushes some free the target, some of which lose another object."""
    told = []

    def judge(actions: Action, imagined: Imagined) -> Imagined:
        if bool(actions.does(Kind.PUSH).all()):
            told.append(len(actions.kind))
            imagined.moved[:, TARGET] = True
            if len(told) == 1:
                imagined.after.position[free, 1:] += FAR
                imagined.lost[lost, NEIGHBOUR] = True
        return imagined

    return judge


def test_a_grasp_that_lifts_the_target_alone_is_done() -> None:
    table = Table(lifting(TARGET), buried=False)
    action = chosen(table)
    assert action.arms(0, Kind.GRASP) and table.kinds() == [("GRASP", 2)]
    assert torch.equal(action.position, table.asked[0].position[:1])  # the best of them
    arm = action.arms(0, Kind.GRASP)[0]
    assert float(action.position[0, arm, :2].norm()) < 0.006  # round the cube's middle


def test_a_grasp_that_loses_something_is_not_done() -> None:
    def judge(actions: Action, imagined: Imagined) -> Imagined:
        lost = imagined.lost.clone()
        lost[0, NEIGHBOUR] = True
        return replace(lifting(TARGET)(actions, imagined), lost=lost)

    table = Table(judge, buried=False)
    assert torch.equal(chosen(table).position, table.asked[0].position[1:2])


def test_where_every_grasp_lifts_more_all_are_tried_and_then_pushes() -> None:
    table = Table(lifting(TARGET, NEIGHBOUR), buried=False)
    chosen(table)
    kinds = table.kinds()
    assert kinds[:4] == [("GRASP", 2)] * 4  # eight
    assert kinds[4:8] == [("PUSH", 4)] * 4  # sixteen, as none helps


def test_the_push_that_frees_the_target_is_done_and_none_after_it_is_tried() -> None:
    table = Table(pushing(free=[2], lost=[]), buried=True)
    action = chosen(table)
    assert action.does(Kind.PUSH).tolist() == [True]
    tried = next(actions for actions in table.asked if bool(actions.does(Kind.PUSH).all()))
    assert torch.equal(action.path, tried.path[2:3])
    assert [kind for kind, _ in table.kinds()].count("PUSH") == 1
    assert float(action.score[0, Kind.PUSH]) > -0.4


def test_a_push_that_loses_an_object_is_not_done_for_one_that_does_not() -> None:
    table = Table(pushing(free=[1, 2], lost=[1]), buried=True)
    action = chosen(table)
    tried = next(actions for actions in table.asked if bool(actions.does(Kind.PUSH).all()))
    assert torch.equal(action.path, tried.path[2:3])


def test_nothing_is_done_where_no_trial_runs() -> None:
    table = Table(lifting(TARGET), buried=False)
    action = OraclePolicy(table).act(table.observe(), torch.tensor([False]))
    assert table.asked == [] and not bool(action.planned.any())
