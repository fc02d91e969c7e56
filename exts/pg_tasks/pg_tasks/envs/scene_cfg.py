"""The clutter scene: table, object slots, free grippers and the overhead camera."""

from __future__ import annotations

import isaaclab.sim as sim_utils
from isaaclab.assets import ArticulationCfg, AssetBaseCfg, RigidObjectCollectionCfg
from isaaclab.scene import InteractiveSceneCfg
from isaaclab.sensors import CameraCfg
from isaaclab.utils import configclass

from pg_tasks.assets.camera import OverheadCameraCfg
from pg_tasks.assets.gripper import FreeGripperCfg
from pg_tasks.assets.objects import object_slots, slot_colour, slot_name
from pg_tasks.physics.materials import TABLE_CONTACT
from pushgrasp.scenes.slots import SlotLayout

TABLE_SIZE = 1.0
"""Side of the square table [m]."""

GROUND_HEIGHT = -0.75
"""Height of the ground under the table [m]; unused slots wait there."""


def _static_box(size: tuple[float, float, float], colour: tuple[float, float, float]) -> sim_utils.CuboidCfg:
    return sim_utils.CuboidCfg(
        size=size,
        collision_props=sim_utils.CollisionPropertiesCfg(),
        physics_material=TABLE_CONTACT,
        visual_material=sim_utils.PreviewSurfaceCfg(diffuse_color=colour),
    )


@configclass
class PushGraspSceneCfg(InteractiveSceneCfg):
    """Scene of one world; the object slots and their materials are added by :meth:`add_slots`."""

    num_envs: int = 4
    env_spacing: float = 4.0

    table: AssetBaseCfg = AssetBaseCfg(
        prim_path="{ENV_REGEX_NS}/table",
        spawn=_static_box((TABLE_SIZE, TABLE_SIZE, 0.05), (0.30, 0.30, 0.32)),
        init_state=AssetBaseCfg.InitialStateCfg(pos=(0.0, 0.0, -0.025)),
    )
    ground: AssetBaseCfg = AssetBaseCfg(
        prim_path="{ENV_REGEX_NS}/ground",
        spawn=_static_box((3.9, 3.9, 0.10), (0.12, 0.12, 0.13)),
        init_state=AssetBaseCfg.InitialStateCfg(pos=(0.0, 0.0, GROUND_HEIGHT - 0.05)),
    )
    light: AssetBaseCfg = AssetBaseCfg(
        prim_path="/World/light", spawn=sim_utils.DomeLightCfg(intensity=2000.0, color=(1.0, 1.0, 1.0))
    )
    left_gripper: ArticulationCfg = FreeGripperCfg(prim_path="{ENV_REGEX_NS}/left_gripper")
    right_gripper: ArticulationCfg | None = FreeGripperCfg(prim_path="{ENV_REGEX_NS}/right_gripper")
    objects: RigidObjectCollectionCfg | None = None
    camera: CameraCfg = OverheadCameraCfg()

    def add_slots(self, layout: SlotLayout) -> None:
        """Declare the object slots of ``layout`` and one writable colour for each."""
        position, _ = layout.parking_poses()
        self.objects = object_slots(layout.shapes, tuple(map(tuple, position.tolist())))
        for index in range(len(layout.shapes)):
            setattr(self, f"{slot_name(index)}_colour", slot_colour(index))
