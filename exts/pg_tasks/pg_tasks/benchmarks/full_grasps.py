"""Isolated grasps by the arms, upright and leaning, all over the table: lifted, held, and how well the arms follow."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields, replace

import numpy as np
import torch
from isaaclab.utils.math import matrix_from_quat

from pg_tasks.app.bench import Bench, open_bench
from pg_tasks.assets.ur5e import TCP_LINK
from pg_tasks.envs.scene_cfg import SIDES
from pushgrasp.interface.action import Kind
from pushgrasp.motion.arm.forward import Frames, tcp_pose
from pushgrasp.motion.arm.joint_trajectory import JointTrajectory
from pushgrasp.scenes.rotations import rotate
from pushgrasp.scenes.scene import Scene

from .figures import Figure
from .grasps import HOLD_TIME, LIFTED
from .true_grasps import DEPTH, PAD_BREADTH, TIP_HEIGHT, TrueGrasp, draw_grasps

SIDE = 0.40
"""Largest distance of a block from the middle of the table along x or y [m]."""

LEAN = math.radians(30.0)
"""How far every other grasp leans, about the axis along which the jaws close [rad]."""

LINKS = ("shoulder_link", "upper_arm_link", "forearm_link", "wrist_1_link", "wrist_2_link", "wrist_3_link")
"""Links of an arm; they are not to touch anything."""


@dataclass
class FullRecord:
    """What happened to N grasps, all of shape (N,)."""

    planned: torch.Tensor
    lifted: torch.Tensor
    """Risen and still up after the hold."""
    arm: torch.Tensor
    """Which arm grasped, long."""
    stopped: torch.Tensor
    """Whether the descent met something."""
    position_error: torch.Tensor
    """Largest distance of a TCP from its plan [m]; 0 where the descent was stopped."""
    angle_error: torch.Tensor
    """Largest angle of a TCP to its plan [rad]; 0 where the descent was stopped."""
    touched: torch.Tensor
    """Ticks in which a link of an arm touched something."""


def run(trials: int = 60, worlds: int = 20, seed: int = 0) -> list[Figure]:
    """Run the benchmark; ``trials`` is rounded up to whole batches of ``worlds`` and cut off again."""
    generator = torch.Generator().manual_seed(seed)
    drawn = draw_grasps(generator, trials + (-trials) % worlds)
    grasps = [spread(grasp, leaning=index % 2 == 1, generator=generator) for index, grasp in enumerate(drawn)]
    with open_bench(worlds, 7, ["env.rig=full", f"env.arm_limits.hold_time={HOLD_TIME}"]) as bench:
        records = [grasp_all(bench, grasps[i : i + worlds]) for i in range(0, len(grasps), worlds)]
    names = [field.name for field in fields(FullRecord)]
    whole = FullRecord(*(torch.cat([getattr(record, name) for record in records])[:trials] for name in names))
    leaning = torch.arange(trials) % 2 == 1
    return [
        Figure("full_grasps", f"lifted and held {HOLD_TIME:g} s, of {trials}", int(whole.lifted.sum()), at_least=57.0),
        Figure("full_grasps", f"leaning 30 degrees, of {int(leaning.sum())}", int(whole.lifted[leaning].sum())),
        Figure("full_grasps", "by the left arm", int((whole.lifted & (whole.arm == 0)).sum())),
        Figure("full_grasps", "out of reach", int((~whole.planned).sum())),
        Figure("full_grasps", "stopped on the way down", int(whole.stopped.sum())),
        Figure("full_grasps", "largest TCP error", 1e3 * float(whole.position_error.max()), "mm", at_most=5.0),
        Figure("full_grasps", "largest TCP angle error", math.degrees(whole.angle_error.max()), "deg", at_most=2.0),
        Figure("full_grasps", "ticks with a link touching something", int(whole.touched.sum()), at_most=0.0),
    ]


def spread(grasp: TrueGrasp, leaning: bool, generator: torch.Generator) -> TrueGrasp:
    """Move a grasped block to anywhere on the table; let the gripper lean towards one of its sides, or not."""
    draw = 2.0 * torch.rand(3, generator=generator, dtype=torch.float64) - 1.0
    x, y, z = grasp.block.position
    shift = torch.tensor([SIDE * float(draw[0]) - x, SIDE * float(draw[1]) - y, 0.0], dtype=torch.float64)
    block = replace(grasp.block, position=(x + float(shift[0]), y + float(shift[1]), z))
    position, rotation = grasp.position.double() + shift, grasp.rotation.double()
    if leaning:
        position, rotation = lean(position, rotation, math.copysign(LEAN, float(draw[2])))
    return TrueGrasp(position, rotation, grasp.width, block)


def lean(position: torch.Tensor, rotation: torch.Tensor, angle: float) -> tuple[torch.Tensor, torch.Tensor]:
    """Turn a grasp about its closing axis through the middle of the pads' touch, and keep the pads off the table."""
    axis = rotation[:, 0] * math.sin(angle / 2)
    turn = torch.cat((axis, axis.new_tensor([math.cos(angle / 2)])))
    turned = rotate(turn, rotation.mT).mT
    moved = position - 0.5 * DEPTH * (rotation[:, 2] - turned[:, 2])
    moved[2] = max(float(moved[2]), TIP_HEIGHT + 0.5 * PAD_BREADTH * abs(math.sin(angle)))
    return moved, turned


def grasp_all(bench: Bench, grasps: list[TrueGrasp]) -> FullRecord:
    """Carry one grasp out in each world."""
    slots = bench.place([Scene((grasp.block,), 0) for grasp in grasps])
    bench.rest(0.3)
    action = bench.grasps(grasps)
    motion = bench.plan(action)
    links, touched = link_geoms(bench), torch.zeros(bench.worlds)
    errors = torch.zeros(2, bench.worlds, dtype=torch.float64)

    def watch(clock: float) -> None:
        nonlocal errors, touched
        errors = errors.maximum(torch.stack(tool_errors(bench, motion, clock)).amax(dim=2))
        touched += link_touches(bench, links)

    rise = bench.follow(motion, watch).rise[torch.arange(bench.worlds), slots]
    lifted, stopped = (rise > LIFTED) & motion.reachable, bench.env.rig.stopped_early.any(dim=1)
    distance, angle = torch.where(stopped, 0.0, errors).unbind(0)
    arm = (action.kind == Kind.GRASP).long().argmax(dim=1)
    return FullRecord(motion.reachable, lifted, arm, stopped, distance, angle, touched)


def tools(bench: Bench) -> Frames:
    """TCP frames now, in the worlds' frames, shapes (N, G, 3, 3) and (N, G, 3)."""
    arms = [bench.env.scene[f"{side}_arm"] for side in SIDES[: bench.env.rig.num_arms]]
    pose = torch.stack([arm.data.body_link_pose_w.torch[:, arm.find_bodies(TCP_LINK)[0][0]] for arm in arms], dim=1)
    origins = torch.as_tensor(bench.env.scene.env_origins).double()
    return Frames(matrix_from_quat(pose[..., 3:7]).double(), pose[..., :3].double() - origins[:, None])


def tool_errors(bench: Bench, motion: JointTrajectory, clock: float) -> tuple[torch.Tensor, torch.Tensor]:
    """Distances [m] and angles [rad] of the TCPs from where a motion has them, each of shape (N, G)."""
    joints = motion.sample(torch.full((bench.worlds,), clock)).joints.double()
    wanted, found = tcp_pose(joints[:, :, None], bench.env.cfg.arms), tools(bench)
    turn = found.rotation @ wanted.rotation[:, :, 0].mT
    sine = 0.5 * torch.stack(
        (turn[..., 2, 1] - turn[..., 1, 2], turn[..., 0, 2] - turn[..., 2, 0], turn[..., 1, 0] - turn[..., 0, 1]), -1
    )
    return (found.position - wanted.position[:, :, 0]).norm(dim=-1), sine.norm(dim=-1).clamp(max=1.0).asin()


def link_geoms(bench: Bench) -> np.ndarray:
    """Which MuJoCo geoms are links of an arm, bool of shape (geoms,)."""
    parts = [bench.geoms(f"{side}_arm") & bench.geoms(link) for side in SIDES for link in LINKS]
    return np.logical_or.reduce(parts)


def link_touches(bench: Bench, links: np.ndarray) -> torch.Tensor:
    """Tell in which worlds a link touches something now, shape (N,), bool."""
    return torch.tensor([bool(links[data.contact.geom].any()) for data in bench.solver.datas])
