"""The MuJoCo model of a cell: the simulator's full rig, and the objects of a scene."""

from __future__ import annotations

from math import cos, sin
from xml.etree import ElementTree

from pushgrasp.motion.arm.model import ArmsCfg, BasePose
from pushgrasp.physics.mujoco_package import MjModel, import_mujoco
from pushgrasp.scenes.mjcf import object_assets, object_bodies, object_default, with_objects
from pushgrasp.scenes.scene import Scene
from pushgrasp_assets import asset_path

SIDES = ("left", "right")
"""Where the arms stand, in their order."""

RIGS = {1: "one_arm.xml", 2: "two_arms.xml"}
"""File of the rig by number of arms."""

GROUND = -0.75
"""Height of the ground, on which the pedestals stand [m]."""


def cell_model(scene: Scene, arms: ArmsCfg) -> MjModel:
    """Return the compiled model of the arms and of the objects of a scene, where the scene has them.

    Raises:
        ValueError: If the tool is not as long as the rig's.
        UserError: If ``mujoco`` is not installed.
    """
    root = ElementTree.parse(asset_path("robots", RIGS[arms.num_arms])).getroot()
    for side, base in zip(SIDES, arms.bases, strict=False):
        _place(root, side, base)
    text = with_objects(root, object_default(), object_assets(scene), object_bodies(scene))
    model = import_mujoco().MjModel.from_xml_string(text)
    length = float(model.body(f"{SIDES[0]}_arm_palm").pos[2])
    if abs(length - arms.tool_length) > 1e-6:
        raise ValueError(f"arms.tool_length={arms.tool_length}: the rig's tool is {length:g} m long")
    return model


def _place(root: ElementTree.Element, side: str, base: BasePose) -> None:
    """Let an arm and its pedestal stand where a base says."""
    x, y, z = base.position
    for body in root.iter("body"):
        if body.get("name") == f"{side}_arm_base_link":
            body.set("pos", f"{x} {y} {z}")
            body.set("quat", f"{cos(base.yaw / 2)} 0 0 {sin(base.yaw / 2)}")
    for geom in root.iter("geom"):
        if geom.get("name") == f"{side}_pedestal":
            radius = geom.attrib["size"].split()[0]
            geom.set("pos", f"{x} {y} {(z + GROUND) / 2}")
            geom.set("size", f"{radius} {(z - GROUND) / 2}")
