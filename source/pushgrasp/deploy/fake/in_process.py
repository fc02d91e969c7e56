"""A cell without protocols and waiting, for benchmarks and tests.

Its time passes only while somebody sleeps, so a session takes as long as it takes to work it out.
"""

from __future__ import annotations

import time

import numpy as np

from pushgrasp.deploy.calibrated import nominal_kinematics
from pushgrasp.deploy.devices import ArmState, DeviceFault, Frame, GripperState, Safety
from pushgrasp.deploy.fake.cell import fake_lens
from pushgrasp.deploy.fake.physics.cell import CellPhysics, CellPhysicsCfg
from pushgrasp.deploy.fake.physics.geometry import cell_geometry
from pushgrasp.deploy.fake.physics.picture import take_picture
from pushgrasp.deploy.opening import Devices
from pushgrasp.deploy.settings import CellCfg, arms_cfg
from pushgrasp.scenes.scene import Scene


class SimulatedTime:
    """The clock of the physics; sleeping lets the physics go on."""

    def __init__(self, physics: CellPhysics) -> None:
        """Begin at 0."""
        self._physics, self._now = physics, 0.0

    def monotonic(self) -> float:
        """Return the time [s]."""
        return self._now

    def sleep(self, seconds: float) -> None:
        """Let time pass [s]."""
        self._now += seconds
        while self._physics.time < self._now - 1e-9:
            self._physics.step()


class SimulatedArm:
    """An arm without a controller between."""

    def __init__(self, name: str, physics: CellPhysics, index: int, clock: SimulatedTime) -> None:
        """Wrap one arm of the physics."""
        self.name, self._arm, self._clock = name, physics.arm(index), clock
        self.running = False
        """Whether it follows set-points."""

    def state(self) -> ArmState:
        """Return how it is now."""
        joints, velocity, force, tcp = self._arm.measure()
        now = self._clock.monotonic()
        return ArmState(now, now, joints, velocity, force, tcp, 1.0, Safety.NORMAL, self.running)

    def start(self) -> None:
        """Follow set-points from now on."""
        self.running = True

    def servo(self, joints: np.ndarray, dt: float) -> None:
        """Take a set-point.

        Raises:
            DeviceFault: If it was not started.
        """
        if not self.running:
            raise DeviceFault(f"{self.name}: it is not under control")
        self._arm.target(joints)

    def stop(self) -> bool:
        """Follow set-points no more."""
        self.running = False
        return True

    def close(self) -> None:
        """Nothing to end."""


class SimulatedGripper:
    """A gripper without a socket between."""

    def __init__(self, name: str, physics: CellPhysics, index: int, clock: SimulatedTime) -> None:
        """Wrap one gripper of the physics."""
        self.name, self._gripper, self._clock, self._active = name, physics.gripper(index), clock, False

    def state(self) -> GripperState:
        """Return how it is now."""
        now, jaws = self._clock.monotonic(), self._gripper
        return GripperState(now, jaws.width(), jaws.contact(), 0, self._active)

    def activate(self) -> None:
        """Make it ready at once."""
        self._active = True

    def move(self, width: float, speed: float) -> None:
        """Begin to bring the jaws to an opening [m] at a speed [m/s]."""
        self._gripper.target(width, speed)

    def close(self) -> None:
        """Nothing to end."""


class SimulatedCamera:
    """A perfect camera."""

    name = "camera"

    def __init__(self, cell: CellCfg, physics: CellPhysics) -> None:
        """Look at the physics from where the cell's camera stands."""
        self._physics, self._number = physics, 0
        self._lens, self._geometry = fake_lens(cell.camera), cell_geometry(physics.model, physics.scene)

    @property
    def intrinsics(self) -> np.ndarray:
        """Pinhole matrix [pixel], shape (3, 3)."""
        return self._lens.lens.intrinsics

    def grab(self, count: int) -> list[Frame]:
        """Return the picture of now, as often as is asked for."""
        picture = take_picture(self._geometry, self._physics.body_poses(), self._lens)
        frames = []
        for _ in range(count):
            self._number += 1
            frames.append(Frame(picture.colour, picture.depth, time.monotonic(), self._number))
        return frames

    def close(self) -> None:
        """Nothing to end."""


def in_process_cell(cell: CellCfg, scene: Scene) -> tuple[Devices, CellPhysics]:
    """Return the devices of a cell, and the physics behind them.

    Args:
        cell: Poses of arms and camera.
        scene: What is on the table, at rest.
    """
    physics = CellPhysics(scene, CellPhysicsCfg(arms=arms_cfg(cell)))
    clock = SimulatedTime(physics)
    arms = [SimulatedArm(arm.name, physics, index, clock) for index, arm in enumerate(cell.arms)]
    grippers = [SimulatedGripper(f"{arm.name} gripper", physics, i, clock) for i, arm in enumerate(cell.arms)]
    kinematics = [nominal_kinematics(arm) for arm in cell.arms]
    return Devices(SimulatedCamera(cell, physics), arms, grippers, kinematics, clock), physics
