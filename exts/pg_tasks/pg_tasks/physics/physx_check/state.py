"""Where MuJoCo's arrays have the state of bodies and joints on the stage, and their drives."""

from __future__ import annotations

from dataclasses import dataclass

import mujoco
import numpy as np

from pushgrasp.physics.direct_joints import find_drives, find_joint

from .stage import Robot, StageWorld


@dataclass(frozen=True)
class JointMap:
    """Indices of J joints of one robot."""

    coordinates: np.ndarray
    """In ``qpos``, shape (J,)."""
    speeds: np.ndarray
    """In ``qvel``, shape (J,)."""
    position_drives: np.ndarray
    """In ``ctrl``, shape (J,)."""
    velocity_drives: np.ndarray

    def gains(self, model: mujoco.MjModel) -> np.ndarray:
        """Return stiffness, damping, force limit and armature of each joint as they are now, shape (J, 4)."""
        joints = model.dof_jntid[self.speeds]
        parts = (
            model.actuator_gainprm[self.position_drives, 0],
            model.actuator_gainprm[self.velocity_drives, 0],
            model.jnt_actfrcrange[joints, 1],
            model.dof_armature[self.speeds],
        )
        return np.stack(parts, axis=1)


class StateMap:
    """Indices of all objects and robots of a world; the same in every world."""

    def __init__(self, model: mujoco.MjModel, content: StageWorld) -> None:
        """Find them.

        Raises:
            ValueError: If one of them is missing in MuJoCo's model.
        """
        joints = [_free_joint(model, body.name) for body in content.objects]
        self.coordinates = model.jnt_qposadr[joints][:, None] + np.arange(7)
        """Of objects in ``qpos``, shape (S, 7)."""
        self.speeds = model.jnt_dofadr[joints][:, None] + np.arange(6)
        """Of objects in ``qvel``, shape (S, 6)."""
        self.robots = tuple(_joint_map(model, robot) for robot in content.robots)
        self._anchor = mujoco.mj_name2id(model, mujoco.mjtObj.mjOBJ_GEOM, _geom(model, content.statics[0].name))
        self._at_home = content.statics[0].pose.position

    def origin(self, data: mujoco.MjData) -> np.ndarray:
        """Return where the world lies [m], shape (3,)."""
        return data.geom_xpos[self._anchor] - self._at_home


def _joint_map(model: mujoco.MjModel, robot: Robot) -> JointMap:
    joints = np.array([find_joint(model, robot.name, joint.name) for joint in robot.joints])
    drives = (find_drives(model, joints, term) for term in (1, 2))
    return JointMap(model.jnt_qposadr[joints], model.jnt_dofadr[joints], *drives)


def _free_joint(model: mujoco.MjModel, body: str) -> int:
    names = [model.joint(index).name for index in range(model.njnt)]
    found = [index for index, name in enumerate(names) if f"_{body}_" in f"{name}_"]
    if len(found) != 1:
        raise ValueError(f"{len(found)} joints of {body!r} in MuJoCo's model; joints: {', '.join(names)}")
    return found[0]


def _geom(model: mujoco.MjModel, part: str) -> str:
    return next(name for i in range(model.ngeom) if part in (name := model.geom(i).name).replace("/", "_"))
