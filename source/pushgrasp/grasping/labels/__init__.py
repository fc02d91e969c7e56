"""Grasp labels from true geometry: which angle-view classes hold what each cell of a heightmap shows."""

from pushgrasp.grasping.labels.cfg import LabelCfg
from pushgrasp.grasping.labels.labeller import GraspLabels, label_grasps
from pushgrasp.grasping.labels.surface import SurfacePoints, scene_points

__all__ = ["GraspLabels", "LabelCfg", "SurfacePoints", "label_grasps", "scene_points"]
