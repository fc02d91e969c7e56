"""Two policies compared trial by trial: the same scenes for both, so that easy and hard ones cancel out."""

from __future__ import annotations

from collections.abc import Sequence

from pushgrasp.evaluation.intervals import Mean, mean
from pushgrasp.evaluation.records import TrialRecord

Pair = tuple[TrialRecord, TrialRecord]


def pairs(records: Sequence[TrialRecord], others: Sequence[TrialRecord]) -> list[Pair]:
    """Return the trials that both have, in order, without those that either lost to a fault.

    Raises:
        ValueError: If a trial of the same number has another scene or another target.
    """
    of_number = {other.trial: other for other in others}
    found = [(record, of_number[record.trial]) for record in records if record.trial in of_number]
    for record, other in found:
        if (record.scene, record.objects, record.target) != (other.scene, other.objects, other.target):
            raise ValueError(f"trial {record.trial} begins with {_scene(record)} here and with {_scene(other)} there")
    return [pair for pair in found if not any(record.fault for record in pair)]


def _scene(record: TrialRecord) -> str:
    return f"{record.objects} objects and the target {record.target!r} of scene {record.scene!r}"


def fewer_motions(both: Sequence[Pair]) -> Mean | None:
    """Return how many actions less the first ones took, over trials that both completed; None without any."""
    done = [pair for pair in both if all(record.completed for record in pair)]
    return mean([len(other.actions) - len(record.actions) for record, other in done])
