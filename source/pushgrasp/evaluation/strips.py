"""Strips of pictures: a trial seen from above, one frame per action with what was done drawn on it."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from PIL import Image, ImageDraw, ImageFont

from pushgrasp.evaluation.causes import cause_of_action
from pushgrasp.evaluation.records import ActionRecord
from pushgrasp.interface.action import Action, in_words
from pushgrasp.perception.workspace import Workspace

SIDE = 200
"""Side of a frame [pixel]."""

MARGIN = 0.16
"""Share of the workspace that is cut off on each side."""

CAPTION = 20
"""Height of the line under a frame [pixel]."""

ARM_COLOURS = ("#1f77ff", "#ff8c1a")
GRASP_COLOUR = "#ff2bd6"


@dataclass
class Frame:
    """A picture from above and the line under it."""

    picture: Image.Image
    caption: str


def frame(colour: torch.Tensor, caption: str) -> Frame:
    """Return a frame of a colour heightmap (3, H, W) in [0, 1]."""
    pixels = (colour.clamp(0.0, 1.0) * 255).round().byte().permute(1, 2, 0).cpu().numpy()
    whole = Image.fromarray(pixels).convert("RGB")
    edge = MARGIN * whole.width
    box = (edge, edge, whole.width - edge, whole.height - edge)
    return Frame(whole.resize((SIDE, SIDE), Image.Resampling.BICUBIC, box=box), caption)


def draw_action(shown: Frame, action: Action, workspace: Workspace, world: int) -> None:
    """Draw the ways of pushes and moves, and the jaws of grasps and moves, of a world into a frame."""
    draw = ImageDraw.Draw(shown.picture)
    for arm, position, rotation in action.jaws(world):
        _draw_jaws(draw, position[:2], rotation[:2, 0], 0.5 * action.width[world, arm], workspace)
    for arm, way in action.ways(world):
        points = _pixels(way[:, :2], workspace)
        draw.line(points, fill=ARM_COLOURS[arm], width=3, joint="curve")
        _dot(draw, points[0], 4.0, ARM_COLOURS[arm])
        _arrow_head(draw, points[-3:][0], points[-1], ARM_COLOURS[arm])


def _draw_jaws(
    draw: ImageDraw.ImageDraw, centre: torch.Tensor, closing: torch.Tensor, half: torch.Tensor, workspace: Workspace
) -> None:
    across = torch.stack((-closing[1], closing[0]))
    ends = [centre - half * closing, centre + half * closing]
    corners = torch.stack([end + side * 0.012 * across for end in ends for side in (-1.0, 1.0)])
    points = _pixels(torch.cat((torch.stack(ends), corners)), workspace)
    draw.line(points[:2], fill=GRASP_COLOUR, width=2)
    draw.line(points[2:4], fill=GRASP_COLOUR, width=4)
    draw.line(points[4:6], fill=GRASP_COLOUR, width=4)


def _arrow_head(draw: ImageDraw.ImageDraw, before: tuple[float, float], tip: tuple[float, float], colour: str) -> None:
    along = torch.tensor(tip) - torch.tensor(before)
    along = 9.0 * along / along.norm().clamp_min(1e-6)
    across, end = torch.stack((-along[1], along[0])) * 0.55, torch.tensor(tip)
    triangle = [end + 0.5 * along, end - 0.5 * along + across, end - 0.5 * along - across]
    draw.polygon([(float(x), float(y)) for x, y in triangle], fill=colour)


def _dot(draw: ImageDraw.ImageDraw, centre: tuple[float, float], radius: float, colour: str) -> None:
    x, y = centre
    draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=colour)


def _pixels(xy: torch.Tensor, workspace: Workspace) -> list[tuple[float, float]]:
    """Return frame pixels (x, y) of world points (P, 2) [m]."""
    side, scale = workspace.x_max - workspace.x_min, SIDE / (1.0 - 2.0 * MARGIN)
    column = ((xy[:, 0] - workspace.x_min) / side - MARGIN) * scale
    row = ((workspace.y_max - xy[:, 1]) / side - MARGIN) * scale
    return list(zip(column.tolist(), row.tolist(), strict=True))


def caption(number: int, action: ActionRecord) -> str:
    """Return the line under an action's frame."""
    verdict = "succeeded" if action.success else cause_of_action(action) or "no gain"
    return f"{number} {in_words(action.kinds)}: {verdict}"


def strip_png(frames: Sequence[Frame]) -> bytes:
    """Return frames side by side as a PNG file; ValueError without any frame."""
    if not frames:
        raise ValueError("a strip needs at least one frame")
    gap, font = 4, ImageFont.load_default(12)
    strip = Image.new("RGB", (len(frames) * (SIDE + gap) - gap, SIDE + CAPTION), "white")
    draw = ImageDraw.Draw(strip)
    for index, shown in enumerate(frames):
        left = index * (SIDE + gap)
        strip.paste(shown.picture, (left, 0))
        draw.text((left + 2, SIDE + 3), shown.caption, fill="#222222", font=font)
    file = io.BytesIO()
    strip.quantize(192, dither=Image.Dither.NONE).save(file, format="PNG", optimize=True)
    return file.getvalue()
