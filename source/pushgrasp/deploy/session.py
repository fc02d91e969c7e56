"""The log of a session with a cell: all that was seen, decided, planned, sent and measured, in one folder.

Every file is whole or not there. What grows (``events.jsonl``, ``cycles.bin``) grows by whole lines and records; what a
power cut has left of the last one is not read.
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch

from pushgrasp.deploy.devices import Frame
from pushgrasp.deploy.guards import Cycle
from pushgrasp.deploy.planning import CellPlan
from pushgrasp.deploy.seeing import Seen
from pushgrasp.evaluation.replay import MotionData, to_action, to_data
from pushgrasp.files.atomic import atomic_write
from pushgrasp.files.json_files import read_json
from pushgrasp.interface.action import KIND_NAMES, Action
from pushgrasp.interface.outcome import Outcome

SCHEMA = "pushgrasp.session/2"
"""First field of ``session.json``."""

_ARM = (("stamp", 1), ("received", 1), ("joints", 6), ("velocity", 6), ("force", 6), ("tcp", 6), ("scaling", 1))
_GRIPPER = (("width", 1), ("received", 1))


class SessionError(ValueError):
    """A folder that holds no session that can be read."""


def cycle_type(arms: int) -> np.dtype:
    """Return the record of one control cycle in ``cycles.bin``: little-endian float64 throughout."""
    each = [("sent", "<f8", (arms, 6))]
    each += [(name, "<f8", (arms, size)) for name, size in _ARM]
    each += [(f"gripper_{name}", "<f8", (arms, size)) for name, size in _GRIPPER]
    return np.dtype([("action", "<f8"), ("now", "<f8"), ("progress", "<f8"), *each])


class SessionLog:
    """Writes a session."""

    def __init__(self, folder: Path, about: Mapping[str, Any], cell: Path, arms: int) -> None:
        """Begin a session.

        Args:
            folder: Its folder, which must not exist.
            about: What it is: arguments, policy, digests, versions.
            cell: The cell's file, which is copied.
            arms: How many arms there are.

        Raises:
            OSError: If something cannot be written.
        """
        folder.mkdir(parents=True)
        self.folder, self._action = folder, 0
        _write_json(folder / "session.json", {"schema": SCHEMA, "begun": _instant(), "arms": arms, **about})
        atomic_write(folder / "cell.yaml", lambda file: file.write(cell.read_bytes()))
        self._events = (folder / "events.jsonl").open("ab", buffering=0)
        self._cycles = (folder / "cycles.bin").open("ab", buffering=0)
        self._record = np.zeros(1, cycle_type(arms))

    def event(self, kind: str, text: str, when: float | None = None) -> None:
        """Keep something that happened now, or at a moment of ``time.time()`` [s]."""
        self._events.write(json.dumps({"time": _instant(when), "kind": kind, "text": text}).encode() + b"\n")

    def stopped(self, reason: BaseException, noticed: float, silent: Sequence[str]) -> None:
        """Keep why, and when by ``time.time()`` [s], a motion was ended, and who could not be told. Never raises."""
        with suppress(OSError):  # the reason may be that the disk is full
            self.event("fault", f"{type(reason).__name__}: {reason}", noticed)
            self.event("stop", f"could not be told: {', '.join(silent)}" if silent else "every arm was told")

    def seen(self, seen: Seen, frames: Sequence[Frame]) -> None:
        """Keep what was seen before an action: pictures as they came, the filtered one, ids, what names the target."""
        folder = self._action_folder()
        raw = {"colours": np.stack([f.colour for f in frames]), "depths": np.stack([f.depth for f in frames])}
        times = {"taken": np.array([f.taken for f in frames]), "numbers": np.array([f.number for f in frames])}
        picture = {"colour": seen.picture.colour, "depth": seen.picture.depth, "ids": seen.ids}
        picture["target"] = np.array(str(seen.wish))
        _write_arrays(folder / "frames.npz", **raw, **times)
        _write_arrays(folder / "seen.npz", **picture)

    def decided(self, action: Action, seconds: float) -> None:
        """Keep what the policy has chosen, and how long it took from the pictures to the plan of its motion [s]."""
        kinds = [KIND_NAMES[kind] for kind in action.kind[0].tolist()]
        scores = {
            name: score
            for name, score in zip(KIND_NAMES, action.score[0].tolist(), strict=True)
            if math.isfinite(score)
        }
        content = {"kinds": kinds, "scores": scores, "seconds": seconds, "motion": to_data(action, 0)}
        _write_json(self._action_folder() / "decision.json", content)

    def planned(self, plan: CellPlan) -> None:
        """Keep the set-points of a motion."""
        course = plan.course
        numbers = {"joints": course.joints[0].numpy(), "phase": course.phase[0].numpy(), "dt": np.array(course.dt)}
        _write_arrays(self._action_folder() / "plan.npz", **numbers)

    def cycle(self, progress: float, cycle: Cycle) -> None:
        """Keep one control cycle."""
        record = self._record[0]
        record["action"], record["now"], record["progress"] = self._action, cycle.now, progress
        record["sent"] = cycle.setpoints
        for arm, state in enumerate(cycle.arms):
            for name, _ in _ARM:
                record[name][arm] = getattr(state, name)
        for arm, gripper in enumerate(cycle.grippers):
            for name, _ in _GRIPPER:
                record[f"gripper_{name}"][arm] = getattr(gripper, name)
        self._cycles.write(self._record.tobytes())

    def next_action(self) -> None:
        """What is seen from now on is what the next action begins with."""
        self._action += 1

    def achieved(self, outcome: Outcome) -> None:
        """Keep what came of the action before."""
        names = "executed", "success", "wrong_lifted", "lifted"
        content = {name: getattr(outcome, name)[0].tolist() for name in names}
        _write_json(self._folder_of(self._action - 1) / "outcome.json", content)

    def close(self) -> None:
        """End the session."""
        self._events.close()
        self._cycles.close()

    def _action_folder(self) -> Path:
        folder = self._folder_of(self._action)
        folder.mkdir(exist_ok=True)
        return folder

    def _folder_of(self, number: int) -> Path:
        return self.folder / f"action_{number:03d}"


@dataclass(frozen=True)
class LoggedAction:
    """One action of a session, as far as it went."""

    number: int
    picture: Frame
    """Filtered picture."""
    ids: np.ndarray
    """Object in each pixel, shape (h, w), int32."""
    target: str
    """How the target was named in the picture (:func:`pushgrasp.deploy.target.parse_target`)."""
    action: Action | None
    """What was chosen, N = 1; None if nothing was."""
    seconds: float | None
    """How long it took from the pictures to the plan of its motion [s]."""
    success: bool | None
    """Whether it achieved what it was for; None if it was not carried out to its end."""


@dataclass(frozen=True)
class Session:
    """A session that was kept."""

    folder: Path
    about: dict[str, Any]
    """What ``session.json`` says."""
    actions: list[LoggedAction]

    @staticmethod
    def read(folder: Path) -> Session:
        """Read a session.

        Raises:
            SessionError: If there is none, or it is of another schema.
            FileError: If a file of it is damaged.
        """
        if not (folder / "session.json").is_file():
            raise SessionError(
                f"{folder}: no session.json there; a folder that scripts/deploy.py has written is needed"
            )
        about = read_json(folder / "session.json")
        if not isinstance(about, dict) or about.get("schema") != SCHEMA:
            raise SessionError(f"{folder / 'session.json'}: a session of schema {SCHEMA} is needed")
        looked_at = sorted(folder.glob("action_*/seen.npz"))
        return Session(folder, about, [_read_action(number, file.parent) for number, file in enumerate(looked_at)])

    def cycles(self) -> np.ndarray:
        """Return all control cycles, as :func:`cycle_type` records."""
        content, kind = (self.folder / "cycles.bin").read_bytes(), cycle_type(int(self.about["arms"]))
        return np.frombuffer(content[: len(content) - len(content) % kind.itemsize], kind)

    def events(self) -> list[dict[str, str]]:
        """Return what happened, in order."""
        lines = (self.folder / "events.jsonl").read_bytes().split(b"\n")
        return [json.loads(line) for line in lines[:-1]]


def _read_action(number: int, folder: Path) -> LoggedAction:
    with np.load(folder / "seen.npz", allow_pickle=False) as seen:
        picture, ids, target = Frame(seen["colour"], seen["depth"], 0.0, number), seen["ids"], str(seen["target"])
    action, seconds, success = None, None, None
    if (folder / "decision.json").is_file():
        made = read_json(folder / "decision.json")
        action = to_action(made["kinds"], made["scores"], cast("MotionData", made["motion"]))
        seconds = float(made["seconds"])
    if (folder / "outcome.json").is_file():
        success = bool(read_json(folder / "outcome.json")["success"])
    return LoggedAction(number, picture, ids, target, action, seconds, success)


def same_action(one: Action, other: Action) -> bool:
    """Whether two actions of one world are the same to the bit in all that their kinds need."""
    return torch.equal(one.kind, other.kind) and to_data(one, 0) == to_data(other, 0)


def _write_json(path: Path, content: object) -> None:
    text = json.dumps(content, indent=1, allow_nan=False)
    atomic_write(path, lambda file: file.write(text.encode()))


def _write_arrays(path: Path, **arrays: np.ndarray) -> None:
    atomic_write(path, lambda file: np.savez_compressed(file, **cast("Any", arrays)))


def _instant(when: float | None = None) -> str:
    return datetime.fromtimestamp(time.time() if when is None else when, UTC).isoformat(timespec="milliseconds")
