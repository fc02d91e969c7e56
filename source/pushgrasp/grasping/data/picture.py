"""Pictures of samples with grasps drawn into them, to look at."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from PIL import Image, ImageDraw

from pushgrasp.grasping.angle_view import class_rotations
from pushgrasp.grasping.data.cells import CellPoints, cell_points
from pushgrasp.grasping.data.sample import SIZE, GraspSample
from pushgrasp.perception.workspace import Workspace

PAD_BREADTH = 0.024
"""Length of a drawn pad [m]."""

OPENING = 0.010
"""Distance of the drawn pads from the object [m]."""

HANDLE = 0.05
"""Length of the drawn piece of the approach [m]."""

MARGIN = 14
"""Cells shown around the objects of a page's pictures."""

_WORKSPACE = Workspace()


def draw_sample(sample: GraspSample, per_object: int = 1, scale: int = 3, friction: float = 0.1) -> Image.Image:
    """The colour heightmap with jaws of each object's best labels, as seen from above.

    Of the labels with friction up to ``friction`` those nearest to the middle of what is seen of the object are drawn.
    A bar stands for each pad; the line from between them points against the approach: the longer, the more tilted.

    Args:
        sample: The sample.
        per_object: Grasps per object.
        scale: Pixels per heightmap cell.
        friction: Labels that need more are left out.
    """
    size = SIZE * scale
    image = Image.fromarray(sample.rgb.permute(1, 2, 0).numpy()).resize((size, size), Image.Resampling.NEAREST)
    canvas = ImageDraw.Draw(image)
    cells = cell_points(sample.height.float(), sample.ids, _WORKSPACE)
    for index in best_labels(sample, cells, per_object, friction).tolist():
        _draw_jaws(canvas, sample, cells, index, scale)
    return image


def draw_page(samples: Sequence[GraspSample], columns: int = 3, tile: int = 420, per_object: int = 1) -> Image.Image:
    """Samples with jaws in rows, each cut out around its objects.

    Args:
        samples: What to draw, at least one.
        columns: Pictures in a row.
        tile: Side of a picture [pixels].
        per_object: Grasps per object.
    """
    rows = -(-len(samples) // columns)
    page = Image.new("RGB", (columns * tile, rows * tile), "white")
    for index, sample in enumerate(samples):
        scale = 6
        left, top, right, bottom = (scale * edge for edge in _crop(sample))
        part = draw_sample(sample, per_object, scale).crop((left, top, right, bottom)).resize((tile - 4, tile - 4))
        page.paste(part, (index % columns * tile + 2, index // columns * tile + 2))
    return page


def best_labels(sample: GraspSample, cells: CellPoints, per_object: int, friction: float) -> torch.Tensor:
    """Indices of up to ``per_object`` labels of each object: the most central, of these with the least friction."""
    place = torch.searchsorted(cells.cell, sample.cell.long()).clamp(max=max(0, len(cells.cell) - 1))
    if not len(place) or not len(cells.cell):
        return torch.zeros(0, dtype=torch.long)
    owner, point = cells.object_id[place], cells.point[place]
    good = sample.friction <= torch.tensor(friction, dtype=sample.friction.dtype)
    chosen = [torch.zeros(0, dtype=torch.long)]
    for object_id in owner[good].unique().tolist():
        middle = cells.point[cells.object_id == object_id].mean(dim=0)
        mine = (good & (owner == object_id)).nonzero()[:, 0]
        far = (point[mine] - middle)[:, :2].norm(dim=1) + 0.05 * sample.friction[mine].float()
        chosen.append(mine[far.argsort()[:per_object]])
    return torch.cat(chosen)


def _crop(sample: GraspSample) -> tuple[int, int, int, int]:
    """Square (left, top, right, bottom) of heightmap cells around what the sample shows."""
    shown = (sample.ids > 0).nonzero()
    if not len(shown):
        return 0, 0, SIZE, SIZE
    low, high = shown.amin(dim=0), shown.amax(dim=0)
    side = min(SIZE, int((high - low).amax()) + 2 * MARGIN)
    top, left = ((low + high - side) // 2).clamp(0, SIZE - side).tolist()
    return left, top, left + side, top + side


def _draw_jaws(canvas: ImageDraw.ImageDraw, sample: GraspSample, cells: CellPoints, index: int, scale: int) -> None:
    place = int(torch.searchsorted(cells.cell, int(sample.cell[index])))
    start, object_id = cells.point[place, :2].numpy(), int(cells.object_id[place])
    closing, across, approach = class_rotations()[int(sample.view_angle[index]), :2].T.numpy()
    low, high = (_edge(sample, start, side * closing, object_id) for side in (-1, 1))
    middle = start + (high - low) / 2 * closing
    half = (low + high) / 2 + OPENING / max(float(np.linalg.norm(closing)), 0.3)

    def pixel(xy: np.ndarray) -> tuple[float, float]:
        column, row = xy[0] - _WORKSPACE.x_min, _WORKSPACE.y_max - xy[1]
        return column / _WORKSPACE.resolution * scale, row / _WORKSPACE.resolution * scale

    for side in (-half, half):
        pad = middle + side * closing
        ends = [pixel(pad - PAD_BREADTH / 2 * across), pixel(pad + PAD_BREADTH / 2 * across)]
        canvas.line(ends, fill=(0, 0, 0), width=2 + scale)
        canvas.line(ends, fill=(255, 255, 255), width=scale)
    canvas.line([pixel(middle - half * closing), pixel(middle + half * closing)], fill=(255, 255, 255), width=1)
    canvas.line([pixel(middle), pixel(middle - HANDLE * approach)], fill=(255, 0, 255), width=2)


def _edge(sample: GraspSample, start: np.ndarray, direction: np.ndarray, object_id: int) -> float:
    """How far along a direction the picture shows the object [m, of the unprojected direction]."""
    reached = 0.0
    for step in np.arange(0.0, 0.16, 0.002):
        point = torch.from_numpy(start + step * direction)
        row, column = _WORKSPACE.xy_to_cell(point).clamp(0, SIZE - 1).tolist()
        if int(sample.ids[row, column]) != object_id:
            break
        reached = float(step)
    return reached
