"""What happened in a trial, action by action, as one line of JSON."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Literal, get_args

SCHEMA = "pushgrasp.trial/1"

_MAY_LACK = {"pad_penetration_m"}
"""Fields that early records of the schema do not have."""

Kind = Literal["push", "grasp"]

End = Literal["completed", "cleared", "failed grasps", "no change", "action limit", "object lost", "simulator fault"]
"""Why a trial ended."""


class RecordError(ValueError):
    """A line or a file is not a record that this program can use."""


@dataclass(frozen=True)
class ActionRecord:
    """One action."""

    kind: Kind
    success: bool
    """Grasp: it lifted the target alone. Push: the target stands freer, or came into view."""
    score: float | None = None
    """What the policy gave this kind of action."""
    other_score: float | None = None
    """What it gave the other kind."""
    planned: bool = True
    """Whether the decoders found a motion."""
    executed: bool = True
    """Whether the rig could carry it out."""
    wrong_lifted: bool = False
    """The grasp lifted an object other than the target."""
    changed: bool = True
    """Whether the picture of the table differs afterwards."""
    lost: int = 0
    """Objects off the table after it."""
    isolate_rate: float | None = None
    """Isolate rate of the target before it."""
    levels: tuple[float, ...] = ()
    """How far that rate is low, medium and high: the weights of the reward's rules."""
    reward: float | None = None
    simulated_s: float | None = None
    """How long it took in the simulation [s]."""
    pad_penetration_m: float | None = None
    """Deepest that a finger pad sank into anything [m]; None where the physics does not tell."""


@dataclass(frozen=True)
class TrialRecord:
    """One trial: a scene, from the first picture until the target is grasped or the trial has failed."""

    trial: int
    completed: bool
    """The target was grasped, or the table cleared."""
    actions: tuple[ActionRecord, ...]
    objects_lost: int = 0
    fault: bool = False
    """The simulation failed; the trial says nothing about the policy."""
    end: End | None = None
    cause: str | None = None
    """Why it failed (see :mod:`pushgrasp.evaluation.causes`); None where it did not."""
    scene: str = ""
    objects: int = 0
    """How many lay on the table."""
    taken: int = 0
    """How many of them were grasped."""
    target: str = ""
    """Shape of the target."""
    visibility: float | None = None
    """Share of the target that the camera sees, where the scene says so."""
    target_cells: int | None = None
    """Heightmap cells that show the target in the first picture."""
    settled_m: float | None = None
    """How far the farthest object moved while the scene settled [m]."""
    provenance: Mapping[str, Any] = field(default_factory=dict)
    """Protocol, policy, hashes, commit, seed: what the trial belongs to."""
    times: Mapping[str, Any] = field(default_factory=dict)
    """Time stamps and wall time: all that may differ when the trial is repeated."""

    @property
    def pushes(self) -> int:
        """Number of pushes."""
        return sum(action.kind == "push" for action in self.actions)

    @property
    def grasps(self) -> int:
        """Number of grasps."""
        return len(self.actions) - self.pushes

    @property
    def grasp_successes(self) -> int:
        """Grasps that lifted the target alone."""
        return sum(action.kind == "grasp" and action.success for action in self.actions)

    def to_line(self) -> str:
        """Return the record as one line of JSON, without the line break."""
        content = {"schema": SCHEMA, **asdict(self)}
        return json.dumps(_finite(content), ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def from_line(line: str) -> TrialRecord:
    """Return the record of a line.

    Raises:
        RecordError: If the line is not JSON, of another schema, or lacks or has other fields.
    """
    try:
        content = json.loads(line)
    except ValueError as error:
        raise RecordError(f"not JSON ({error})") from error
    if not isinstance(content, dict) or content.get("schema") != SCHEMA:
        found = content.get("schema") if isinstance(content, dict) else type(content).__name__
        raise RecordError(f"schema {found!r}, this program reads {SCHEMA!r}")
    del content["schema"]
    _require_fields(content, TrialRecord)
    actions = tuple(_action(item) for item in content.pop("actions"))
    return TrialRecord(**content, actions=actions)


def _action(item: object) -> ActionRecord:
    if not isinstance(item, dict):
        raise RecordError(f"an action is {item!r}, not an object")
    _require_fields(item, ActionRecord)
    if item["kind"] not in get_args(Kind):
        raise RecordError(f"unknown kind of action {item['kind']!r}; kinds: {', '.join(get_args(Kind))}")
    return ActionRecord(**{**item, "levels": tuple(item["levels"])})


def _require_fields(content: dict[str, Any], kind: type) -> None:
    names = {item.name for item in fields(kind)}
    wrong = (names ^ content.keys()) - (_MAY_LACK & names)
    if wrong:
        raise RecordError(f"fields of {kind.__name__} that are missing or unknown: {', '.join(sorted(wrong))}")


def _finite(value: Any) -> Any:  # noqa: ANN401 - JSON
    """Numbers as they come back from JSON: rounded to 6 digits after the point, infinite ones as null."""
    if isinstance(value, float):
        return round(value, 6) if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {key: _finite(item) for key, item in value.items()}
    return [_finite(item) for item in value] if isinstance(value, list | tuple) else value
