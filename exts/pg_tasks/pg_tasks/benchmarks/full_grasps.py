"""Isolated grasps by the arms, upright and leaning, all over the table: lifted, held, and how well the arms follow."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields, replace

import torch

from pushgrasp.motion.arm.joint_trajectory import JointTrajectory
from pushgrasp.motion.grasp import plan_grasps
from pushgrasp.scenes.rotations import rotate
from pushgrasp.scenes.scene import Scene

from .figures import Figure
from .full_stage import follow, link_geoms, link_touches, tool_errors
from .grasps import HOLD_TIME, LIFTED
from .stage import Stage, open_stage
from .true_grasps import DEPTH, PAD_BREADTH, TIP_HEIGHT, TrueGrasp, draw_grasps

SIDE = 0.40
"""Largest distance of a block from the middle of the table along x or y [m]."""

LEAN = math.radians(30.0)
"""How far every other grasp leans, about the axis along which the jaws close [rad]."""


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
    with open_stage(worlds, 7, ["env.rig=full"]) as stage:
        records = [grasp_all(stage, grasps[i : i + worlds]) for i in range(0, len(grasps), worlds)]
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
    return TrueGrasp(block, position, rotation, grasp.width)


def lean(position: torch.Tensor, rotation: torch.Tensor, angle: float) -> tuple[torch.Tensor, torch.Tensor]:
    """Turn a grasp about its closing axis through the middle of the pads' touch, and keep the pads off the table."""
    axis = rotation[:, 0] * math.sin(angle / 2)
    turn = torch.cat((axis, axis.new_tensor([math.cos(angle / 2)])))
    turned = rotate(turn, rotation.mT).mT
    moved = position - 0.5 * DEPTH * (rotation[:, 2] - turned[:, 2])
    moved[2] = max(float(moved[2]), TIP_HEIGHT + 0.5 * PAD_BREADTH * abs(math.sin(angle)))
    return moved, turned


def grasp_all(stage: Stage, grasps: list[TrueGrasp]) -> FullRecord:
    """Carry one grasp out in each world."""
    slots = stage.place([Scene((grasp.block,), 0) for grasp in grasps])
    stage.rest(0.3)
    arm, motion = plan(stage, grasps)
    start = stage.object_poses(slots)[0][:, 2]
    links = link_geoms(stage)
    top, touched = start.clone(), torch.zeros(stage.worlds)
    errors = torch.zeros(2, stage.worlds, dtype=torch.float64)
    for clock in follow(stage, motion):
        holding = clock <= motion.measure_time
        top = torch.where(holding, stage.object_poses(slots)[0][:, 2], top)
        errors = errors.maximum(torch.stack(tool_errors(stage, motion, clock)).amax(dim=2))
        touched += link_touches(stage, links)
    lifted, stopped = (top - start > LIFTED) & motion.reachable, stage.env.rig.stopped_early.any(dim=1)
    distance, angle = torch.where(stopped, 0.0, errors).unbind(0)
    return FullRecord(motion.reachable, lifted, arm, stopped, distance, angle, touched)


def plan(stage: Stage, grasps: list[TrueGrasp]) -> tuple[torch.Tensor, JointTrajectory]:
    """Return the arm that takes each grasp, shape (N,), and the motion."""
    rig = stage.env.rig
    position = torch.stack([grasp.position for grasp in grasps]).float()
    rotation = torch.stack([grasp.rotation for grasp in grasps]).float()
    width = torch.tensor([grasp.width for grasp in grasps])
    arm, valid = rig.choose_arm(position, rotation), torch.ones(len(grasps), dtype=torch.bool)
    home, limits = (rig.home_position, rig.home_quaternion), replace(rig.limits, hold_time=HOLD_TIME)
    return arm, rig.plan(plan_grasps(*home, position, rotation, width, arm, valid, rig.geometry, limits))
