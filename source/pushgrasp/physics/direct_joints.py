"""Joints read and driven in MuJoCo's own arrays, without Newton and Isaac Lab in between."""

from __future__ import annotations

import copy
from collections.abc import Sequence

import numpy as np
import torch

from pushgrasp.physics.mujoco_package import MjModel, import_mujoco
from pushgrasp.physics.world_ticks import WorldTicks


class DirectJoints:
    """Chosen joints of N worlds: measured and driven tick by tick at a tenth of the cost of a tick of Isaac Lab.

    Numbers are float32, as they are on the way through Newton: both ways give the same results to the bit.
    """

    def __init__(self, solver: WorldTicks, joints: Sequence[tuple[str, str]]) -> None:
        """Find the joints.

        Args:
            solver: The solver; its worlds all have the same structure.
            joints: J joints, each as the name of its asset in the scene and its own.

        Raises:
            ValueError: If a joint is missing, or lacks a position drive or a velocity drive.
        """
        model = solver.models[0]
        found = np.array([find_joint(model, asset, joint) for asset, joint in joints])
        self._position_drives = _as_slice(find_drives(model, found, term=1))
        self._velocity_drives = _as_slice(find_drives(model, found, term=2))
        self._coordinates = _as_slice(model.jnt_qposadr[found])
        self._speeds = _as_slice(model.jnt_dofadr[found])
        self._count = len(found)
        self._adopt(solver)

    def _adopt(self, solver: WorldTicks) -> None:
        self._solver = solver
        self._views = [(data.qpos, data.qvel, data.ctrl) for data in solver.datas]
        self._measured = np.zeros((2, len(solver.datas), self._count), dtype=np.float32)

    def on(self, copies: WorldTicks) -> DirectJoints:
        """Return the same joints in copies of a world."""
        joints = copy.copy(self)
        joints._adopt(copies)
        return joints

    def measure(self) -> tuple[torch.Tensor, torch.Tensor]:
        """Return positions and velocities now [m, rad, m/s, rad/s], each of shape (N, J); overwritten by the next."""
        for world, (qpos, qvel, _) in enumerate(self._views):
            self._measured[0, world], self._measured[1, world] = qpos[self._coordinates], qvel[self._speeds]
        positions, velocities = torch.from_numpy(self._measured).unbind(0)
        return positions, velocities

    def put(self, positions: torch.Tensor) -> None:
        """Put the joints of all worlds at positions (N, J) [m, rad], at rest."""
        for (qpos, qvel, _), place in zip(self._views, positions.numpy(), strict=True):
            qpos[self._coordinates], qvel[self._speeds] = place, 0.0

    def set_active(self, worlds: torch.Tensor | None) -> None:
        """Let time pass in the worlds of the mask (N,), or in all, from now on."""
        self._solver.active[:] = True if worlds is None else worlds.numpy()

    def drive(self, positions: torch.Tensor, velocities: torch.Tensor) -> None:
        """Set the set-points [m, rad, m/s, rad/s] of the active worlds, each of shape (N, J)."""
        wanted, speeds = positions.numpy(), velocities.numpy()
        for world in np.flatnonzero(self._solver.active):
            control = self._views[world][2]
            control[self._position_drives], control[self._velocity_drives] = wanted[world], speeds[world]

    def run(self, positions: torch.Tensor, velocities: torch.Tensor, ticks: torch.Tensor) -> None:
        """Follow set-points known ahead, each of shape (N, T, J), in the active worlds for ``ticks`` (N,) of the T."""
        now = self._solver.controls()[:, None]
        controls = np.repeat(now, positions.shape[1], axis=1)
        controls[..., self._position_drives], controls[..., self._velocity_drives] = positions, velocities
        self._solver.advance_along(controls, ticks.numpy())

    def advance(self, ticks: int = 1) -> None:
        """Step the active worlds under the set-points sent last."""
        self._solver.advance(ticks)


def find_joint(model: MjModel, asset: str, joint: str) -> int:
    """Return the index of a joint of an asset; Newton names joints by their paths.

    Raises:
        ValueError: If there is none, or more than one.
    """
    names = _joint_names(model)
    found = [index for index, name in enumerate(names) if f"_{asset}_" in f"_{name}" and name.endswith(f"_{joint}")]
    if len(found) != 1:
        raise ValueError(f"{len(found)} joints {joint!r} of {asset!r} in the MuJoCo model; joints: {', '.join(names)}")
    return found[0]


def find_drives(model: MjModel, joints: np.ndarray, term: int) -> np.ndarray:
    """Return the actuator of each joint (J,) with feedback of the position (term 1) or of the velocity alone (term 2).

    Raises:
        ValueError: If a joint has none.
    """
    other = 3 - term
    alone = (model.actuator_biasprm[:, term] != 0.0) & (model.actuator_biasprm[:, other] == 0.0)
    drives = {int(joint): index for index, joint in enumerate(model.actuator_trnid[:, 0]) if alone[index]}
    missing = [int(joint) for joint in joints if int(joint) not in drives]
    if missing:
        names = _joint_names(model)
        missing_names = ", ".join(names[joint] for joint in missing)
        raise ValueError(f"joints without a {('position', 'velocity')[term - 1]} drive: {missing_names}")
    return np.array([drives[int(joint)] for joint in joints])


def _joint_names(model: MjModel) -> list[str]:
    mujoco = import_mujoco()
    return [mujoco.mj_id2name(model, mujoco.mjtObj.mjOBJ_JOINT, index) or "" for index in range(model.njnt)]


def _as_slice(index: np.ndarray) -> np.ndarray | slice:
    """Evenly spaced indices as a slice, which NumPy takes several times faster."""
    steps = np.unique(np.diff(index))
    if len(steps) != 1 or steps[0] < 1:
        return index
    return slice(int(index[0]), int(index[-1]) + 1, int(steps[0]))
