"""The clutter scene: table, object slots, free grippers or arms, and the overhead camera."""

from __future__ import annotations

import isaaclab.sim as sim_utils
from isaaclab.assets import ArticulationCfg, AssetBaseCfg, RigidObjectCollectionCfg
from isaaclab.scene import InteractiveSceneCfg
from isaaclab.sensors import CameraCfg
from isaaclab.utils import configclass

from pg_tasks.assets.camera import OverheadCameraCfg
from pg_tasks.assets.gripper import FreeGripperCfg
from pg_tasks.assets.objects import object_slots, slot_colour, slot_name
from pg_tasks.assets.ur5e import ur5e_cfg
from pg_tasks.assets.ur5e_nvidia import nvidia_ur5e_cfg
from pg_tasks.physics.presets import PushGraspRendererCfg
from pushgrasp.motion.arm.model import ArmsCfg, BasePose
from pushgrasp.scenes.slots import SlotLayout
from pushgrasp.settings import Count, NotNegative

TABLE_SIZE = 1.0
"""Side of the square table [m]."""

GROUND_HEIGHT = -0.75
"""Height of the ground under the table [m]; unused slots wait there."""

SIDES = ("left", "right")
"""Where the arms stand, in their order."""

PEDESTAL_RADIUS = 0.09
"""Radius of the columns that arms stand on [m], as the planner has it."""

ARM_ASSETS = {"generated": ur5e_cfg, "nvidia": nvidia_ur5e_cfg}
"""Arms that the full rig can have, by ``env.arm_asset``."""


TABLE_CONTACT = sim_utils.RigidBodyMaterialCfg(static_friction=0.8, dynamic_friction=0.8, restitution=0.0)
"""Table and ground; a value at which grasps in clutter held (docs/physics.md)."""


def _static_box(size: tuple[float, float, float], colour: tuple[float, float, float]) -> sim_utils.CuboidCfg:
    return sim_utils.CuboidCfg(
        size=size,
        collision_props=sim_utils.CollisionPropertiesCfg(),
        physics_material=TABLE_CONTACT,
        visual_material=sim_utils.PreviewSurfaceCfg(diffuse_color=colour),
    )


def _pedestal(prim_path: str, base: BasePose) -> AssetBaseCfg:
    """Column from the ground up to the base of an arm."""
    x, y, z = base.position
    column = sim_utils.CylinderCfg(
        radius=PEDESTAL_RADIUS,
        height=z - GROUND_HEIGHT,
        collision_props=sim_utils.CollisionPropertiesCfg(),
        physics_material=TABLE_CONTACT,
        visual_material=sim_utils.PreviewSurfaceCfg(diffuse_color=(0.20, 0.20, 0.22)),
    )
    middle = AssetBaseCfg.InitialStateCfg(pos=(x, y, 0.5 * (z + GROUND_HEIGHT)))
    return AssetBaseCfg(prim_path=prim_path, spawn=column, init_state=middle)


@configclass
class PushGraspSceneCfg(InteractiveSceneCfg):
    """Scene of one world; the object slots and their materials are added by :meth:`add_slots`."""

    num_envs: Count = 16
    env_spacing: NotNegative = 4.0

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
    left_gripper: ArticulationCfg | None = FreeGripperCfg(prim_path="{ENV_REGEX_NS}/left_gripper")
    right_gripper: ArticulationCfg | None = FreeGripperCfg(prim_path="{ENV_REGEX_NS}/right_gripper")
    left_arm: ArticulationCfg | None = None
    right_arm: ArticulationCfg | None = None
    left_pedestal: AssetBaseCfg | None = None
    right_pedestal: AssetBaseCfg | None = None
    objects: RigidObjectCollectionCfg | None = None
    camera: CameraCfg = OverheadCameraCfg(renderer_cfg=PushGraspRendererCfg())

    def add_slots(self, layout: SlotLayout) -> None:
        """Declare the object slots of ``layout`` and one writable colour for each."""
        position, _ = layout.parking_poses()
        self.objects = object_slots(layout.shapes, tuple(map(tuple, position.tolist())))
        for index in range(len(layout.shapes)):
            setattr(self, f"{slot_name(index)}_colour", slot_colour(index))

    def replace_grippers(self, arms: ArmsCfg, asset: str = "generated") -> None:
        """Put one or two arms on pedestals in the place of the free grippers.

        Args:
            arms: Where they stand.
            asset: Key of :data:`ARM_ASSETS`.
        """
        self.left_gripper = self.right_gripper = None
        for side, base in zip(SIDES, arms.bases, strict=False):
            setattr(self, f"{side}_arm", ARM_ASSETS[asset](f"{{ENV_REGEX_NS}}/{side}_arm", base, arms.home))
            setattr(self, f"{side}_pedestal", _pedestal(f"{{ENV_REGEX_NS}}/{side}_pedestal", base))
