"""Which arm takes a grasp: one that gets there, keeps clear of the other, and has the easier posture."""

from dataclasses import dataclass

import torch

from pushgrasp.motion.arm.capsules import Capsules, capsules
from pushgrasp.motion.arm.collision import arm_distance
from pushgrasp.motion.arm.forward import Frames
from pushgrasp.motion.arm.model import ArmsCfg
from pushgrasp.motion.arm.reach import postures
from pushgrasp.motion.arms import choose_arm
from pushgrasp.motion.limits import MotionLimits


@dataclass
class ArmChoice:
    """The arm for each of N grasps."""

    arm: torch.Tensor
    """Number of the arm, shape (N,), long; the one on whose side the grasp lies where none gets there."""
    able: torch.Tensor
    """Which arms get there and keep clear of the other one at home, shape (N, G), bool."""
    clearance: torch.Tensor
    """Their least distance from the other arm at home [m], shape (N, G); infinite for a single arm, 0 if not able."""


def choose_reaching_arm(
    position: torch.Tensor, rotation: torch.Tensor, arms: ArmsCfg, limits: MotionLimits
) -> ArmChoice:
    """Choose the arm that grasps: the one on whose side the grasp lies if it can, else the other one.

    An arm can if one branch gets it to the grasp, to its standoff and to the top of the lift, clear of the table, of
    itself and of the other arm at home. Being on an arm's side does not decide alone: an approach that leans towards
    the table's middle may be open only to the arm across.

    Args:
        position: TCP at the grasp [m], shape (N, 3), world frame.
        rotation: gripper orientation at the grasp, shape (N, 3, 3).
        arms: the arms.
        limits: standoff and lift height.

    Raises:
        ValueError: if a shape is wrong.
    """
    if rotation.shape != (*position.shape, 3):
        raise ValueError(f"rotation has shape {tuple(rotation.shape)}; {(*position.shape, 3)} is needed")
    nearer = choose_arm(position, arms.num_arms)
    points = _way(position.double(), rotation.double(), limits)
    tcp = Frames(
        rotation.double()[:, None, None].expand(-1, arms.num_arms, points.shape[1], -1, -1),
        points[:, None].expand(-1, arms.num_arms, -1, -1),
    )
    _, possible, shapes = postures(tcp, arms)
    distance = _from_waiting_arm(shapes, arms)
    distance = torch.where((possible & (distance >= arms.arm_clearance)).all(dim=2), distance.amin(dim=2), -1.0)
    clearance = distance.amax(dim=-1)
    able = clearance >= 0.0
    other = arms.num_arms - 1 - nearer
    own_can, other_can = able.gather(1, nearer[:, None])[:, 0], able.gather(1, other[:, None])[:, 0]
    return ArmChoice(torch.where(other_can & ~own_can, other, nearer), able, clearance.clamp(min=0.0).to(position))


def _way(position: torch.Tensor, rotation: torch.Tensor, limits: MotionLimits) -> torch.Tensor:
    """Return grasp, standoff, the point above it and the top of the lift [m], shape (N, 4, 3)."""
    back = position - limits.standoff * rotation[..., 2]
    over = torch.cat((back[:, :2], back[:, 2:].clamp(min=limits.travel_height)), dim=1)
    up = position + position.new_tensor([0.0, 0.0, limits.lift_height])
    return torch.stack((position, back, over, up), dim=1)


def _from_waiting_arm(shapes: Capsules, arms: ArmsCfg) -> torch.Tensor:
    """Return the distance of postures, (N, G, T, 8, C, 2, 3), from the other arm at home [m], shape (N, G, T, 8)."""
    if arms.num_arms == 1:
        return torch.full(shapes.ends.shape[:-3], float("inf"), device=shapes.ends.device)
    home = arms.home_joints(shapes.ends.dtype, shapes.ends.device)[:, None]
    waiting = capsules(home, torch.zeros_like(home[..., 0]), arms).ends
    others = Capsules(waiting.flip(0)[None, :, :, None].expand(len(shapes.ends), -1, -1, -1, -1, -1, -1), shapes.radius)
    return arm_distance(shapes, others)
