"""One arm of the physics as its controller has it: follows set-points of joints, and says where it is."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.spatial.transform import Rotation

from pushgrasp.motion.arm.model import NUM_JOINTS
from pushgrasp.physics.mujoco_package import MjData, MjModel, import_mujoco

JOINTS = ("shoulder_pan", "shoulder_lift", "elbow", "wrist_1", "wrist_2", "wrist_3")
TOOL = ("wrist_3_link", "palm", "left_finger_link", "right_finger_link")
"""Links behind the place where a controller measures force."""


ROUNDING = 1.0e-9
"""Rounding of times [s]."""


class ArmMeasurement(NamedTuple):
    """One arm as it is."""

    joints: np.ndarray
    """Joint angles [rad], shape (6,)."""
    velocity: np.ndarray
    """Joint velocities [rad/s], shape (6,)."""
    force: np.ndarray
    """Force and torque that the surroundings exert on the TCP, base frame [N, N m], shape (6,)."""
    tcp: np.ndarray
    """TCP in the base frame: position [m] and rotation vector [rad], shape (6,)."""


class ArmDrive:
    """Drives the joints to set-points that come now and then, on straight lines, as the simulator's rig does.

    Each set-point is reached a fixed time after it was given. As long as they come in shorter intervals the joints
    never stop in between, however unevenly they come.
    """

    def __init__(self, model: MjModel, data: MjData, side: str, lag: float) -> None:
        """Take over the arm.

        Args:
            model: Of the cell.
            data: Its state; the arm stands where it is to start.
            side: Which arm: one of :data:`~pushgrasp.deploy.fake.physics.model.SIDES`.
            lag: Time after which a set-point is reached [s].
        """
        self._model, self._data, self._lag = model, data, lag
        names = [f"{side}_arm_{joint}_joint" for joint in JOINTS]
        self._coordinates = np.array([model.joint(name).qposadr[0] for name in names])
        self._speeds = np.array([model.joint(name).dofadr[0] for name in names])
        self._position_drives = np.array([model.actuator(f"{name}_position").id for name in names])
        self._velocity_drives = np.array([model.actuator(f"{name}_velocity").id for name in names])
        self._base, self._tcp = model.body(f"{side}_arm_base_link").id, model.body(f"{side}_arm_palm").id
        self._tool = np.zeros(model.nbody, dtype=bool)
        self._tool[[model.body(f"{side}_arm_{link}").id for link in TOOL]] = True
        self._now = data.qpos[self._coordinates].copy()
        self._goal, self._rate, self._left = self._now.copy(), np.zeros(NUM_JOINTS), 0.0
        self.command(0.0)

    def target(self, joints: np.ndarray) -> None:
        """Go to a set-point [rad], shape (6,).

        Raises:
            ValueError: If it is not six finite numbers.
        """
        goal = np.array(joints, dtype=float)
        if goal.shape != (NUM_JOINTS,) or not np.isfinite(goal).all():
            raise ValueError(f"a set-point must be {NUM_JOINTS} finite angles, got {joints}")
        self._goal, self._rate, self._left = goal, (goal - self._now) / self._lag, self._lag

    def command(self, dt: float) -> None:
        """Set the drives for a step of ``dt`` [s]."""
        self._data.ctrl[self._position_drives] = self._now
        self._data.ctrl[self._velocity_drives] = self._rate
        self._left -= dt
        if self._left > ROUNDING:
            self._now = self._now + self._rate * dt
        else:
            self._now, self._rate = self._goal, np.zeros(NUM_JOINTS)

    def measure(self) -> ArmMeasurement:
        """Return where the arm is and what it feels."""
        data = self._data
        rotation = data.xmat[self._base].reshape(3, 3)
        tcp = rotation.T @ (data.xpos[self._tcp] - data.xpos[self._base])
        turn = Rotation.from_matrix(rotation.T @ data.xmat[self._tcp].reshape(3, 3)).as_rotvec()
        force, torque = self._wrench()
        return ArmMeasurement(
            joints=data.qpos[self._coordinates].copy(),
            velocity=data.qvel[self._speeds].copy(),
            force=np.concatenate((rotation.T @ force, rotation.T @ torque)),
            tcp=np.concatenate((tcp, turn)),
        )

    def _wrench(self) -> tuple[np.ndarray, np.ndarray]:
        """Force [N] and torque about the TCP [N m] that all that touches the tool exerts on it, world axes, (3,)."""
        mujoco, data = import_mujoco(), self._data
        on_tool = self._tool[self._model.geom_bodyid[data.contact.geom]]
        force, torque, local = np.zeros(3), np.zeros(3), np.zeros(6)
        for index in np.flatnonzero(on_tool[:, 0] != on_tool[:, 1]):
            mujoco.mj_contactForce(self._model, data, index, local)
            axes = data.contact.frame[index].reshape(3, 3).T
            sign = 1.0 if on_tool[index, 1] else -1.0  # it is the force on the second of the two geoms
            push = sign * axes @ local[:3]
            force += push
            torque += np.cross(data.contact.pos[index] - data.xpos[self._tcp], push) + sign * axes @ local[3:]
        return force, torque
