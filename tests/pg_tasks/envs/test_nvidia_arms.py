"""The full rig on NVIDIA's arms, as far as it goes without Isaac Sim: what is asked for, sent, read and checked."""

from __future__ import annotations

from math import pi
from types import SimpleNamespace
from typing import Any

import pinocchio
import pytest
import torch

from pg_tasks.app import session
from pg_tasks.assets.ur5e import ARM_JOINTS, ur5e_cfg
from pg_tasks.assets.ur5e_nvidia import NvidiaUR5eCfg, nvidia_ur5e_cfg
from pg_tasks.envs.arm_joints import ArmJoints
from pg_tasks.envs.rigs import check_flanges, place_rig
from pg_tasks.tasks.push_grasp import DualArmPushGraspCfg, SingleArmPushGraspCfg
from pushgrasp.motion.arm.model import DH_A, DH_ALPHA, DH_D, ArmsCfg, BasePose

NAMES = ["left_inner_finger_joint", "finger_joint", *reversed(ARM_JOINTS)]
"""In another order than planning's, with joints that it does not know."""


class FakeArm:
    """An articulation of two worlds that stands where it is put and keeps what it is sent."""

    def __init__(self, cfg: Any, names: list[str], flange: torch.Tensor | None = None) -> None:
        self.cfg, self.names = cfg, names
        self.position, self.velocity = torch.zeros(2, len(names)), torch.zeros(2, len(names))
        pose = torch.zeros(2, 1, 7)
        if flange is not None:
            pose[:, 0, :3] = flange
        self.data = SimpleNamespace(
            joint_pos=SimpleNamespace(torch=self.position),
            joint_vel=SimpleNamespace(torch=self.velocity),
            body_link_pose_w=SimpleNamespace(torch=pose),
        )
        command = SimpleNamespace(set_position_index=self.set_position, set_velocity_index=self.set_velocity)
        self.actuators = SimpleNamespace(target_command=command)

    def find_joints(self, names: list[str], preserve_order: bool) -> tuple[list[int], list[str]]:
        assert preserve_order
        return [self.names.index(name) for name in names], names

    def find_bodies(self, name: str) -> tuple[list[int], list[str]]:
        return [0], [name]

    def set_position(self, value: torch.Tensor, joint_ids: list[int]) -> None:
        self.position[:, joint_ids] = value

    def set_velocity(self, value: torch.Tensor, joint_ids: list[int]) -> None:
        self.velocity[:, joint_ids] = value

    def write_joint_position_to_sim_index(self, position: torch.Tensor, joint_ids: list[int], env_ids: Any) -> None:
        self.position[env_ids.long()[:, None], joint_ids] = position

    def write_joint_velocity_to_sim_index(self, velocity: torch.Tensor, joint_ids: list[int], env_ids: Any) -> None:
        self.velocity[env_ids.long()[:, None], joint_ids] = velocity


def flange_by_pinocchio(angles: list[float], base: BasePose) -> torch.Tensor:
    """DH frame 6 by an independent library."""
    turn = pinocchio.rpy.rpyToMatrix(0.0, 0.0, base.yaw)
    pose = pinocchio.SE3(turn, torch.tensor(base.position).double().numpy())
    for angle, a, d, alpha in zip(angles, DH_A, DH_D, DH_ALPHA, strict=True):
        about_z = pinocchio.SE3(pinocchio.rpy.rpyToMatrix(0.0, 0.0, angle), torch.tensor([0.0, 0.0, d]).numpy())
        about_x = pinocchio.SE3(pinocchio.rpy.rpyToMatrix(alpha, 0.0, 0.0), torch.tensor([a, 0.0, 0.0]).numpy())
        pose = pose * about_z * about_x
    return torch.from_numpy(pose.translation).float()


def nvidia_arm(flange: torch.Tensor | None = None) -> FakeArm:
    return FakeArm(nvidia_ur5e_cfg("/World/envs/env_.*/left_arm", BasePose((0.0, 0.0, 0.0), 0.0)), NAMES, flange)


def test_set_points_reach_the_joints_of_the_file() -> None:
    arm = nvidia_arm()
    joints = ArmJoints([arm])  # type: ignore[list-item]
    wanted = torch.tensor([0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.035, 0.035]).repeat(2, 1, 1)
    joints.send(wanted, torch.zeros_like(wanted))
    sent = dict(zip(NAMES, arm.position[0].tolist(), strict=True))
    assert [sent[name] for name in ARM_JOINTS] == pytest.approx([0.1, 0.2, 0.3, 0.4, 0.5, 0.6])
    assert (sent["finger_joint"], sent["left_inner_finger_joint"]) == pytest.approx((0.35, 0.0))
    torch.testing.assert_close(joints.measure()[0], wanted)
    assert joints.positions.shape == joints.velocities.shape == (2, 1, 8)


def test_one_world_is_placed_with_open_jaws() -> None:
    arm = nvidia_arm()
    joints = ArmJoints([arm])  # type: ignore[list-item]
    arm.position.fill_(0.5)
    joints.place(torch.tensor([1]), torch.tensor([[0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.07, 0.07]]))
    torch.testing.assert_close(joints.positions[1, 0], torch.tensor([0.0] * 6 + [0.07, 0.07]))
    assert arm.position[0].tolist() == [0.5] * 8
    assert arm.position[1, NAMES.index("left_inner_finger_joint")] == 0.5  # nobody's to place


@pytest.mark.parametrize(("off", "fits"), [(0.0, True), (0.0049, True), (0.0051, False), (float("nan"), False)])
def test_flange_must_be_where_the_planner_has_it(off: float, fits: bool) -> None:
    base, angles = ArmsCfg().bases[0], [0.3, -1.2, 1.4, -0.5, 0.7, 0.2]
    origins = torch.tensor([[0.0, 0.0, 0.0], [4.0, 0.0, 0.0]])
    arm = nvidia_arm(flange_by_pinocchio(angles, base) + origins)
    for name, angle in zip(ARM_JOINTS, angles, strict=True):
        arm.position[:, NAMES.index(name)] = angle
    arm.data.body_link_pose_w.torch[1, 0, 1] += off
    if fits:
        check_flanges([arm], ArmsCfg(bases=(base,)), origins)  # type: ignore[list-item]
        return
    with pytest.raises(ValueError, match=r"left_arm: wrist_3_link is (5\.1|nan) mm from where .*/ur5e/ur5e\.usd"):
        check_flanges([arm], ArmsCfg(bases=(base,)), origins)  # type: ignore[list-item]


def test_an_arm_the_wrong_way_round_is_refused() -> None:
    base = ArmsCfg().bases[0]
    wrong = flange_by_pinocchio([0.0] * 6, BasePose(base.position, base.yaw + pi))
    with pytest.raises(ValueError, match=r"stands otherwise"):
        check_flanges([nvidia_arm(wrong)], ArmsCfg(bases=(base,)), torch.zeros(2, 3))  # type: ignore[list-item]


def test_configuration_chooses_the_arms() -> None:
    cfg, _ = session.resolve_task_config(
        "DualArmPushGrasp",
        "pushgrasp_cfg_entry_point",
        overrides=["physics=physx", "env.rig=full", "env.arm_asset=nvidia"],
    )
    cfg.validate_config()
    place_rig(cfg)
    for arm in (cfg.scene.left_arm, cfg.scene.right_arm):
        assert isinstance(arm, NvidiaUR5eCfg)
        assert arm.spawn.collision_props is None
        assert arm.spawn.articulation_props[0].enabled_self_collisions is False
        assert arm.spawn.rigid_props[0].disable_gravity is True
    assert not isinstance(ur5e_cfg("/World/arm", ArmsCfg().bases[0]), NvidiaUR5eCfg)


@pytest.mark.parametrize("task", [DualArmPushGraspCfg, SingleArmPushGraspCfg])
def test_other_rigs_and_physics_are_refused(task: type) -> None:
    cfg = task(arm_asset="nvidia")
    presets = cfg.sim
    for rig, sim in (("full", presets.mujoco), ("full", presets.newton_mjwarp), ("training", presets.physx)):
        cfg.rig, cfg.sim = rig, sim
        with pytest.raises(ValueError, match=r"env\.arm_asset=nvidia needs env\.rig=full and physics=physx"):
            cfg.validate_config()
    cfg.arm_asset = "lego"
    with pytest.raises(ValueError, match=r"env\.arm_asset='lego': one of generated, nvidia is needed"):
        cfg.validate_config()
