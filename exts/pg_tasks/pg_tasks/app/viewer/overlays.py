"""Overlays of one world: which there are, and how they are made of the environment's state."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import torch

from pushgrasp.interface.action import Action
from pushgrasp.perception.heightmap import Heightmaps
from pushgrasp.perception.workspace import Workspace

from .pictures import height_colours, masks
from .shapes import Colour, Lines, Points, grasp_gripper, heightmap_points, mask_outline, push_path

ARM_COLOURS: tuple[Colour, Colour] = ((0.0, 0.15, 0.9), (1.0, 0.25, 0.0))
"""Push paths of the left and the right arm. Viewers disagree on gamma: strong colours look alike in all."""

GRASP_COLOUR: Colour = (0.8, 0.0, 0.3)

TARGET_COLOUR: Colour = (0.0, 0.6, 0.0)

OBJECT_COLOUR: Colour = (0.03, 0.03, 0.03)

CLEARANCE = 0.02
"""Height of a push path's arrow above the highest object [m]."""


@dataclass
class View:
    """What the overlays are made of."""

    heightmaps: Heightmaps
    target_id: torch.Tensor
    """Id of the target in the id heightmap, shape (N,)."""
    action: Action | None
    """What is done, if anything is."""
    workspace: Workspace
    world: int
    origin: torch.Tensor
    """Of the world [m], shape (3,)."""


Overlay = Lines | Points
"""Something that is drawn."""


def heightmap(view: View) -> list[Overlay]:
    """Return the heightmap's cells on the objects, coloured by height."""
    height = view.heightmaps.height[view.world].cpu()
    return [heightmap_points(height, height_colours(height), view.workspace)]


def target_outline(view: View) -> list[Overlay]:
    """Return the outline of what is seen of the target."""
    return [_outline(view, 0, TARGET_COLOUR)]


def object_outlines(view: View) -> list[Overlay]:
    """Return the outline of all objects together."""
    return [_outline(view, 1, OBJECT_COLOUR)]


def push_paths(view: View) -> list[Overlay]:
    """Return the paths of the arms that push, and from where to where the others move something."""
    if view.action is None:
        return []
    clearance = float(view.heightmaps.height[view.world].max()) + CLEARANCE
    return [push_path(way.cpu(), clearance, ARM_COLOURS[arm]) for arm, way in view.action.ways(view.world)]


def grasp(view: View) -> list[Overlay]:
    """Return the grippers of the arms that grasp, or pick up and put down."""
    action, world = view.action, view.world
    if action is None:
        return []
    return [
        grasp_gripper(position.cpu(), rotation.cpu(), float(action.width[world, arm]), GRASP_COLOUR)
        for arm, position, rotation in action.jaws(world)
        if bool(action.valid[world, arm])
    ]


OVERLAYS: dict[str, Callable[[View], list[Overlay]]] = {
    "heightmap": heightmap,
    "target mask": target_outline,
    "object mask": object_outlines,
    "push paths": push_paths,
    "grasp": grasp,
}
"""Overlays by name."""


def make(name: str, view: View) -> list[Overlay]:
    """Return what an overlay consists of, where its world stands.

    Raises:
        ValueError: If there is none of this name.
    """
    if name not in OVERLAYS:
        raise ValueError(f"unknown overlay {name!r}; overlays: {', '.join(OVERLAYS)}")
    return [_moved(part, view.origin.cpu()) for part in OVERLAYS[name](view)]


def _outline(view: View, which: int, colour: Colour) -> Lines:
    mask = masks(view.heightmaps, view.target_id, view.world)[which].cpu()
    return mask_outline(mask, view.heightmaps.height[view.world].cpu(), view.workspace, colour)


def _moved(part: Overlay, origin: torch.Tensor) -> Overlay:
    if isinstance(part, Points):
        return replace(part, positions=part.positions + origin)
    return replace(part, starts=part.starts + origin, ends=part.ends + origin)
