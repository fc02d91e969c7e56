"""Fuzzy reward against the published rule table, worked out by hand."""

import pytest
import torch

from pushgrasp.policies.pg4da.reward import FuzzyRewardCfg, LevelRules, fuzzy_reward, memberships

CFG = FuzzyRewardCfg(break_points=(0.2, 0.4, 0.6, 0.8))


def reward(rate: float, grasp: bool, success: bool, cfg: FuzzyRewardCfg = CFG) -> float:
    is_grasp = torch.tensor([grasp])
    return fuzzy_reward(torch.tensor([rate]), is_grasp, ~is_grasp, torch.tensor([success]), cfg).item()


@pytest.mark.parametrize(
    ("rate", "push_ok", "push_failed", "grasped", "grasp_failed"),
    [
        (0.0, 1.0, 0.5, 0.0, 0.0),  # low
        (0.2, 1.0, 0.5, 0.0, 0.0),  # last fully low rate
        (0.5, 1.0, 0.375, 1.0, 0.375),  # medium: 0.5 - 0.25 * 0.5 and 0.25 + 0.25 * 0.5
        (0.3, 1.0, 0.4625, 0.5, 0.1625),  # half low, half medium: (0.5 + 0.425) / 2, (0 + 0.325) / 2
        (0.7, 0.5, 0.1625, 1.0, 0.4625),  # half medium, half high: (0.325 + 0) / 2, (0.425 + 0.5) / 2
        (0.8, 0.0, 0.0, 1.0, 0.5),  # first fully high rate
        (1.0, 0.0, 0.0, 1.0, 0.5),  # high
    ],
)
def test_reward_follows_rule_table(rate, push_ok, push_failed, grasped, grasp_failed):
    got = [reward(rate, grasp, ok) for grasp, ok in ((False, True), (False, False), (True, True), (True, False))]
    assert got == pytest.approx([push_ok, push_failed, grasped, grasp_failed], abs=1e-6)


def test_failed_actions_move_monotonically_and_stay_below_success():
    rates = torch.linspace(0.0, 1.0, 1001, dtype=torch.float64)
    yes, no = torch.ones(1001, dtype=torch.bool), torch.zeros(1001, dtype=torch.bool)
    push_failed, grasp_failed = fuzzy_reward(rates, no, yes, no, CFG), fuzzy_reward(rates, yes, no, no, CFG)
    assert (push_failed.diff() <= 1e-12).all() and (grasp_failed.diff() >= -1e-12).all()
    assert (grasp_failed <= fuzzy_reward(rates, yes, no, yes, CFG)).all()
    assert (push_failed <= fuzzy_reward(rates, no, yes, yes, CFG)).all()
    assert push_failed.dtype == torch.float64


def test_what_is_neither_a_grasp_nor_a_push_is_worth_nothing():
    is_grasp, is_push = torch.tensor([False, False, True]), torch.tensor([False, True, True])
    got = [fuzzy_reward(torch.zeros(3), is_grasp, is_push, torch.full((3,), ok), CFG).tolist() for ok in (True, False)]
    assert got == [[0.0, 1.0, 0.0], [0.0, 0.5, 0.0]]  # the last one counts as a grasp


def test_memberships_sum_to_one_and_peak():
    rates = torch.linspace(0.0, 1.0, 101)
    levels = memberships(rates, (0.1, 0.5, 0.5, 0.9))  # b = c: a triangle that peaks at 0.5
    torch.testing.assert_close(levels.sum(dim=1), torch.ones(101))
    assert (levels >= 0.0).all()
    torch.testing.assert_close(levels[50], torch.tensor([0.0, 1.0, 0.0]))
    torch.testing.assert_close(levels[30], torch.tensor([0.5, 0.5, 0.0]))  # (0.5 - 0.3) / 0.4


def test_changed_rule_changes_the_reward():
    cfg = FuzzyRewardCfg(high=LevelRules(0.0, 0.0, 0.9, (0.0, 0.4)))
    assert reward(1.0, True, True, cfg) == pytest.approx(0.9)
    assert reward(0.9, True, False, cfg) == pytest.approx(0.36)  # 0.4 * 0.9


@pytest.mark.parametrize("rule", [1.1, -0.1, float("nan"), (0.1, 0.2, 0.3), (0.5, 2.0), "half", None])
def test_bad_rule_is_refused_by_name(rule):
    with pytest.raises(ValueError, match="push_failed"):
        LevelRules(1.0, rule, 0.0, 0.0)


@pytest.mark.parametrize(
    "points",
    [(0.2, 0.4, 0.6), (0.4, 0.2, 0.6, 0.8), (0.2, 0.2, 0.6, 0.8), (-0.1, 0.4, 0.6, 0.8), (0.2, 0.4, 0.6, 1.1), 0.5],
)
def test_bad_break_points_are_refused(points):
    with pytest.raises(ValueError, match="break_points"):
        FuzzyRewardCfg(break_points=points)


@pytest.mark.parametrize("rate", [float("nan"), -0.01, 1.01])
def test_bad_rate_is_refused(rate):
    with pytest.raises(ValueError, match="isolate_rate"):
        reward(rate, True, True)


def test_wrong_shapes_and_dtypes_are_refused():
    rates, flags = torch.tensor([0.1, 0.2]), torch.tensor([True, False])
    with pytest.raises(ValueError, match="success"):
        fuzzy_reward(rates, flags, ~flags, flags[:1], CFG)
    with pytest.raises(ValueError, match="is_grasp"):
        fuzzy_reward(rates, flags.long(), ~flags, flags, CFG)
    with pytest.raises(ValueError, match="floating"):
        fuzzy_reward(flags.long(), flags, ~flags, flags, CFG)
