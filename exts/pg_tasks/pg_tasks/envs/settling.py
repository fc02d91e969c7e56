"""Scenes brought to rest by MuJoCo alone, on a table without robot: the same for every physics preset."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace

import mujoco
import numpy as np

from pg_tasks.physics.contact_options import TIMESTEP, option_xml
from pushgrasp.scenes.mjcf import OBJECT_CLASS, object_assets, object_bodies, object_default
from pushgrasp.scenes.scene import Scene

TABLE = 0.5
"""Half the side of the table [m]."""

REST_SPEED = 0.01
"""Objects slower than this are at rest [m/s], unless they are about to fall over."""

WINDOW, CREEP, GROWTH = 0.4, 0.0002, 1.02
"""An object is about to if it goes farther than this [m] in so long [s], and than this many times its way before.

What slides off an edge may take a second from 0.6 mm/s to 1 cm/s. A can that rolls does not get faster.
"""

LOST = -0.01
"""Objects lower than this have fallen off the table [m]; nobody waits for them."""

LOOK = 5 * TIMESTEP
"""How often it is looked whether they are [s]."""

REST_TIME = 0.8
"""How long they must be [s]: a block that stands on an edge gets ten times as fast every 0.2 s, from nothing."""


@dataclass(frozen=True)
class Settled:
    """A scene after settling.

    Attributes:
        scene: The scene where it came to rest.
        restless: Objects that did not rest within the time.
        lost: Objects that fell off the table.
        moved: How far each object went (n,) [m].
        turned: How far each object turned (n,) [rad].
        penetration: Deepest contact at the end [m].
    """

    scene: Scene
    restless: tuple[int, ...]
    lost: tuple[int, ...]
    moved: np.ndarray
    turned: np.ndarray
    penetration: float

    @property
    def rested(self) -> bool:
        """Whether every object came to rest."""
        return not self.restless


def settle(scene: Scene, longest: float = 3.0, shortest: float = 0.0) -> Settled:
    """Let gravity act until every object on the table has rested for :data:`REST_TIME`.

    Args:
        scene: The scene.
        longest: Time after which it is not waited any more [s].
        shortest: Time that is simulated in any case [s].
    """
    model = _model(scene)
    data = mujoco.MjData(model)
    mujoco.mj_forward(model, data)
    end, speeds = data.qpos.reshape(-1, 7), data.qvel.reshape(-1, 6)
    start, rested = end.copy(), np.zeros(len(end))
    places = deque([start[:, :3]], maxlen=round(WINDOW / LOOK))
    ways = deque([np.zeros(len(end))], maxlen=round(WINDOW / LOOK))
    while data.time < longest and (
        data.time < shortest or rested[end[:, 2] >= LOST].min(initial=REST_TIME) < REST_TIME
    ):
        mujoco.mj_step(model, data, round(LOOK / TIMESTEP))
        way = np.linalg.norm(end[:, :3] - places[0], axis=1)
        falling = way > np.maximum(CREEP, GROWTH * ways[0])
        moving = falling | (np.linalg.norm(speeds[:, :3], axis=1) >= REST_SPEED)
        rested = np.where(moving, 0.0, rested + LOOK)
        places.append(end[:, :3].copy())
        ways.append(way)
    lost = (np.abs(end[:, :2]) > TABLE).any(axis=1) | (end[:, 2] < LOST)
    cosine = np.abs((start[:, 3:] * end[:, 3:]).sum(axis=1)).clip(max=1.0)
    return Settled(
        scene=_with_poses(scene, end),
        restless=tuple(np.flatnonzero(rested < REST_TIME).tolist()),
        lost=tuple(np.flatnonzero(lost).tolist()),
        moved=np.linalg.norm(end[:, :3] - start[:, :3], axis=1),
        turned=2.0 * np.arccos(cosine),
        penetration=max(0.0, -data.contact.dist.min(initial=0.0)),
    )


def draw_settled(draw: Callable[[], Scene], tries: int, name: str) -> Scene:
    """Return the first of up to ``tries`` scenes that comes to rest with all of its objects on the table.

    Raises:
        ValueError: If none does; the message begins with ``name``.
    """
    for _ in range(tries):
        settled = settle(draw())
        if settled.rested and not settled.lost:
            return settled.scene
    raise ValueError(f"{name}: none of {tries} scenes came to rest on the table")


def _with_poses(scene: Scene, poses: np.ndarray) -> Scene:
    """The scene with body poses (n, 7): position and quaternion (w, x, y, z)."""
    items = []
    for item, (px, py, pz, w, x, y, z) in zip(scene.objects, poses.tolist(), strict=True):
        items.append(replace(item, position=(px, py, pz), quaternion=(x, y, z, w)))
    return replace(scene, objects=tuple(items), start="rest")


def _model(scene: Scene) -> mujoco.MjModel:
    """One free body per object over a table whose top is at z = 0."""
    table = f'<geom class="{OBJECT_CLASS}" type="box" size="{TABLE} {TABLE} 0.025" pos="0 0 -0.025"/>'
    return mujoco.MjModel.from_xml_string(
        f"<mujoco>{option_xml()}<default>{object_default()}</default><asset>{object_assets(scene)}</asset>"
        f"<worldbody>{table}{object_bodies(scene)}</worldbody></mujoco>"
    )
