"""What arms did and where objects lay before, as plain data in a record: enough to do it again in any physics engine.

Arrays are text: base64 of little-endian float32, row by row.
"""

from __future__ import annotations

import base64
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, TypedDict

import numpy as np
import torch
from torch import Tensor

from pushgrasp.files.typed_json import Whole
from pushgrasp.interface.action import KIND_NAMES, Action, Kind
from pushgrasp.settings import Count, Range

POSE = 7
"""Numbers of a pose: position [m], quaternion (x, y, z, w)."""


@dataclass(frozen=True)
class Setup:
    """What all actions of a trial begin from."""

    rig: str
    """What carries the grippers."""
    arms: Count
    slots: tuple[Whole, ...]
    """Object slots that the scene uses, rising."""
    shapes: tuple[str, ...]
    """Shape in each of them."""


class _ArmData(TypedDict):
    valid: bool


class ArmData(_ArmData, total=False):
    """What one arm is meant to do: fields of :class:`Action`, those alone that its kind needs (see :data:`NEEDS`)."""

    position: str
    rotation: str
    width: str
    place_position: str
    place_rotation: str
    path: str
    yaw: str


class MotionData(TypedDict):
    """What the arms of one world are meant to do."""

    points: Annotated[int, Range(least=1, most=10_000)]
    """Points of push paths, P."""
    arms: list[ArmData]


class StateData(TypedDict):
    """The true state before an action."""

    target: Whole
    """Slot of the target."""
    poses: str
    """Pose in the world frame of each slot of the setup, shape (O, 7); NaN for objects that were taken away."""


_GRASP = {"position": (3,), "rotation": (3, 3), "width": ()}
NEEDS: dict[str, dict[str, tuple[int, ...]]] = {
    "none": {},
    "grasp": _GRASP,
    "push": {"path": (-1, 3), "yaw": (-1,)},
    "move": {**_GRASP, "place_position": (3,), "place_rotation": (3, 3)},
}
"""Fields of an action that each kind needs, and their shapes; -1 stands for the points of a path."""


def to_text(values: Tensor) -> str:
    """Return an array as text."""
    return base64.b64encode(values.detach().cpu().numpy().astype("<f4").tobytes()).decode()


def to_tensor(text: str, shape: Sequence[int], name: str) -> Tensor:
    """Return an array from text as float32.

    Raises:
        ValueError: If it is no base64 or of another size; ``name`` is what the message calls it.
    """
    try:
        content = base64.b64decode(text, validate=True)
    except ValueError as error:
        raise ValueError(f"{name}: no base64 ({error})") from None
    if len(content) != 4 * math.prod(shape):
        raise ValueError(f"{name}: {len(content)} bytes, float32 of the shape {tuple(shape)} is needed")
    return torch.from_numpy(np.frombuffer(content, "<f4").astype(np.float32).reshape(shape))


def to_data(action: Action, world: int) -> MotionData:
    """Return what the arms of a world are meant to do; what no arm's kind needs is left out."""
    arms: list[Any] = []
    for arm, kind in enumerate(action.kind[world].tolist()):
        fields = {name: to_text(getattr(action, name)[world, arm]) for name in NEEDS[KIND_NAMES[kind]]}
        arms.append({"valid": bool(action.valid[world, arm]), **fields})
    return MotionData(points=action.path.shape[2], arms=arms)


def arm_tensors(kinds: Sequence[str], motion: MotionData) -> list[dict[str, Tensor]]:
    """Return what each arm's kind needs.

    Raises:
        ValueError: If the data of an arm do not fit its kind.
    """
    if len(kinds) != len(motion["arms"]):
        raise ValueError(f"motion.arms: {len(motion['arms'])} arms, but {len(kinds)} kinds")
    found = []
    for number, (kind, arm) in enumerate(zip(kinds, motion["arms"], strict=True)):
        needs, name = NEEDS[kind], f"motion.arms[{number}]"
        if arm.keys() - {"valid"} != needs.keys():
            raise ValueError(f"{name}: a {kind} has the fields {', '.join(('valid', *needs))}")
        shapes = {field: [motion["points"] if side < 0 else side for side in shape] for field, shape in needs.items()}
        found.append({field: to_tensor(arm[field], shape, f"{name}.{field}") for field, shape in shapes.items()})
    return found


def to_action(kinds: Sequence[str], scores: Mapping[str, float], motion: MotionData) -> Action:
    """Return an action of one world, the same to the bit in all that its kinds need; the rest is as in no action.

    Args:
        kinds: What each arm does.
        scores: What the policy gave to each kind.
        motion: How they do it (see :func:`to_data`).

    Raises:
        ValueError: If the data of an arm do not fit its kind.
    """
    fields = arm_tensors(kinds, motion)
    action = Action.none(1, len(kinds), motion["points"])
    action.kind[0] = torch.tensor([KIND_NAMES.index(kind) for kind in kinds])
    action.valid[0] = torch.tensor([arm["valid"] for arm in motion["arms"]])
    for arm, values in enumerate(fields):
        for name, value in values.items():
            getattr(action, name)[0, arm] = value
    for name, score in scores.items():
        action.score[0, Kind[name.upper()]] = score
    return action
