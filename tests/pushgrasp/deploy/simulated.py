"""Devices of a cell whose physics passes time only while somebody sleeps: a session takes as long as its sums do."""

from __future__ import annotations

import numpy as np

from pushgrasp.deploy.calibrated import nominal_kinematics
from pushgrasp.deploy.devices import ArmState, Frame, GripperState, Safety
from pushgrasp.deploy.fake.cell import fake_lens
from pushgrasp.deploy.fake.physics.cell import CellPhysics, CellPhysicsCfg
from pushgrasp.deploy.fake.physics.geometry import cell_geometry
from pushgrasp.deploy.fake.physics.picture import take_picture
from pushgrasp.deploy.opening import Devices
from pushgrasp.deploy.settings import CellCfg, arms_cfg
from pushgrasp.scenes.scene import Scene


class SimulatedTime:
    """Takes the place of the module ``time``; sleeping lets the physics go on."""

    def __init__(self, physics: CellPhysics) -> None:
        self._physics, self._due = physics, 0.0

    def monotonic(self) -> float:
        return self._due

    def sleep(self, seconds: float) -> None:
        self._due += max(seconds, 0.0)
        while self._physics.time < self._due - 1e-9:
            self._physics.step()


class SimulatedArm:
    """An arm without a controller between."""

    def __init__(self, name: str, physics: CellPhysics, index: int, time: SimulatedTime) -> None:
        self.name, self._arm, self._time = name, physics.arm(index), time
        self.running = False

    def state(self) -> ArmState:
        joints, velocity, force, tcp = self._arm.measure()
        now = self._time.monotonic()
        return ArmState(now, now, joints, velocity, force, tcp, 1.0, Safety.NORMAL, self.running)

    def start(self) -> None:
        self.running = True

    def servo(self, joints: np.ndarray, dt: float) -> None:
        assert self.running
        self._arm.target(joints)

    def stop(self) -> bool:
        self.running = False
        return True

    def close(self) -> None:
        pass


class SimulatedGripper:
    """A gripper without a socket between."""

    def __init__(self, name: str, physics: CellPhysics, index: int, time: SimulatedTime) -> None:
        self.name, self._gripper, self._time = name, physics.gripper(index), time
        self.active = False

    def state(self) -> GripperState:
        return GripperState(self._time.monotonic(), self._gripper.width(), self._gripper.contact(), 0, self.active)

    def activate(self) -> None:
        self.active = True

    def move(self, width: float, speed: float) -> None:
        self._gripper.target(width, speed, 40.0)

    def close(self) -> None:
        pass


class SimulatedCamera:
    """A perfect camera."""

    name = "camera"

    def __init__(self, cell: CellCfg, physics: CellPhysics, time: SimulatedTime) -> None:
        self._physics, self._time, self._number = physics, time, 0
        self._lens, self._geometry = fake_lens(cell.camera), cell_geometry(physics.model, physics.scene)

    @property
    def intrinsics(self) -> np.ndarray:
        return self._lens.lens.intrinsics

    def grab(self, count: int) -> list[Frame]:
        picture = take_picture(self._geometry, self._physics.body_poses(), self._lens)
        frames = []
        for _ in range(count):
            self._time.sleep(1 / 30)
            self._number += 1
            frames.append(Frame(picture.colour, picture.depth, self._time.monotonic(), self._number))
        return frames

    def close(self) -> None:
        pass


def simulated_cell(cell: CellCfg, scene: Scene) -> tuple[Devices, CellPhysics, SimulatedTime]:
    """Return the devices of a cell, its physics, and its time."""
    physics = CellPhysics(scene, CellPhysicsCfg(arms=arms_cfg(cell)))
    time = SimulatedTime(physics)
    arms = [SimulatedArm(arm.name, physics, index, time) for index, arm in enumerate(cell.arms)]
    grippers = [SimulatedGripper(f"{arm.name} gripper", physics, i, time) for i, arm in enumerate(cell.arms)]
    kinematics = [nominal_kinematics(arm) for arm in cell.arms]
    return Devices(SimulatedCamera(cell, physics, time), arms, grippers, kinematics), physics, time
