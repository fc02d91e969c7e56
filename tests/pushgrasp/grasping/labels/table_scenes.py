"""Objects put on a table by hand, and the heightmap that a perfect camera would make of them."""

import math

import numpy as np
import torch
from scipy.spatial.transform import Rotation

from pushgrasp.grasping.angle_view import class_rotations, split_class
from pushgrasp.grasping.labels.cfg import LabelCfg
from pushgrasp.grasping.labels.labeller import GraspLabels, label_grasps
from pushgrasp.grasping.labels.surface import SurfacePoints, scene_points
from pushgrasp.perception.workspace import Workspace

WORKSPACE = Workspace()


def upright(name: str, x: float, y: float, height: float, yaw: float) -> tuple[str, list[float], list[float]]:
    """A shape of a height [m] on the table, turned by ``yaw`` [rad]."""
    return name, [x, y, height / 2], [0.0, 0.0, math.sin(yaw / 2), math.cos(yaw / 2)]


def surface_of(*items: tuple[str, list[float], list[float]]) -> SurfacePoints:
    names, places, ways = zip(*items, strict=True)
    return scene_points(names, torch.tensor(places), torch.tensor(ways), range(1, len(items) + 1))


def maps_of(surface: SurfacePoints) -> tuple[torch.Tensor, torch.Tensor]:
    """Heightmap and ids (224, 224): the highest surface point of each cell."""
    cell = WORKSPACE.xy_to_cell(surface.point[:, :2])
    order = (surface.point[:, 2] * 1e5).round().long().clamp(min=0) * 256 + surface.object_id
    top = torch.zeros(224 * 224, dtype=torch.long).scatter_reduce(0, cell[:, 0] * 224 + cell[:, 1], order, "amax")
    return (top // 256 / 1e5).view(224, 224), (top % 256).view(224, 224)


def labels_of(*items: tuple[str, list[float], list[float]], cfg: LabelCfg | None = None) -> GraspLabels:
    surface = surface_of(*items)
    return label_grasps(surface, *maps_of(surface), WORKSPACE, cfg)


def best_friction(labels: GraspLabels, view_angle: int, object_id: int = 1) -> float:
    """Least friction with which a class grasps an object anywhere; infinite if it does not."""
    mine = (labels.view_angle == view_angle) & (labels.object_id == object_id)
    return float(labels.friction[mine].min()) if bool(mine.any()) else math.inf


def closing_yaw(view_angle: int) -> float:
    """Azimuth of the closing axis of a class [rad]."""
    x, y, _ = class_rotations()[view_angle, :, 0].tolist()
    return math.atan2(y, x)


def level_classes(max_tilt: float) -> list[int]:
    """Classes that close horizontally (in-plane angle 0) and lean by up to ``max_tilt`` [rad]."""
    lean = torch.acos(-class_rotations()[:, 2, 2])
    angle = split_class(torch.arange(360))[1]
    return ((lean <= max_tilt) & (angle == 0)).nonzero()[:, 0].tolist()


def quaternion_of(*columns: np.ndarray) -> list[float]:
    """Quaternion (x, y, z, w) of a rotation matrix with these columns."""
    return Rotation.from_matrix(np.stack(columns, axis=1)).as_quat().tolist()
