"""From a cell's file to its devices."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass

from pushgrasp.deploy.calibrated import Kinematics, calibrated_kinematics, require_agreement
from pushgrasp.deploy.cameras.cfg import CameraCfg as CameraDriverCfg
from pushgrasp.deploy.cameras.opening import open_camera
from pushgrasp.deploy.devices import Arm, Camera, Clock, DeviceFault, Gripper
from pushgrasp.deploy.gripper.cfg import RobotiqCfg
from pushgrasp.deploy.gripper.robotiq import RobotiqGripper
from pushgrasp.deploy.sections import ArmCfg, CameraCfg
from pushgrasp.deploy.settings import CellCfg
from pushgrasp.deploy.ur.arm import UrArm
from pushgrasp.deploy.ur.dashboard import Dashboard
from pushgrasp.deploy.ur.kinematics import read_kinematics
from pushgrasp.deploy.ur.settings import UrArmCfg


@dataclass(frozen=True)
class Devices:
    """All devices of a cell; arms and grippers in the order of its file."""

    camera: Camera
    arms: Sequence[Arm]
    grippers: Sequence[Gripper]
    kinematics: Sequence[Kinematics]
    """The arms as their controllers have been calibrated."""
    clock: Clock = time
    """By which arms and grippers are driven."""


def connect(cell: CellCfg, stack: ExitStack) -> Devices:
    """Connect to all devices, to listen only; they are closed with the stack.

    Raises:
        DeviceFault: If one is not there, a controller is another arm's, or its TCP is not where kinematics and file
            have it.
        UserError: If a driver's package is not installed.
    """
    camera = open_camera(camera_cfg(cell.camera))
    stack.callback(camera.close)
    arms, grippers, kinematics = [], [], []
    for cfg in cell.arms:
        arm = UrArm(arm_cfg(cfg, cell))
        stack.callback(arm.close)
        require_serial(cfg, arm.dashboard)
        gripper = RobotiqGripper(gripper_cfg(cfg, cell))
        stack.callback(gripper.close)
        kinematics.append(checked_kinematics(cfg, arm))
        arms.append(arm)
        grippers.append(gripper)
    return Devices(camera, arms, grippers, kinematics)


def require_serial(cfg: ArmCfg, dashboard: Dashboard) -> None:
    """Refuse a controller that is another arm's.

    Raises:
        DeviceFault: If its serial number is not the one in the cell's file.
    """
    if cfg.serial is not None and (found := dashboard.serial_number()) != cfg.serial:
        raise DeviceFault(
            f"{cfg.name}: the controller at {cfg.address} has the serial number {found}, the cell file says "
            f"{cfg.serial}: are the two arms swapped?"
        )


def checked_kinematics(cfg: ArmCfg, arm: Arm) -> Kinematics:
    """Return an arm as its controller has been calibrated.

    Raises:
        DeviceFault: If its controller does not tell, is none of a UR5e, or puts the TCP elsewhere.
    """
    told = read_kinematics(cfg.address)
    try:
        kinematics = calibrated_kinematics(cfg, told.theta, told.a, told.d, told.alpha)
    except ValueError as error:
        raise DeviceFault(f"{cfg.name}: {error}") from error
    require_agreement(kinematics, cfg.name, arm.state())
    return kinematics


def arm_cfg(cfg: ArmCfg, cell: CellCfg) -> UrArmCfg:
    """Return the driver's settings of an arm."""
    safety = cell.safety
    return UrArmCfg(
        name=cfg.name,
        address=cfg.address,
        frequency=cfg.servo.frequency,
        lookahead=cfg.servo.lookahead,
        gain=cfg.servo.gain,
        watchdog=safety.watchdog,
        call_limit=safety.deadline,
        stale=safety.stale,
        max_step=safety.step,
        min_scaling=safety.slider,
        payload=cfg.payload.mass,
        payload_centre=cfg.payload.centre,
        tcp=(0.0, 0.0, cfg.tool.length, 0.0, 0.0, cfg.tool.yaw),
    )


def gripper_cfg(cfg: ArmCfg, cell: CellCfg) -> RobotiqCfg:
    """Return the driver's settings of an arm's gripper."""
    gripper = cfg.gripper
    return RobotiqCfg(
        name=f"{cfg.name} gripper",
        address=gripper.address,
        port=gripper.port,
        force=gripper.force,
        table=tuple((float(number), width) for number, width in gripper.widths),
        stale=cell.safety.gripper_stale,
    )


def camera_cfg(cfg: CameraCfg) -> CameraDriverCfg:
    """Return the driver's settings of the camera."""
    return CameraDriverCfg(
        driver=cfg.driver,
        serial=cfg.serial or "",
        width=cfg.size[0],
        height=cfg.size[1],
        rate=cfg.fps,
        folder=cfg.path or "",
        address=cfg.address or CameraDriverCfg.address,
        port=cfg.port or 0,
    )
