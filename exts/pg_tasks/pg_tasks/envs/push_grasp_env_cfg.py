"""Configuration of the push-grasp environment."""

from __future__ import annotations

from dataclasses import field, replace
from typing import Annotated, Literal, get_args

from isaaclab.envs import DirectRLEnvCfg
from isaaclab.utils import configclass
from isaaclab_physx.physics import PhysxCfg

from pg_tasks.assets.camera import check_camera
from pg_tasks.physics.physx_buffers import check_physx
from pg_tasks.physics.presets import PushGraspSimCfg, check_simulation
from pushgrasp.decoding.decoder import DecoderCfg
from pushgrasp.gripper import GripperGeometry
from pushgrasp.motion.arm.model import ArmsCfg
from pushgrasp.motion.limits import MotionLimits, arm_rig_limits, training_rig_limits
from pushgrasp.perception.camera_noise import CameraNoiseCfg
from pushgrasp.perception.depth_filter import DepthFilterCfg
from pushgrasp.perception.workspace import Workspace
from pushgrasp.policies.pg4da.action import ACTION_SIZE
from pushgrasp.policies.pg4da.reward import FuzzyRewardCfg
from pushgrasp.scenes.scene import MOST_OBJECTS
from pushgrasp.scenes.slots import SlotLayout
from pushgrasp.settings import Count, Positive, Range, check_number, check_settings

from .scene_cfg import GROUND_HEIGHT, PushGraspSceneCfg
from .scene_sets import scene_set

RigName = Literal["training", "full"]
"""``training``: free grippers; ``full``: UR5e arms carry them."""

RIGS = get_args(RigName)


DEFAULT_SCENES = "P1/case1,P1/case2,P1/case3,P1/case3"
"""Targets of case 3 can seldom be grasped at once, most of the others can: two of three episodes need a push."""

DEFAULT_OBJECTS = 10
"""Blocks of a scene whose number nobody has said."""


@configclass
class ClutterCfg:
    """What is on the table at the start of an episode.

    Where one of the first four fields is set and ``scenes`` is left as it is, each scene is drawn from blocks.
    """

    num_objects: Annotated[int, Range(least=1, most=MOST_OBJECTS)] | None = None
    """Blocks per scene; None takes :data:`DEFAULT_OBJECTS`."""

    max_objects: Annotated[int, Range(least=0, most=MOST_OBJECTS)] = 0
    """Blocks a world can hold; 0 takes ``num_objects``. More slots give more variety of shapes and cost a little."""

    layout: Literal["scattered", "cluttered"] | None = None
    """``scattered``: blocks apart from each other; ``cluttered``, and None: dropped into a heap."""

    target: int | None = None
    """Index of the target among the blocks; None draws one."""

    scenes: str = DEFAULT_SCENES
    """Scene families, such as ``P1/case2`` (``scripts/scenes.py list``), and scene files: paths, folders and patterns;
    several, separated by commas, take turns. Others than the default override the fields above; none (empty) leaves
    the choice to them."""

    skip_bad_scenes: bool = False
    """Leave out scene files that cannot be used, instead of refusing all."""

    settle_time: Positive = 3.0
    """Longest time that a drop may take to come to rest before the first picture [s]."""

    def scene_words(self) -> str:
        """Return the families and files from which scenes are taken; empty where they are drawn from blocks."""
        given = (self.num_objects, self.max_objects or None, self.layout, self.target) != (None,) * 4
        return "" if given and self.scenes == DEFAULT_SCENES else self.scenes

    def blocks(self) -> int:
        """Return how many blocks a scene that is drawn from blocks has."""
        return DEFAULT_OBJECTS if self.num_objects is None else self.num_objects

    def slot_layout(self) -> SlotLayout:
        """Return the slots that each world owns.

        Raises:
            ValueError: If a value is out of its range, the scene holds more blocks than there are slots, or what
                ``scenes`` names is not there or not right.
        """
        check_settings(self, "env.clutter")
        if words := self.scene_words():
            try:
                return replace(scene_set(words, self.skip_bad_scenes).layout, parking_height=GROUND_HEIGHT)
            except (ValueError, OSError) as error:
                raise ValueError(f"env.clutter.scenes={words}: {error}") from error
        blocks = self.blocks()
        slots = SlotLayout.default(self.max_objects or blocks)
        if blocks > len(slots.shapes):
            raise ValueError(f"env.clutter.num_objects={blocks}: a world has {len(slots.shapes)} slots")
        if self.target is not None and not 0 <= self.target < blocks:
            raise ValueError(f"env.clutter.target={self.target}: blocks are 0 to {blocks - 1}")
        return SlotLayout(slots.shapes, parking_height=GROUND_HEIGHT)


@configclass
class PushGraspEnvCfg(DirectRLEnvCfg):
    """One step is one whole push or grasp (Wang & Kasaei 2025)."""

    scene: PushGraspSceneCfg = PushGraspSceneCfg()
    sim: PushGraspSimCfg = PushGraspSimCfg()
    clutter: ClutterCfg = ClutterCfg()
    num_arms: Literal[1, 2] = 2
    rig: RigName = "training"

    arm_asset: Literal["generated", "nvidia"] = "generated"
    """Arms of the full rig: ``generated``: the project's; ``nvidia``: those of Isaac Sim's asset server, for PhysX."""

    decimation: Count = 1
    """Physics steps of the action in flight; set anew for each action, not by the user."""

    episode_length_s: Positive = 100.0
    """Not used, but asked for by Isaac Lab: episodes end by :attr:`max_actions`."""

    max_actions: Count = 15
    """Actions after which an episode is cut off."""

    max_failed_grasps: Count = 5
    """Consecutive failed grasps that end an episode (Wang & Kasaei 2025, Sec. IV-B)."""

    isolation_gain: Annotated[float, Range(above=0, most=1)] = 0.05
    """A push that raises the isolate rate by this much is good."""

    fault_folder: str = "logs/faults"
    """Where the last action of a world goes whose simulation diverged."""

    action_space: int = ACTION_SIZE
    observation_space: list = [3, 224, 224]
    state_space: int = 0

    workspace: Workspace = field(default_factory=Workspace)
    camera_noise: CameraNoiseCfg = field(default_factory=CameraNoiseCfg)
    """How far the camera is from perfect; perfect by default."""
    depth_filter: DepthFilterCfg = field(default_factory=DepthFilterCfg)
    """How the depth of a camera with noise is filtered."""
    level_camera: bool = True
    """Mend where a camera with noise is thought to be by the table that it sees, which is level and at z = 0."""
    gripper: GripperGeometry = field(default_factory=GripperGeometry)
    limits: MotionLimits = field(default_factory=training_rig_limits)
    """Motion limits of the training rig."""
    arm_limits: MotionLimits = field(default_factory=arm_rig_limits)
    """Motion limits of the full rig."""
    arms: ArmsCfg = field(default_factory=ArmsCfg)
    """Where the arms of the full rig stand, and the limits of their joints."""
    decoder: DecoderCfg = field(default_factory=DecoderCfg)
    reward: FuzzyRewardCfg = field(default_factory=FuzzyRewardCfg)

    def validate_config(self) -> None:
        """Refuse values that are out of range or do not fit together, before anything is built.

        Raises:
            ValueError: Naming the field.
        """
        check_settings(self, "env")
        check_settings(self.scene, "env.scene")
        check_camera(self.scene.camera, "env.scene.camera")
        self.clutter.slot_layout()
        self._check_physics()
        if len(self.arms.bases) < self.num_arms:
            raise ValueError(f"env.arms.bases holds {len(self.arms.bases)}: env.num_arms={self.num_arms} needs as many")
        if self.rig == "full" and self.limits != training_rig_limits():
            raise ValueError("env.limits is the training rig's: with env.rig=full set env.arm_limits")
        for name in ("limits", "arm_limits"):
            self._check_limits(f"env.{name}", getattr(self, name))
        for part in ("grasp", "push"):
            self._check_gripper(f"decoder.{part}.gripper", getattr(self.decoder, part).gripper)

    def _check_physics(self) -> None:
        """Refuse what PhysX cannot take, and PhysX's arms with other physics."""
        if isinstance(self.sim, PushGraspSimCfg):  # a choice of presets that nobody has made yet
            return
        physics = self.sim.physics
        check_simulation(self.sim, "env.sim")
        if isinstance(physics, PhysxCfg):
            check_physx(physics, self.sim.device)
        if self.arm_asset == "nvidia" and not (self.rig == "full" and isinstance(physics, PhysxCfg)):
            raise ValueError("env.arm_asset=nvidia needs env.rig=full and physics=physx")

    def _check_limits(self, where: str, limits: MotionLimits) -> None:
        """Refuse limits that the gripper or the decoder's paths cannot keep."""
        check_number(f"{where}.home_width", limits.home_width, Range(least=0, most=self.gripper.stroke))
        planned = self.decoder.push.separation
        if limits.separation > planned:
            found = f"{where}.separation={limits.separation} and env.decoder.push.separation={planned}"
            raise ValueError(f"{found}: the decoder must keep as far apart, set both")

    def _check_gripper(self, where: str, sizes: GripperGeometry) -> None:
        """Refuse a decoder that plans for another gripper than the one that moves."""
        for name, value in vars(self.gripper).items():
            if getattr(sizes, name) != value:
                raise ValueError(f"env.gripper.{name}={value} and env.{where}.{name}={getattr(sizes, name)}: set both")
