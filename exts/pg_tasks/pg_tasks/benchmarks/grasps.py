"""Isolated top-down grasps at true poses: lifted, held, without slip and without sinking in."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from pg_tasks.app.bench import Bench, open_bench
from pushgrasp.motion.trajectory import Phase
from pushgrasp.scenes.rotations import multiply, rotate
from pushgrasp.scenes.scene import Scene

from .figures import Figure
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


def run(trials: int = 60, worlds: int = 20, seed: int = 0, physics: str = "mujoco") -> list[Figure]:
    """Run the benchmark; ``trials`` is rounded up to whole batches of ``worlds`` and cut off again."""
    grasps = draw_grasps(torch.Generator().manual_seed(seed), trials + (-trials) % worlds)
    with open_bench(worlds, 7, [f"env.limits.hold_time={HOLD_TIME}"], physics) as bench:
        records = [grasp_all(bench, grasps[i : i + worlds]) for i in range(0, len(grasps), worlds)]
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


def grasp_all(bench: Bench, grasps: list[TrueGrasp]) -> GraspRecord:
    """Carry one grasp out in each world, with the arms in turn."""
    slots = bench.place([Scene((grasp.block,), 0) for grasp in grasps])
    bench.rest(0.3)
    arms = torch.arange(bench.worlds) % 2
    plan = bench.plan(bench.grasps(grasps, arms))
    if not bool(plan.reachable.all()):
        raise ValueError("a true grasp is out of the workspace")
    closing, closed, held = (plan.phase_end(phase).amax(dim=1) for phase in (Phase.DESCEND, Phase.CLOSE, Phase.HOLD))
    pads = bench.geoms("pad")
    held_from = held_to = in_palm(bench, slots, arms)
    depth = torch.zeros(bench.worlds, dtype=torch.float64)

    def watch(clock: float) -> None:
        nonlocal held_from, held_to, depth
        now = in_palm(bench, slots, arms)
        at_close = (closed > clock - bench.dt) & (closed <= clock)
        holding = clock <= held
        held_from = _merge(at_close, now, held_from)
        held_to = _merge(holding, now, held_to)
        deep = torch.as_tensor(bench.penetration(pads))
        depth = torch.where(holding & (clock >= closing), depth.maximum(deep), depth)

    rise = bench.follow(plan, watch).rise[torch.arange(bench.worlds), slots]
    slip = (held_to[0] - held_from[0]).norm(dim=1)
    turn = 2 * (held_to[1] * held_from[1]).sum(dim=1).abs().clamp(max=1.0).acos()
    return GraspRecord(rise > LIFTED, slip, turn, depth)


def in_palm(bench: Bench, slots: torch.Tensor, arms: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Pose of the blocks in the frame of the palm: positions (N, 3) [m] and quaternions (N, 4)."""
    (position, quaternion), (palm, turn) = bench.object_poses(slots), bench.palm_poses(arms)
    back = turn * turn.new_tensor([-1.0, -1.0, -1.0, 1.0])
    return rotate(back, position - palm), multiply(back, quaternion)


def _merge(
    mask: torch.Tensor, new: tuple[torch.Tensor, ...], old: tuple[torch.Tensor, ...]
) -> tuple[torch.Tensor, ...]:
    return tuple(torch.where(mask[:, None], a, b) for a, b in zip(new, old, strict=True))
