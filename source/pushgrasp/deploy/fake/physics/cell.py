"""The physics of a cell: arms, grippers and objects, in real time or as fast as it goes."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import numpy as np

from pushgrasp.deploy.devices import Contact
from pushgrasp.interface.outcome import LIFTED
from pushgrasp.motion.arm.model import NUM_JOINTS, ArmsCfg
from pushgrasp.physics.mujoco_package import import_mujoco
from pushgrasp.scenes.mjcf import object_name
from pushgrasp.scenes.scene import Scene
from pushgrasp.settings import Positive, Settings

from .arm import JOINTS, ArmDrive, ArmMeasurement
from .gripper import FORCE, JawDrive
from .model import SIDES, cell_model

LATE = 0.1
"""Real time that the physics catches up with at most; what is more is left out [s]."""


BREATH = 1.0e-4
"""Time between two steps in which others get at the cell, however late it is [s]."""


@dataclass
class CellPhysicsCfg(Settings):
    """Arms of the physics, and how they follow their set-points."""

    arms: ArmsCfg = field(default_factory=ArmsCfg)
    """Where the arms stand, and where they are at the start."""
    lag: Positive = 0.016
    """Time after which a joint set-point is reached: two intervals at 125 Hz, so that a late one stops nothing [s]."""


class CellPhysics:
    """The simulator's full rig and the objects of a scene in plain MuJoCo, with the simulator's step of 4 ms.

    All methods may be called from any thread.
    """

    def __init__(self, scene: Scene, cfg: CellPhysicsCfg | None = None) -> None:
        """Build the cell: arms at home, jaws closed, objects where the scene has them.

        Raises:
            ValueError: If a setting is out of range, or the tool is not the rig's.
            UserError: If ``mujoco`` is not installed.
        """
        cfg = cfg or CellPhysicsCfg()
        cfg.check("CellPhysicsCfg")
        self.arms, self.scene = cfg.arms, scene
        """Where the arms stand, and what is on the table."""
        self._mujoco = import_mujoco()
        self.model = cell_model(scene, cfg.arms)
        """The compiled model."""
        self._data, self._lock = self._mujoco.MjData(self.model), threading.RLock()
        sides = SIDES[: cfg.arms.num_arms]
        for side in sides:
            for joint, angle in zip(JOINTS, cfg.arms.home, strict=True):
                self._data.joint(f"{side}_arm_{joint}_joint").qpos[0] = angle
        self._mujoco.mj_forward(self.model, self._data)
        self._arms = [ArmDrive(self.model, self._data, side, cfg.lag) for side in sides]
        self._jaws = [JawDrive(self.model, self._data, side) for side in sides]
        self._objects = np.array([self.model.body(object_name(i)).id for i in range(len(scene.objects))])
        self._heights = self._data.xpos[self._objects, 2].copy()
        self.left_out = 0.0
        """Real time that was not simulated because the machine was too slow [s]."""

    @property
    def num_arms(self) -> int:
        """How many arms there are."""
        return len(self._arms)

    @property
    def dt(self) -> float:
        """Duration of a step [s]."""
        return float(self.model.opt.timestep)

    @property
    def time(self) -> float:
        """Simulated time [s]."""
        return float(self._data.time)

    def arm(self, index: int) -> CellArm:
        """Return the left (0) or the right (1) arm."""
        return CellArm(self._arms[index], self._lock)

    def gripper(self, index: int) -> CellGripper:
        """Return the gripper of the left (0) or the right (1) arm."""
        return CellGripper(self._jaws[index], self._lock)

    def set_targets(self, joints: np.ndarray) -> None:
        """Give the set-points of all arms at once [rad], shape (A, 6).

        Raises:
            ValueError: If they are not finite, or the shape is wrong.
        """
        if np.shape(joints) != (self.num_arms, NUM_JOINTS):
            raise ValueError(f"set-points have shape {np.shape(joints)}; ({self.num_arms}, {NUM_JOINTS}) is needed")
        with self._lock:
            for arm, goal in zip(self._arms, joints, strict=True):
                arm.target(goal)

    def object_poses(self) -> np.ndarray:
        """Return where the objects are: position [m] and quaternion (x, y, z, w), world frame, shape (n, 7)."""
        return self.body_poses()[self._objects]

    def body_poses(self) -> np.ndarray:
        """Return where all bodies of the model are, as :meth:`object_poses`, shape (B, 7)."""
        with self._lock:
            return np.concatenate((self._data.xpos, np.roll(self._data.xquat, -1, axis=1)), axis=1)

    def lifted(self) -> tuple[int, ...]:
        """Return the objects that are lifted: 5 cm higher than when :meth:`mark` was called, or at the start."""
        with self._lock:
            risen = self._data.xpos[self._objects, 2] - self._heights
        return tuple(np.flatnonzero(risen > LIFTED).tolist())

    def mark(self) -> None:
        """Take the objects' heights now as those from which they are lifted."""
        with self._lock:
            self._heights = self._data.xpos[self._objects, 2].copy()

    def held(self, arm: int) -> tuple[int, ...]:
        """Return the objects that both fingers of an arm touch."""
        with self._lock:
            fingers = [self.model.body(f"{SIDES[arm]}_arm_{side}_finger_link").id for side in ("left", "right")]
            pairs = self.model.geom_bodyid[self._data.contact.geom].reshape(-1, 2).copy()
        touched = [{*pairs[(pairs == finger).any(axis=1)].ravel().tolist()} for finger in fingers]
        return tuple(i for i, body in enumerate(self._objects.tolist()) if all(body in bodies for bodies in touched))

    def step(self) -> None:
        """Let one step pass."""
        with self._lock:
            for drive in (*self._arms, *self._jaws):
                drive.command(self.dt)
            self._mujoco.mj_step(self.model, self._data)
            self._mujoco.mj_kinematics(self.model, self._data)  # a step leaves them as they were at its start

    def advance(self, seconds: float) -> None:
        """Let time pass as fast as it goes, in whole steps."""
        for _ in range(round(seconds / self.dt)):
            self.step()

    @contextmanager
    def real_time(self) -> Iterator[None]:
        """Let time pass as the clock on the wall does, in a thread of its own, until the block ends."""
        done = threading.Event()
        thread = threading.Thread(target=self._keep_time, args=(done,), name="cell physics", daemon=True)
        thread.start()
        try:
            yield
        finally:
            done.set()
            thread.join()

    def _keep_time(self, done: threading.Event) -> None:
        due = time.monotonic()
        while not done.is_set():
            late = time.monotonic() - due
            if late > LATE:
                self.left_out, due = self.left_out + late, due + late
            self.step()
            due += self.dt
            done.wait(max(due - time.monotonic(), BREATH))


class CellArm:
    """One arm, as a controller drives it."""

    def __init__(self, drive: ArmDrive, lock: threading.RLock) -> None:
        """Wrap an arm of the physics, which others step under a lock."""
        self._drive, self._lock = drive, lock

    def measure(self) -> ArmMeasurement:
        """Return angles, speeds, force and TCP now."""
        with self._lock:
            return self._drive.measure()

    def target(self, joints: np.ndarray) -> None:
        """Go to a set-point [rad], shape (6,).

        Raises:
            ValueError: If it is not six finite numbers.
        """
        with self._lock:
            self._drive.target(joints)


class CellGripper:
    """One gripper, as its electronics drive it."""

    def __init__(self, drive: JawDrive, lock: threading.RLock) -> None:
        """Wrap a gripper of the physics, which others step under a lock."""
        self._drive, self._lock = drive, lock

    def width(self) -> float:
        """Return the opening [m]."""
        with self._lock:
            return self._drive.width()

    def target(self, width: float, speed: float, force: float = FORCE) -> None:
        """Begin to bring the jaws to an opening [m] at a speed of the opening [m/s], pressing with a force [N] at most.

        Raises:
            ValueError: If a number is not finite, or speed or force are not positive.
        """
        with self._lock:
            self._drive.target(width, speed, force)

    def contact(self) -> Contact:
        """Return whether the jaws move, are blocked, or have arrived."""
        with self._lock:
            return self._drive.contact()
