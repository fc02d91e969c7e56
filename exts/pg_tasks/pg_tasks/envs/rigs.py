"""The rig that the configuration asks for: in the scene, over it, and checked against what motion is planned for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import torch
from isaaclab.assets import Articulation
from isaaclab.scene import InteractiveScene
from isaaclab_newton.physics import NewtonCfg
from isaaclab_physx.physics import PhysxCfg

from pg_tasks.assets.ur5e import ARM_JOINTS
from pg_tasks.assets.ur5e_nvidia import FLANGE_LINK
from pg_tasks.physics.physx_buffers import size_buffers
from pg_tasks.physics.physx_props import tune_for_physx
from pg_tasks.physics.presets import SUBSTEPS, runs_physx
from pushgrasp.motion.arm.forward import arm_frames
from pushgrasp.motion.arm.model import ArmsCfg
from pushgrasp.physics.rig_protocol import Rig

from .arm_rig import ArmRig
from .rig import TrainingRig
from .scene_cfg import SIDES

if TYPE_CHECKING:
    from .push_grasp_env_cfg import PushGraspEnvCfg


FLANGE_TOLERANCE = 0.005
"""How far the flange may be from where the planner has it [m]; a real arm is calibrated by as much."""


def place_rig(cfg: PushGraspEnvCfg) -> None:
    """Declare the robots of the rig in the scene's configuration, and for PhysX complete what all its bodies need.

    Raises:
        ValueError: If PhysX cannot hold so many worlds.
    """
    if cfg.rig == "full":
        cfg.scene.replace_grippers(_arms(cfg), cfg.arm_asset)
    elif cfg.num_arms == 1:
        cfg.scene.right_gripper = None
    shapes = cfg.clutter.slot_layout().shapes
    if runs_physx(cfg.sim.physics):
        tune_for_physx(cfg.scene, shapes)
    if isinstance(cfg.sim.physics, PhysxCfg):
        size_buffers(cfg.sim.physics, cfg.scene.num_envs, shapes)


def build_rig(cfg: PushGraspEnvCfg, scene: InteractiveScene, dt: float, solver: object) -> Rig[Any, Any, Any]:
    """Return the rig over the robots in the scene.

    Args:
        cfg: Configuration of the environment.
        scene: Built from the configuration after :func:`place_rig`.
        dt: Time between two commands [s].
        solver: Physics solver, or None.

    Raises:
        ValueError: If the arms are not those that motion is planned for.
    """
    kind = "arm" if cfg.rig == "full" else "gripper"
    robots = [scene[f"{side}_{kind}"] for side in SIDES[: cfg.num_arms]]
    if cfg.rig == "full":
        check_flanges(robots, _arms(cfg), torch.as_tensor(scene.env_origins, device=robots[0].device))
        step = dt / SUBSTEPS if isinstance(cfg.sim.physics, NewtonCfg) else 0.0
        return ArmRig(robots, _arms(cfg), cfg.gripper, cfg.arm_limits, dt, step, solver)
    return TrainingRig(robots, cfg.gripper, cfg.limits, dt, solver)


def _arms(cfg: PushGraspEnvCfg) -> ArmsCfg:
    """Return as many arms as the task has, the left one first."""
    return replace(cfg.arms, bases=cfg.arms.bases[: cfg.num_arms])


def check_flanges(arms: Sequence[Articulation], cfg: ArmsCfg, origins: torch.Tensor) -> None:
    """Compare the flanges in the simulation with the planner's kinematics, at the joint angles they have now.

    Args:
        arms: G arms in N worlds.
        cfg: Where the planner has them.
        origins: World origins [m], shape (N, 3).

    Raises:
        ValueError: If a flange is further away than :data:`FLANGE_TOLERANCE`, or an arm has other joints or links.
    """
    angles, flanges = [], []
    for arm in arms:
        joints = arm.find_joints(list(ARM_JOINTS), preserve_order=True)[0]
        angles.append(arm.data.joint_pos.torch[:, joints].double())
        link = arm.find_bodies(FLANGE_LINK)[0][0]
        flanges.append(arm.data.body_link_pose_w.torch[:, link, :3].double() - origins.double())
    planned = arm_frames(torch.stack(angles, dim=1)[:, :, None], cfg).position[:, :, 0, -1]
    off = (torch.stack(flanges, dim=1) - planned).norm(dim=-1).amax(dim=0)
    for arm, distance in zip(arms, off.tolist(), strict=True):
        if not distance <= FLANGE_TOLERANCE:
            name, path = arm.cfg.prim_path.split("/")[-1], getattr(arm.cfg.spawn, "usd_path", "its file")
            raise ValueError(
                f"{name}: {FLANGE_LINK} is {1e3 * distance:.1f} mm from where the planner has it, more than "
                f"{1e3 * FLANGE_TOLERANCE:.0f} mm: {path} is another arm or stands otherwise"
            )
