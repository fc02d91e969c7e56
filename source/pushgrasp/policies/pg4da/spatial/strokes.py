"""The pushes that the spatial head may choose: straight strokes past and through the target, and what they sweep."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import torch
from torch import Tensor
from torch.nn.functional import one_hot, pad

from pushgrasp.decoding.decoder import DecoderCfg
from pushgrasp.decoding.lines import SPARE
from pushgrasp.decoding.push import Pushes, no_pushes, pack, push_through
from pushgrasp.decoding.push_cfg import PushDecoderCfg
from pushgrasp.decoding.start import touches
from pushgrasp.decoding.surface import surface
from pushgrasp.perception.heightmap import Heightmaps
from pushgrasp.perception.masks import centroid, dilate, object_mask
from pushgrasp.perception.workspace import Workspace
from pushgrasp.policies.baselines.grasp_candidates import cover_share
from pushgrasp.policies.baselines.obstacles import COVERED, RING
from pushgrasp.policies.baselines.push_lines import (
    RUN_OUT,
    PushLines,
    free_starts,
    line_frames,
    plan_push_lines,
    points_along,
)
from pushgrasp.policies.pg4da.spatial.maps import cell_middles, seen_target
from pushgrasp.policies.pg4da.spatial.stroke_keys import ALONE, key_region, keys_alone, keys_of_pairs, room_ahead
from pushgrasp.policies.pg4da.spatial.surroundings import stroke_frames, swaths
from pushgrasp.policies.search import Swept, search_place

PAIRS = 6
"""Pairs of strokes of two arms."""

NUM_STROKES = ALONE + PAIRS
KEY_POINTS = 4
"""Cells of a stroke: where it ends and where it begins, for each arm; those of one arm are given twice."""

STROKE_CHANNELS = (
    *("usable", "two arms", "through", "x", "y", "length", "room", "near", "above", "target", "objects"),
    *("aside", "before", "behind", "level"),
)
"""Direction; length, and distance of the end from the edge of the workspace (no more than 20 cm count), in units of
10 cm; areas that are swept, in units of 20 cm^2: of objects within 5 cm of the target, of those that are higher than
it, of the target, of all objects; how far beside the target's middle the stroke passes, begins and ends, and how high
the target is, in units of 10 cm. Not usable strokes have none."""

FAR = 0.2
"""Greatest distance from the edge that is told [m]."""

SPARE_ROOM = 0.06
"""Room that a stroke leaves for what it shoves towards the edge [m], see ``stroke_keys``: about one object."""

HIGHER = 0.01
"""Objects this much higher than the mean of the target count as above it [m]."""

FAR_OUT = 0.12
"""How far behind the target strokes end, not ``RUN_OUT``, where it lies under something or is out of view [m]; nearer
to it where less than :data:`SPARE_ROOM` would be left."""

LONGER = 1.5
"""Strokes may be this many times as long as paths of the push decoder."""

ROUNDING = 0.01
"""How far the middle of a cell of the map may lie beyond a point in it [m]."""

_AREA = 0.002


RANKS = (1.0, 0.97, 0.94, 0.91)
"""Scores of a stroke's key points: the first, where it ends, is where paths lead."""


@dataclass(frozen=True)
class StrokeChoices:
    """Strokes that may be chosen in N worlds: what networks read of them, and where they are."""

    cells: Tensor
    """Cells of the feature map, row by row, shape (N, 42, 4), long."""
    evidence: Tensor
    """What is known of each stroke, shape (N, 42, 15), float32, in the order of :data:`STROKE_CHANNELS`."""
    swaths: Tensor
    """What lies along it (see ``surroundings``), shape (N, 42, 2, 14, 10), float32."""


def stroke_pushes(
    cells: Tensor, heightmaps: Heightmaps, target_id: Tensor, workspace: Workspace, num_arms: int, cfg: DecoderCfg
) -> Pushes:
    """Return the paths of strokes with key points in cells (N, 4) of the map, smoothed as the push decoder does it.

    See :func:`stroke_choices` for the other arguments.
    """
    height, target = heightmaps.height, seen_target(heightmaps, target_id)
    points = cell_middles(cells, workspace).to(height)
    twice = (cells[:, :, None] == cells[:, None]).tril(-1).any(dim=2)
    scores = points.new_tensor(RANKS).expand(cells.shape).masked_fill(twice, -torch.inf)
    seen = target.flatten(1).any(dim=1)[:, None]
    middle = torch.where(seen, workspace.cell_to_xy(centroid(target)).to(height), points[:, 0])
    push = _longer(cfg).push
    pushes = no_pushes(len(cells), num_arms, push.points, height)
    for number, those in ((1, twice.any(dim=1)), (2, ~twice.any(dim=1))):
        rows = those.nonzero()[:, 0]
        if len(rows) > 0:
            depth = surface(height[rows], workspace)
            flat = surface(torch.zeros_like(height[rows]), workspace)
            found = push_through(points[rows], scores[rows], middle[rows], flat, depth, number, push)
            pushes.put(rows, found if number == num_arms else _by_nearer_arm(found))
    return pushes


def _longer(cfg: DecoderCfg) -> DecoderCfg:
    """Settings of the decoders for strokes."""
    push = cfg.push
    return replace(cfg, push=replace(push, max_length=LONGER * push.max_length, max_stroke=LONGER * push.max_stroke))


def _by_nearer_arm(pushes: Pushes) -> Pushes:
    """Pushes of two arms from those of one: the arm on the side of the path's middle does it."""
    right = (pushes.paths[:, 0, 0, 0] + pushes.paths[:, 0, -1, 0] >= 0.0).long()
    paths, yaw = pushes.paths.expand(-1, 2, -1, -1), pushes.yaw.expand(-1, 2, -1)
    return pack(paths, yaw, pushes.active & one_hot(right, 2).bool())


def stroke_choices(
    heightmaps: Heightmaps,
    target_id: Tensor,
    workspace: Workspace,
    num_arms: int,
    cfg: DecoderCfg,
    swept: Swept | None = None,
) -> StrokeChoices:
    """Find the strokes that may be chosen.

    Where the target is out of view, strokes go past and through the place where it is looked for. There, and where
    something lies on the target, they go further.

    Args:
        heightmaps: What the camera saw, 224 cells a side.
        target_id: Slot index + 1 of the target, shape (N,), long.
        workspace: Area of the heightmaps.
        num_arms: 1 or 2; one arm has no pairs.
        cfg: Settings of the decoders.
        swept: What has been swept; None where nobody knows.
    """
    height, target, cfg = heightmaps.height, seen_target(heightmaps, target_id), _longer(cfg)
    objects = object_mask(heightmaps.ids, height)
    seen, place = target.flatten(1).any(dim=1), target
    if not bool(seen.all()):
        place = torch.where(seen[:, None, None], target, search_place(heightmaps, target_id, workspace, swept))
    level = (height * place).sum(dim=(1, 2)) / place.sum(dim=(1, 2)).clamp_min(1)
    far = ~seen | (cover_share(height, target, workspace.resolution) > COVERED)
    run_out = torch.where(far, FAR_OUT, RUN_OUT)[:, None].to(height)
    lines = plan_push_lines(place, height, workspace, num_arms, cfg.push, run_out)
    lines = _with_room(lines, run_out - RUN_OUT, objects, workspace)
    cells, paths = _as_decoded(lines, height, target, objects, workspace, cfg)
    gains = _swept(paths, _areas(height, level, place, objects, workspace, cfg), workspace)
    start, stop = (_of_strokes(points, lines.pairs, lambda first, _: first) for points in (paths.start, paths.end))
    evidence = _evidence(paths, gains, num_arms, workspace), _places(start, stop, lines.middle, level)
    alone = torch.arange(paths.usable.shape[1], device=height.device) < ALONE
    along = swaths(start, stop, lines.middle, alone, height, target, workspace)
    usable = paths.usable[..., None]
    found = cells, (torch.cat(evidence, dim=2) * usable).float(), (along * usable[..., None, None]).float()
    missing = NUM_STROKES - usable.shape[1]
    return StrokeChoices(*(pad(values, (0, 0) * (values.ndim - 2) + (0, missing)) for values in found))


def _with_room(lines: PushLines, most: Tensor, objects: Tensor, workspace: Workspace) -> PushLines:
    """Shorten lines by up to ``most`` (N, 1) [m] where they would leave too little room to the edge."""
    missing = SPARE_ROOM + ROUNDING - room_ahead(lines.start, lines.end, objects, workspace)
    unit = torch.nn.functional.normalize(lines.end - lines.start, dim=-1)
    return replace(lines, end=lines.end - torch.minimum(missing.clamp_min(0.0), most)[..., None] * unit)


def _as_decoded(
    lines: PushLines,
    height: Tensor,
    target: Tensor,
    objects: Tensor,
    workspace: Workspace,
    cfg: DecoderCfg,
) -> tuple[Tensor, PushLines]:
    """Cells (N, S + P, 4) of strokes along lines, and the lines that the decoder draws through them.

    Of these, ``usable`` are those that can be carried out and that shove nothing off the table.
    """
    region = key_region(height, target, objects, workspace, cfg)
    keys = zip(keys_alone(lines, workspace), keys_of_pairs(lines, region, workspace), strict=True)
    begin, end, found = (torch.cat(both, dim=1) for both in keys)
    usable = lines.usable & _of_strokes(found, lines.pairs, torch.logical_and)
    usable[:, ALONE:] &= target.flatten(1).any(dim=1)[:, None]
    cells = _cells_of(begin, end, lines.pairs)
    start, stop = _drawn(begin, end, workspace, cfg.push)
    first, last, works = _led_in(start, stop, height, workspace, cfg.push)
    usable = usable & _of_strokes(works, lines.pairs, torch.logical_and)
    room = _of_strokes(room_ahead(first, last, objects, workspace), lines.pairs, torch.minimum)
    return cells, replace(lines, start=start, end=stop, usable=_unless_none_is_left(usable, room >= SPARE_ROOM))


def _places(start: Tensor, end: Tensor, middle: Tensor, level: Tensor) -> Tensor:
    """The last four of :data:`STROKE_CHANNELS`, shape (N, S, 4)."""
    unit, _, aside = stroke_frames(start, end, middle)
    before, behind = (((points - middle[:, None]) * unit).sum(dim=-1) for points in (start, end))
    return torch.stack((aside.abs(), before, behind, level[:, None].expand_as(aside)), dim=2) / 0.1


def _areas(
    height: Tensor, level: Tensor, place: Tensor, objects: Tensor, workspace: Workspace, cfg: DecoderCfg
) -> Tensor:
    """Maps (N, 4, H, W) of what is worth sweeping: ``near`` to ``objects`` in :data:`STROKE_CHANNELS`."""
    hit = objects & (height > cfg.push.tip_height)
    near = hit & ~place & dilate(place, RING / workspace.resolution)
    return torch.stack((near, near & (height > level[:, None, None] + HIGHER), hit & place, hit), dim=1).to(height)


def _drawn(begin: Tensor, end: Tensor, workspace: Workspace, cfg: PushDecoderCfg) -> tuple[Tensor, Tensor]:
    """First and last points (N, L, 2) of lines between cells (N, L), as long as the decoder makes them."""
    start, stop = cell_middles(begin, workspace), cell_middles(end, workspace)
    along = stop - start
    length = along.norm(dim=-1, keepdim=True).clamp_min(1e-6)
    return start, start + along / length * length.clamp(min=SPARE * cfg.min_length, max=cfg.max_stroke)


def _led_in(
    start: Tensor, end: Tensor, height: Tensor, workspace: Workspace, cfg: PushDecoderCfg
) -> tuple[Tensor, Tensor, Tensor]:
    """Lines (N, L, 2) from where the fingers come down on free table, cut to the greatest length of a path.

    The last tells whether there is a free place and something that they meet on their way, (N, L).
    """
    along = end - start
    unit = along / along.norm(dim=-1, keepdim=True).clamp_min(1e-6)
    begin, free = free_starts(start, unit, height, workspace, cfg)
    length = (end - begin).norm(dim=-1, keepdim=True)
    end = begin + unit * length.clamp(max=cfg.max_length)
    world = torch.arange(len(begin), device=begin.device).repeat_interleave(begin.shape[1])
    paths = points_along(begin, end, cfg.points).flatten(0, 1)
    met = touches(world, paths, surface(height, workspace), cfg.gripper, cfg.tip_height)
    return begin, end, free & met.view(free.shape)


def _unless_none_is_left(usable: Tensor, good: Tensor) -> Tensor:
    """Strokes (N, S) that are usable and good; where there are none, all that are usable."""
    some = (usable & good).any(dim=1, keepdim=True)
    return usable & (good | ~some)


def _swept(paths: PushLines, areas: Tensor, workspace: Workspace) -> Tensor:
    """How much of each of the maps (N, C, H, W) each line sweeps [m^2], shape (N, L, C); every fourth cell counts."""
    over = paths.swept_cells(workspace).to(areas)
    return 4.0 * workspace.resolution**2 * over @ areas[:, :, ::2, ::2].flatten(2).transpose(1, 2)


def _of_strokes(values: Tensor, pairs: Tensor, join: Callable[[Tensor, Tensor], Tensor]) -> Tensor:
    """Values (N, S + P, ...) of strokes from those of lines (N, L, ...): ``join`` makes one of the two of a pair."""
    alone = values[:, :ALONE]
    return torch.cat((alone, join(values[:, pairs[:, 0]], values[:, pairs[:, 1]])), dim=1)


def _evidence(paths: PushLines, swept: Tensor, num_arms: int, workspace: Workspace) -> Tensor:
    """The first eleven of :data:`STROKE_CHANNELS`, shape (N, S, 11)."""
    _, sides, pairs = line_frames(num_arms, swept)
    along = paths.end - paths.start
    length = along.norm(dim=-1, keepdim=True)
    low = along.new_tensor([workspace.x_min, workspace.y_min])
    high = along.new_tensor([workspace.x_max, workspace.y_max])
    room = torch.minimum(paths.end - low, high - paths.end).amin(dim=-1, keepdim=True).clamp(max=FAR)
    through = (sides == 0.0).to(swept)[:, None].expand_as(length)
    own = torch.cat((through, along / length.clamp_min(1e-6), length / 0.1, room / 0.1), dim=2)
    own = _of_strokes(own, pairs, lambda first, second: (first + second) / 2)
    both = torch.arange(paths.usable.shape[1], device=swept.device) >= ALONE
    flags = torch.stack((paths.usable, both.expand_as(paths.usable)), dim=2).to(swept)
    return torch.cat((flags, own, _of_strokes(swept / _AREA, pairs, torch.add)), dim=2)


def _cells_of(begin: Tensor, end: Tensor, pairs: Tensor) -> Tensor:
    """Cells (N, S + P, 4) of strokes: the ends are the highest peaks, so that the decoder's paths lead there."""
    one = torch.stack((end, begin, end, begin), dim=2)
    first, second = pairs.unbind(dim=1)
    two = torch.stack((end[:, first], end[:, second], begin[:, first], begin[:, second]), dim=2)
    return torch.cat((one[:, :ALONE], two), dim=1)
