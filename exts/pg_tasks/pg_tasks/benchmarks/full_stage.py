"""The full rig on the stage: motions followed tick by tick, and how far the tools are from their plans."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
from isaaclab.utils.math import matrix_from_quat

from pg_tasks.assets.ur5e import TCP_LINK
from pg_tasks.envs.scene_cfg import SIDES
from pushgrasp.motion.arm.forward import Frames, tcp_pose
from pushgrasp.motion.arm.joint_trajectory import JointTrajectory

from .stage import Stage

LINKS = ("shoulder_link", "upper_arm_link", "forearm_link", "wrist_1_link", "wrist_2_link", "wrist_3_link")
"""Links of an arm; they are not to touch anything."""


def follow(stage: Stage, motion: JointTrajectory) -> Iterator[float]:
    """Carry a motion out; give the time [s] after each tick."""
    rig, dt = stage.env.rig, stage.dt
    rig.begin_action()
    ticks = max(1, int(np.ceil(float(motion.duration.max()) / dt)))
    clocks = dt * torch.arange(1, ticks + 1, dtype=torch.float64)
    course = rig.sample(motion, clocks.expand(stage.worlds, -1))
    for index, clock in enumerate(clocks.tolist()):
        rig.command(course.at(index))
        stage.tick()
        yield clock


def tools(stage: Stage) -> Frames:
    """TCP frames now, in the worlds' frames, shapes (N, G, 3, 3) and (N, G, 3)."""
    arms = [stage.env.scene[f"{side}_arm"] for side in SIDES[: stage.env.rig.num_arms]]
    pose = torch.stack([arm.data.body_link_pose_w.torch[:, arm.find_bodies(TCP_LINK)[0][0]] for arm in arms], dim=1)
    origins = torch.as_tensor(stage.env.scene.env_origins).double()
    return Frames(matrix_from_quat(pose[..., 3:7]).double(), pose[..., :3].double() - origins[:, None])


def tool_errors(stage: Stage, motion: JointTrajectory, clock: float) -> tuple[torch.Tensor, torch.Tensor]:
    """Distances [m] and angles [rad] of the TCPs from where a motion has them, each of shape (N, G)."""
    joints = motion.sample(torch.full((stage.worlds,), clock)).joints.double()
    wanted, found = tcp_pose(joints[:, :, None], stage.env.cfg.arms), tools(stage)
    turn = found.rotation @ wanted.rotation[:, :, 0].mT
    sine = 0.5 * torch.stack(
        (turn[..., 2, 1] - turn[..., 1, 2], turn[..., 0, 2] - turn[..., 2, 0], turn[..., 1, 0] - turn[..., 0, 1]), -1
    )
    return (found.position - wanted.position[:, :, 0]).norm(dim=-1), sine.norm(dim=-1).clamp(max=1.0).asin()


def link_geoms(stage: Stage) -> np.ndarray:
    """Which MuJoCo geoms are links of an arm, bool of shape (geoms,)."""
    parts = [stage.geoms(f"{side}_arm") & stage.geoms(link) for side in SIDES for link in LINKS]
    return np.logical_or.reduce(parts)


def link_touches(stage: Stage, links: np.ndarray) -> torch.Tensor:
    """Tell in which worlds a link touches something now, shape (N,), bool."""
    return torch.tensor([bool(links[data.contact.geom].any()) for data in stage.solver.datas])
