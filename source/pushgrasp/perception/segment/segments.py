"""A picture taken apart, and the id picture that policies need once its target is known."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import binary_opening

from pushgrasp.perception.segment.cfg import SegmentationCfg
from pushgrasp.perception.segment.grid import TOUCH, distance_to, parts_of, window_of, without_specks
from pushgrasp.perception.segment.pieces import split_pieces
from pushgrasp.perception.segment.standing import Standing, find_standing
from pushgrasp.perception.workspace import Workspace

TARGET_ID = 1
"""Id of the target in every id picture."""

ROW = 0.05
"""Objects are numbered in rows of this width [m], from far to near and from left to right."""

GAP = 0.04
"""Parts of a target count as one where something higher, up to this far from each, lies between them [m]."""


class PartsError(ValueError):
    """What was named lies in several parts: it is more than one object."""


@dataclass(frozen=True)
class Segments:
    """A picture whose objects are told apart; nobody has said yet which one is the target."""

    colour: np.ndarray
    """RGB, shape (h, w, 3), uint8."""
    standing: Standing
    """Where the pixels are, and what stands on the table."""
    pieces: np.ndarray
    """Number of each pixel's object from 1 on, 0 for none, shape (h, w), int32."""
    cfg: SegmentationCfg
    """What it was made with."""


def take_apart(
    colour: np.ndarray,
    depth: np.ndarray,
    intrinsics: np.ndarray,
    rotation: np.ndarray,
    position: np.ndarray,
    workspace: Workspace,
    cfg: SegmentationCfg | None = None,
) -> Segments:
    """Tell the objects of a picture apart.

    Args:
        colour: RGB, shape (h, w, 3), uint8.
        depth: Distance to the image plane [m], shape (h, w), floating; 0, NaN or infinite where there is none.
        intrinsics: Camera matrix [pixel], shape (3, 3); see :mod:`pushgrasp.perception.camera`.
        rotation: Camera (optical frame) to world, shape (3, 3).
        position: Camera centre [m], world frame, shape (3,).
        workspace: Where objects may stand.
        cfg: Settings.

    Raises:
        ValueError: If a shape is wrong, no pixel over the workspace has a depth, the table is not where it should be,
            or something as high as an arm is in the picture.
    """
    if colour.dtype != np.uint8 or colour.shape != (*depth.shape, 3):
        raise ValueError(f"colour must be uint8 with shape {(*depth.shape, 3)}, got {colour.dtype} {colour.shape}")
    cfg = cfg or SegmentationCfg()
    standing = find_standing(depth, intrinsics, rotation, position, workspace, cfg)
    return Segments(colour, standing, split_pieces(colour, standing, cfg), cfg)


def one_part(segments: Segments, mask: np.ndarray, what: str) -> np.ndarray:
    """Return a target's pixels without specks.

    Args:
        segments: The picture.
        mask: Pixels that may be the target, shape (h, w), bool.
        what: What they are, for messages.

    Returns:
        Shape (h, w), bool.

    Raises:
        ValueError: If nothing is left.
        PartsError: If parts lie apart; it says where.
    """
    standing, cfg = segments.standing, segments.cfg
    parts = parts_of(mask)
    sizes = np.bincount(parts.ravel(), (standing.area * standing.mask).ravel())
    sizes[0] = 0.0
    if sizes.max() < cfg.visible:
        seen, needed = 1e4 * sizes.max(), 1e4 * cfg.visible
        raise ValueError(f"{what} is too small: {seen:.1f} cm^2 stand on the table; {needed:g} are needed")
    large = sizes >= min(cfg.smallest, sizes.max())
    kept = large[parts]
    groups = parts_of(mask | _bridges(segments, mask)) if np.count_nonzero(sizes) > 1 else parts
    numbers = np.unique(groups[kept])
    if len(numbers) > 1:
        places = "; ".join(standing.place(kept & (groups == number)) for number in numbers)
        raise PartsError(f"{what} lies in {len(numbers)} parts: {places}; name one by click:COLUMN,ROW")
    return mask & (groups == numbers[0])


def _bridges(segments: Segments, mask: np.ndarray) -> np.ndarray:
    """Pixels of what may lie over a target and hide a part of it, shape (h, w), bool."""
    height, area = segments.standing.height, segments.standing.area
    higher = segments.standing.mask & (height > np.nanmedian(height[mask]) + segments.cfg.floor)
    pixel = float(np.sqrt(np.median(area[mask & (area > 0.0)])))
    return higher & (distance_to(mask) * pixel <= GAP)


def object_ids(segments: Segments, target: np.ndarray) -> np.ndarray:
    """Return the id picture: :data:`TARGET_ID` for the target, then the other objects by where they are.

    Args:
        segments: The picture.
        target: Pixels of the target, shape (h, w), bool; those without depth count too.

    Returns:
        Shape (h, w), int32, 0 for the table and everything else.

    Raises:
        ValueError: If the target has no pixel.
    """
    if not target.any():
        raise ValueError("the target's mask is empty")
    ids = np.zeros(target.shape, dtype=np.int32)
    window = window_of(target | (segments.pieces > 0))
    pieces, chosen, area = segments.pieces[window], target[window], segments.standing.area[window]
    others = np.where(chosen | _rims(pieces, chosen), 0, pieces)
    owner = np.where(chosen, -1, without_specks(others, area, segments.cfg.smallest))
    ids[window] = _by_place(owner, segments.standing.points[window])
    return ids


def _rims(pieces: np.ndarray, target: np.ndarray) -> np.ndarray:
    """Thin strips that are left of pieces where the target takes the rest, shape (h, w), bool."""
    count = int(pieces.max()) + 1
    taken = np.bincount(pieces[target], minlength=count) > 0.5 * np.bincount(pieces.ravel(), minlength=count)
    rest = (pieces > 0) & ~target & taken[pieces]
    return rest & ~np.asarray(binary_opening(rest, TOUCH), dtype=bool)


def _by_place(owner: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Numbers (h, w) of objects by place, the target's first, from any numbers of theirs; -1 is the target, 0 none."""
    names, flat = np.unique(owner, return_inverse=True)
    seen = np.isfinite(points[..., 2]).ravel()
    count = np.maximum(np.bincount(flat.ravel()[seen], minlength=len(names)), 1)
    x, y = (np.bincount(flat.ravel()[seen], points[..., i].ravel()[seen], len(names)) / count for i in (0, 1))
    group = np.select([names == 0, names == -1], [0, 1], 2)
    order = np.lexsort((x, -np.floor(y / ROW), group))
    number = np.empty(len(names), dtype=np.int32)
    number[order] = np.arange(len(names)) + (names[order[0]] != 0)
    return number[flat].reshape(owner.shape)
