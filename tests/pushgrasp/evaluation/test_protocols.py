"""Protocols as the papers have them."""

from __future__ import annotations

from dataclasses import fields

import pytest

from pushgrasp.evaluation.metrics import Summary
from pushgrasp.evaluation.protocols import METHODS, METRICS, chosen_protocols, protocol_named, protocols
from pushgrasp.evaluation.published import published
from pushgrasp.scenes.families import families

PROTOCOLS = protocols()


@pytest.mark.parametrize("name", PROTOCOLS)
def test_scenes_and_metrics_are_there(name: str) -> None:
    protocol = PROTOCOLS[name]
    assert protocol.scenes in families()
    assert set(protocol.metrics) <= METRICS.keys()
    assert protocol.group in METHODS
    assert protocol.description


def test_every_family_of_the_papers_has_a_protocol() -> None:
    assert {name for name in families() if name[0] == "P"} == set(PROTOCOLS)


def test_metrics_are_fields_of_the_summary() -> None:
    assert METRICS.keys() <= {field.name for field in fields(Summary)}


@pytest.mark.parametrize("name", PROTOCOLS)
def test_published_numbers_are_of_the_metrics_and_in_range(name: str) -> None:
    for row in published(name):
        for metric, value in row.values.items():
            assert metric in PROTOCOLS[name].metrics
            assert value > 1.0 if metric.startswith("motion_number") else 0.0 < value <= 1.0


@pytest.mark.parametrize(
    ("name", "trials", "limit", "failed_grasps", "unchanged"),
    [
        ("P1/case4", 400, 30, 5, None),
        ("P2/random20", 500, 30, 5, 5),
        ("P2/hard", 1000, 30, 5, 5),
        ("P3/drop30", 50, 10, None, None),
        ("P4/random15", 100, 5, 5, None),
        ("P4/severe30", 100, 10, 5, None),
        ("P4/hard", 180, 10, 5, None),
        ("P5/tight", 80, 15, 5, None),
    ],
)
def test_rules_are_those_of_the_papers(
    name: str, trials: int, limit: int, failed_grasps: int | None, unchanged: int | None
) -> None:
    protocol = protocol_named(name)
    rule = protocol.rule
    assert (protocol.trials, rule.action_limit) == (trials, limit)
    assert (rule.failed_grasps, rule.unchanged) == (failed_grasps, unchanged)


def test_only_clearing_clears() -> None:
    assert {name for name, item in PROTOCOLS.items() if item.goal == "clear"} == {
        f"P5/clearing{count}" for count in (10, 15, 20, 25)
    }


def test_numbers_of_the_core_paper() -> None:
    # Wang & Kasaei 2025, Tables I and II
    best, single, *_ = published("P1/case4")
    assert (best.method, best.values) == (
        "dual arm",
        {"completion": 0.97, "grasp_success": 0.8125, "motion_number": 6.09},
    )
    assert single.values["motion_number"] == 6.48
    assert "Table II" in best.source


def test_tight_layouts_add_up() -> None:
    # Hu et al. 2025, Table III: 10 10 9 8 7 10 9 8 of 10 each
    assert published("P5/tight")[0].values["completion"] == pytest.approx(71 / 80)


def test_groups_and_lists_choose_protocols() -> None:
    names = [item.name for item in chosen_protocols(["P3", "P1/case2,P1/case1", "P1/case2"])]
    assert names == ["P3/drop15", "P3/drop30", "P1/case2", "P1/case1"]


@pytest.mark.parametrize("word", ["P9", "P1/case6", "", "P1/"])
def test_unknown_protocols_list_the_known(word: str) -> None:
    with pytest.raises(ValueError, match=rf"unknown protocol '{word}'; protocols: P1/case1, P1/case2"):
        chosen_protocols([word])


def test_scene_files_are_a_protocol_under_the_rules_of_p1() -> None:
    (own,) = chosen_protocols(["scenes:imported/test-*.json"])
    assert (own.name, own.scenes, own.group) == ("scenes:imported/test-*.json", "imported/test-*.json", "scenes")
    assert own.rule == PROTOCOLS["P1/case1"].rule and own.metrics == PROTOCOLS["P1/case1"].metrics
    (family,) = chosen_protocols(["scenes:novel/mixed20"])
    assert family.description == families()["novel/mixed20"].description and own.description == "scene files"
    assert "own scenes" in own.source and published(own.name) == []
    with pytest.raises(ValueError, match="unknown protocol 'scenes:'"):
        chosen_protocols(["scenes:"])
