"""Poses to show the board to the camera in: spread over the picture, leaning every way, within reach."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from itertools import product

import numpy as np
import torch
from scipy.spatial.transform import Rotation

from pushgrasp.deploy.calibration.board import BoardCfg
from pushgrasp.deploy.calibration.rigid import apply, project, rigid
from pushgrasp.motion.arm.capsules import Capsules, capsules
from pushgrasp.motion.arm.collision import arm_distance
from pushgrasp.motion.arm.forward import Frames
from pushgrasp.motion.arm.inverse import wrapped
from pushgrasp.motion.arm.model import ArmsCfg
from pushgrasp.motion.arm.reach import postures
from pushgrasp.settings import Count, NotNegative, Positive, Settings

MOST_LEAN = math.radians(50.0)
"""Angle between the board and the line of sight's normal, beyond which its corners are not found well [rad]."""

BORDER = 0.03
"""Part of the picture's sides that the board keeps away from."""

LOWEST = 0.08
"""Least height of the board's corners and of the finger tips over the table [m]."""


@dataclass(frozen=True)
class CellSketch(Settings):
    """A cell as a tape measure gives it; a few centimetres do not matter for poses.

    Raises:
        ValueError: If a number is out of range.
    """

    arms: ArmsCfg = field(default_factory=ArmsCfg)
    """The arms; the left one first."""
    camera: tuple[float, float, float] = (0.0, 0.0, 1.4)
    """Where the camera is, world frame [m]; it looks straight down, its picture's right is the world's x axis."""
    intrinsics: tuple[Positive, Positive, Positive, Positive] = (920.0, 920.0, 640.0, 360.0)
    """fx, fy, cx, cy [pixel], pixel centres at halves."""
    size: tuple[Count, Count] = (1280, 720)
    """Width and height of the pictures [pixel]."""
    hold: NotNegative = 0.03
    """How much of the plate beyond the board's lower edge is between board and finger tips [m]."""
    tilt: Positive = 29.0
    """By how much the board leans [degrees]."""


@dataclass(frozen=True)
class GuidedPose:
    """One pose to bring an arm to by hand."""

    joints: np.ndarray
    """Joint angles [rad], shape (6,)."""
    world_from_tool: np.ndarray
    """The TCP, shape (4, 4): z out of the palm, x along the closing direction."""
    world_from_board: np.ndarray
    """The board, shape (4, 4)."""


_HEADINGS = np.arange(8) * 0.25 * math.pi
_AZIMUTHS = np.arange(8) * 0.25 * math.pi
_X, _Y, _Z = np.linspace(-0.45, 0.45, 7), np.linspace(-0.3, 0.3, 5), (0.18, 0.32)


def guided_poses(sketch: CellSketch, board: BoardCfg, arm: int, count: int) -> list[GuidedPose]:
    """Return poses for one arm, while the other one waits at home.

    The jaws hold the plate by its lower edge, its printed side towards the closing direction (the gripper's +x): the
    gripper lies on its side, and the board faces the camera.

    Args:
        sketch: The cell.
        board: The board.
        arm: Number of the arm, 0 for the left one.
        count: How many poses.

    Raises:
        ValueError: If so many are not within reach.
    """
    boards, azimuths = _board_candidates(sketch)
    seen = _in_view(boards, sketch, board)
    boards, azimuths = boards[seen], azimuths[seen]
    tools = boards @ _board_from_tool(sketch, board)
    joints, possible = _reach(tools, sketch.arms, arm)
    lowest = np.minimum(apply(boards[:, None], board.outline)[..., 2].min(axis=1), tools[:, 2, 3])
    possible &= lowest >= LOWEST
    chosen = _spread(boards[:, :3, 3], azimuths, possible, count)
    if len(chosen) < count:
        raise ValueError(
            f"arm {arm}: {len(chosen)} of {count} poses are within reach; move base or camera in the sketch, lean less "
            "(tilt), or take a smaller board"
        )
    return [GuidedPose(joints[index], tools[index], boards[index]) for index in chosen]


def _board_candidates(sketch: CellSketch) -> tuple[np.ndarray, np.ndarray]:
    """Return boards in the world, shape (K, 4, 4), and the number of the way each leans, shape (K,)."""
    found, ways = [], []
    for x, y, z, heading, (way, azimuth) in product(_X, _Y, _Z, _HEADINGS, enumerate(_AZIMUTHS)):
        axis = np.array((math.cos(azimuth), math.sin(azimuth), 0.0))
        lean = Rotation.from_rotvec(math.radians(sketch.tilt) * axis)
        upright = Rotation.from_euler("z", heading - 0.5 * math.pi)
        found.append(rigid((lean * upright).as_matrix(), np.array((x, y, z))))
        ways.append(way)
    return np.stack(found), np.array(ways)


def _board_from_tool(sketch: CellSketch, board: BoardCfg) -> np.ndarray:
    """Return the TCP in the board's frame: it approaches along the board's y, its x is the board's z."""
    axes = np.array(((0.0, 1.0, 0.0), (0.0, 0.0, 1.0), (1.0, 0.0, 0.0)))
    return rigid(axes, np.array((0.0, -0.5 * board.size[1] - sketch.hold, 0.0)))


def _in_view(boards: np.ndarray, sketch: CellSketch, board: BoardCfg) -> np.ndarray:
    """Tell which boards, shape (K, 4, 4), the camera sees whole and not too much from the side, shape (K,)."""
    fx, fy, cx, cy = sketch.intrinsics
    intrinsics = np.array(((fx, 0.0, cx), (0.0, fy, cy), (0.0, 0.0, 1.0)))
    corners = (apply(boards[:, None], board.outline) - sketch.camera) * (1.0, -1.0, -1.0)
    share = project(corners, intrinsics) / sketch.size
    inside = ((share > BORDER) & (share < 1.0 - BORDER)).all(axis=(1, 2))
    sight = np.asarray(sketch.camera) - boards[:, :3, 3]
    facing = (sight * boards[:, :3, 2]).sum(axis=-1) / np.linalg.norm(sight, axis=-1)
    return inside & (facing > math.cos(MOST_LEAN))


def _reach(tools: np.ndarray, arms: ArmsCfg, arm: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the posture next to home for each TCP, (K, 4, 4): joints [rad], (K, 6), and whether it is possible."""
    alone = replace(arms, bases=(arms.bases[arm],))
    tcp = Frames(torch.from_numpy(tools[None, :, :3, :3].copy()), torch.from_numpy(tools[None, :, :3, 3].copy()))
    joints, possible, shapes = postures(tcp, alone)
    if arms.num_arms == 2:
        possible = possible & (_distance_to_other(shapes, arms, 1 - arm) >= arms.arm_clearance)
    travel = wrapped(joints - arms.home_joints()[0]).abs().sum(dim=-1)
    best = torch.where(possible, travel, math.inf).argmin(dim=-1)[0]
    rows = torch.arange(len(best))
    return joints[0, rows, best].numpy(), possible[0, rows, best].numpy()


def _distance_to_other(shapes: Capsules, arms: ArmsCfg, other: int) -> torch.Tensor:
    """Return the distance of postures, (1, K, 8), from the other arm at home [m]."""
    waiting = replace(arms, bases=(arms.bases[other],))
    home = waiting.home_joints(torch.float32)[:, None]
    still = capsules(home, home.new_zeros(1, 1), waiting)
    ends = still.ends[:, :, None].expand(shapes.ends.shape)
    return arm_distance(shapes, Capsules(ends, still.radius))


def _spread(positions: np.ndarray, azimuths: np.ndarray, possible: np.ndarray, count: int) -> list[int]:
    """Choose candidates that lean each way in turn, each as far as possible from those chosen before."""
    ways = [way for way in range(len(_AZIMUTHS)) if possible[azimuths == way].any()]
    middle = positions[possible].mean(axis=0) if possible.any() else positions.mean(axis=0)
    gap = np.linalg.norm(positions - middle, axis=-1)
    chosen: list[int] = []
    for turn in range(count if ways else 0):
        allowed = possible & (azimuths == ways[turn % len(ways)])
        allowed[chosen] = False
        if not allowed.any():
            break
        chosen.append(int(np.where(allowed, gap, -1.0).argmax()))
        distance = np.linalg.norm(positions - positions[chosen[-1]], axis=-1)
        gap = distance if len(chosen) == 1 else np.minimum(gap, distance)
    return chosen
