"""Which shapes the pictures of each split show, and the slots that hold them."""

from __future__ import annotations

from pg_tasks.envs.scene_cfg import GROUND_HEIGHT
from pushgrasp.scenes.shapes import NOVEL, OTHER_BLOCKS, SHAPES
from pushgrasp.scenes.slots import SlotLayout

SPLITS = ("train", "val", "test")
"""Parts of a data set, by their names."""

HELD_OUT = ("tumbler", "flask", "tin", "packet", "hammer", "spatula")
"""Shapes that only the split ``test`` shows."""

COPIES = {
    **dict.fromkeys(SHAPES, 4),
    **dict.fromkeys(OTHER_BLOCKS, 2),
    **dict.fromkeys(NOVEL, 1),
    **dict.fromkeys(HELD_OUT, 2),
}
"""How many of each shape a world owns; most scenes of ``test`` show some that are held out."""


def pool(split: str) -> tuple[str, ...]:
    """Shapes that scenes of a split draw from, each as often as a world owns it.

    Raises:
        ValueError: If there is no such split; the message lists them.
    """
    if split not in SPLITS:
        raise ValueError(f"unknown split {split!r}; splits: {', '.join(SPLITS)}")
    names = [name for name in COPIES if split == "test" or name not in HELD_OUT]
    return tuple(name for name in names for _ in range(COPIES[name]))


def slot_layout() -> SlotLayout:
    """Slots of a world: they hold the scenes of every split."""
    return SlotLayout.of(pool("test"), GROUND_HEIGHT)
