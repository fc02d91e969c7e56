"""Isolated top-down grasps at true poses: lifted, held, without slip and without sinking in."""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch

from pushgrasp.motion.grasp import plan_grasps
from pushgrasp.motion.trajectory import Phase, Trajectory
from pushgrasp.scenes.rotations import multiply, rotate
from pushgrasp.scenes.scene import Scene

from .figures import Figure
from .stage import Stage, open_stage
from .true_grasps import TrueGrasp, draw_grasps

HOLD_TIME = 2.0
"""How long a lifted block is held [s]."""

LIFTED = 0.10
"""Least rise of a block that counts as lifted [m]; the gripper rises by 15 cm."""


@dataclass
class GraspRecord:
    """What happened to N grasped blocks.

    Attributes:
        lifted: Risen and still up after the hold, shape (N,).
        slip: Way of the block in the palm's frame from the end of CLOSE to the end of HOLD [m], shape (N,).
        turn: Turn of the block in the palm's frame over the same time [rad], shape (N,).
        penetration: Deepest contact of the pads from the first touch to the end of HOLD [m], shape (N,).
    """

    lifted: torch.Tensor
    slip: torch.Tensor
    turn: torch.Tensor
    penetration: torch.Tensor


def run(trials: int = 60, worlds: int = 20, seed: int = 0) -> list[Figure]:
    """Run the benchmark; ``trials`` is rounded up to whole batches of ``worlds`` and cut off again."""
    grasps = draw_grasps(torch.Generator().manual_seed(seed), trials + (-trials) % worlds)
    with open_stage(worlds, 7) as stage:
        records = [grasp_all(stage, grasps[i : i + worlds]) for i in range(0, len(grasps), worlds)]
    lifted, slip, turn, depth = (
        torch.cat([getattr(r, name) for r in records])[:trials] for name in ("lifted", "slip", "turn", "penetration")
    )
    name, least = f"lifted and held {HOLD_TIME:g} s, of {trials}", trials * 58 // 60
    held = slip[lifted] if lifted.any() else torch.full((1,), torch.nan)
    turned = turn[lifted].rad2deg() if lifted.any() else torch.full((1,), torch.nan)
    return [
        Figure("grasps", name, int(lifted.sum()), at_least=least),
        Figure("grasps", "deepest pad penetration", 1e3 * float(depth.max()), "mm", at_most=3.0),
        Figure("grasps", "median pad penetration", 1e3 * float(depth.median()), "mm"),
        Figure("grasps", "largest slip", 1e3 * float(held.max()), "mm", at_most=5.0),
        Figure("grasps", "median slip", 1e3 * float(held.median()), "mm"),
        Figure("grasps", "largest turn in the grip", float(turned.max()), "deg"),
    ]


def grasp_all(stage: Stage, grasps: list[TrueGrasp]) -> GraspRecord:
    """Carry one grasp out in each world, with the arms in turn."""
    limits = replace(stage.env.cfg.limits, hold_time=HOLD_TIME)
    slots = stage.place([Scene((grasp.block,), 0) for grasp in grasps])
    stage.rest(0.3)
    arms = torch.arange(stage.worlds) % 2
    plan = _plan(stage, grasps, arms, limits)
    if not bool(plan.reachable.all()):
        raise ValueError("a true grasp is out of the workspace")
    start = stage.object_poses(slots)[0][:, 2]
    closing, closed = (plan.phase_end(phase).amax(dim=1) for phase in (Phase.DESCEND, Phase.CLOSE))
    pads = stage.geoms("pad")
    held_from = in_palm(stage, slots, arms)
    held_to, top = held_from, start.clone()
    depth = torch.zeros(stage.worlds, dtype=torch.float64)

    def watch(clock: float) -> None:
        nonlocal held_from, held_to, top, depth
        now = in_palm(stage, slots, arms)
        at_close = (closed > clock - stage.dt) & (closed <= clock)
        holding = clock <= plan.measure_time
        held_from = _merge(at_close, now, held_from)
        held_to = _merge(holding, now, held_to)
        top = torch.where(holding, stage.object_poses(slots)[0][:, 2], top)
        deep = torch.as_tensor(stage.penetration(pads))
        depth = torch.where(holding & (clock >= closing), depth.maximum(deep), depth)

    stage.follow(plan, watch)
    slip = (held_to[0] - held_from[0]).norm(dim=1)
    turn = 2 * (held_to[1] * held_from[1]).sum(dim=1).abs().clamp(max=1.0).acos()
    return GraspRecord(top - start > LIFTED, slip, turn, depth)


def in_palm(stage: Stage, slots: torch.Tensor, arms: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Pose of the blocks in the frame of the palm: positions (N, 3) [m] and quaternions (N, 4)."""
    (position, quaternion), (palm, turn) = stage.object_poses(slots), stage.palm_poses(arms)
    back = turn * turn.new_tensor([-1.0, -1.0, -1.0, 1.0])
    return rotate(back, position - palm), multiply(back, quaternion)


def _plan(stage: Stage, grasps: list[TrueGrasp], arms: torch.Tensor, limits: object) -> Trajectory:
    rig = stage.env.rig
    return plan_grasps(
        rig.home_position,
        rig.home_quaternion,
        torch.stack([g.position for g in grasps]).float(),
        torch.stack([g.rotation for g in grasps]).float(),
        torch.tensor([g.width for g in grasps]),
        arms,
        torch.ones(len(grasps), dtype=torch.bool),
        rig.geometry,
        limits,
    )


def _merge(
    mask: torch.Tensor, new: tuple[torch.Tensor, ...], old: tuple[torch.Tensor, ...]
) -> tuple[torch.Tensor, ...]:
    return tuple(torch.where(mask[:, None], a, b) for a, b in zip(new, old, strict=True))
