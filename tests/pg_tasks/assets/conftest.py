"""An arm beside a small table on the mujoco preset, and set-points sent to it."""

from __future__ import annotations

from collections.abc import Iterator
from math import pi

import isaaclab.sim as sim_utils
import pytest
import torch
from isaaclab.assets import Articulation, ArticulationCfg, AssetBaseCfg, RigidObject, RigidObjectCfg
from isaaclab.scene import InteractiveScene, InteractiveSceneCfg
from isaaclab.sim import SimulationContext, build_simulation_context
from isaaclab.utils import configclass

from pg_tasks.assets.ur5e import TCP_LINK, ur5e_cfg
from pg_tasks.physics.presets import CONTROL_DT, PushGraspSimCfg
from pushgrasp.motion.arm.model import BasePose
from pushgrasp_assets import asset_path

BASE = BasePose((-0.1333, -0.4919, -0.2289), pi / 2)
"""From here the tool points down at the origin, 2.5 cm above the table: upper arm upright, forearm level."""


@configclass
class ArmSceneCfg(InteractiveSceneCfg):
    """An arm beside a small table with a 5 cm cube in front of the tool."""

    num_envs: int = 2
    env_spacing: float = 3.0
    table: AssetBaseCfg = AssetBaseCfg(
        prim_path="{ENV_REGEX_NS}/table",
        spawn=sim_utils.CuboidCfg(size=(0.3, 0.3, 0.05), collision_props=sim_utils.CollisionPropertiesCfg()),
        init_state=AssetBaseCfg.InitialStateCfg(pos=(0.0, 0.0, -0.025)),
    )
    cube: RigidObjectCfg = RigidObjectCfg(
        prim_path="{ENV_REGEX_NS}/cube",
        spawn=sim_utils.UsdFileCfg(usd_path=str(asset_path("objects", "cube.usda"))),
        init_state=RigidObjectCfg.InitialStateCfg(pos=(0.004, 0.0, 0.0301)),
    )
    arm: ArticulationCfg = ur5e_cfg("{ENV_REGEX_NS}/arm", BASE)


class Bench:
    """Sends set-points to the arms and lets time pass."""

    def __init__(self, sim: SimulationContext) -> None:
        self.sim, self.scene, self.base = sim, InteractiveScene(ArmSceneCfg()), BASE
        sim.reset()
        self.arm: Articulation = self.scene["arm"]
        self.cube: RigidObject = self.scene["cube"]
        self._tcp = self.arm.body_names.index(TCP_LINK)
        self._fingers = [self.arm.body_names.index(f"{side}_finger_link") for side in ("left", "right")]

    def start(self, angles: tuple[float, ...], width: float) -> torch.Tensor:
        """Put arm and cube at rest into a posture; return the joint positions, which are the set-points too."""
        joints = torch.tensor([*angles, width / 2, width / 2]).repeat(self.scene.num_envs, 1)
        self.arm.write_joint_position_to_sim_index(position=joints)
        self.arm.write_joint_velocity_to_sim_index(velocity=torch.zeros_like(joints))
        pose = self.cube.data.default_root_pose.torch.clone()
        pose[:, :3] += self.scene.env_origins
        self.cube.write_root_pose_to_sim_index(root_pose=pose)
        self.cube.write_root_velocity_to_sim_index(root_velocity=torch.zeros(len(pose), 6))
        self.load(0.0, 0.0)
        self.send(joints)
        return joints

    def send(self, position: torch.Tensor, velocity: torch.Tensor | None = None) -> None:
        velocity = torch.zeros_like(position) if velocity is None else velocity
        self.arm.actuators.target_command.set_position_index(value=position.contiguous())
        self.arm.actuators.target_command.set_velocity_index(value=velocity.contiguous())

    def load(self, left: float, right: float) -> None:
        """Push the pads outwards from now on [N]."""
        forces = torch.zeros(self.scene.num_envs, 2, 3)
        forces[:, 0, 0], forces[:, 1, 0] = -left, right
        self.arm.permanent_wrench_composer.set_forces_and_torques_index(
            forces=forces, torques=torch.zeros_like(forces), body_ids=self._fingers
        )

    def run(self, seconds: float) -> None:
        for _ in range(round(seconds / CONTROL_DT)):
            self.scene.write_data_to_sim()
            self.sim.step(render=False)
            self.scene.update(CONTROL_DT)

    @property
    def joints(self) -> torch.Tensor:
        return self.arm.data.joint_pos.torch.clone()

    @property
    def velocities(self) -> torch.Tensor:
        return self.arm.data.joint_vel.torch.clone()

    @property
    def tcp(self) -> torch.Tensor:
        """Tool frame in each environment's frame, shape (N, 7)."""
        pose = self.arm.data.body_pose_w.torch[:, self._tcp].clone()
        pose[:, :3] -= self.scene.env_origins
        return pose

    @property
    def cube_in_tool(self) -> torch.Tensor:
        """Where the cube is in the tool frame, shape (N, 3)."""
        pose = self.tcp
        position = self.cube.data.root_pos_w.torch - self.scene.env_origins - pose[:, :3]
        vector, scalar = -pose[:, 3:6], pose[:, 6:]
        turned = 2.0 * torch.linalg.cross(vector, position)
        return position + scalar * turned + torch.linalg.cross(vector, turned)


@pytest.fixture(scope="module")
def bench() -> Iterator[Bench]:
    with build_simulation_context(sim_cfg=PushGraspSimCfg().mujoco) as sim:
        yield Bench(sim)
