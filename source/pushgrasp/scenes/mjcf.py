"""A scene's objects as MuJoCo's text: wherever MuJoCo alone simulates them they are the same bodies."""

from xml.etree import ElementTree

import numpy as np

from pushgrasp.scenes.collision import collision_primitives
from pushgrasp.scenes.mass import mass_properties
from pushgrasp.scenes.scene import Scene
from pushgrasp.scenes.shapes import mesh, shape_named
from pushgrasp.scenes.solids import Box, Cylinder, Primitive

OBJECT_CLASS = "object"
"""Class of the objects' geoms."""

_AXES = {"x": "0.7071068 0 0.7071068 0", "y": "0.7071068 -0.7071068 0 0", "z": "1 0 0 0"}
"""Turn (w, x, y, z) of a cylinder along z."""


def object_name(index: int) -> str:
    """Return the name of the body of an object of a scene."""
    return f"object_{index}"


def object_default() -> str:
    """Return the class for the element ``default``: surfaces as in the ``mujoco`` preset (see docs/physics.md)."""
    return (
        f'<default class="{OBJECT_CLASS}"><geom friction="0.8 0.005 0.003" condim="6" priority="1" solref="0.008 1"'
        ' solimp="0.95 0.99 0.001" density="0"/></default>'
    )


def object_assets(scene: Scene) -> str:
    """Return the meshes of a scene's collision parts for the element ``asset``."""
    parts = [
        (f"{name}{i}", part)
        for name in dict.fromkeys(scene.shapes)
        for i, part in enumerate(collision_primitives(shape_named(name)))
    ]
    return "".join(mesh_text(name, part) for name, part in parts)


def object_bodies(scene: Scene) -> str:
    """Return one free body per object, in their order, for the element ``worldbody``."""
    bodies = []
    for index, item in enumerate(scene.objects):
        x, y, z, w = item.quaternion
        shape = shape_named(item.shape)
        parts = enumerate(collision_primitives(shape))
        geoms = "".join(geom_text(f"{item.shape}{i}", part, shape.friction) for i, part in parts)
        pose = f'pos="{_text(item.position)}" quat="{_text((w, x, y, z))}"'
        content = f"<freejoint/>{_inertial(item.shape)}{geoms}"
        bodies.append(f'<body name="{object_name(index)}" childclass="{OBJECT_CLASS}" {pose}>{content}</body>')
    return "".join(bodies)


def mesh_text(name: str, part: Primitive) -> str:
    """Return the mesh of a collision part for the element ``asset``, nothing for a box or a cylinder."""
    return "" if isinstance(part, Box | Cylinder) else f'<mesh name="{name}" vertex="{_text(part.corners)}"/>'


def geom_text(mesh_name: str, part: Primitive, friction: float, density: float | None = None) -> str:
    """Return the geom of a collision part; a hull has the mesh of :func:`mesh_text`.

    Without ``density`` [kg/m^3] its mass is that of its class.
    """
    slip = f'friction="{friction:.9g} 0.005 0.003"' + ("" if density is None else f' density="{density:.9g}"')
    if isinstance(part, Box):
        x, y, z, w = part.quaternion or (0.0, 0.0, 0.0, 1.0)
        half = np.array(part.size) / 2
        pose = f'pos="{_text(part.centre)}" quat="{_text((w, x, y, z))}"'
        return f'<geom type="box" condim="4" size="{_text(half)}" {pose} {slip}/>'
    if isinstance(part, Cylinder):
        size = f"{part.radius:.9g} {part.height / 2:.9g}"
        return f'<geom type="cylinder" size="{size}" pos="{_text(part.centre)}" quat="{_AXES[part.axis]}" {slip}/>'
    return f'<geom type="mesh" mesh="{mesh_name}" {slip}/>'


def with_objects(rig: ElementTree.Element, default: str, assets: str, bodies: str) -> str:
    """Return a rig's model with what belongs into its elements ``default``, ``asset``, ``worldbody``; it is changed.

    Raises:
        ValueError: If the rig lacks one of the elements.
    """
    rig.append(ElementTree.Element("asset"))
    for tag, content in (("default", default), ("asset", assets), ("worldbody", bodies)):
        element = rig.find(tag)
        if element is None:
            raise ValueError(f"the rig's file has no element {tag!r}")
        element.extend(ElementTree.fromstring(f"<{tag}>{content}</{tag}>"))
    return ElementTree.tostring(rig, encoding="unicode")


def _inertial(name: str) -> str:
    shape = shape_named(name)
    body = mass_properties(*mesh(shape), shape.density)
    moments, (x, y, z, w) = body.principal()
    pose = f'pos="{_text(body.centre)}" quat="{_text((w, x, y, z))}"'
    return f'<inertial {pose} mass="{body.mass:.9g}" diaginertia="{_text(moments)}"/>'


def _text(numbers: np.ndarray | tuple[float, ...]) -> str:
    return " ".join(f"{number:.9g}" for number in np.ravel(numbers))
