"""Whether the arms in the simulation are the arms that motion is planned for."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from isaaclab.assets import Articulation

from pg_tasks.assets.ur5e import ARM_JOINTS
from pg_tasks.assets.ur5e_nvidia import FLANGE_LINK
from pushgrasp.motion.arm.forward import arm_frames
from pushgrasp.motion.arm.model import ArmsCfg

TOLERANCE = 0.005
"""How far the flange may be from where the planner has it [m]; a real arm is calibrated by as much."""


def check_flanges(arms: Sequence[Articulation], cfg: ArmsCfg, origins: torch.Tensor) -> None:
    """Compare the flanges in the simulation with the planner's kinematics, at the joint angles they have now.

    Args:
        arms: G arms in N worlds.
        cfg: Where the planner has them.
        origins: World origins [m], shape (N, 3).

    Raises:
        ValueError: If a flange is further away than :data:`TOLERANCE`, or an arm has other joints or links.
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
        if not distance <= TOLERANCE:
            name, path = arm.cfg.prim_path.split("/")[-1], getattr(arm.cfg.spawn, "usd_path", "its file")
            raise ValueError(
                f"{name}: {FLANGE_LINK} is {1e3 * distance:.1f} mm from where the planner has it, more than "
                f"{1e3 * TOLERANCE:.0f} mm: {path} is another arm or stands otherwise"
            )
