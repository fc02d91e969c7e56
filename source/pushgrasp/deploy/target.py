"""Which object is the target: named by a colour, a click, a box or a mask file, and found in a picture."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from pushgrasp.grasping.predict.inputs import read_mask
from pushgrasp.perception.segment.grid import REACH, parts_of
from pushgrasp.perception.segment.hue import HUES, has_hue, hues_of, saturation_of
from pushgrasp.perception.segment.segments import Segments, one_part

WAYS = f"a colour ({', '.join(HUES)}), all, browser, click:COLUMN,ROW, box:LEFT,TOP,RIGHT,BOTTOM or mask:FILE"
"""How a target is named, for messages."""

INSIDE = 0.6
"""Share of an object that must lie in a box that names it."""

Refinement = Callable[[np.ndarray, np.ndarray], np.ndarray]
"""Called with colour (h, w, 3), uint8, and a mask (h, w), bool; returns a better mask (h, w), bool."""

PALE = 0.7
"""What is less saturated than this share of the most saturated pixels of a colour only takes on its tint."""


@dataclass(frozen=True)
class TargetWish:
    """Which object the user wants."""

    way: Literal["colour", "click", "box", "mask", "browser", "hidden", "all"]
    """How it is named; ``browser``: in each picture by the user, who may say that it is hidden; ``all``: every object
    is wanted, and the target is the one of which most is seen."""
    colour: str = ""
    """One of :data:`pushgrasp.perception.segment.hue.HUES`."""
    pixels: tuple[int, ...] = ()
    """Column and row of a click; left, top, right and bottom of a box, right and bottom excluded [pixels]."""
    file: Path = Path()
    """Picture of a mask."""

    def __str__(self) -> str:
        """Return the word that names it."""
        if self.way in ("colour", "browser", "hidden", "all"):
            return self.colour or self.way
        return f"{self.way}:{self.file if self.way == 'mask' else _words(self.pixels)}"


BROWSER, HIDDEN, ALL = TargetWish("browser"), TargetWish("hidden"), TargetWish("all")
"""Wishes that need no value."""

Naming = Callable[[Segments, Refinement], TargetWish]
"""Asks the user which object of a picture is the target; the answer is a click, a box or :data:`HIDDEN`."""


def parse_target(word: str) -> TargetWish:
    """Return what a word of the command line asks for.

    Raises:
        ValueError: If it is none of the ways to name a target; the message lists them.
    """
    way, colon, value = word.partition(":")
    if word in HUES:
        return TargetWish("colour", colour=word)
    for wish in (BROWSER, HIDDEN, ALL):
        if word == str(wish):
            return wish
    if way == "mask" and value:
        return TargetWish("mask", file=Path(value).expanduser())
    count = {"click": 2, "box": 4}.get(way, 0) if colon else 0
    if not count or not re.fullmatch(",".join([r"\d{1,6}"] * count), value, re.ASCII):
        raise ValueError(f"target {word!r}: {WAYS} is needed")
    pixels = tuple(map(int, value.split(",")))
    if way == "box":
        _require_box(pixels)
        return TargetWish("box", pixels=pixels)
    return TargetWish("click", pixels=pixels)


def find_target(segments: Segments, wish: TargetWish, refine: Refinement | None = None) -> np.ndarray:
    """Return the target's pixels, shape (h, w), bool: one part, which stands in the workspace.

    Args:
        segments: The picture.
        wish: Which object.
        refine: What draws its mask again, such as :func:`pushgrasp.deploy.grabcut.refined_by_grabcut`; a mask file is
            taken as it is.

    Raises:
        ValueError: If there is no such object, or more than one; the message says what there is.
    """
    if wish == HIDDEN:
        raise ValueError("it is hidden, as the user says")
    if wish.way == "mask":
        return target_by_mask(segments, read_mask(wish.file).numpy(), str(wish.file))
    first = _first_mask(segments, wish)
    if refine is None:
        return first
    standing = segments.standing
    refined = refine(segments.colour, first) & (standing.inside | (standing.area == 0.0))
    return one_part(segments, refined, f"target {wish}, its mask drawn again,")


def _first_mask(segments: Segments, wish: TargetWish) -> np.ndarray:
    """Return the target's pixels as far as depth and hue tell them, shape (h, w), bool."""
    if wish.way == "colour":
        return target_by_colour(segments, wish.colour)
    if wish == ALL:
        return most_seen(segments)
    find = target_by_click if wish.way == "click" else target_by_box
    return find(segments, wish.pixels)


def most_seen(segments: Segments) -> np.ndarray:
    """Return the object of which most pixels are seen; see :func:`find_target`."""
    counts = np.bincount(segments.pieces.ravel())
    counts[0] = 0
    if not counts.any():
        raise ValueError("nothing stands in the workspace")
    return segments.pieces == counts.argmax()


def target_by_colour(segments: Segments, name: str) -> np.ndarray:
    """Return what has a named colour: one of :data:`pushgrasp.perception.segment.hue.HUES`; see :func:`find_target`.

    Pixels without depth belong to it where their colour hangs together with what stands there.
    """
    standing = segments.standing
    chosen = standing.mask | (standing.area == 0.0)
    coloured = np.zeros_like(chosen)
    coloured[chosen] = has_hue(segments.colour[chosen], name)
    stands = coloured & standing.mask
    if not stands.any():
        raise ValueError(f"{_nothing(segments, name)}; {_colours_there(segments)}")
    vivid = PALE * np.quantile(saturation_of(segments.colour[stands]), 0.9)
    coloured[coloured] = saturation_of(segments.colour[coloured]) >= vivid
    parts = parts_of(coloured)
    return one_part(segments, np.isin(parts, np.unique(parts[coloured & standing.mask])), f"what is {name}")


def _nothing(segments: Segments, name: str) -> str:
    """Say where a colour is if it does not stand in the workspace."""
    standing = segments.standing
    outside = has_hue(segments.colour, name) & ~standing.inside & (standing.area > 0.0)
    if standing.area[outside].sum() >= segments.cfg.smallest:
        return f"nothing {name} stands in the workspace, but outside it at {standing.place(outside)}"
    return f"nothing {name} stands in the workspace"


def _colours_there(segments: Segments) -> str:
    seen = hues_of(segments.colour[segments.standing.mask], 30)
    return f"colours there: {', '.join(seen) or 'none'}"


def target_by_click(segments: Segments, pixel: tuple[int, ...]) -> np.ndarray:
    """Return the object at, or close to, a pixel (column, row); see :func:`find_target`."""
    column, row = pixel
    height, width = segments.pieces.shape
    if column >= width or row >= height:
        raise ValueError(f"click {column},{row} is outside the picture of {width} x {height} pixels")
    piece = _piece_near(segments, column, row)
    if not piece:
        raise ValueError(f"nothing stands on the table in the workspace at pixel {column},{row}")
    return one_part(segments, segments.pieces == piece, f"the object at pixel {column},{row}")


def _piece_near(segments: Segments, column: int, row: int) -> int:
    """Number of the object at a pixel or within :data:`REACH` of it, 0 for none."""
    rows, columns = np.nonzero(segments.pieces)
    if not len(rows):
        return 0
    away = np.hypot(columns - column, rows - row)
    nearest = rows[away.argmin()], columns[away.argmin()]
    metres = float(away.min() * np.sqrt(segments.standing.area[nearest]))
    return int(segments.pieces[nearest]) if metres <= REACH else 0


def target_by_box(segments: Segments, box: tuple[int, ...]) -> np.ndarray:
    """Return what lies in a box (left, top, right, bottom), right and bottom excluded; see :func:`find_target`."""
    _require_box(box)
    left, top, right, bottom = box
    height, width = segments.pieces.shape
    if right > width or bottom > height:
        raise ValueError(f"box {_words(box)} is not inside the picture of {width} x {height} pixels")
    count = int(segments.pieces.max()) + 1
    whole = np.bincount(segments.pieces.ravel(), minlength=count)
    within = np.bincount(segments.pieces[top:bottom, left:right].ravel(), minlength=count)
    chosen = (within >= INSIDE * whole) & (whole > 0)
    chosen[0] = False
    if not chosen.any():
        raise ValueError(f"no object lies in box {_words(box)}; {_whats_there(within, whole)}")
    return one_part(segments, chosen[segments.pieces], f"what lies in box {_words(box)}")


def _whats_there(within: np.ndarray, whole: np.ndarray) -> str:
    reaching = np.count_nonzero(within[1:])
    if not reaching:
        return "nothing stands there"
    share = float((within[1:] / np.maximum(whole[1:], 1)).max())
    return f"{reaching} reach into it, by {share:.0%} at most where {INSIDE:.0%} is needed: draw it larger"


def target_by_mask(segments: Segments, mask: np.ndarray, name: str) -> np.ndarray:
    """Return the pixels of a mask (h, w), bool, that stand in the workspace or have no depth; see :func:`find_target`.

    ``name`` is what messages call the mask.
    """
    if mask.shape != segments.pieces.shape:
        (height, width), (rows, columns) = mask.shape, segments.pieces.shape
        raise ValueError(f"{name} is a mask of {width} x {height} pixels; the picture has {columns} x {rows}")
    if not mask.any():
        raise ValueError(f"{name} is an empty mask")
    standing = segments.standing
    known = mask & (standing.area > 0.0)
    if np.count_nonzero(mask & standing.inside) < 0.5 * np.count_nonzero(known):
        raise ValueError(f"{name} lies outside the workspace, at {standing.place(mask)}")
    return one_part(segments, mask & (standing.mask | (standing.area == 0.0)), f"what {name} shows")


def _require_box(box: tuple[int, ...]) -> None:
    left, top, right, bottom = box
    if not (0 <= left < right and 0 <= top < bottom):
        raise ValueError(f"box {_words(box)} is empty: left < right and top < bottom are needed")


def _words(pixels: tuple[int, ...]) -> str:
    return ",".join(map(str, pixels))
