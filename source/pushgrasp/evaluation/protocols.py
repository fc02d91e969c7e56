"""The evaluation protocols of the five papers as data: scenes, rules, limits, trial counts, metrics.

    protocol = protocol_named("P1/case2")

Published numbers are in :mod:`pushgrasp.evaluation.published`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Literal

from pushgrasp.evaluation.rules import FailureRule
from pushgrasp.scenes.families import families, family_named

METRICS = {
    "completion": "Completion: trials in which the target was grasped, of all trials.",
    "grasp_success": "Grasp success: grasps that lifted the target alone, of the grasps of completed trials.",
    "grasp_success_all": "Grasp success, all trials: grasps that lifted the target alone, of all grasps.",
    "motion_number": "Motion number: actions of a completed trial, of whatever kind.",
    "motion_number_all": "Motion number, all trials: actions of a trial, completed or not.",
    "push_number": "Pushes of a completed trial.",
    "move_number": "Moves of a completed trial.",
    "motion_efficiency_all": "Motion efficiency: grasps of all actions.",
    "declutter": "Declutter rate: objects grasped, of all objects of the scenes.",
}
"""Metrics by their field of :class:`pushgrasp.evaluation.metrics.Summary`, and what they are."""

METHODS = {
    "P1": ("pg4da", "Wang & Kasaei, Learning Dual-Arm Push and Grasp Synergy in Dense Clutter, RA-L 2025"),
    "P2": ("switch", "Li et al., Learning Push-Grasp Synergy for Occluded Objects in Cluttered Environments"),
    "P3": ("mpg", "Li et al., MPGNet: Learning Move-Push-Grasping Synergy, IROS 2024"),
    "P4": ("opg", "Ding et al., OPG-Policy: Occluded Push-Grasp Policy Learning with Amodal Segmentation"),
    "P5": ("epg", "Hu et al., Push-Grasp Policy Learning Using Equivariant Models and Grasp Score Optimization, 2025"),
}
"""Method and paper of each group of protocols."""

OWN = "scenes:"
"""Protocols of this beginning are scene files, or a family of scenes, under the rules of P1:
``scenes:imported/*.json``, ``scenes:novel/mixed20``."""

FREE_LIMIT = 30
"""Actions after which trials end whose paper gives no limit; its baselines take up to 31 on average."""

EPG_LIMIT = 15
"""The same for P5, where a policy pushes at most 5 times per target."""


@dataclass(frozen=True)
class Protocol:
    """One protocol.

    Attributes:
        name: Such as ``P1/case2``; also the family of its scenes (:mod:`pushgrasp.scenes.families`).
        rule: What ends a trial without success.
        trials: How many the paper runs; 0 where there is none.
        metrics: Fields of the summary that the paper reports, first the main one.
        target: Which object is the target, in words.
        goal: To grasp the target, or to clear the table.
    """

    name: str
    rule: FailureRule
    trials: int
    metrics: tuple[str, ...]
    target: str
    goal: Literal["target", "clear"] = "target"

    @property
    def group(self) -> str:
        """Group of the protocol, such as ``P1``, or ``scenes``."""
        return OWN[:-1] if self.name.startswith(OWN) else self.name.partition("/")[0]

    @property
    def scenes(self) -> str:
        """Family of the scenes, or their files."""
        return self.name.removeprefix(OWN)

    @property
    def source(self) -> str:
        """Paper that the protocol is from, and how many trials it runs."""
        if self.name.startswith(OWN):
            return "own scenes, under the rules of P1"
        return f"{METHODS[self.group][1]}; {self.trials} trials there"

    @property
    def description(self) -> str:
        """What the scenes are, in a line."""
        if self.name.startswith(OWN) and self.scenes not in families():
            return "scene files"
        return family_named(self.scenes).description


def protocol_named(name: str) -> Protocol:
    """Look a protocol up, or make that of scene files (see :data:`OWN`).

    Raises:
        ValueError: If there is none of that name; the message lists the names.
    """
    if name.startswith(OWN) and name != OWN:
        return replace(protocols()["P1/case1"], name=name, trials=0, target="as the files say")
    if name not in protocols():
        raise ValueError(f"unknown protocol {name!r}; protocols: {', '.join(protocols())}, {OWN}FILES, {OWN}FAMILY")
    return protocols()[name]


def chosen_protocols(words: Sequence[str]) -> list[Protocol]:
    """Return the protocols that names and groups of them (``P1``), each perhaps several between commas, choose.

    Raises:
        ValueError: If a word is neither; the message lists what is allowed.
    """
    chosen: dict[str, Protocol] = {}
    for word in (part.strip() for words_ in words for part in words_.split(",")):
        group = {name: item for name, item in protocols().items() if item.group == word}
        chosen |= group or {word: protocol_named(word)}
    return list(chosen.values())


def _p1() -> list[Protocol]:
    metrics, target = ("completion", "grasp_success", "motion_number"), "one of four shapes, which the scene tells"
    rule = FailureRule(FREE_LIMIT, lost="any")
    return [Protocol(f"P1/case{case}", rule, 400, metrics, target) for case in range(1, 6)]


def _p2() -> list[Protocol]:
    metrics, rule = ("completion", "grasp_success", "motion_number"), FailureRule(FREE_LIMIT, unchanged=5)
    dropped = [
        Protocol(f"P2/random{n}", rule, 500, metrics, "first or second object that is dropped") for n in (10, 20, 30)
    ]
    return [*dropped, Protocol("P2/hard", rule, 1000, metrics, "as designed; out of view in four of the ten scenes")]


def _p3() -> list[Protocol]:
    rule = FailureRule(10, failed_grasps=None)
    metrics, target = ("completion", "motion_number"), "one of the first five objects that are dropped"
    return [Protocol(f"P3/drop{n}", rule, 50, metrics, target) for n in (15, 30)]


def _p4() -> list[Protocol]:
    """The paper counts total attempts; they are taken to be those of all trials, failed ones included."""
    metrics = ("completion", "motion_number_all")
    short, long = FailureRule(5), FailureRule(10)
    return [
        Protocol("P4/random15", short, 100, metrics, "any object"),
        Protocol("P4/random30", short, 100, metrics, "any object"),
        Protocol("P4/most-occluded30", short, 100, metrics, "the object that is seen least"),
        *(
            Protocol(f"P4/{group}30", long, 100, metrics, f"an object that is hidden by {hidden}")
            for group, hidden in (("mild", "0.2 to 0.4"), ("moderate", "0.4 to 0.6"), ("severe", "0.6 to 0.8"))
        ),
        Protocol("P4/hard", long, 180, metrics, "as designed"),
    ]


def _p5() -> list[Protocol]:
    counts, rule = (10, 15, 20, 25), FailureRule(EPG_LIMIT)
    metrics = ("grasp_success_all", "motion_efficiency_all", "completion")
    clearing = ("grasp_success_all", "declutter")
    most_visible = "always the object of which most is seen; a lifted object is taken off the table"
    return [
        *(Protocol(f"P5/clutter{n}", rule, 100, metrics, "any object") for n in counts),
        *(Protocol(f"P5/clearing{n}", FailureRule(3 * n), 100, clearing, most_visible, "clear") for n in counts),
        Protocol("P5/tight", rule, 80, ("completion", *metrics[:2]), "the yellow box in the middle"),
    ]


@cache
def protocols() -> dict[str, Protocol]:
    """All protocols by name."""
    return {item.name: item for group in (_p1(), _p2(), _p3(), _p4(), _p5()) for item in group}
