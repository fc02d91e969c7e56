"""Scenes brought to rest by MuJoCo alone, on a table without robot: the same for every physics preset."""

from __future__ import annotations

from dataclasses import dataclass, replace

import mujoco
import numpy as np

from pg_tasks.physics.contact_options import TIMESTEP, option_xml
from pushgrasp.scenes.collision import collision_primitives
from pushgrasp.scenes.mass import mass_properties
from pushgrasp.scenes.scene import Scene
from pushgrasp.scenes.shapes import mesh, shape_named
from pushgrasp.scenes.solids import Box, Cylinder, Primitive

TABLE = 0.5
"""Half the side of the table [m]."""

REST_SPEED = 0.01
"""Objects slower than this are at rest [m/s]."""

LOST = -0.01
"""Objects lower than this have fallen off the table [m]; nobody waits for them."""

REST_TIME = 0.2
"""How long they must be [s]."""

_SURFACES = (
    '<default><geom friction="0.8 0.005 0.003" condim="6" priority="1" solref="0.008 1" solimp="0.95 0.99 0.001"'
    ' mass="0"/></default>'
)
"""Surfaces of blocks and table as in the ``mujoco`` preset (see docs/physics.md)."""

_AXES = {"x": "0.7071068 0 0.7071068 0", "y": "0.7071068 -0.7071068 0 0", "z": "1 0 0 0"}
"""Turn (w, x, y, z) of a cylinder along z."""


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
    while data.time < longest and (
        data.time < shortest or rested[end[:, 2] >= LOST].min(initial=REST_TIME) < REST_TIME
    ):
        mujoco.mj_step(model, data, 5)
        moving = np.linalg.norm(speeds[:, :3], axis=1) >= REST_SPEED
        rested = np.where(moving, 0.0, rested + 5 * TIMESTEP)
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


def _with_poses(scene: Scene, poses: np.ndarray) -> Scene:
    """The scene with body poses (n, 7): position and quaternion (w, x, y, z)."""
    items = []
    for item, (px, py, pz, w, x, y, z) in zip(scene.objects, poses.tolist(), strict=True):
        items.append(replace(item, position=(px, py, pz), quaternion=(x, y, z, w)))
    return replace(scene, objects=tuple(items), start="rest")


def _model(scene: Scene) -> mujoco.MjModel:
    """One free body per object over a table whose top is at z = 0."""
    primitives = {name: collision_primitives(shape_named(name)) for name in dict.fromkeys(scene.shapes)}
    meshes = "".join(
        f'<mesh name="{name}{i}" vertex="{_text(part.corners)}"/>'
        for name, parts in primitives.items()
        for i, part in enumerate(parts)
        if not isinstance(part, Box | Cylinder)
    )
    bodies = []
    for item in scene.objects:
        x, y, z, w = item.quaternion
        friction = shape_named(item.shape).friction
        geoms = "".join(_geom(f"{item.shape}{i}", part, friction) for i, part in enumerate(primitives[item.shape]))
        pose = f'pos="{_text(item.position)}" quat="{_text((w, x, y, z))}"'
        bodies.append(f"<body {pose}><freejoint/>{_inertial(item.shape)}{geoms}</body>")
    table = f'<geom type="box" size="{TABLE} {TABLE} 0.025" pos="0 0 -0.025"/>'
    return mujoco.MjModel.from_xml_string(
        f"<mujoco>{option_xml()}{_SURFACES}<asset>{meshes}</asset>"
        f"<worldbody>{table}{''.join(bodies)}</worldbody></mujoco>"
    )


def _geom(mesh_name: str, part: Primitive, friction: float) -> str:
    slip = f'friction="{friction:.9g} 0.005 0.003"'
    if isinstance(part, Box):
        x, y, z, w = part.quaternion or (0.0, 0.0, 0.0, 1.0)
        half = np.array(part.size) / 2
        pose = f'pos="{_text(part.centre)}" quat="{_text((w, x, y, z))}"'
        return f'<geom type="box" condim="4" size="{_text(half)}" {pose} {slip}/>'
    if isinstance(part, Cylinder):
        size = f"{part.radius:.9g} {part.height / 2:.9g}"
        return f'<geom type="cylinder" size="{size}" pos="{_text(part.centre)}" quat="{_AXES[part.axis]}" {slip}/>'
    return f'<geom type="mesh" mesh="{mesh_name}" {slip}/>'


def _inertial(name: str) -> str:
    shape = shape_named(name)
    body = mass_properties(*mesh(shape), shape.density)
    moments, (x, y, z, w) = body.principal()
    pose = f'pos="{_text(body.centre)}" quat="{_text((w, x, y, z))}"'
    return f'<inertial {pose} mass="{body.mass:.9g}" diaginertia="{_text(moments)}"/>'


def _text(numbers: np.ndarray | tuple[float, ...]) -> str:
    return " ".join(f"{number:.9g}" for number in np.ravel(numbers))
