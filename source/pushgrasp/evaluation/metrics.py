"""Metrics over trials: those of the five papers, conditional and unconditional, with intervals and what they are over.

Completion, grasp success and motion number are Wang & Kasaei 2025, Sec. IV-B; declutter rate and motion efficiency
Hu et al. 2025, Sec. IV-C; success within a limit of motions Li et al. 2024 and Ding et al.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from pushgrasp.evaluation.intervals import Mean, Share, mean, share
from pushgrasp.evaluation.records import ActionRecord, TrialRecord

__all__ = ["Mean", "Share", "Summary", "TrialRecord", "share", "success_within", "summarise"]


@dataclass(frozen=True)
class Summary:
    """Metrics over trials; None where nothing defines them. Trials with a fault are in ``trials`` and ``faults`` only.

    Names with ``_all`` are over all trials, the same ones without over completed trials.
    """

    trials: int
    faults: int
    completion: Share | None
    """Completed trials among all trials without a fault."""
    grasp_success: Share | None
    """Successful grasps among the grasps of completed trials."""
    grasp_success_all: Share | None
    """Successful grasps among all grasps."""
    motion_number: Mean | None
    """Actions of a completed trial."""
    motion_number_all: Mean | None
    """Actions of a trial."""
    with_push: Share | None
    """Trials completed with at least one push, among completed trials."""
    push_number: Mean | None
    """Pushes of a completed trial."""
    push_number_all: Mean | None
    """Pushes of a trial."""
    move_number: Mean | None
    """Moves of a completed trial."""
    move_number_all: Mean | None
    """Moves of a trial."""
    motion_efficiency: Share | None
    """Grasps among the actions of completed trials."""
    motion_efficiency_all: Share | None
    """Grasps among all actions."""
    declutter: Share | None
    """Objects grasped among the objects of all scenes."""
    unreachable: Share | None
    """Actions that the decoders planned and the rig could not carry out, among all actions."""
    wrong_lifted: Share | None
    """Grasps that lifted another object, among all grasps."""
    trial_s: Mean | None
    """Simulated time of the actions of a completed trial [s]."""
    simulated_s: Mean | None
    """Simulated time of an action [s]."""
    wall_s: float | None
    """Wall time per action [s]."""
    pad_penetration_mm: Mean | None
    """Deepest penetration of the finger pads in an action [mm]."""
    deepest_pad_penetration_mm: float | None
    """The largest of them [mm]."""
    objects_lost: int
    causes: dict[str, int] = field(default_factory=dict)
    """How many trials failed for each cause, faults included."""


def summarise(records: Sequence[TrialRecord]) -> Summary:
    """Return the metrics over records; trials with a fault are counted and left out."""
    valid = [record for record in records if not record.fault]
    done = [record for record in valid if record.completed]
    actions = [action for record in valid for action in record.actions]
    grasps = [action for action in actions if action.does("grasp")]
    depths = [1e3 * action.pad_penetration_m for action in actions if action.pad_penetration_m is not None]
    return Summary(
        trials=len(records),
        faults=len(records) - len(valid),
        completion=share(len(done), len(valid)),
        grasp_success=_grasp_success(done),
        grasp_success_all=_grasp_success(valid),
        motion_number=mean([len(record.actions) for record in done]),
        motion_number_all=mean([len(record.actions) for record in valid]),
        with_push=share(sum(record.count("push") > 0 for record in done), len(done)),
        push_number=mean([record.count("push") for record in done]),
        push_number_all=mean([record.count("push") for record in valid]),
        move_number=mean([record.count("move") for record in done]),
        move_number_all=mean([record.count("move") for record in valid]),
        motion_efficiency=_efficiency(done),
        motion_efficiency_all=_efficiency(valid),
        declutter=share(sum(record.taken for record in valid), sum(record.objects for record in valid)),
        unreachable=share(sum(action.planned and not action.executed for action in actions), len(actions)),
        wrong_lifted=share(sum(action.wrong_lifted for action in grasps), len(grasps)),
        trial_s=mean([time for record in done if (time := _simulated_time(record)) is not None]),
        simulated_s=mean([action.simulated_s for action in actions if action.simulated_s is not None]),
        wall_s=_wall_time(valid, actions),
        pad_penetration_mm=mean(depths),
        deepest_pad_penetration_mm=max(depths, default=None),
        objects_lost=sum(record.objects_lost for record in valid),
        causes=dict(Counter(record.cause for record in records if record.cause is not None)),
    )


def success_within(records: Sequence[TrialRecord], limit: int) -> Share | None:
    """Return the share of trials completed within ``limit`` actions, over those without a fault."""
    valid = [record for record in records if not record.fault]
    return share(sum(record.completed and len(record.actions) <= limit for record in valid), len(valid))


def _grasp_success(records: Sequence[TrialRecord]) -> Share | None:
    return share(sum(record.grasp_successes for record in records), sum(record.grasps for record in records))


def _efficiency(records: Sequence[TrialRecord]) -> Share | None:
    return share(sum(record.count("grasp") for record in records), sum(len(record.actions) for record in records))


def _simulated_time(record: TrialRecord) -> float | None:
    """Simulated time of all actions [s]; None where one does not say it."""
    times = [action.simulated_s for action in record.actions]
    return sum(time for time in times if time is not None) if None not in times else None


def _wall_time(records: Sequence[TrialRecord], actions: Sequence[ActionRecord]) -> float | None:
    times = [record.times["wall_s"] for record in records if "wall_s" in record.times]
    return sum(times) / len(actions) if times and actions else None
