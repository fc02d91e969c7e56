"""Collision test of the open gripper on its way down, against the heightmap and the table."""

from torch import Tensor

from pushgrasp.decoding.candidates import Candidates
from pushgrasp.decoding.gripper_points import pad_points, palm_points
from pushgrasp.decoding.surface import Surface
from pushgrasp.gripper import GripperGeometry


def drop_hits(
    candidates: Candidates, obstacles: Surface, points: Tensor, tolerance: float, side: float = 0.0
) -> Candidates:
    """The candidates of which no point (M, 3), TCP frame, lies more than ``tolerance`` [m] inside an obstacle.

    ``side`` moves the points along the closing direction, in half openings: 1 for the pad at +x, -1 for that at -x.
    """
    world_points = candidates.to_world(points, side * candidates.width / 2)
    deepest = obstacles.depth(candidates.world, world_points).amax(dim=1)
    return candidates.select(deepest <= tolerance)


def drop_colliding(
    candidates: Candidates, obstacles: Surface, sizes: GripperGeometry, sweep: float, tolerance: float
) -> Candidates:
    """The candidates whose open pads and palm meet nothing over the last ``sweep`` [m] of a straight approach.

    The target counts as an obstacle too: it must lie between the pads, not below them.
    """
    pad = pad_points(sizes, sweep, candidates.anchor)
    candidates = drop_hits(candidates, obstacles, pad, tolerance, side=1.0)
    candidates = drop_hits(candidates, obstacles, pad * pad.new_tensor([-1.0, 1.0, 1.0]), tolerance, side=-1.0)
    return drop_hits(candidates, obstacles, palm_points(sizes, sweep, candidates.anchor), tolerance)
