"""The rule at run time, and files of weights."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch

from pushgrasp.interface.action import Kind
from pushgrasp.learning.checkpoint import CheckpointError, CheckpointInfo, save_checkpoint
from pushgrasp.perception.masks import dilate
from pushgrasp.policies.epg.cfg import METHOD, RuleCfg
from pushgrasp.policies.epg.policy import EpgPlanner, EpgPolicy, load_policy
from pushgrasp.policies.epg.weights import Nets, load_nets, write_policy
from pushgrasp.policies.maps.oriented_net import PlainLayers
from pushgrasp.policies.maps.primitives import sweeping_pushes

RUNNING = torch.tensor([True])


def policy(table, cfg, logit: float, push: bool = True, **rule) -> EpgPolicy:
    """A policy whose critic gives every grasp the same log-odds, and that grasps from even odds on."""
    torch.manual_seed(4)
    nets = Nets.build(cfg, PlainLayers(cfg.group), push)
    for net in nets.by_name.values():
        net.eval()
    torch.nn.init.zeros_(nets.critic.out.weight)
    torch.nn.init.constant_(nets.critic.out.bias, logit)
    made = EpgPolicy(table, EpgPlanner(table, nets, cfg, RuleCfg(**{"tau": 0.5, **rule})))
    made.begin(0, torch.Generator())
    return made


def outcome(taken: bool = False, wrong: bool = False, arms: tuple[bool, bool] | None = None):
    """What a grasp has taken: both arms alike, or each of them."""
    lifted = torch.tensor(arms or (taken, taken))[None, :, None] & torch.tensor([True, False])
    executed, wrong_lifted = torch.tensor([True]), torch.tensor([wrong])
    return SimpleNamespace(lifted=lifted, executed=executed, wrong_lifted=wrong_lifted)


def test_trusted_grasp_takes_the_target(table, seen, small_nets) -> None:
    action = policy(table, small_nets(), 1.0).act(seen, RUNNING)
    assert int(action.kind.max()) == Kind.GRASP and bool(action.valid.any())
    row, column = seen.workspace.xy_to_cell(action.position[action.valid][:, :2])[0].tolist()
    assert int(seen.heightmaps.ids[0, row, column]) == 1
    assert action.score[0, Kind.GRASP] == 1.0


def test_doubted_grasp_is_prepared_by_five_pushes_at_most(table, seen, small_nets) -> None:
    acting, kinds = policy(table, small_nets(), -1.0), []
    for _ in range(8):
        action = acting.act(seen, RUNNING)
        kinds.append(int(action.kind.max()))
        acting.learn_of(action, outcome())
    assert kinds == [Kind.PUSH] * 5 + [Kind.GRASP] + [Kind.PUSH] * 2


def test_critic_chooses_among_the_best_grasps_that_are_apart(table, seen, small_nets) -> None:
    acting = policy(table, small_nets(), 1.0, rated=4)
    rated = []

    def last_is_best(*windows: torch.Tensor) -> torch.Tensor:
        rated.append(len(windows[0]))
        return torch.arange(len(windows[0])).float() + 1.0

    acting._planner.nets.critic.forward = last_is_best
    last = acting.act(seen, RUNNING)
    assert float(last.score[0, Kind.GRASP]) == rated[0] == 4.0
    acting._planner.nets.critic.forward = lambda *windows: torch.ones(len(windows[0])).cumsum(0).flip(0)
    first = acting.act(seen, RUNNING)
    apart = float((first.position[first.valid] - last.position[last.valid]).norm()) >= 0.02
    axes = (first.rotation[first.valid][0, :, 0] * last.rotation[last.valid][0, :, 0]).sum().abs()
    assert apart or float(axes) <= 0.9


def test_pushes_begin_near_the_target_and_sweep_something(table, seen, small_nets) -> None:
    action = policy(table, small_nets(), -1.0).act(seen, RUNNING)
    path = action.path[action.valid][0]
    assert float((path[-1] - path[0]).norm()) == pytest.approx(0.15, abs=1e-5)
    assert float(path[0, :2].norm()) < 0.12 + 0.04  # 12 cm from the target, whose corner is 32 mm from the middle
    row, column = seen.workspace.xy_to_cell(path[:, :2]).unbind(dim=1)
    assert bool((seen.heightmaps.height[0, row, column] > path[:, 2]).any())


def test_pushes_sweep_what_stands_round_the_target_and_spare_it(table, seen, small_nets) -> None:
    planners = {sweep: policy(table, small_nets(), -1.0, sweep=sweep)._planner for sweep in (0.0, 0.7)}
    view = planners[0.7].view(seen)
    wide, narrow = (planners[sweep].allowed_pushes(view) for sweep in (0.0, 0.7))
    assert bool(narrow.any()) and not bool((narrow & ~wide).any()) and int(narrow.sum()) < 0.5 * int(wide.sum())
    path = planners[0.7].pushes(view, narrow.nonzero()).path.amax(dim=1)[..., :2]
    row, column = seen.workspace.xy_to_cell(path).unbind(dim=-1)
    under = seen.heightmaps.ids[0, row, column]  # 1 the target, 2 what stands beside it
    assert bool(((under == 2).sum(dim=1) > (under == 1).sum(dim=1)).all())


def test_pushes_may_sweep_the_target_where_nothing_else_is(table, seen, small_nets) -> None:
    seen.heightmaps.ids[seen.heightmaps.ids == 2] = 0
    seen.heightmaps.height[seen.heightmaps.ids == 0] = 0.0
    planner = policy(table, small_nets(), -1.0)._planner
    assert bool(planner.allowed_pushes(planner.view(seen)).any())


def test_any_push_may_be_chosen_where_none_has_to_sweep_more(table, seen, small_nets) -> None:
    planner = policy(table, small_nets(), -1.0, sweep=0.0)._planner
    view, cfg = planner.view(seen), planner.rule.push
    near = view.window(dilate(view.target, planner.rule.push_reach / seen.workspace.resolution))
    height = view.window(seen.heightmaps.height)
    anything = sweeping_pushes(height, view.corner, planner.cfg.directions, cfg, seen.workspace)[0]
    assert torch.equal(planner.allowed_pushes(view), near & anything)


def test_two_grasps_alike_are_not_tried_twice(table, seen, small_nets) -> None:
    acting = policy(table, small_nets(), 1.0, failed=100.0, max_pushes=0)
    first = acting.act(seen, RUNNING)
    acting.learn_of(first, outcome())
    second = acting.act(seen, RUNNING)
    apart = (first.position[first.valid] - second.position[second.valid]).norm() > 0.02
    axes = (first.rotation[first.valid][0, :, 0] * second.rotation[second.valid][0, :, 0]).sum().abs()
    assert bool(apart) or float(axes) < 0.9


def test_loaded_target_is_pushed_before_it_is_grasped_again(table, seen, small_nets) -> None:
    acting, kinds = policy(table, small_nets(), 1.0), []
    for _ in range(5):
        action = acting.act(seen, RUNNING)
        kinds.append(int(action.kind.max()))
        acting.learn_of(action, outcome(taken=True, wrong=bool(action.does(Kind.GRASP))))
    assert kinds == [Kind.GRASP, Kind.GRASP, Kind.PUSH, Kind.GRASP, Kind.GRASP]


def test_target_out_of_view_is_looked_for(table, seen, small_nets) -> None:
    seen.target_id[:] = 7
    action = policy(table, small_nets(), 1.0).act(seen, RUNNING)
    assert int(action.kind.max()) == Kind.PUSH and action.score[0, Kind.GRASP] == -torch.inf


def test_target_out_of_view_is_looked_for_elsewhere_after_a_sweep(table, seen, small_nets) -> None:
    seen.target_id[:], seen.heightmaps.ids[:], seen.heightmaps.height[:] = 7, 0, 0.0
    for number, columns, height in ((1, slice(40, 60), 0.10), (2, slice(160, 180), 0.09)):
        seen.heightmaps.ids[:, 100:120, columns], seen.heightmaps.height[:, 100:120, columns] = number, height
    acting, sides = policy(table, small_nets(), 1.0), []
    for _ in range(2):
        action = acting.act(seen, RUNNING)
        acting.learn_of(action, outcome())
        sides.append(float(action.path[action.valid][0, :, 0].mean()))
    assert sides[0] < -0.1 and sides[1] > 0.1


def test_empty_table_gives_no_motion(table, seen, small_nets) -> None:
    seen.heightmaps.ids[:], seen.heightmaps.height[:] = 0, 0.0
    for clearing in (False, True):
        bare = replace(seen, clearing=clearing)
        assert not bool(policy(table, small_nets(), 1.0).act(bare, RUNNING).valid.any())


def test_target_at_the_edge_of_the_table_is_grasped(table, seen, small_nets) -> None:
    seen.heightmaps.ids[:], seen.heightmaps.height[:] = 0, 0.0
    seen.heightmaps.ids[:, 0:10, 214:224], seen.heightmaps.height[:, 0:10, 214:224] = 1, 0.05
    action = policy(table, small_nets(), 1.0).act(seen, RUNNING)
    assert int(action.kind.max()) == Kind.GRASP and float(action.position[action.valid][0, :2].min()) > 0.45


def test_clearing_takes_the_object_with_the_best_grasp(table, seen, small_nets) -> None:
    acting = policy(table, small_nets(), 1.0)
    acting._planner.nets.grasp.forward = lambda height: _best_at(height, seen, 2)  # pyright: ignore
    action = acting.act(replace(seen, clearing=True), RUNNING)
    row, column = seen.workspace.xy_to_cell(action.position[action.valid][:, :2])[0].tolist()
    assert int(seen.heightmaps.ids[0, row, column]) == 2


def _best_at(height: torch.Tensor, seen, number: int) -> torch.Tensor:
    """Scores that rise to the right, where the second object lies."""
    del seen, number
    return torch.arange(height.shape[-1]).float().expand(1, 4, *height.shape[1:])


def _two_apart(seen):
    """Two objects, 0.58 m apart, on a table that is cleared."""
    seen.heightmaps.ids[:], seen.heightmaps.height[:] = 0, 0.0
    for number, columns in ((1, slice(40, 52)), (2, slice(170, 182))):
        seen.heightmaps.ids[:, 106:118, columns], seen.heightmaps.height[:, 106:118, columns] = number, 0.05
    return replace(seen, clearing=True)


def test_clearing_takes_two_objects_that_are_apart_at_once(table, seen, small_nets) -> None:
    both = _two_apart(seen)
    action = policy(table, small_nets(), 1.0).act(both, RUNNING)
    assert action.kind.tolist() == [[Kind.GRASP, Kind.GRASP]] and bool(action.valid.all())
    assert float(action.position[0, 0, 0]) < -0.2 and float(action.position[0, 1, 0]) > 0.2
    alone = policy(table, small_nets(), 1.0).act(replace(both, clearing=False), RUNNING)
    assert int(alone.valid.sum()) == 1


def test_a_second_object_is_not_grasped_on_a_doubt(table, seen, small_nets) -> None:
    action = policy(table, small_nets(), -1.0, max_pushes=0).act(_two_apart(seen), RUNNING)
    assert int(action.valid.sum()) == 1 and int(action.kind.max()) == Kind.GRASP


def test_of_two_grasps_at_once_only_the_one_that_failed_is_remembered(table, seen, small_nets) -> None:
    acting, both = policy(table, small_nets(), 1.0), _two_apart(seen)
    action = acting.act(both, RUNNING)
    acting.learn_of(action, outcome(arms=(True, False)))
    failed = acting._tried[0].failed
    alike = failed.alike(torch.zeros(2, dtype=torch.long), action.position[0], action.rotation[0, :, :, 0], 0.01, 0.99)
    assert alike.any(dim=1).tolist() == [False, True]


def test_after_the_first_stage_nothing_is_pushed(table, seen, small_nets) -> None:
    acting = policy(table, small_nets(), -1.0, push=False)
    assert int(acting.act(seen, RUNNING).kind.max()) == Kind.GRASP
    with pytest.raises(ValueError, match="they hold no PushNet"):
        acting._planner.push_scores(acting._planner.view(seen))


INFO = CheckpointInfo("epg_push", 1, "height", 7, method=METHOD)


def test_shipped_weights_act_as_the_trained_nets(table, seen, small_nets, tmp_path: Path) -> None:
    cfg, acting = small_nets(), policy(table, small_nets(), -1.0)
    write_policy(tmp_path / "epg.pt", acting._planner.nets, INFO, {"nets": cfg, "rule": RuleCfg(tau=0.9)})
    nets, read, rule = load_nets(tmp_path / "epg.pt")
    assert read == cfg and rule.tau == 0.9
    height = seen.heightmaps.height[:, :48, :48]
    expected = acting._planner.nets.grasp(height)
    torch.testing.assert_close(nets.grasp(height), expected, atol=2e-3, rtol=2e-3)  # half precision
    loaded = load_policy(table, tmp_path / "epg.pt", SimpleNamespace(rule=RuleCfg(tau=0.1)))
    loaded.begin(0, torch.Generator())
    assert int(loaded.act(seen, RUNNING).kind.max()) == Kind.GRASP  # its chance is 0.27


def test_weights_that_do_not_fit_are_refused(table, small_nets, tmp_path: Path) -> None:
    nets = policy(table, small_nets(), 0.0)._planner.nets
    write_policy(tmp_path / "a.pt", nets, INFO, {"nets": small_nets(), "rule": RuleCfg()})
    state = {"policy": {name: net.state_dict() for name, net in nets.by_name.items()}}
    other = {"nets": small_nets(group=8, angles=4, directions=8), "rule": RuleCfg()}
    save_checkpoint(tmp_path / "b.pt", INFO, other, state)
    with pytest.raises(CheckpointError, match=r"b\.pt: weights do not fit their settings"):
        load_nets(tmp_path / "b.pt")
    save_checkpoint(tmp_path / "c.pt", CheckpointInfo("pg4da_spatial", 1, "avh", 1), {}, {})
    with pytest.raises(CheckpointError, match="checkpoint has method 'pg4da', expected 'epg'"):
        load_nets(tmp_path / "c.pt")


def test_playing_imports_no_escnn() -> None:
    code = "import sys, pushgrasp.policies.epg.policy; sys.exit('escnn' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
