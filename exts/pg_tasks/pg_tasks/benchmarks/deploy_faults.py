"""``scripts/deploy.py --execute`` against the cell on loopback, with a fault in the middle of its first motion."""

from __future__ import annotations

import json
import math
import os
import random
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from pushgrasp.deploy.session import Session
from pushgrasp.files.atomic import atomic_write
from pushgrasp.program import UserError

from .figures import Figure
from .loopback import Loopback, start_deploy

KILL = "kill -9"
"""What is done to the client itself."""

FAULTS = {
    "protective stop": ("left protective_stop", "right protective_stop"),
    "emergency stop": ("left emergency_stop", "right emergency_stop"),
    "cable pulled": ("left unplug", "right unplug"),
    "frozen controller": ("left freeze", "right freeze"),
    "gripper silent": ("left gripper silent", "right gripper silent"),
    "slider to 0": ("left slider 0", "right slider 0"),
    "registers taken": ("left take_registers", "right take_registers"),
    "client killed": (KILL,),
    "stale frames": ("camera stale",),
    "camera gone": ("camera gone",),
}
"""What is typed into the fake cell, in turn from trial to trial."""

LATER = ("stale frames", "camera gone")
"""Noticed when the next picture is asked for, after the motion."""

EARLIEST, LATEST = 0.2, 3.0
"""When a fault begins, after the motion [s]; drawn evenly."""

MOVES, RESTS = 0.05, 0.02
"""A joint faster than this moves, one slower than this rests [rad/s]."""

LONGEST = 1.0
"""Arms that turn a joint by more than ``STILL`` [rad] later than this after their fault have gone on [s]."""

STILL = 0.005

LOOK = 0.02
"""How often the arms are looked at [s]."""

WATCH = 1.5
"""How long arms at rest are watched [s]."""

PATIENCE = 120.0
"""Of each wait [s]."""

TRIES = 5
"""Sessions that may end before their fault, on a busy machine."""

NOTICED, CYCLE, REST = 100.0, 8.0, 0.6
"""Targets: a fault is noticed within this time [ms], a stop sent within a cycle [ms], the arms rest after this [s]."""


@dataclass(frozen=True)
class Trial:
    """What became of one fault."""

    fault: str
    number: int
    cause: str
    """What was typed."""
    delay: float
    """From the motion's begin to the fault [s]."""
    noticed: float | None
    """From the fault to its notice in the log [ms]; None where no motion was ended."""
    told: float | None
    """From then to the stop at the last controller that was well [ms]."""
    rest: float
    """From the fault to the rest of both arms [s]."""
    resumed: bool
    """Whether an arm moved or a program was loaded afterwards."""
    status: int
    line: str
    """Last line of the client."""
    log: str
    """What is wrong with the log; empty if it is complete."""


def run(trials: int = 20, only: str | None = None, seed: int = 0, records: Path | None = None) -> list[Figure]:
    """Hold sessions until every fault has had its trials; those in ``records``, a file of JSON lines, are not repeated.

    Raises:
        UserError: If a fault is unknown, or sessions end before their faults again and again.
    """
    names = list(FAULTS) if only is None else only.split(",")
    if unknown := [name for name in names if name not in FAULTS]:
        raise UserError(f"unknown fault {unknown[0]!r}; faults: {', '.join(FAULTS)}")
    done = read_records(records) if records is not None and records.exists() else []
    have = {(trial.fault, trial.number) for trial in done}
    missing = [(name, n) for n in range(trials) for name in names if (name, n) not in have]
    if missing:
        _hold(missing, seed, done, records)
    return [figure for name in names for figure in _figures(name, [trial for trial in done if trial.fault == name])]


def read_records(path: Path) -> list[Trial]:
    """Return the trials of a file of JSON lines."""
    return [Trial(**json.loads(line)) for line in path.read_text().splitlines()]


def _hold(missing: Sequence[tuple[str, int]], seed: int, done: list[Trial], records: Path | None) -> None:
    """Make trials and add them to those that are done; all are written down after each."""
    with (
        tempfile.TemporaryDirectory() as folder,
        closing(Loopback(Path(folder), "--scene", "P1/case2", "--seed", str(seed))) as cell,
    ):
        for fault, number in missing:
            done.append(_repeat(cell, fault, number, seed, Path(folder)))
            sys.stderr.write(f"{done[-1]}\n")
            if records is not None:
                text = "".join(f"{json.dumps(asdict(trial))}\n" for trial in done)
                atomic_write(records, lambda file, text=text: file.write(text.encode()))


def _repeat(cell: Loopback, fault: str, number: int, seed: int, folder: Path) -> Trial:
    """Hold a session until one has lasted long enough for its fault."""
    draw = random.Random(f"{seed} {fault} {number}")
    for _ in range(TRIES):
        with tempfile.TemporaryDirectory(dir=folder) as own:
            trial = _try(cell, fault, number, draw.uniform(EARLIEST, LATEST), Path(own))
        if isinstance(trial, Trial):
            return trial
        sys.stderr.write(f"{fault} {number}: ended before its fault: {trial}\n")
    raise UserError(f"{TRIES} sessions ended before their fault; the last one: {trial}")


def _try(cell: Loopback, fault: str, number: int, delay: float, folder: Path) -> Trial | str:
    """Hold one session; return its last line if that came before the fault."""
    cell.tell("anew")
    log, errors = folder / "log", folder / "errors"
    client = start_deploy(cell.file, log, errors, "--policy", "heuristic", "--once")
    try:
        if _moves_by(cell, client):
            time.sleep(delay)
        if client.poll() is not None:
            return _last_line(errors)
        cause = FAULTS[fault][number % len(FAULTS[fault])]
        before, start = cell.motion(), time.monotonic()
        _bring_about(cause, cell, client)
        seen, ended = _watch(cell, client)
    finally:
        client.kill()
        client.wait()
    noticed = _noticed(log, start)
    if noticed is not None and (noticed < 0.0 or fault in LATER):  # by something else, on a busy machine
        return _last_line(errors)
    return Trial(
        fault=fault,
        number=number,
        cause=cause,
        delay=round(delay, 3),
        noticed=noticed,
        told=None if noticed is None else _told(cause, seen[-1], start, noticed),
        rest=rest_of(seen) - start,
        resumed=resumed(seen, before, ended if fault in LATER else start + LONGEST),
        status=client.returncode,
        line=_last_line(errors),
        log=log_fault(log, killed=cause == KILL),
    )


def _bring_about(cause: str, cell: Loopback, client: subprocess.Popen[bytes]) -> None:
    if cause == KILL:
        os.kill(client.pid, signal.SIGKILL)
    elif (answer := cell.tell(cause)) != "ok":
        raise UserError(f"fake cell: {answer}")


def _told(cause: str, last: dict[str, Any], start: float, noticed: float) -> float:
    """From the notice of a fault to the stop at the last controller that is well [ms]; infinite if one was not told."""
    broken = cause.split()[0] if "gripper" not in cause else ""
    asked = [arm["asked_to_stop"] for name, arm in last.items() if name not in ("time", broken)]
    return math.inf if None in asked else 1e3 * (max(asked) - start) - noticed


def _moves_by(cell: Loopback, client: subprocess.Popen[bytes]) -> bool:
    """Wait until an arm moves; return whether one does before the client ends."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and client.poll() is None:
        if _speed(cell.motion()) > MOVES:
            return True
        time.sleep(LOOK)
    return False


def _watch(cell: Loopback, client: subprocess.Popen[bytes]) -> tuple[list[dict[str, Any]], float]:
    """Return how the arms move until the client has ended and they have been at rest for a while, and when it ended."""
    seen, end = [cell.motion()], time.monotonic() + PATIENCE
    ended = 0.0
    while time.monotonic() < end:
        time.sleep(LOOK)
        seen.append(cell.motion())
        ended = ended or (time.monotonic() if client.poll() is not None else 0.0)
        if ended and time.monotonic() > max(ended, rest_of(seen)) + WATCH:
            break
    return seen, ended


def _speed(motion: dict[str, Any]) -> float:
    return max(arm["speed"] for name, arm in motion.items() if name != "time")


def rest_of(seen: Sequence[dict[str, Any]]) -> float:
    """When both arms had come to rest, by ``time.monotonic()`` [s]; infinite if one still moves."""
    moving = [index for index, motion in enumerate(seen) if _speed(motion) > RESTS]
    after = moving[-1] + 1 if moving else 0
    return seen[after]["time"] if after < len(seen) else math.inf


def resumed(seen: Sequence[dict[str, Any]], before: dict[str, Any], since: float) -> bool:
    """Whether an arm moved after a moment of ``time.monotonic()`` [s], or another program was loaded."""
    late = [motion for motion in seen if motion["time"] > since]
    names = [name for name in before if name != "time"]
    joints = np.array([[motion[name]["joints"] for name in names] for motion in late])
    return bool(np.ptp(joints, axis=0).max() > STILL) or any(
        late[-1][name]["uploads"] != before[name]["uploads"] for name in names
    )


def _noticed(log: Path, start: float) -> float | None:
    """From a moment of ``time.monotonic()`` to the log's word of a fault [ms]; None if there is none."""
    times = [datetime.fromisoformat(e["time"]) for e in Session.read(log).events() if e["kind"] == "fault"]
    since = time.time() - time.monotonic() + start
    return 1e3 * (times[0].timestamp() - since) if times else None


def _last_line(errors: Path) -> str:
    text = errors.read_text().strip()
    return text if "Traceback" in text else text.rpartition("\n")[2]


def log_fault(folder: Path, killed: bool) -> str:
    """Say what is missing in the log of a session that a fault has ended; nothing if it is complete.

    Args:
        folder: Of the session.
        killed: Whether its process was ended without a word.
    """
    session = Session.read(folder)
    kinds = [event["kind"] for event in session.events()]
    if not killed and kinds[-1:] != ["end"]:
        return f"the last event is {kinds[-1:]}"
    if not len(session.cycles()):
        return "no control cycles"
    if session.actions[0].action is None or not (folder / "action_000" / "plan.npz").exists():
        return "no decision or plan of the first action"
    unfinished = [path.name for path in folder.rglob("*.tmp*")]
    return f"unfinished files: {', '.join(unfinished)}" if unfinished else ""


def _figures(fault: str, trials: Sequence[Trial]) -> list[Figure]:
    noticed = [trial.noticed for trial in trials if trial.noticed is not None]
    told = [trial.told for trial in trials if trial.told is not None]
    good = sum(trial.line.startswith("error: ") and "Traceback" not in trial.line for trial in trials)
    figures = [Figure("deploy_faults", f"{fault}: trials", len(trials))]
    if noticed:
        figures.append(Figure("deploy_faults", f"{fault}: noticed after, median", statistics.median(noticed), "ms"))
        figures.append(Figure("deploy_faults", f"{fault}: at most", max(noticed), "ms", at_most=NOTICED))
    if told:
        figures.append(Figure("deploy_faults", f"{fault}: stop sent then, at most", max(told), "ms", at_most=CYCLE))
    if fault not in LATER:
        rest = max(trial.rest for trial in trials) if trials else math.nan
        figures.append(Figure("deploy_faults", f"{fault}: at rest after, at most", rest, "s", at_most=REST))
    if fault != "client killed":
        figures.append(Figure("deploy_faults", f"{fault}: clear last line", good, "", at_least=len(trials)))
    complete = sum(not trial.log for trial in trials)
    figures.append(Figure("deploy_faults", f"{fault}: log complete", complete, "", at_least=len(trials)))
    went_on = sum(trial.resumed for trial in trials)
    figures.append(Figure("deploy_faults", f"{fault}: resumed", went_on, "", at_most=0))
    return figures
