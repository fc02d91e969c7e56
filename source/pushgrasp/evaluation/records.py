"""What happened in a trial, action by action, as one line of JSON."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, TypedDict, cast

from pushgrasp.evaluation.replay import POSE, MotionData, Setup, StateData, arm_tensors, to_action, to_tensor
from pushgrasp.files.json_files import parse_json
from pushgrasp.files.typed_json import Whole, build
from pushgrasp.interface.action import Action
from pushgrasp.settings import NotNegative, Share

SCHEMA = "pushgrasp.trial/2"

_FIRST_SCHEMA = "pushgrasp.trial/1"
"""Schema of records that name one kind for all arms."""

KindName = Literal["none", "grasp", "push", "move"]
"""What one arm does in one action (see :class:`pushgrasp.interface.action.Kind`)."""

End = Literal["completed", "cleared", "failed grasps", "no change", "action limit", "object lost", "simulator fault"]
"""Why a trial ended."""

DONE: tuple[End, ...] = ("completed", "cleared")
"""Ends of completed trials."""

Cause = Literal[
    "out of bounds",
    "unreachable path point",
    "no feasible plan",
    "imprecise grasp",
    "wrong object lifted",
    "no change",
    "time-out",
    "simulator fault",
]
"""Why a trial failed (see :mod:`pushgrasp.evaluation.causes`)."""


class RecordError(ValueError):
    """A line or a file is not a record that this program can use."""


class Scores(TypedDict, total=False):
    """What a policy gave to each kind of action; kinds of which it saw none are left out."""

    none: float
    grasp: float
    push: float
    move: float


@dataclass(frozen=True)
class ActionRecord:
    """One action."""

    kinds: tuple[KindName, ...]
    """What each arm was meant to do; records of the first schema have one entry for all arms."""
    success: bool
    """Grasp: it lifted the target alone, or, where a table is cleared, one object. Others: the target stands freer, or
    came into view."""
    scores: Scores = field(default_factory=Scores)
    planned: bool = True
    """Whether the decoders found a motion."""
    executed: bool = True
    """Whether the rig could carry it out."""
    wrong_lifted: bool = False
    """The grasp lifted an object other than the target; where a table is cleared, several."""
    lifted: tuple[Whole, ...] = ()
    """How many objects each arm lifted; records of before do not say."""
    changed: bool = True
    """Whether the picture of the table differs afterwards."""
    lost: Whole = 0
    """Objects off the table after it."""
    isolate_rate: Share | None = None
    """Isolate rate of the target before it."""
    levels: tuple[Share, ...] = ()
    """How far that rate is low, medium and high: the weights of the reward's rules."""
    reward: float | None = None
    simulated_s: NotNegative | None = None
    """How long it took in the simulation [s]."""
    pad_penetration_m: NotNegative | None = None
    """Deepest that a finger pad sank into anything [m]; None where the physics does not tell."""
    motion: MotionData | None = None
    """How each arm was meant to move, see :meth:`action`; None in records of the first schema, as the state."""
    before: StateData | None = None
    """Where objects lay before it."""

    @property
    def action(self) -> Action:
        """What was done, as an action of one world; ValueError where that was not recorded."""
        if self.motion is None:
            raise ValueError("records of the first schema do not say how an action was done")
        return to_action(self.kinds, cast("dict[str, float]", self.scores), self.motion)

    def does(self, kind: KindName) -> bool:
        """Whether any arm was meant to do this."""
        return kind in self.kinds

    @property
    def grasp_successes(self) -> int:
        """Grasps that did what they were for: one lifted the target alone, each of two at once one object."""
        if self.kinds.count("grasp") < 2:
            return int(self.does("grasp") and self.success)
        return self.lifted.count(1)


class Times(TypedDict, total=False):
    """Time stamps and wall time: all that may differ when a trial is repeated."""

    finished: str
    wall_s: NotNegative
    actions_wall_s: list[NotNegative]


@dataclass(frozen=True)
class TrialRecord:
    """One trial: a scene, from the first picture until the target is grasped or the trial has failed."""

    trial: Whole
    completed: bool
    """The target was grasped, or the table cleared."""
    actions: tuple[ActionRecord, ...]
    objects_lost: Whole = 0
    fault: bool = False
    """The simulation failed; the trial says nothing about the policy."""
    end: End | None = None
    cause: Cause | None = None
    """Why it failed; None where it did not."""
    scene: str = ""
    objects: Whole = 0
    """How many lay on the table."""
    taken: Whole = 0
    """How many of them were grasped."""
    target: str = ""
    """Shape of the target."""
    visibility: Share | None = None
    """Share of the target that the camera sees, where the scene says so."""
    target_cells: Whole | None = None
    """Heightmap cells that show the target in the first picture."""
    settled_m: NotNegative | None = None
    """How far the farthest object moved while the scene settled [m]."""
    setup: Setup | None = None
    """What it takes to do its actions again; None in records of the first schema."""
    provenance: Mapping[str, str | int | None] = field(default_factory=dict)
    """Protocol, policy, hashes, commit, seed: what the trial belongs to."""
    times: Times = field(default_factory=Times)

    def count(self, kind: KindName) -> int:
        """Return in how many actions any arm was meant to do this."""
        return sum(action.does(kind) for action in self.actions)

    @property
    def grasps(self) -> int:
        """Grasps of all arms."""
        return sum(action.kinds.count("grasp") for action in self.actions)

    @property
    def grasp_successes(self) -> int:
        """Those that did what they were for."""
        return sum(action.grasp_successes for action in self.actions)

    def to_line(self) -> str:
        """Return the record as one line of JSON, without the line break."""
        content = {"schema": SCHEMA, **asdict(self)}
        return json.dumps(_finite(content), ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def from_line(line: str, where: str = "record", number: int = 1) -> TrialRecord:
    """Return the record of a line.

    Args:
        line: One line of JSON.
        where: What messages call its file.
        number: Number of the line in the file.

    Raises:
        ValueError: If the line is no usable JSON, of another schema, lacks a field, or has another one or one out of
            range; the message names file and line.
    """
    content = parse_json(line, where, number)
    try:
        return _record(content)
    except ValueError as error:
        raise RecordError(f"{where}:{number}: {error}") from None


def _record(content: object) -> TrialRecord:
    schema = content.pop("schema", None) if isinstance(content, dict) else type(content).__name__
    if schema not in (SCHEMA, _FIRST_SCHEMA):
        raise RecordError(f"schema {schema!r}, this program reads {SCHEMA!r} and {_FIRST_SCHEMA!r}")
    record = build(TrialRecord, _with_later_fields(content if schema == SCHEMA else _of_first_schema(content)))
    if record.end is not None and record.completed != (record.end in DONE):
        raise RecordError(f"completed: {record.completed} does not go with the end {record.end!r}")
    if record.taken > record.objects:
        raise RecordError(f"taken: {record.taken} is more than the {record.objects} objects of the scene")
    for number, action in enumerate(record.actions):
        try:
            _check_replay(action, record.setup)
        except ValueError as error:
            raise RecordError(f"actions[{number}].{error}") from None
    return record


def _check_replay(action: ActionRecord, setup: Setup | None) -> None:
    """Raise ValueError for motions that do not fit their kinds, and poses that do not fit the slots."""
    if action.motion is not None:
        arm_tensors(action.kinds, action.motion)
    if action.before is not None:
        to_tensor(action.before["poses"], (len(setup.slots) if setup else 0, POSE), "before.poses")


def _with_later_fields(content: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    """Fields of a record, with those that records of the second schema have not had from the beginning."""
    actions = content.get("actions")
    if not isinstance(actions, list):
        return content
    return {**content, "actions": [{"lifted": [], **item} if isinstance(item, dict) else item for item in actions]}


def _of_first_schema(content: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    """Fields of a record, given those of one of the first schema."""
    actions = content.get("actions")
    converted = [_action_of_first_schema(action) for action in actions] if isinstance(actions, list) else actions
    return {"setup": None, **content, "actions": converted}


def _action_of_first_schema(action: Any) -> Any:  # noqa: ANN401 - JSON
    """The score of the kind and that of the other one become scores by kind; what is no such action stays as it is."""
    if not isinstance(action, dict) or not {"kind", "score", "other_score"} <= action.keys():
        return action
    rest = {"pad_penetration_m": None, "motion": None, "before": None, **action}
    kind, *scores = (rest.pop(name) for name in ("kind", "score", "other_score"))
    names = ("grasp", "push") if kind == "grasp" else ("push", "grasp")
    given = {name: score for name, score in zip(names, scores, strict=True) if score is not None}
    return {**rest, "kinds": [kind], "scores": given}


def _finite(value: Any) -> Any:  # noqa: ANN401 - JSON
    """Numbers as they come back from JSON: with the 9 digits that float32 needs, infinite ones as null."""
    if isinstance(value, float):
        return float(f"{value:.9g}") if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {key: _finite(item) for key, item in value.items()}
    return [_finite(item) for item in value] if isinstance(value, list | tuple) else value
