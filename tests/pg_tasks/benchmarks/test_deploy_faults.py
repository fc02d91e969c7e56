"""What the benchmark of faults reads off: rest, going on, records of earlier runs."""

from __future__ import annotations

import json
import math
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest

from pg_tasks.benchmarks.deploy_faults import Trial, rest_of, resumed, run
from pushgrasp.program import UserError

TRIAL = Trial("slider to 0", 0, "left slider 0", 1.0, 12.0, 4.0, 0.25, False, 2, "error: left: slowed down", "")


def motion(time: float, speed: float, angle: float = 0.0, uploads: int = 1) -> dict[str, Any]:
    """The left arm moves, the right one stands still."""
    moving = {"joints": [angle] * 6, "speed": speed, "asked_to_stop": None, "uploads": uploads}
    return {"time": time, "left": moving, "right": {**moving, "joints": [0.0] * 6, "speed": 0.0}}


def test_arms_rest_after_their_last_motion() -> None:
    seen = [motion(10.0, 0.5), motion(10.1, 0.01), motion(10.2, 0.3), motion(10.3, 0.019), motion(10.4, 0.0)]
    assert rest_of(seen) == 10.3
    assert rest_of(seen[-1:]) == 10.4
    assert rest_of(seen[:3]) == math.inf


@pytest.mark.parametrize(
    ("late", "expected"),
    [
        (motion(13.0, 0.0, 0.204), False),  # it swings a little
        (motion(13.0, 0.0, 0.206), True),
        (motion(13.0, 0.0, 0.2, uploads=2), True),
    ],
)
def test_arms_that_go_on_are_seen(late: dict[str, Any], expected: bool) -> None:
    before = motion(10.0, 0.5)
    assert resumed([motion(10.9, 0.4, 0.1), motion(11.1, 0.0, 0.2), late], before, 11.0) is expected


def test_trials_that_were_made_are_not_repeated(tmp_path: Path) -> None:
    records = tmp_path / "records.jsonl"
    trials = [TRIAL, replace(TRIAL, number=1, noticed=130.0, line="Traceback ...", log="no control cycles")]
    records.write_text("".join(json.dumps(asdict(trial)) + "\n" for trial in trials))
    figures = {figure.name: figure for figure in run(2, "slider to 0", records=records)}
    assert figures["slider to 0: trials"].value == 2
    assert (figures["slider to 0: at most"].value, figures["slider to 0: at most"].met) == (130.0, False)
    assert figures["slider to 0: at rest after, at most"].met and figures["slider to 0: resumed"].met
    assert [figures[f"slider to 0: {what}"].value for what in ("clear last line", "log complete")] == [1, 1]


def test_unknown_faults_are_named() -> None:
    with pytest.raises(UserError, match="unknown fault 'fire'; faults: protective stop, "):
        run(1, "fire")
