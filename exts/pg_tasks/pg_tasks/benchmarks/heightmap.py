"""Known blocks seen by the simulated camera: heights and outlines in the heightmap."""

from __future__ import annotations

import math

import torch

from pg_tasks.app.bench import Bench, open_bench
from pushgrasp.perception.heightmap import Heightmaps
from pushgrasp.perception.masks import dilate
from pushgrasp.perception.workspace import Workspace
from pushgrasp.scenes.rotations import about_z, rotate
from pushgrasp.scenes.scene import Scene, SceneObject
from pushgrasp.scenes.shapes import SHAPES, mesh

from .figures import Figure

FLAT_TOPS = ("cube", "cuboid", "slab", "cylinder", "arch")
"""Shapes whose top is one height all over when they rest on their default face."""

RIM = 2.0
"""Cells at the edge of a top that are not judged by height: a cell there may show the table."""

BORDER = 0.46
"""Distance of the outermost blocks' centres from the middle of the table [m]; a cuboid reaches to 0.5 m there."""


def scenes(worlds: int) -> list[Scene]:
    """Blocks on a 3 x 3 grid that reaches to the border, other yaws and shapes in each world."""
    places = [(x, y) for x in (-BORDER, 0.0, BORDER) for y in (-BORDER, 0.0, BORDER)]
    return [Scene(tuple(_block(i + w, w, place) for i, place in enumerate(places)), 0) for w in range(worlds)]


def _block(index: int, world: int, place: tuple[float, float]) -> SceneObject:
    shape = SHAPES[FLAT_TOPS[index % len(FLAT_TOPS)]]
    inside = [math.copysign(min(abs(value), 0.5 - shape.size[0] / 2), value) for value in place]
    on_border = max(abs(value) for value in place) > 0.4
    yaw = torch.tensor(0.0 if on_border and world % 4 < 2 else 0.35 * (1 + world + index), dtype=torch.float64)
    if float(yaw) and on_border:
        inside = [math.copysign(min(abs(value), 0.5 - math.hypot(*shape.size[:2]) / 2), value) for value in place]
    return SceneObject(shape.name, (*inside, shape.size[2] / 2), tuple(about_z(yaw).tolist()))


def run(worlds: int = 8) -> list[Figure]:
    """Run the benchmark."""
    with open_bench(worlds, 14) as bench:
        layout = scenes(worlds)
        bench.place(layout)
        bench.tick()
        maps = bench.env.observer.heightmaps()
        height, edge, table = errors(maps, layout, [bench.slots(scene) for scene in layout], bench.env.cfg.workspace)
        pixel = _table_pixel(bench)
    cell = bench.env.cfg.workspace.resolution
    return [
        Figure("heightmap", f"largest height error on {len(height)} blocks", 1e3 * max(height), "mm", at_most=3.0),
        Figure("heightmap", "largest height of the free table", 1e3 * table, "mm", at_most=3.0),
        Figure("heightmap", "largest edge error", max(edge) / cell, "cells", at_most=1.5),
        Figure("heightmap", "median of the blocks' edge errors", float(torch.tensor(edge).median()) / cell, "cells"),
        Figure("heightmap", "side of a pixel on the table", 1e3 * pixel, "mm", at_most=1e3 * cell),
    ]


def errors(
    maps: Heightmaps, layout: list[Scene], slots: list[list[int]], workspace: Workspace
) -> tuple[list[float], list[float], float]:
    """Height errors [m] and edge errors [m] of all blocks, and the largest height of the free table [m].

    The edge error of a block is the largest distance from its true outline to a cell that shows the block outside of
    it, or does not show it inside.
    """
    centres = workspace.cell_centres(dtype=torch.float64)
    heights, edges = [], []
    for world, scene in enumerate(layout):
        for block, slot in zip(scene.objects, slots[world], strict=True):
            distance = _signed_distance(block, centres)
            seen = maps.ids[world] == slot + 1
            wrong = seen != (distance < 0.0)
            edges.append(float(distance.abs()[wrong].max()) if wrong.any() else 0.0)
            inner = distance < -RIM * workspace.resolution
            top = maps.height[world][inner].double()
            heights.append(float((top - SHAPES[block.shape].size[2]).abs().max()))
    shown = dilate(maps.ids > 0, RIM)
    return heights, edges, float(maps.height[~shown].max())


def _signed_distance(block: SceneObject, points: torch.Tensor) -> torch.Tensor:
    """Distance of points (..., 2) from the outline of an upright block's convex footprint [m], negative inside."""
    quaternion = torch.tensor(block.quaternion, dtype=torch.float64)
    corners = rotate(quaternion, torch.as_tensor(mesh(SHAPES[block.shape])[0]))[:, :2]
    if SHAPES[block.shape].kind != "cylinder":
        corners = rotate(quaternion, _rectangle(block))[:, :2]
    corners = corners[torch.atan2(corners[:, 1], corners[:, 0]).argsort()].unique_consecutive(dim=0)
    corners = corners + torch.tensor(block.position[:2], dtype=torch.float64)
    edge = corners.roll(-1, 0) - corners
    offset = points[..., None, :] - corners
    share = ((offset * edge).sum(-1) / (edge * edge).sum(-1)).clamp(0.0, 1.0)
    distance = (offset - share[..., None] * edge).norm(dim=-1).amin(dim=-1)
    inside = (edge[:, 0] * offset[..., 1] - edge[:, 1] * offset[..., 0] > 0.0).all(dim=-1)
    return torch.where(inside, -distance, distance)


def _rectangle(block: SceneObject) -> torch.Tensor:
    x, y, _ = (size / 2 for size in SHAPES[block.shape].size)
    return torch.tensor([[-x, -y, 0.0], [x, -y, 0.0], [x, y, 0.0], [-x, y, 0.0]], dtype=torch.float64)


def _table_pixel(bench: Bench) -> float:
    """Side of a pixel on the table top [m]."""
    data = bench.env.scene["camera"].data
    return float(data.pos_w.torch[0, 2] / data.intrinsic_matrices.torch[0, 0, 0])
