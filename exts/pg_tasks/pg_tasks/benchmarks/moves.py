"""Isolated blocks moved to another place: put down where they should be, nothing else touched."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields, replace

import torch

from pg_tasks.app.bench import Bench, open_bench
from pushgrasp.interface.action import Action, Kind
from pushgrasp.scenes.rotations import about_z, multiply, rotate
from pushgrasp.scenes.scene import Scene, SceneObject

from .figures import Figure
from .true_grasps import TrueGrasp, draw_grasps

NEAR, TURNED = 0.01, math.radians(10.0)
"""A block is put down within this of its place [m] and this of its orientation [rad]."""

STRIP, SIDE = 0.12, 0.35
"""Least and largest distance of blocks and places from the middle of the table along x, and largest along y [m]."""

WAY = 0.15
"""Least way of a move [m]; bystanders keep as far from the block and its place."""

BYSTANDERS = 3
"""Blocks that must not be touched."""


@dataclass
class MoveRecord:
    """What became of N moved blocks, all of shape (N,)."""

    planned: torch.Tensor
    lifted: torch.Tensor
    distance: torch.Tensor
    """From where the block should be [m]."""
    angle: torch.Tensor
    """To the orientation that it should have [rad]."""
    touched: torch.Tensor
    """Whether anything else lies elsewhere than before."""


@dataclass(frozen=True)
class _Move:
    """A grasp of a block, where the gripper puts it down, and what lies beside."""

    grasp: TrueGrasp
    place: torch.Tensor
    """TCP at the place [m], shape (3,)."""
    turn: float
    """Angle about z by which the block is turned [rad]."""
    bystanders: tuple[SceneObject, ...]


def run(
    trials: int = 60, worlds: int = 20, seed: int = 0, rig: str = "training", physics: str = "mujoco"
) -> list[Figure]:
    """Run the benchmark; ``trials`` is rounded up to whole batches of ``worlds`` and cut off again."""
    generator = torch.Generator().manual_seed(seed)
    drawn = draw_grasps(generator, trials + (-trials) % worlds)
    moves = [_draw(grasp, -1 if index % 2 == 0 else 1, generator) for index, grasp in enumerate(drawn)]
    with open_bench(worlds, 7, [f"env.rig={rig}"], physics) as bench:
        records = [move_all(bench, moves[i : i + worlds]) for i in range(0, len(moves), worlds)]
    names = [field.name for field in fields(MoveRecord)]
    whole = MoveRecord(*(torch.cat([getattr(record, name) for record in records])[:trials] for name in names))
    there = whole.lifted & (whole.distance < NEAR) & (whole.angle < TURNED)
    kind = "moves" if rig == "training" else "full_moves"
    return [
        Figure(kind, f"put down within 1 cm and 10 degrees, of {trials}", int(there.sum()), at_least=trials * 57 // 60),
        Figure(kind, "something else touched", int(whole.touched.sum()), at_most=0.0),
        Figure(kind, "out of reach", int((~whole.planned).sum())),
        Figure(kind, "median distance from the place", 1e3 * float(whole.distance.median()), "mm"),
        Figure(kind, "largest distance of those put down", 1e3 * float(whole.distance[there].max()), "mm"),
        Figure(kind, "median turn", math.degrees(float(whole.angle.median())), "deg"),
    ]


def run_full() -> list[Figure]:
    """Run the benchmark with UR5e arms."""
    return run(rig="full")


def move_all(bench: Bench, moves: list[_Move]) -> MoveRecord:
    """Carry one move out in each world, with the arm on whose side the block lies."""
    env, worlds = bench.env, torch.arange(bench.worlds)
    slots = bench.place([Scene((move.grasp.block, *move.bystanders), 0) for move in moves])
    bench.rest(0.5)
    before = env.objects.position.clone()
    expected = _expected(bench, slots, moves)
    motion = bench.plan(_action(bench, moves))
    rise = bench.follow(motion).rise[worlds, slots]
    position, quaternion = bench.object_poses(slots)
    cosine = (quaternion * expected[1]).sum(dim=1).abs().clamp(max=1.0)
    elsewhere = env.objects.active & ((env.objects.position - before).norm(dim=-1) > 0.002)
    elsewhere[worlds, slots] = False
    distance = (position - expected[0]).norm(dim=1)
    return MoveRecord(motion.reachable, rise > 0.05, distance, 2.0 * cosine.acos(), elsewhere.any(dim=1))


def _expected(bench: Bench, slots: torch.Tensor, moves: list[_Move]) -> tuple[torch.Tensor, torch.Tensor]:
    """Return where the blocks should be afterwards: turned about the vertical through the TCP, and carried along."""
    position, quaternion = bench.object_poses(slots)
    grasp, place = (
        torch.stack([value.double() for value in part])
        for part in zip(*((m.grasp.position, m.place) for m in moves), strict=True)
    )
    turn = torch.tensor([move.turn for move in moves], dtype=torch.float64)
    return place + rotate(about_z(turn), position - grasp), multiply(about_z(turn), quaternion)


def _action(bench: Bench, moves: list[_Move]) -> Action:
    action = bench.grasps([move.grasp for move in moves], torch.tensor([int(move.place[0] > 0.0) for move in moves]))
    turn = about_z(torch.tensor([move.turn for move in moves]))[:, None, None]
    arm = action.kind == Kind.GRASP
    action.kind = torch.where(arm, int(Kind.MOVE), action.kind)
    action.place_position = torch.stack([move.place for move in moves]).float()[:, None].expand(-1, arm.shape[1], -1)
    action.place_rotation = rotate(turn, action.rotation.mT).mT
    return action


def _draw(grasp: TrueGrasp, side: int, generator: torch.Generator) -> _Move:
    """Draw where the block lies and goes, by how much it is turned, and what lies beside, on one side of the table."""
    spots = _apart(2 + BYSTANDERS, side, generator)
    x, y, z = grasp.block.position
    shift = torch.tensor([float(spots[0, 0]) - x, float(spots[0, 1]) - y, 0.0], dtype=torch.float64)
    block = replace(grasp.block, position=(x + float(shift[0]), y + float(shift[1]), z))
    position = grasp.position.double() + shift
    place = torch.cat((spots[1].double(), position[2:]))
    turn = math.pi * float(2.0 * torch.rand((), generator=generator) - 1.0)
    names = [name for name in ("cube", "cuboid", "slab", "cylinder") if name != block.shape][:BYSTANDERS]
    beside = tuple(_lying(name, spot) for name, spot in zip(names, spots[2:].tolist(), strict=True))
    return _Move(TrueGrasp(position, grasp.rotation, grasp.width, block), place, turn, beside)


def _apart(count: int, side: int, generator: torch.Generator) -> torch.Tensor:
    """Draw points on one side of the table, shape (count, 2) [m], at least :data:`WAY` from each other."""
    while True:
        share = torch.rand(count, 2, generator=generator)
        points = torch.stack((side * (STRIP + (SIDE - STRIP) * share[:, 0]), SIDE * (2.0 * share[:, 1] - 1.0)), dim=1)
        if float(torch.pdist(points).min()) > WAY:
            return points


def _lying(name: str, spot: list[float]) -> SceneObject:
    height = 0.025 if name == "slab" else 0.05
    return SceneObject(name, (spot[0], spot[1], height / 2))
