"""The world from the table: by boards that lie on it, or by a depth picture of it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import least_squares
from scipy.spatial.transform import Rotation

from pushgrasp.deploy.calibration.board import BoardCfg
from pushgrasp.deploy.calibration.detection import Corners, board_pose
from pushgrasp.deploy.calibration.rigid import apply, inverse, project, rigid, rigid_of_vector

LEAST_PLACES = 5
"""Places on the table where the board has to have lain; nine give two thirds of the error of five."""

LEAST_SPREAD = 0.1
"""Root mean square distance of those places from the line that fits them best [m]."""

MOST_OFF_PLANE = 0.010
"""How far a board may seem to lie off the plane of all of them; one picture by itself tells it to some 3 mm [m]."""

FLAT = 0.005
"""Depth that far from a plane still counts as on it [m]."""

_TRIALS, _SAMPLE, _SEED = 200, 5000, 0
"""Planes tried through three random points of so many, drawn with this seed."""


@dataclass(frozen=True)
class TableSolution:
    """Where the camera stands over the table."""

    world_from_camera: np.ndarray
    """Optical frame to world, shape (4, 4)."""
    source: str
    """What it comes from, in words."""
    rms: float | None = None
    """Distance of predicted from seen corners [pixel]; None from depth."""


def world_from_boards(places: Sequence[Corners], board: BoardCfg, intrinsics: np.ndarray) -> TableSolution:
    """Return the world from pictures of the board lying on the table, printed side up.

    In the first picture the board lies in the middle of the workspace: its middle is the origin, and the side that
    runs closest to the picture's right is the x axis. The further places give the plane's slope.

    Args:
        places: Corners of each picture.
        board: The board; its thickness lies between the table and the corners.
        intrinsics: Pinhole matrix [pixel], shape (3, 3), pixel centres at halves.

    Raises:
        ValueError: If the places are too few or too close together, or the board did not lie flat.
        UserError: If OpenCV is not installed.
    """
    if len(places) < LEAST_PLACES:
        raise ValueError(f"table: {len(places)} pictures of the board on it; at least {LEAST_PLACES} are needed")
    seen = np.stack([board_pose(corners, intrinsics) for corners in places])
    start = seen[0] @ _turn_to_right(seen[0]) @ rigid(np.eye(3), np.array((0.0, 0.0, -board.thickness)))
    guesses = np.stack([_in_plane(inverse(start) @ one) for one in seen])
    _check_places(guesses[:, :2])

    def boards(step: np.ndarray) -> np.ndarray:
        lying = _lying(np.concatenate(([guesses[0]], step[6:].reshape(-1, 3))), board.thickness)
        return start @ rigid_of_vector(step[:6]) @ lying

    def cost(step: np.ndarray) -> np.ndarray:
        found = boards(step)
        parts = zip(found, places, strict=True)
        return np.concatenate([(project(apply(pose, p.points), intrinsics) - p.pixels).ravel() for pose, p in parts])

    fit = least_squares(cost, np.concatenate((np.zeros(6), guesses[1:].ravel())), x_scale="jac")
    world_from_camera = inverse(start @ rigid_of_vector(fit.x[:6]))
    _check_flat(boards(fit.x), seen)
    error = math.sqrt(2.0 * float((fit.fun**2).mean()))
    return TableSolution(world_from_camera, f"{len(places)} pictures of the board on the table", error)


def world_from_depth(depth: np.ndarray, intrinsics: np.ndarray) -> TableSolution:
    """Return the world from a depth picture of the bare table.

    The origin is where the ray through the picture's middle meets the table; x runs to the picture's right.

    Args:
        depth: Distance along the optical axis [m], shape (h, w); 0 or NaN where there is none.
        intrinsics: Pinhole matrix [pixel], shape (3, 3), pixel centres at halves.

    Raises:
        ValueError: If most of the picture is not one plane.
    """
    height, width = depth.shape
    normal, offset = _plane(_points(depth, intrinsics))
    ray = np.linalg.solve(intrinsics, (0.5 * width, 0.5 * height, 1.0))
    origin = ray * offset / (normal @ ray)
    x = np.array((1.0, 0.0, 0.0)) - normal[0] * normal
    x /= np.linalg.norm(x)
    axes = np.stack((x, np.cross(normal, x), normal), axis=-1)
    return TableSolution(inverse(rigid(axes, origin)), "the plane of a depth picture")


def _turn_to_right(camera_from_board: np.ndarray) -> np.ndarray:
    """Return the quarter turns about z that bring a board's x axis closest to the picture's right."""
    x_to_right, y_to_right = camera_from_board[0, :2]
    quarters = round(math.atan2(y_to_right, x_to_right) / (0.5 * math.pi))
    return rigid(Rotation.from_rotvec((0.0, 0.0, 0.5 * math.pi * quarters)).as_matrix(), np.zeros(3))


def _in_plane(world_from_board: np.ndarray) -> np.ndarray:
    """Return x, y [m] and yaw [rad] of a board, shape (3,)."""
    yaw = math.atan2(world_from_board[1, 0], world_from_board[0, 0])
    return np.array((*world_from_board[:2, 3], yaw))


def _lying(places: np.ndarray, thickness: float) -> np.ndarray:
    """Return world_from_board, shape (N, 4, 4), of boards on the table at x, y [m] and yaw [rad], shape (N, 3)."""
    turns = Rotation.from_rotvec(places[:, 2:] * (0.0, 0.0, 1.0)).as_matrix()
    return np.stack([rigid(turn, np.array((x, y, thickness))) for turn, (x, y, _) in zip(turns, places, strict=True)])


def _check_places(places: np.ndarray) -> None:
    """Refuse places, shape (N, 2) [m], through which the slope of a plane is not known well."""
    spread = np.linalg.svd(places - places.mean(axis=0), compute_uv=False)[1] / math.sqrt(len(places))
    if spread < LEAST_SPREAD:
        raise ValueError(
            f"table: the board's places lie within {1000 * spread:.0f} mm of one line; at least "
            f"{1000 * LEAST_SPREAD:.0f} mm are needed: middle first, then near the corners of the workspace"
        )


def _check_flat(fitted: np.ndarray, seen: np.ndarray) -> None:
    """Refuse boards that did not lie on one plane."""
    off = np.abs(((seen[:, :3, 3] - fitted[:, :3, 3]) * fitted[:, :3, 2]).sum(axis=-1))
    worst = int(np.argmax(off))
    if off[worst] > MOST_OFF_PLANE:
        raise ValueError(
            f"table: in picture {worst + 1} the board lies {1000 * off[worst]:.1f} mm off the plane of all of them, at "
            f"most {1000 * MOST_OFF_PLANE:.0f} mm are allowed: lay it flat on the table; check intrinsics and sizes"
        )


def _points(depth: np.ndarray, intrinsics: np.ndarray) -> np.ndarray:
    """Return a random sample of the points of a depth picture [m], optical frame, shape (P, 3)."""
    rows, columns = np.nonzero(np.nan_to_num(depth) > 0.0)
    if len(rows) < _SAMPLE:
        raise ValueError(f"table: the depth picture holds {len(rows)} measured pixels; at least {_SAMPLE} are needed")
    chosen = np.random.default_rng(_SEED).choice(len(rows), _SAMPLE, replace=False)
    rows, columns = rows[chosen], columns[chosen]
    x = (columns + 0.5 - intrinsics[0, 2]) / intrinsics[0, 0]
    y = (rows + 0.5 - intrinsics[1, 2]) / intrinsics[1, 1]
    return np.stack((x, y, np.ones_like(x)), axis=-1) * depth[rows, columns, None]


def _plane(points: np.ndarray) -> tuple[np.ndarray, float]:
    """Return the unit normal towards the camera, and its product with any point, of the plane of most points."""
    chosen = np.random.default_rng(_SEED).integers(len(points), size=(_TRIALS, 3))
    one, two, three = points[chosen].swapaxes(0, 1)
    normals = np.cross(two - one, three - one)
    normals /= np.maximum(np.linalg.norm(normals, axis=-1, keepdims=True), 1.0e-12)
    distance = np.abs(points @ normals.T - (normals * one).sum(axis=-1))
    near = distance < FLAT
    best = near[:, near.sum(axis=0).argmax()]
    if best.mean() < 0.5:
        raise ValueError(f"table: {100 * best.mean():.0f} % of the depth picture is one plane; clear the table")
    middle = points[best].mean(axis=0)
    normal = np.linalg.svd(points[best] - middle, full_matrices=False)[2][2]
    normal = -normal if normal[2] > 0.0 else normal
    return normal, float(normal @ middle)
