"""A straight push of a free block: it goes as far as the fingers go once they touch it."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch

from pg_tasks.app.bench import Bench, open_bench
from pushgrasp.interface.action import push_action
from pushgrasp.scenes.rotations import about_z, rotate
from pushgrasp.scenes.scene import Scene, SceneObject
from pushgrasp.scenes.shapes import SHAPES, Shape, mesh

from .figures import Figure

STROKE = 0.20
"""Way of the fingers [m]."""

GAP = 0.02
"""Free run before they touch the block [m]."""

POINTS = 32
"""Points of the path."""


@dataclass(frozen=True)
class TruePush:
    """A block at rest and a push through its middle.

    Attributes:
        block: The block.
        direction: Unit vector of the push in the plane (2,).
        start: Where the middle of the fingers starts (2,) [m].
    """

    block: SceneObject
    direction: torch.Tensor
    start: torch.Tensor


def true_push(shape: Shape, heading: float, side: bool, finger: float) -> TruePush:
    """Push a block square to one of its upright faces.

    Args:
        shape: The block; it rests on its default face.
        heading: Direction of the push [rad].
        side: Push along the block's y axis, not along its x axis.
        finger: Half the depth of the closed fingers along the push [m].
    """
    yaw = torch.tensor(heading - (math.pi / 2 if side else 0.0), dtype=torch.float64)
    direction = torch.tensor([math.cos(heading), math.sin(heading)], dtype=torch.float64)
    centre = -direction * STROKE / 2
    block = SceneObject(shape.name, (*centre.tolist(), shape.size[2] / 2), tuple(about_z(yaw).tolist()))
    corners = rotate(about_z(yaw), torch.as_tensor(mesh(shape)[0]))[:, :2]
    back = float((corners @ direction).min())
    return TruePush(block, direction, centre + direction * (back - GAP - finger))


def pushable_sides(shape: Shape) -> list[bool]:
    """Along which axes fingers meet an upright face: False is x, True is y. Sloping faces would lift the fingers."""
    return [True] if shape.kind in ("prism", "half_cylinder") else [False, True]


def run(headings: int = 3, physics: str = "mujoco") -> list[Figure]:
    """Run the benchmark: every shape, its sides, and ``headings`` directions, one push per world."""
    cases = [
        (shape, 2 * math.pi * (i + 0.37) / headings, side)
        for shape in SHAPES.values()
        for side in pushable_sides(shape)
        for i in range(headings)
    ]
    with open_bench(len(cases), 7, physics=physics) as bench:
        finger = bench.env.cfg.gripper.closed_section[0] / 2
        pushes = [true_push(shape, heading, side, finger) for shape, heading, side in cases]
        along, aside = push_all(bench, pushes)
    error = along - (STROKE - GAP)
    worst = {
        shape.name: max(abs(float(error[i])) for i, case in enumerate(cases) if case[0] is shape)
        for shape in SHAPES.values()
    }
    return [
        Figure("push", f"largest error of {len(cases)} pushes", 1e3 * float(error.abs().max()), "mm", at_most=15.0),
        Figure("push", "mean error", 1e3 * float(error.mean()), "mm"),
        Figure("push", "largest way to the side", 1e3 * float(aside.abs().max()), "mm"),
        *(Figure("push", f"largest error, {name}", 1e3 * value, "mm") for name, value in worst.items()),
    ]


def push_all(bench: Bench, pushes: list[TruePush]) -> tuple[torch.Tensor, torch.Tensor]:
    """Carry one push out in each world with the left gripper; return the blocks' ways along and aside [m], (N,)."""
    slots = bench.place([Scene((push.block,), 0) for push in pushes])
    bench.rest(0.3)
    start = bench.object_poses(slots)[0]
    share = torch.linspace(0.0, STROKE, POINTS, dtype=torch.float64)[:, None]
    path = torch.stack([push.start + share * push.direction for push in pushes])
    height = torch.full_like(path[..., :1], bench.env.decoder.push.tip_height)
    path = torch.cat((path, height), dim=-1)[:, None].expand(-1, 2, -1, -1).float()
    direction = torch.stack([push.direction for push in pushes])
    yaw = torch.atan2(direction[:, 1], direction[:, 0])[:, None, None].expand(-1, 2, POINTS).float()
    active = torch.tensor([True, False]).expand(len(pushes), -1)
    bench.follow(bench.plan(push_action(path, yaw, active)))
    moved = (bench.object_poses(slots)[0] - start)[:, :2]
    return (moved * direction).sum(dim=1), moved[:, 0] * direction[:, 1] - moved[:, 1] * direction[:, 0]
