"""Figures of the training log, worked out by hand for four worlds."""

from __future__ import annotations

import pytest
import torch

from pg_tasks.envs.statistics import EpisodeStatistics
from pushgrasp.interface.action import Action, Kind, push_action
from pushgrasp.interface.outcome import Outcome

YES, NO = True, False
RATE = torch.tensor([0.1, 0.2, 0.3, 0.6])


def kinds(is_grasp: list[bool]) -> torch.Tensor:
    """The left arm grasps or pushes."""
    return torch.tensor([[Kind.GRASP if grasp else Kind.PUSH, Kind.NONE] for grasp in is_grasp])


def outcome(is_grasp: list[bool], success: list[bool]) -> Outcome:
    return Outcome(
        kind=kinds(is_grasp),
        executed=torch.tensor([YES, YES, YES, NO]),
        success=torch.tensor(success),
        wrong_lifted=torch.tensor([NO, YES, NO, NO]),
        target_lost=torch.tensor([NO, NO, NO, NO]),
        fault=torch.tensor([NO, NO, NO, NO]),
        lifted=torch.zeros(4, 3, dtype=torch.bool),
        moved=torch.zeros(4, 3, dtype=torch.bool),
        lost=torch.tensor([NO, YES, NO, NO])[:, None].expand(-1, 3),
    )


def action(two_paths: list[bool]) -> Action:
    paths, both = torch.zeros(4, 2, 3, 3), torch.tensor([[YES, both] for both in two_paths])
    return push_action(paths, paths[..., 0], both)


def test_shares_are_over_what_they_are_about() -> None:
    statistics = EpisodeStatistics(4, "cpu")
    statistics.add(outcome([YES, YES, NO, NO], [YES, NO, YES, NO]), torch.tensor([YES, YES, NO, NO]))
    assert statistics.log(action([YES, YES, YES, NO]), RATE) == pytest.approx(
        {
            "Action/grasp_share": 0.5,
            "Action/push_share": 0.5,
            "Action/move_share": 0.0,
            "Action/executed_share": 0.75,
            "Action/isolate_rate": 0.3,
            "Action/wrong_lifted": 0.5,  # one of two grasps
            "Action/grasp_success": 0.5,
            "Action/push_success": 0.5,
            "Action/two_paths": 0.5,  # of two pushes; the grasps' paths are not followed
            "Episode/completion": 0.5,  # of two episodes that ended
            "Episode/out_of_bounds": 0.5,
            "Episode/actions": 1.0,
        }
    )


def test_each_kind_is_counted_by_itself() -> None:
    statistics, done = EpisodeStatistics(4, "cpu"), outcome([NO] * 4, [YES, NO, YES, NO])
    push, grasp, move, none = Kind.PUSH, Kind.GRASP, Kind.MOVE, Kind.NONE
    done.kind = torch.tensor([[push, grasp], [move, none], [none, move], [none, none]])
    statistics.add(done, torch.tensor([NO] * 4))
    figures = statistics.log(action([NO] * 4), RATE)
    shares = [figures[f"Action/{name}_share"] for name in ("grasp", "push", "move")]
    assert shares == [0.25, 0.25, 0.5]  # the first world's action is a push and a grasp, the last one's is nothing
    assert [figures[f"Action/{name}_success"] for name in ("grasp", "push", "move")] == [1.0, 1.0, 0.5]


def test_shares_without_a_base_are_left_out() -> None:
    statistics = EpisodeStatistics(4, "cpu")
    statistics.add(outcome([NO] * 4, [NO] * 4), torch.tensor([NO] * 4))
    figures = statistics.log(action([NO] * 4), RATE)
    assert (
        figures.keys() & {"Action/grasp_success", "Action/wrong_lifted", "Action/move_success", "Episode/completion"}
        == set()
    )
    assert figures["Action/push_success"] == 0.0


def test_length_counts_from_the_last_end() -> None:
    statistics = EpisodeStatistics(4, "cpu")
    lengths = []
    for done in ([NO, NO, YES, NO], [YES, NO, NO, NO], [NO, YES, YES, NO]):
        statistics.add(outcome([YES] * 4, [NO] * 4), torch.tensor(done))
        lengths.append(statistics.log(action([NO] * 4), RATE)["Episode/actions"])
    # world 2 after 1 action; world 0 after 2; worlds 1 and 2 after 3 and 2
    assert lengths == [1.0, 2.0, 2.5]
