"""The arms: closed-form inverse kinematics against pinocchio, the table they reach, and planned motions looked at."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pinocchio
import torch

from pushgrasp.evaluation.pictures import save_map
from pushgrasp.gripper import GripperGeometry
from pushgrasp.interface.action import Action, Kind, grasp_action, push_action
from pushgrasp.motion.arm.audit import audit
from pushgrasp.motion.arm.capsules import Capsules, gripper_capsules
from pushgrasp.motion.arm.choice import choose_reaching_arm
from pushgrasp.motion.arm.collision import arm_distance
from pushgrasp.motion.arm.forward import Frames
from pushgrasp.motion.arm.inverse import inverse, wrapped
from pushgrasp.motion.arm.model import DH_A, DH_ALPHA, DH_D, NUM_JOINTS, ArmsCfg
from pushgrasp.motion.arm.plan import plan_joints
from pushgrasp.motion.arm.reach import reach_map
from pushgrasp.motion.arms import home_poses
from pushgrasp.motion.gimbal import gimbal_to_rotation
from pushgrasp.motion.limits import MotionLimits
from pushgrasp.motion.plan import plan_action
from pushgrasp.motion.trajectory import Trajectory

from .figures import Figure

INSTANT = 0.005
"""Time between two instants of a motion that is looked at [s]."""

WORLDS = 8
"""Worlds that are planned at a time."""

FOLDER = Path("logs/benchmarks")
"""Where the reach map is drawn unless told otherwise."""

SAME_POSTURE = 1.0e-6
"""Joint angles this close are the same solution [rad]."""

LIMITS = MotionLimits()
"""Motion limits of the plans."""

SIDE = 0.45
"""Largest distance of a grasp from the middle of the table along x or y [m]."""

TILT = 0.6
"""Largest angle about each horizontal axis by which a grasp leans [rad]."""

STRIP = 0.075
"""Distance that each of two pushes keeps from the middle of the table, as the push decoder has it [m]."""

POINTS = 32
"""Points of a push path."""

TRIES = 200
"""Paths drawn for every one that is used, at most: those that leave the table are dropped."""


def run(
    poses: int = 10_000, cells: int = 100, plans: int = 500, folder: Path = Path("logs/benchmarks")
) -> list[Figure]:
    """Run the benchmark.

    Args:
        poses: Random joint angles whose pose is solved for.
        cells: Cells along each side of the reach map.
        plans: Random pushes and grasps, half each.
        folder: Where the reach map is drawn.
    """
    arms = ArmsCfg()
    torch.set_num_threads(1)  # the time to plan is that of one core
    return [*_inverse(poses), *_reach(arms, cells, folder), *_plans(arms, plans)]


def _inverse(poses: int) -> list[Figure]:
    model = _dh_model()
    data = model.createData()
    joints = np.random.default_rng(0).uniform(-np.pi, np.pi, (poses, NUM_JOINTS))
    flange = [_forward(model, data, q) for q in joints]
    rotation, position = (torch.from_numpy(np.stack(part)) for part in zip(*flange, strict=True))
    found = inverse(Frames(rotation, position))
    missed = ~(wrapped(found - torch.from_numpy(joints)[:, None]).abs().amax(dim=-1) < SAME_POSTURE).any(dim=1)
    exists = ~found[..., 0].isnan()
    targets = position[:, None].expand(-1, found.shape[1], -1)[exists].numpy()
    reached = np.stack([_forward(model, data, q)[1] for q in found[exists].numpy()])
    error = float(np.linalg.norm(reached - targets, axis=1).max())
    name = f"{len(targets)} solutions of {poses} poses"
    return [
        Figure("arms", f"largest position error of {name}, by pinocchio", error, "m", at_most=1.0e-6),
        Figure("arms", "poses whose joint angles are not among the solutions", float(missed.sum()), at_most=0.0),
    ]


def _dh_model() -> pinocchio.Model:
    """Return the arm as pinocchio has it, one revolute joint per Denavit-Hartenberg row, the last frame the flange."""
    model, parent, place = pinocchio.Model(), 0, pinocchio.SE3.Identity()
    for index, (a, d, alpha) in enumerate(zip(DH_A, DH_D, DH_ALPHA, strict=True)):
        parent = model.addJoint(parent, pinocchio.JointModelRZ(), place, f"joint_{index + 1}")
        twist = pinocchio.SE3(pinocchio.utils.rotate("x", alpha), np.array([a, 0.0, d]))
        place = twist
    model.addFrame(pinocchio.Frame("flange", parent, place, pinocchio.FrameType.OP_FRAME))
    return model


def _forward(model: pinocchio.Model, data: pinocchio.Data, joints: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return rotation and position [m] of the flange."""
    pinocchio.framesForwardKinematics(model, data, joints)
    flange = data.oMf[model.nframes - 1]
    return flange.rotation.copy(), flange.translation.copy()


def _reach(arms: ArmsCfg, cells: int, folder: Path) -> list[Figure]:
    reach = reach_map(arms, cells)
    save_map(folder / "reach.png", reach.float().sum(dim=0), "arms that reach the cell top-down", "arms")
    share = [100.0 * float(part.float().mean()) for part in (reach.any(dim=0), reach.all(dim=0))]
    return [
        Figure("arms", "table within reach of an arm, top-down", share[0], "%", at_least=97.0),
        Figure("arms", "table within reach of both arms", share[1], "%"),
    ]


def _plans(arms: ArmsCfg, plans: int) -> list[Figure]:
    """Plan pushes and grasps in turn, then as many of mixed kinds, and look at every instant of the motions."""
    generator = torch.Generator().manual_seed(0)

    def single(batch: int) -> Action:
        return random_grasps(WORLDS, arms, generator) if batch % 2 else random_pushes(WORLDS, generator)

    return [
        *_looked_at("plans", single, plans, arms, at_most=100.0),
        *_looked_at("plans of mixed kinds", lambda _: random_mixed(WORLDS, generator), plans, arms),
    ]


def _looked_at(
    name: str, draw: Callable[[int], Action], plans: int, arms: ArmsCfg, at_most: float | None = None
) -> list[Figure]:
    """Plan actions, a few worlds at a time, for grippers and for arms; return the worst that is seen of them."""
    seconds, planned, apart, rows = [], [], [], []
    for batch in range(math.ceil(plans / WORLDS)):
        source = plan_action(*home_poses(2, LIMITS), draw(batch), GripperGeometry(), LIMITS)
        start = time.process_time()
        plan = plan_joints(source, arms)
        seconds.append(time.process_time() - start)
        planned.append(plan.reachable[source.reachable])
        apart.append(_gripper_distance(source))
        rows.append({name: value[plan.reachable] for name, value in vars(audit(plan, arms, INSTANT)).items()})
    worst = {name: torch.cat([row[name] for row in rows]) for name in rows[0]}
    done, gap = torch.cat(planned).float(), 1e3 * float(torch.cat(apart).min())
    duration = 1e3 * float(np.median(seconds))
    return [
        Figure("arms", f"of {len(done)} {name} for grippers, carried out by arms", 100.0 * float(done.mean()), "%"),
        Figure("arms", f"{name}: least distance of two free grippers", gap, "mm", at_least=1e-3),
        *_limits(name, worst, arms),
        Figure("arms", f"{name}: time to plan {WORLDS} worlds, median", duration, "ms", at_most=at_most),
    ]


def _gripper_distance(plan: Trajectory) -> torch.Tensor:
    """Return how near the grippers come to each other, shape (N,) [m]."""
    clock = torch.arange(0.0, float(plan.duration.max()), INSTANT)
    targets = plan.sample_many(clock.expand(len(plan.times), -1))
    tcp = Frames(gimbal_to_rotation(targets.angles), targets.position)
    shapes = gripper_capsules(tcp, targets.width, GripperGeometry())
    return arm_distance(*(Capsules(ends, shapes.radius) for ends in shapes.ends.unbind(1))).amin(dim=1)


def _limits(name: str, worst: dict[str, torch.Tensor], arms: ArmsCfg) -> list[Figure]:
    """Return the worst of all motions against the limits."""
    low = {name: float(value.min()) for name, value in worst.items()}
    high = {name: float(value.max()) for name, value in worst.items()}
    half = 0.5 * arms.workspace_side
    return [
        Figure("arms", f"{name}: highest joint speed", high["speed"], "rad/s", at_most=arms.speed),
        Figure(
            "arms", f"{name}: highest joint acceleration", high["acceleration"], "rad/s^2", at_most=arms.acceleration
        ),
        Figure("arms", f"{name}: least margin to a joint limit", low["joint_margin"], "rad", at_least=0.0),
        Figure("arms", f"{name}: least distance of the two arms", 1e3 * low["arms"], "mm", at_least=1e-3),
        Figure("arms", f"{name}: least distance of an arm's own links", 1e3 * low["own"], "mm", at_least=1e-3),
        Figure("arms", f"{name}: least margin of a link over the table", 1e3 * low["table"], "mm", at_least=-1.0),
        Figure("arms", f"{name}: lowest TCP", 1e3 * low["tip"], "mm", at_least=0.0),
        Figure(
            "arms", f"{name}: farthest working TCP from the middle, along x or y", high["extent"], "m", at_most=half
        ),
        Figure("arms", f"{name}: largest distance from the path", 1e3 * high["position_error"], "mm", at_most=1.0),
    ]


def random_grasps(count: int, arms: ArmsCfg, generator: torch.Generator) -> Action:
    """Draw grasps all over the table, leaning any way, by the arm that reaches them."""
    position, rotation, width = _poses(count, generator)
    arm, valid = choose_reaching_arm(position, rotation, arms, LIMITS).arm, torch.ones(count, dtype=torch.bool)
    return grasp_action(position, rotation, width, arm, valid, 2, POINTS)


def random_mixed(count: int, generator: torch.Generator) -> Action:
    """Draw a grasp, a push or a move for each of two arms: pushes each on its side, all else all over the table."""
    action = random_pushes(count, generator)
    for arm in (0, 1):
        action.position[:, arm], action.rotation[:, arm], action.width[:, arm] = _poses(count, generator)
        action.place_position[:, arm], action.place_rotation[:, arm], _ = _poses(count, generator)
    action.kind = torch.randint(int(Kind.GRASP), len(Kind), (count, 2), generator=generator)
    action.valid = torch.ones_like(action.kind, dtype=torch.bool)
    return action


def _poses(count: int, generator: torch.Generator) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Draw TCP positions (N, 3) [m] all over the table, rotations (N, 3, 3) leaning any way, and openings (N,) [m]."""
    share = torch.rand(count, 7, generator=generator)
    position = torch.stack((SIDE * (2 * share[:, 0] - 1), SIDE * (2 * share[:, 1] - 1), 0.01 + 0.12 * share[:, 2]), -1)
    lean = TILT * (2 * share[:, 3:5] - 1)
    rotation = gimbal_to_rotation(torch.cat((lean, math.pi * (share[:, 5:6] - 0.5)), dim=-1))
    return position, rotation, GripperGeometry().stroke * share[:, 6]


def random_pushes(count: int, generator: torch.Generator) -> Action:
    """Draw pushes along arcs of 10 to 30 cm, each arm on its side; in a third of the worlds one arm alone."""
    sides = [_arcs(count, generator) for _ in range(2)]
    left, right = sides[0][0] * torch.tensor([-1.0, 1.0, 1.0]), sides[1][0]
    yaw = torch.stack((math.pi - sides[0][1], sides[1][1]), dim=1)
    active = torch.ones(count, 2, dtype=torch.bool)
    alone = torch.rand(count, generator=generator)
    active[alone < 1 / 6, 0] = False
    active[alone > 5 / 6, 1] = False
    return push_action(torch.stack((left, right), dim=1), yaw, active)


def _arcs(count: int, generator: torch.Generator) -> tuple[torch.Tensor, torch.Tensor]:
    """Draw arcs in the right half of the table; return their points, (N, P, 3) [m], and headings, (N, P) [rad]."""
    draw = torch.rand(count * TRIES, 5, 1, generator=generator)
    heading = 2 * math.pi * draw[:, 0] + 3.0 * (draw[:, 1] - 0.5) * torch.linspace(0.0, 1.0, POINTS)
    step = (0.1 + 0.2 * draw[:, 2]) / (POINTS - 1)
    start = torch.stack((STRIP + 0.4 * draw[:, 3], 0.94 * draw[:, 4] - 0.47), dim=-1)
    way = (step[..., None] * torch.stack((heading.cos(), heading.sin()), dim=-1))[:, :-1].cumsum(dim=1)
    path = torch.cat((start, start + way), dim=1)
    inside = (path[..., 0] >= STRIP) & (path.abs() <= LIMITS.x_range[1]).all(dim=-1)
    kept = inside.all(dim=1).nonzero()[:count, 0]
    return torch.cat((path[kept], torch.full((count, POINTS, 1), 0.012)), dim=-1), heading[kept]
