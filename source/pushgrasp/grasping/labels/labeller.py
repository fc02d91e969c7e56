"""Grasp labels of a picture from the true surfaces of what it shows."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from pushgrasp.grasping.angle_view import class_rotations, classes_within
from pushgrasp.grasping.data.cells import CellPoints, cell_points
from pushgrasp.grasping.labels.approach_maps import approach_maps
from pushgrasp.grasping.labels.cfg import LabelCfg
from pushgrasp.grasping.labels.contact import contact_friction
from pushgrasp.grasping.labels.jaws import TrueJaws, start_jaws
from pushgrasp.grasping.labels.placing import place
from pushgrasp.grasping.labels.surface import SurfacePoints
from pushgrasp.perception.workspace import Workspace

CLASS_CHUNK = 12
"""Classes labelled at a time."""

POINT_CHUNK = 300_000
"""Surface points looked at at a time for contacts."""


@dataclass(frozen=True)
class GraspLabels:
    """L grasps of a picture.

    Attributes:
        cell: Grid cell, row * 56 + column, shape (L,), long.
        view_angle: Angle-view class, shape (L,), long.
        friction: Smallest coefficient of friction with which the grasp holds, shape (L,).
        position: TCP [m], world frame, shape (L, 3).
        width: Opening before closing [m], shape (L,).
        object_id: Slot index + 1 of what is grasped, shape (L,), long.
    """

    cell: torch.Tensor
    view_angle: torch.Tensor
    friction: torch.Tensor
    position: torch.Tensor
    width: torch.Tensor
    object_id: torch.Tensor

    def select(self, keep: torch.Tensor) -> GraspLabels:
        """The labels where ``keep`` (L,) is True, or of those indices."""
        return GraspLabels(**{name: value[keep] for name, value in vars(self).items()})


def label_grasps(
    surface: SurfacePoints,
    height: torch.Tensor,
    ids: torch.Tensor,
    workspace: Workspace,
    cfg: LabelCfg | None = None,
) -> GraspLabels:
    """Every grasp with which the jaws hold what a cell shows.

    Args:
        surface: True surfaces of everything on the table.
        height: Heightmap [m], shape (224, 224).
        ids: Slot index + 1, 0 for the background, shape (224, 224), integer.
        workspace: Area of the heightmap.
        cfg: Settings; the defaults if None.

    Returns:
        Labels, by cell and then by class.

    Raises:
        ValueError: If the maps do not fit the workspace, or show an object without a surface.
    """
    cfg = cfg or LabelCfg()
    cells = cell_points(height.float(), ids, workspace)
    unknown = set(cells.object_id.unique().tolist()) - set(surface.object_id.unique().tolist())
    if unknown:
        raise ValueError(f"the picture shows objects without a surface: ids {sorted(unknown)}")
    rotations = class_rotations(cells.point.device)
    allowed = classes_within(cfg.max_tilt, rotations)
    parts = [_label(surface, cells, rotations, some, cfg) for some in allowed.split(CLASS_CHUNK)]
    labels = GraspLabels(*(torch.cat([getattr(part, name) for part in parts]) for name in vars(parts[0])))
    return labels.select(torch.argsort(labels.cell * len(rotations) + labels.view_angle))


def _label(
    surface: SurfacePoints, cells: CellPoints, rotations: torch.Tensor, classes: torch.Tensor, cfg: LabelCfg
) -> GraspLabels:
    """Labels of some classes."""
    rotation = rotations[classes]
    points = surface.point @ rotation
    jaws = start_jaws(rotation, cells.point, cells.object_id, cfg)
    jaws = place(jaws, approach_maps(points, surface.object_id), cfg)
    jaws = jaws.select(jaws.in_reach(cfg))
    friction = _frictions(jaws, surface, points, rotation, cfg)
    good = friction <= cfg.max_friction
    jaws = jaws.select(good)
    return GraspLabels(
        cell=cells.cell[jaws.place],
        view_angle=classes[jaws.kind],
        friction=friction[good],
        position=jaws.in_world,
        width=jaws.width,
        object_id=jaws.object_id,
    )


def _frictions(
    jaws: TrueJaws, surface: SurfacePoints, points: torch.Tensor, rotation: torch.Tensor, cfg: LabelCfg
) -> torch.Tensor:
    """Friction that each of the jaws needs, shape (B,): one object after the other, whose points they share."""
    friction = torch.full_like(jaws.depth, torch.inf)
    columns = [axis.contiguous() for axis in (*points.unbind(dim=2), (surface.normal @ rotation[:, :, :1])[..., 0])]
    for object_id in jaws.object_id.unique().tolist():
        first, last = (int(i) for i in torch.searchsorted(surface.object_id, torch.tensor([object_id, object_id + 1])))
        rows = (jaws.object_id == object_id).nonzero()[:, 0]
        for some in rows.split(max(1, POINT_CHUNK // (last - first))):
            part = jaws.select(some)
            x, y, z, cosine = (column[part.kind, first:last] for column in columns)
            friction[some] = contact_friction(part, (x, y, z), cosine, surface.area[first:last], cfg)
    return friction
