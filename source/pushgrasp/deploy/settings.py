"""A robot cell as its file ``cell.yaml`` describes it, and what planners need to know of it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Literal

import torch

from pushgrasp.deploy.cell_rules import cell_faults
from pushgrasp.deploy.sections import (
    ArmCfg,
    BoxCfg,
    CalibrationCfg,
    CameraCfg,
    LimitsCfg,
    SafetyCfg,
    Section,
    TrayCfg,
)
from pushgrasp.files.text_files import FileError
from pushgrasp.files.typed_fields import Fault, build_fields
from pushgrasp.files.typed_json import to_plain
from pushgrasp.files.yaml_files import read_yaml
from pushgrasp.motion.arm.model import ArmsCfg, BasePose
from pushgrasp.motion.limits import MotionLimits

SCHEMA = "pushgrasp.cell/1"
"""First field of a cell's file."""

PLANNED = 0.95
"""Share of the envelope's speeds and accelerations that motions are planned with: room for what lies between knots."""

PLANNED_CLEARANCE = 0.002
"""By how much motions are planned with more clearance than the envelope asks for [m]."""


@dataclass
class CellCfg(Section):
    """A whole cell; the left arm comes first.

    Raises:
        ValueError: If a number is out of its range, or parts do not go together.
    """

    arms: tuple[ArmCfg, ...]
    camera: CameraCfg
    calibration: CalibrationCfg | None
    """None for a cell on loopback alone."""
    workspace: BoxCfg
    """Where TCPs work; the heightmap's square of 1 m stays as it is."""
    tray: tuple[TrayCfg, ...]
    """One place for each arm."""
    safety: SafetyCfg
    limits: LimitsCfg = field(default_factory=LimitsCfg)
    schema: Literal["pushgrasp.cell/1"] = SCHEMA

    def faults(self, place: str) -> Iterator[Fault]:
        """Say which parts do not go together."""
        yield from cell_faults(vars(self), place)


class CellError(FileError):
    """A cell's file that cannot be used; the message says all that is wrong, one line each."""

    def __init__(self, *faults: str) -> None:
        """Collect faults."""
        super().__init__(*faults)
        self.args = ("\n".join(faults),)


def read_cell(path: Path) -> CellCfg:
    """Read a cell's file; paths in it are taken from its own folder.

    Raises:
        FileError: If it is no YAML.
        CellError: With every field that is missing, unknown, out of range or does not go with the others.
        OSError: If the file cannot be read.
    """
    content, lines = read_yaml(path)
    if isinstance(content, dict) and "schema" not in content:
        raise CellError(f"{path}:1: schema is missing; {CellCfg.schema} is needed")
    parts, faults = build_fields(CellCfg, content)
    faults.extend(cell_faults(parts))
    if faults:
        told = sorted({(_line(fault, lines), fault.message) for fault in faults})
        raise CellError(*(f"{path}:{line}: {message}" for line, message in told))
    return _with_paths(CellCfg(**{field.name: parts[field.name] for field in fields(CellCfg)}), path.parent)


def _line(fault: Fault, lines: dict[str, int]) -> int:
    """Return the line of a place, or of what it stands in."""
    place = fault.place
    while place and place not in lines:
        place = place[: max(place.rfind("."), place.rfind("["), 0)]
    return lines.get(place, 1)


def _with_paths(cell: CellCfg, folder: Path) -> CellCfg:
    """Return a cell whose camera's folder is found from anywhere."""
    if cell.camera.path is None:
        return cell
    return replace(cell, camera=replace(cell.camera, path=str(folder / cell.camera.path)))


def cell_digest(cell: CellCfg) -> str:
    """Return the SHA-256 of all that a cell's file says, 64 hexadecimal digits; comments and order do not count."""
    text = json.dumps(to_plain(cell), sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def arms_cfg(cell: CellCfg, speed: float = 1.0) -> ArmsCfg:
    """Return the arms as motions are planned for them: upright, with nominal kinematics and the first one's tool.

    Args:
        cell: The cell.
        speed: Share of all speeds and accelerations, above 0 and at most 1.

    Raises:
        ValueError: If the share is not in its range.
    """
    check_speed(speed)
    safety, limits = cell.safety, cell.limits
    return ArmsCfg(
        bases=tuple(BasePose(arm.position, arm.yaw) for arm in cell.arms),
        home=cell.arms[0].home,
        tool_length=cell.arms[0].tool.length,
        tool_yaw=cell.arms[0].tool.yaw,
        speed=PLANNED * speed * safety.joint_speed,
        acceleration=PLANNED * speed * safety.joint_acceleration,
        tcp_speed=PLANNED * speed * safety.tcp_speed,
        link_clearance=limits.link_clearance + PLANNED_CLEARANCE,
        wrist_clearance=limits.wrist_clearance + PLANNED_CLEARANCE,
        arm_clearance=limits.arm_clearance + PLANNED_CLEARANCE,
    )


def home_joints(cell: CellCfg) -> torch.Tensor:
    """Return the joint angles of every arm at home [rad], shape (G, 6), float64, for ``plan_joints``."""
    return torch.tensor([arm.home for arm in cell.arms], dtype=torch.float64)


def motion_limits(cell: CellCfg, speed: float = 1.0) -> MotionLimits:
    """Return the limits of gripper trajectories over the workspace.

    Args:
        cell: The cell.
        speed: Share of all speeds and accelerations, above 0 and at most 1.

    Raises:
        ValueError: If the share is not in its range.
    """
    check_speed(speed)
    limits, safety, most = cell.limits, cell.safety, MotionLimits()
    share, tcp_speed = speed * PLANNED, safety.tcp_speed
    return MotionLimits(
        free_speed=share * tcp_speed,
        approach_speed=share * min(limits.approach_speed, tcp_speed),
        push_speed=share * min(limits.push_speed, tcp_speed),
        lift_speed=share * min(limits.lift_speed, tcp_speed),
        rotation_speed=share * min(most.rotation_speed, safety.joint_speed),
        acceleration=share * min(most.acceleration, safety.tcp_acceleration),
        rotation_acceleration=share * min(most.rotation_acceleration, safety.joint_acceleration),
        carry_acceleration=share * min(most.carry_acceleration, safety.tcp_acceleration),
        carry_rotation_acceleration=share * min(most.carry_rotation_acceleration, safety.joint_acceleration),
        travel_height=limits.travel_height,
        x_range=cell.workspace.x,
        y_range=cell.workspace.y,
        z_range=cell.workspace.z,
        descent_force=limits.descent_force,
    )


def tray_limits(cell: CellCfg, speed: float = 1.0) -> MotionLimits:
    """Return the limits of a move to the tray, which may lie beside the workspace: those of the whole TCP box.

    Raises:
        ValueError: If the share ``speed`` is not above 0 and at most 1.
    """
    x, y, z = cell.safety.box.sides
    return replace(motion_limits(cell, speed), x_range=x, y_range=y, z_range=z)


def check_speed(speed: float) -> None:
    """Refuse a share of the speeds that is none.

    Raises:
        ValueError: Unless it is above 0 and at most 1.
    """
    if not 0.0 < speed <= 1.0:
        raise ValueError(f"speed={speed}: a number above 0 and of at most 1 is needed")
