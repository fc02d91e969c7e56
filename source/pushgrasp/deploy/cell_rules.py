"""What the parts of a cell's file have to do with each other."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from pushgrasp.deploy.sections import (
    ArmCfg,
    BoxCfg,
    CalibrationCfg,
    CameraCfg,
    LimitsCfg,
    SafetyCfg,
    TrayCfg,
    is_loopback,
)
from pushgrasp.files.typed_fields import Fault, unfit
from pushgrasp.motion.arm.capsules import LINKS
from pushgrasp.motion.arm.forward import tcp_pose
from pushgrasp.motion.arm.model import DH_A, DH_D, ArmsCfg, BasePose
from pushgrasp.motion.arms import NUM_ARMS
from pushgrasp.motion.limits import MotionLimits

TILT = math.radians(5.0)
"""The base of an arm stands upright to this angle [rad]."""

TOOLS_LENGTH = 0.005
"""The tools of both arms are equally long to this [m]."""

TOOLS_YAW = math.radians(2.0)
"""Likewise for their angle [rad]."""

HALF_SIDE = 0.5 * ArmsCfg.workspace_side
"""The heightmap goes this far either way [m]."""

HOME_HEIGHT = MotionLimits.home[2]
"""Height at which gripper trajectories begin and end [m]."""

ROUNDING = 1.0e-6
"""Rounding allowed in comparisons."""


def cell_faults(parts: Mapping[str, Any], place: str = "") -> Iterator[Fault]:
    """Say what is wrong between the parts of a cell; a rule whose parts are not all there is left out.

    Args:
        parts: Fields of ``CellCfg``, those that are right by themselves.
        place: What messages call the cell.
    """
    lead = f"{place}." if place else ""
    for fault in _faults(parts):
        yield Fault(f"{lead}{fault.place}", f"{lead}{fault.message}")


def _faults(parts: Mapping[str, Any]) -> Iterator[Fault]:
    arms = parts.get("arms", (None,))
    if len(arms) not in NUM_ARMS:
        yield Fault("arms", f"arms holds {len(arms)} arms; one or two are needed")
        parts = {name: part for name, part in parts.items() if name != "arms"}
    for names, rule in RULES:
        if all(name in parts for name in names):
            yield from rule(*(parts[name] for name in names))


def _upright(arms: Sequence[ArmCfg]) -> Iterator[Fault]:
    for index, arm in enumerate(arms):
        if arm.tilt > TILT:
            tilt, most = math.degrees(arm.tilt), math.degrees(TILT)
            message = f"the base leans by {tilt:.1f} degrees; at most {most:.0f}, order (x, y, z, w), are allowed"
            yield unfit(f"arms[{index}].quaternion", arm.quaternion, message)


def _sides_of_arms(arms: Sequence[ArmCfg]) -> Iterator[Fault]:
    if len(arms) != 2:
        return
    (left, right), where = arms, "arms[0].position"
    if left.position[0] >= right.position[0]:
        message = f"{left.name} stands to the right of {right.name} at {list(right.position)}; the left arm comes first"
        yield unfit(where, left.position, f"{message}: are the two swapped?")
    least = 2.0 * LINKS[0].radius
    if math.dist(left.position[:2], right.position[:2]) < least:
        message = f"the bases stand within each other; {least:.2f} m from {list(right.position)} are needed at least"
        yield unfit(where, left.position, message)


def _distinct(arms: Sequence[ArmCfg]) -> Iterator[Fault]:
    """Names, controllers and grippers stand once."""
    keys: dict[str, Callable[[ArmCfg], object]] = {
        "name": lambda arm: arm.name,
        "address": lambda arm: arm.address,
        "gripper.address": lambda arm: (arm.gripper.address, arm.gripper.port),
    }
    for name, key in keys.items():
        for value, count in Counter(map(key, arms)).items():
            if count > 1:
                yield unfit(f"arms[1].{name}", value, "that is arms[0]'s too; one of its own is needed")


def _tools(arms: Sequence[ArmCfg]) -> Iterator[Fault]:
    """Both tools are alike."""
    for name, most in (("length", TOOLS_LENGTH), ("yaw", TOOLS_YAW)):
        first, *others = (getattr(arm.tool, name) for arm in arms)
        for other in others:
            if abs(other - first) > most:
                message = (
                    f"within {most:.3g} of arms[0].tool.{name}={first} is needed; motions are planned for one tool"
                )
                yield unfit(f"arms[1].tool.{name}", other, message)


def _link_rates(arms: Sequence[ArmCfg], safety: SafetyCfg) -> Iterator[Fault]:
    least = 1.0 / safety.cycle
    for index, arm in enumerate(arms):
        if arm.servo.frequency < least * (1.0 - ROUNDING):
            message = f"at least 1 / safety.cycle = {least:.4g} Hz is needed"
            yield unfit(f"arms[{index}].servo.frequency", arm.servo.frequency, message)


def _over_table(safety: SafetyCfg) -> Iterator[Fault]:
    bottom = safety.box.z[0]
    if bottom < -ROUNDING:
        message = f"the TCP box would begin at {bottom:.3g} m, below the table; at least {-safety.inside} is needed"
        yield unfit("safety.planes.z", safety.planes.z, message)


def _box_in_reach(arms: Sequence[ArmCfg], safety: SafetyCfg) -> Iterator[Fault]:
    """No side of the box lies where no arm gets to."""
    for axis, (low, high) in enumerate(safety.box.sides):
        least = min(_shoulder(arm)[axis] - reach(arm) for arm in arms)
        most = max(_shoulder(arm)[axis] + reach(arm) for arm in arms)
        if low < least or high > most:
            box, reached = f"{low:.3g} to {high:.3g} m", f"{least:.3g} to {most:.3g} m"
            message = f"the TCP box would go from {box}; the arms reach from {reached}"
            yield unfit(f"safety.planes.{'xyz'[axis]}", safety.planes.sides[axis], message)


def _homes(arms: Sequence[ArmCfg], safety: SafetyCfg) -> Iterator[Fault]:
    """Each arm waits with its TCP within the box."""
    for index, arm in enumerate(arms):
        cfg = ArmsCfg((BasePose(arm.position, arm.yaw),), arm.home, arm.tool.length, arm.tool.yaw)
        tcp = tcp_pose(cfg.home_joints()[:, None], cfg).position[0, 0].tolist()
        if not safety.box.contains(tcp):
            at = ", ".join(f"{x:.3f}" for x in tcp)
            message = f"the TCP is at ({at}) there; {safety.box} is needed: home, base and box do not go together"
            yield unfit(f"arms[{index}].home", arm.home, message)


def _workspace(workspace: BoxCfg, safety: SafetyCfg) -> Iterator[Fault]:
    """The workspace lies in the TCP box and on the heightmap."""
    for axis, (low, high) in enumerate(workspace.sides):
        least, most = safety.box.sides[axis]
        if axis < 2:
            least, most = max(least, -HALF_SIDE), min(most, HALF_SIDE)
        if low < least - ROUNDING or high > most + ROUNDING:
            message = f"within TCP box and heightmap, {least:.3g} to {most:.3g} m, is needed"
            yield unfit(f"workspace.{'xyz'[axis]}", workspace.sides[axis], message)


def _heights(limits: LimitsCfg, workspace: BoxCfg) -> Iterator[Fault]:
    low, high = workspace.z
    if not low <= limits.travel_height <= high:
        message = f"a height within workspace.z, {low:.3g} to {high:.3g} m, is needed"
        yield unfit("limits.travel_height", limits.travel_height, message)
    if not low <= HOME_HEIGHT <= high:
        yield unfit("workspace.z", workspace.z, f"the height at which grippers wait, {HOME_HEIGHT} m, is needed in it")


def _trays(arms: Sequence[ArmCfg], tray: Sequence[TrayCfg], safety: SafetyCfg) -> Iterator[Fault]:
    """Each arm has a place in the TCP box and within its reach."""
    if len(tray) != len(arms):
        yield Fault("tray", f"tray holds {len(tray)} places; {len(arms)}, one for each arm, are needed")
        return
    for index, (arm, place) in enumerate(zip(arms, tray, strict=True)):
        where, distance = f"tray[{index}].position", math.dist(place.position, _shoulder(arm))
        if not safety.box.contains(place.position):
            yield unfit(where, place.position, f"a place within the TCP box, {safety.box}, is needed")
        elif distance > reach(arm):
            message = f"it is {distance:.3g} m from {arm.name}'s shoulder; at most {reach(arm):.3g} m are in reach"
            yield unfit(where, place.position, message)


def _camera(camera: CameraCfg, workspace: BoxCfg) -> Iterator[Fault]:
    """The camera stands over what it looks at."""
    height = camera.position[2]
    for axis, (low, high) in enumerate(workspace.sides[:2]):
        if not low - height <= camera.position[axis] <= high + height:
            sides = f"{'xy'[axis]} from {low - height:.3g} to {high + height:.3g} m"
            yield unfit("camera.position", camera.position, f"{sides}, over the workspace, is needed")


def _calibrated(arms: Sequence[ArmCfg], calibration: CalibrationCfg | None) -> Iterator[Fault]:
    far = [arm.address for arm in arms if not is_loopback(arm.address)]
    if calibration is None and far:
        message = f"date and digest are needed; only arms on loopback do without, and {', '.join(far)} is not"
        yield unfit("calibration", None, message)


RULES: tuple[tuple[tuple[str, ...], Callable[..., Iterator[Fault]]], ...] = (
    (("arms",), _upright),
    (("arms",), _sides_of_arms),
    (("arms",), _distinct),
    (("arms",), _tools),
    (("arms", "safety"), _link_rates),
    (("safety",), _over_table),
    (("arms", "safety"), _box_in_reach),
    (("arms", "safety"), _homes),
    (("workspace", "safety"), _workspace),
    (("limits", "workspace"), _heights),
    (("arms", "tray", "safety"), _trays),
    (("camera", "workspace"), _camera),
    (("arms", "calibration"), _calibrated),
)
"""Rules and the parts that they look at."""


def reach(arm: ArmCfg) -> float:
    """Return how far from its shoulder an arm's TCP gets at most [m]."""
    return -DH_A[1] - DH_A[2] + math.hypot(DH_D[4], DH_D[3]) + DH_D[5] + arm.tool.length


def _shoulder(arm: ArmCfg) -> tuple[float, float, float]:
    """Return where the axes of joints 1 and 2 meet, world frame [m]."""
    x, y, z = arm.position
    return x, y, z + DH_D[0]
