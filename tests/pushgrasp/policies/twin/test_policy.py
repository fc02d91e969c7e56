"""The policy on pictures of blocks, and actions tried in their reconstruction."""

from __future__ import annotations

import math
import sys

import pytest
import torch

from pushgrasp.interface.action import Action, Kind, grasp_action, push_action
from pushgrasp.interface.outcome import Outcome
from pushgrasp.interface.world import Observation
from pushgrasp.motion.limits import training_rig_limits
from pushgrasp.perception.heightmap import Heightmaps
from pushgrasp.perception.workspace import Workspace
from pushgrasp.policies.registry import METHODS, find_planner
from pushgrasp.policies.twin.planner import Planner, TwinCfg, spread
from pushgrasp.policies.twin.policy import TwinPolicy, load_twin
from pushgrasp.policies.twin.reconstruction import reconstruct
from pushgrasp.policies.twin.world import TwinWorld, surface_points
from pushgrasp.program import UserError

from ..tables import Tables

POINTS = 9
DOWN = torch.diag(torch.tensor([1.0, -1.0, -1.0]))  # closes along x


def picture(*blocks: tuple[int, tuple[float, float], tuple[float, float], float]) -> Observation:
    """What is seen of blocks: number, middle, size from above, height; the target is block 1."""
    height, ids = torch.zeros(1, 224, 224), torch.zeros(1, 224, 224, dtype=torch.long)
    for number, middle, size, top in blocks:
        off = (Workspace().cell_centres() - torch.tensor(middle)).abs()
        seen = (off <= torch.tensor(size) / 2).all(dim=-1)[None] & (height < top)
        height[seen], ids[seen] = top, number
    colour = torch.full((1, 3, 224, 224), 0.4)
    return Observation(Heightmaps(colour, height, ids), torch.tensor([1]), Workspace())


def world_of(seen: Observation) -> TwinWorld:
    bodies = reconstruct(seen.heightmaps.height[0], seen.heightmaps.ids[0], seen.workspace)
    return TwinWorld(bodies, 2, training_rig_limits())


def grasps(*places: tuple[float, float, float]) -> Action:
    position = torch.tensor(places)
    count = len(places)
    turn, width, right = DOWN.repeat(count, 1, 1), torch.full((count,), 0.08), torch.ones(count, dtype=torch.long)
    return grasp_action(position, turn, width, right, right.bool(), 2, POINTS)


@pytest.fixture(scope="module")
def policy() -> TwinPolicy:
    return load_twin(Tables())


def test_a_grasp_across_a_block_lifts_it_and_one_beside_it_does_not() -> None:
    world = world_of(picture((1, (0.15, 0.0), (0.04, 0.06), 0.05)))
    torch.testing.assert_close(world.start[0, :3], torch.tensor([0.15, 0.0, 0.025]), atol=0.002, rtol=0.0)
    imagined = world.imagine(grasps((0.15, 0.0, 0.02), (0.15, 0.15, 0.02)), target=0)
    assert imagined.lifts_only(0).tolist() == [True, False]
    assert imagined.lifted[0].tolist() == [[False], [True]]  # by the right arm
    assert imagined.reachable.all() and not imagined.lost.any()
    again = world.imagine(grasps((0.15, 0.0, 0.02), (0.15, 0.15, 0.02)), target=0)
    assert torch.equal(again.after.position, imagined.after.position)


def test_a_push_shoves_a_block_as_far_as_it_goes_on() -> None:
    world = world_of(picture((1, (0.15, 0.0), (0.05, 0.05), 0.05)))
    path = torch.zeros(1, 2, POINTS, 3)
    path[..., 0], path[..., 2] = 0.15, 0.012
    path[0, 1, :, 1] = torch.linspace(-0.10, 0.05, POINTS)  # pads are 2.4 cm broad, or the jaws' 2.4 cm thick
    imagined = world.imagine(push_action(path, torch.zeros(1, 2, POINTS), torch.tensor([[False, True]])), target=0)
    x, y, z = imagined.after.position[0, 0].tolist()
    assert imagined.moved.all() and not imagined.lost.any()
    assert (x, z) == (pytest.approx(0.15, abs=0.01), pytest.approx(0.025, abs=0.002))
    assert y == pytest.approx(0.05 + 0.012 + 0.025, abs=0.012)  # its middle, half a pad and half a block ahead


def test_bodies_rest_where_they_were_seen() -> None:
    blocks = [
        (1, (0.1, 0.0), (0.05, 0.05), 0.05),
        (2, (0.151, 0.0), (0.05, 0.05), 0.04),
        (3, (0.1, 0.0), (0.04, 0.04), 0.09),
    ]
    world = world_of(picture(*blocks))
    was = torch.tensor([body.position for body in world.bodies])
    assert float((world.start[:, :3] - was).norm(dim=1).max()) < 0.004


def test_the_policy_grasps_a_lone_block_and_repeats(policy: TwinPolicy) -> None:
    seen, running = picture((1, (0.15, 0.0), (0.045, 0.06), 0.05)), torch.tensor([True])
    policy.begin(0, torch.Generator())
    action = policy.act(seen, running)
    assert action.arms(0, Kind.GRASP) == [1]
    torch.testing.assert_close(action.position[0, 1, :2], torch.tensor([0.15, 0.0]), atol=0.03, rtol=0.0)
    policy.begin(0, torch.Generator().manual_seed(7))
    assert torch.equal(policy.act(seen, running).position, action.position)


def test_a_walled_block_is_freed_first(policy: TwinPolicy) -> None:
    walls = [
        (2 + k, place, (0.06, 0.06), 0.07)
        for k, place in enumerate([(0.061, 0.0), (-0.061, 0.0), (0.0, 0.061), (0.0, -0.061)])
    ]
    policy.begin(0, torch.Generator())
    action = policy.act(picture((1, (0.0, 0.0), (0.055, 0.055), 0.04), *walls), torch.tensor([True]))
    assert action.does(Kind.PUSH).all() and action.planned.all()


@pytest.mark.parametrize("blocks", [(), ((2, (0.1, 0.1), (0.06, 0.06), 0.05),)])
def test_without_the_target_in_view_the_networks_decide(policy: TwinPolicy, blocks: tuple) -> None:
    policy.begin(0, torch.Generator())
    seen, running = picture(*blocks), torch.tensor([True])
    action = policy.act(seen, running)
    trained = METHODS["pg4da"].make(Tables(), *weights())
    trained.begin(0, torch.Generator())
    assert torch.equal(action.kind, trained.act(seen, running).kind)
    assert torch.equal(action.path, trained.act(seen, running).path)


def weights() -> list:
    from pushgrasp.policies.pg4da.pretrained import shipped_policy

    return [shipped_policy(2)]


def test_a_grasp_that_failed_is_not_repeated(policy: TwinPolicy) -> None:
    seen, running = picture((1, (0.15, 0.0), (0.045, 0.06), 0.05)), torch.tensor([True])
    policy.begin(0, torch.Generator())
    action = policy.act(seen, running)
    no, slots = torch.zeros(1, dtype=torch.bool), torch.zeros(1, 1, dtype=torch.bool)
    policy.learn_of(action, Outcome(action.kind, ~no, no, no, no, no, torch.zeros(1, 2, 1).bool(), slots, slots))
    other = policy.act(seen, running)
    same = (other.position[0, 1] - action.position[0, 1]).norm() < 0.01
    turned = float((other.rotation[0, 1, :, 0] * action.rotation[0, 1, :, 0]).sum().abs()) < 0.9
    assert other.does(Kind.PUSH).all() or turned or not same


def test_surfaces_are_sampled_once_and_a_stroke_that_moves_nothing_costs_no_search(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sampled = []
    monkeypatch.setattr(
        "pushgrasp.policies.twin.world.surface_points", lambda body: sampled.append(body) or surface_points(body)
    )
    world = world_of(picture((1, (0.15, 0.0), (0.05, 0.05), 0.05), (2, (-0.15, 0.0), (0.05, 0.05), 0.05)))
    tried = Planner(world, 0, lambda numbers: numbers, TwinCfg())  # pyright: ignore
    path = torch.zeros(2, 2, POINTS, 3)
    path[..., 0], path[..., 2] = 0.15, 0.012
    path[0, 1, :, 1] = torch.linspace(-0.10, 0.05, POINTS)
    path[1, 1, :, 1] = torch.linspace(0.20, 0.30, POINTS)
    right = torch.tensor([[False, True], [False, True]])
    strokes = push_action(path, torch.zeros(2, 2, POINTS), right)
    worth = tried.worth(strokes)
    assert worth[0] > 0.5 and worth[1] == 0.0
    assert torch.equal(tried.worth(strokes), worth)
    assert sampled == list(world.bodies)
    monkeypatch.setattr(Planner, "cost", lambda *_: pytest.fail("searched"))
    assert tried.worth(push_action(path[1:], torch.zeros(1, 2, POINTS), right[1:])).tolist() == [0.0]


def test_a_stroke_that_leaves_a_block_near_the_edge_is_worth_nothing() -> None:
    world = world_of(picture((1, (0.15, 0.0), (0.05, 0.05), 0.05), (2, (0.15, 0.40), (0.05, 0.05), 0.05)))
    path = torch.zeros(1, 2, POINTS, 3)
    path[..., 0], path[..., 2] = 0.15, 0.012
    path[0, 1, :, 1] = torch.linspace(0.30, 0.44, POINTS)  # half a pad and half a block ahead of it
    stroke = push_action(path, torch.zeros(1, 2, POINTS), torch.tensor([[False, True]]))
    y = float(world.imagine(stroke, target=0).after.position[0, 1, 1])
    assert 0.470 < y < 0.490
    narrow, wide = (Planner(world, 0, lambda numbers: numbers, TwinCfg(margin=margin)) for margin in (0.01, 0.03))  # pyright: ignore
    assert narrow.worth(stroke) > 0.5 and wide.worth(stroke) == 0.0


class Told(Planner):
    """Outcomes that are told instead of tried, by number."""

    outcomes: dict[int, float]

    def holds(self, grasps: Action) -> torch.Tensor:
        return torch.tensor([self.outcomes.pop(int(number)) for number in grasps])

    worth = holds


def planner(outcomes: dict[int, float], **cfg: float) -> Told:
    told = Told(None, 0, lambda numbers: numbers, TwinCfg(**cfg))  # pyright: ignore
    told.outcomes = outcomes
    return told


def test_the_likeliest_grasp_that_holds_is_taken() -> None:
    odds = torch.tensor([1.0, 0.6, 0.1, 0.0, -0.2, -3.0])
    told = planner({10: 0.0, 11: 0.0, 12: 1.0, 13: 1.0})
    assert told.best_grasp(torch.arange(10, 16), odds) == (12, pytest.approx(0.85))  # 0.1 + 0.75; 14 is not tried
    assert told.outcomes == {}
    doubtful = planner({10: 0.0, 11: 0.0, 12: 0.0, 13: 0.0, 14: 0.0})
    number, chance = doubtful.best_grasp(torch.arange(10, 16), torch.tensor([0.5, 0.4, 0.1, 0.0, -0.2, -3.0]))
    assert (number, chance) == (10, pytest.approx(-0.25))


def test_the_stroke_of_most_worth_is_taken_and_a_good_one_ends_the_search() -> None:
    odds = torch.zeros(4)
    assert planner({0: 0.1, 1: 0.3, 2: 0.7, 3: 0.2}).best_stroke(torch.arange(4), odds) == (2, pytest.approx(0.7))
    early = planner({0: 0.9, 1: 0.1, 2: 0.95, 3: 0.2})
    assert early.best_stroke(torch.arange(4), odds)[0] == 0 and len(early.outcomes) == 2
    trusted = planner({0: 0.5, 1: 0.5, 2: 0.5, 3: 0.5})
    assert trusted.best_stroke(torch.arange(4), torch.tensor([0.0, 0.3, 1.0, 0.2]))[0] == 2


@pytest.mark.parametrize(
    ("chance", "worth", "expected"),
    [
        (2.0, 0.95, 0),  # 2.0 + 0.75 is sure: no stroke is tried
        (1.0, 0.95, 1),  # 1.75 is a chance of 0.85
        (1.0, 0.80, 0),
        (-1.0, 0.10, 1),  # it rather fails, and is not tried
    ],
)
def test_a_doubtful_grasp_is_done_if_no_stroke_is_worth_more(chance: float, worth: float, expected: int) -> None:
    told = planner({0: 1.0, 1: worth})
    number, odds, found = told.best(torch.tensor([0]), torch.tensor([1]), torch.tensor([chance, 0.0]))
    assert number == expected and odds == pytest.approx(chance + 0.75 if chance > 0.0 else chance)
    assert found == (-math.inf if chance == 2.0 else pytest.approx(worth))


def test_what_there_is_alone_is_done() -> None:
    none, odds = torch.zeros(0, dtype=torch.long), torch.tensor([-2.0, 0.0])
    assert planner({0: 0.0}).best(torch.tensor([0]), none, odds)[0] == 0
    assert planner({1: 0.1}).best(none, torch.tensor([1]), odds)[0] == 1


def test_out_of_time_only_the_first_are_tried() -> None:
    told = planner({0: 0.1, 1: 0.2, 2: 0.7, 3: 0.2}, time_budget=1e-9)
    assert told.best_stroke(torch.arange(4), torch.zeros(4))[0] == 1 and len(told.outcomes) == 2


def test_candidates_are_spread() -> None:
    assert spread(3, 6) == [0, 1, 2]
    assert spread(20, 6) == [0, 1, 2, 3, 8, 14]  # 3 + 17 k / 3


def test_words_for_the_planner() -> None:
    assert find_planner("twin") == (METHODS["twin"], "pretrained")
    assert find_planner("twin:runs/a/model_4.pt") == (METHODS["twin"], "runs/a/model_4.pt")
    assert find_planner("pretrained") is None and find_planner("my.module:Class") is None


def test_without_mujoco_the_user_is_told_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "mujoco", None)
    with pytest.raises(UserError, match=r"mujoco is not installed: pip install 'pushgrasp\[mujoco\]'"):
        METHODS["twin"].make(Tables())


def test_a_time_budget_must_be_positive() -> None:
    with pytest.raises(ValueError, match="time_budget=0"):
        TwinCfg(time_budget=0.0)
