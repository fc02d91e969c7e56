"""How deep chosen collision shapes sink into what they touch."""

from __future__ import annotations

import mujoco
import numpy as np
import torch

from .mujoco_solver import SolverMuJoCoThreads


def geoms_named(model: mujoco.MjModel, part: str) -> np.ndarray:
    """Return which geoms have ``part`` in their names, bool of shape (geoms,)."""
    names = [mujoco.mj_id2name(model, mujoco.mjtObj.mjOBJ_GEOM, index) or "" for index in range(model.ngeom)]
    return np.array([part in name for name in names])


def deepest_contact(data: mujoco.MjData, geoms: np.ndarray) -> float:
    """Return the depth [m] of the deepest contact of any of ``geoms`` (geoms,) bool now, 0 without one."""
    if data.ncon == 0:
        return 0.0
    contact = data.contact
    return max(0.0, -float(contact.dist[geoms[contact.geom].any(axis=1)].min(initial=0.0)))


class PadDepth:
    """Deepest contact of the finger pads in each world since it was last asked to forget.

    It is looked at after every control tick: impacts that come and go within one (20 ms) may be deeper.
    """

    def __init__(self, solver: SolverMuJoCoThreads) -> None:
        """Watch the ticks of a solver."""
        self._solver = solver
        self._pads = geoms_named(solver.models[0], "pad")
        self._deepest = np.zeros(len(solver.datas))
        solver.on_tick = self._look

    def forget(self) -> None:
        """Begin anew."""
        self._deepest[:] = 0.0

    def read(self) -> torch.Tensor:
        """Return the deepest contact since then [m], shape (N,)."""
        return torch.from_numpy(self._deepest.copy())

    def _look(self, world: int) -> None:
        self._deepest[world] = max(self._deepest[world], deepest_contact(self._solver.datas[world], self._pads))
