"""The touch test: each arm touches points of the table of which the calibration says where they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pushgrasp.deploy.calibration.board import BoardCfg
from pushgrasp.deploy.calibration.calibration import Calibration
from pushgrasp.deploy.calibration.rigid import apply, inverse, rigid, vector_of
from pushgrasp.files.json_files import read_json
from pushgrasp.files.text_files import FileError
from pushgrasp.files.typed_json import build

ABOVE = 0.050
"""Height over a point at which the descent begins [m]."""

SPEED = 0.020
"""Speed of the descent, until contact [m/s]."""

LEAST_POINTS = 5
"""Points of each arm at least."""


@dataclass(frozen=True)
class Touch:
    """What was measured at one point."""

    target: tuple[float, ...]
    """The mark, world frame [m], 3 numbers."""
    tcp: tuple[float, ...]
    """TCP on contact, base frame of the controller: position [m] and rotation vector [rad], 6 numbers."""


@dataclass(frozen=True)
class TouchStep:
    """One point to touch, with the jaws closed and pointing down, in the controller's base frame."""

    target: tuple[float, ...]
    """The mark, world frame [m]."""
    above: tuple[float, ...]
    """TCP where the descent begins: position [m] and rotation vector [rad]."""
    contact: tuple[float, ...]
    """TCP where contact is expected."""
    speed: float
    """Speed of the descent [m/s]; it ends on contact."""


@dataclass(frozen=True)
class TouchResult:
    """How far what was touched is from where it should be."""

    errors: Mapping[str, np.ndarray]
    """Measured less expected position of each point [m], world frame, shape (N, 3), by arm."""
    arm_to_arm: float | None
    """Largest distance of what both arms say of the same mark [m]; None where they have none in common."""

    @property
    def largest(self) -> dict[str, float]:
        """The largest distance of each arm [m]."""
        return {name: float(np.linalg.norm(errors, axis=-1).max()) for name, errors in self.errors.items()}


def touch_targets(board: BoardCfg) -> np.ndarray:
    """Return the marks [m], world frame, shape (5, 3): the inner corners at the ends and one near the middle.

    The board lies as it did in the first picture of the table; its printed side is the board's thickness over it.
    """
    columns, last = board.columns - 1, len(board.corners) - 1
    middle = columns * ((board.rows - 1) // 2) + columns // 2
    chosen = board.corners[[0, columns - 1, middle, last - columns + 1, last]]
    return chosen + np.array((0.0, 0.0, board.thickness))


def touch_steps(calibration: Calibration, arm: str, targets: np.ndarray) -> list[TouchStep]:
    """Return what an arm has to do at each mark, shape (N, 3) [m], world frame; people or a program carry it out."""
    base = calibration.arms[arm].base.transform
    closing = base[:3, 0] * (1.0, 1.0, 0.0)
    x = closing / np.linalg.norm(closing)
    down = np.array((0.0, 0.0, -1.0))
    axes = np.stack((x, np.cross(down, x), down), axis=-1)

    def tcp(height: float, target: np.ndarray) -> tuple[float, ...]:
        pose = rigid(axes, target + np.array((0.0, 0.0, height)))
        return tuple(vector_of(inverse(base) @ pose).tolist())

    return [TouchStep(tuple(target.tolist()), tcp(ABOVE, target), tcp(0.0, target), SPEED) for target in targets]


def read_touches(path: Path) -> dict[str, list[Touch]]:
    """Read measurements: ``{"left": [{"target": [x, y, z], "tcp": [x, y, z, rx, ry, rz]}, ...], "right": ...}``.

    Raises:
        FileError: If the file cannot be used, naming the field.
        OSError: If it cannot be read.
    """
    try:
        touches = build(dict[str, list[Touch]], read_json(path))
    except ValueError as error:
        raise FileError(f"{path}: {error}") from None
    for name, points in touches.items():
        for index, point in enumerate(points):
            if (len(point.target), len(point.tcp)) != (3, 6):
                raise FileError(f"{path}: {name}[{index}]: target has 3 numbers and tcp 6")
    return touches


def evaluate_touches(calibration: Calibration, touches: Mapping[str, Sequence[Touch]]) -> TouchResult:
    """Compare what was touched with where the calibration has it.

    Raises:
        ValueError: If an arm is missing, unknown, or has too few points, or the arms are exchanged.
    """
    if wrong := set(touches) ^ set(calibration.arms):
        raise ValueError(f"touch test: {', '.join(sorted(wrong))}: points of {', '.join(calibration.arms)} are needed")
    for name, points in touches.items():
        if len({point.target for point in points}) < LEAST_POINTS:
            raise ValueError(f"{name}: {len(points)} points touched; at least {LEAST_POINTS} different ones are needed")
    errors = {name: _errors(calibration, name, points) for name, points in touches.items()}
    _check_exchanged(calibration, touches, errors)
    return TouchResult(errors, _arm_to_arm(touches, errors))


def _errors(calibration: Calibration, base_of: str, points: Sequence[Touch]) -> np.ndarray:
    """Return measured less expected positions [m], world frame, shape (N, 3), as if an arm stood on some base."""
    base = calibration.arms[base_of].base.transform
    tips = np.array([point.tcp[:3] for point in points])
    return apply(base, tips) - np.array([point.target for point in points])


def _check_exchanged(
    calibration: Calibration, touches: Mapping[str, Sequence[Touch]], errors: Mapping[str, np.ndarray]
) -> None:
    """Refuse readings that fit the other arm's base better."""
    if len(touches) < 2:
        return
    one, other = touches
    crossed = (_errors(calibration, other, touches[one]), _errors(calibration, one, touches[other]))
    if max(np.abs(error).max() for error in crossed) < min(np.abs(errors[name]).max() for name in touches):
        raise ValueError(
            "touch test: the readings of the arms are exchanged: exchange their addresses in the cell file"
        )


def _arm_to_arm(touches: Mapping[str, Sequence[Touch]], errors: Mapping[str, np.ndarray]) -> float | None:
    """Return the largest distance of what both arms say of a mark [m]; None without marks in common."""
    if len(touches) < 2:
        return None
    one, other = ({point.target: error for point, error in zip(touches[n], errors[n], strict=True)} for n in touches)
    common = one.keys() & other.keys()
    return max((float(np.linalg.norm(one[mark] - other[mark])) for mark in common), default=None)
