"""RGB-D pictures to heightmaps, masks and the isolate rate."""

from pushgrasp.perception.camera import deproject, project
from pushgrasp.perception.heightmap import Heightmaps, project_heightmaps
from pushgrasp.perception.isolation import isolate_rate
from pushgrasp.perception.masks import (
    centroid,
    contour_radius,
    dilate,
    is_visible,
    object_mask,
    scale_mask,
    target_mask,
)
from pushgrasp.perception.workspace import Workspace

__all__ = [
    "Heightmaps",
    "Workspace",
    "centroid",
    "contour_radius",
    "deproject",
    "dilate",
    "is_visible",
    "isolate_rate",
    "object_mask",
    "project",
    "project_heightmaps",
    "scale_mask",
    "target_mask",
]
