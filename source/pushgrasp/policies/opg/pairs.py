"""Pairs to learn amodal masks from: what is seen of an object, and its full mask from the simulation's state."""

from __future__ import annotations

from dataclasses import dataclass, fields

import torch
from torch import Tensor

from pushgrasp.interface.world import Observation, State
from pushgrasp.perception.masks import is_visible
from pushgrasp.perception.workspace import Workspace
from pushgrasp.policies.maps.crop import crop
from pushgrasp.scenes.visibility import OverheadView, seen_alone

from .amodal import object_window, occluded_share

HIGH = 1000.0
"""Height of a camera that sees the table as a heightmap shows it, along gravity [m]."""

SEEN, OTHER, FULL = 1, 2, 4
"""Bits of a cell: it shows the object; it shows another one; the object covers it, seen or not."""


@dataclass(frozen=True)
class Pairs:
    """Windows about K objects."""

    height: Tensor
    """Heights [m], shape (K, S, S), float16."""
    cells: Tensor
    """Bits of each cell, shape (K, S, S), uint8."""
    hidden: Tensor
    """Share of the full mask that is not seen, shape (K,)."""

    @staticmethod
    def none(size: int) -> Pairs:
        """Return no pairs of windows of ``size`` cells."""
        return Pairs(torch.zeros(0, size, size).half(), torch.zeros(0, size, size).byte(), torch.zeros(0))

    def __len__(self) -> int:
        return len(self.hidden)

    def of(self, index: Tensor) -> Pairs:
        """Return those of indices (L,), or of a mask (K,)."""
        return Pairs(*(value[index] for value in vars(self).values()))

    def joined(self, others: Pairs, most: int) -> Pairs:
        """Return these and others, at most so many: the first ones go."""
        parts = ((getattr(self, field.name), getattr(others, field.name)) for field in fields(self))
        return Pairs(*(torch.cat(part)[-most:] for part in parts))

    @property
    def inputs(self) -> tuple[Tensor, Tensor, Tensor]:
        """What goes into the net: heights, seen cells and those of other objects, each (K, S, S), float."""
        return self.height.float(), self._bit(SEEN).float(), self._bit(OTHER).float()

    @property
    def seen(self) -> Tensor:
        """Cells that show the object, shape (K, S, S), bool."""
        return self._bit(SEEN)

    @property
    def full(self) -> Tensor:
        """Its full mask, shape (K, S, S), bool."""
        return self._bit(FULL)

    def moved(self, generator: torch.Generator) -> Pairs:
        """Return them, all turned by the same quarters of a turn and mirrored or not, at random."""
        quarter, flip = int(torch.randint(4, (), generator=generator)), bool(torch.randint(2, (), generator=generator))
        maps = [torch.rot90(part, quarter, (1, 2)) for part in (self.height, self.cells)]
        maps = [part.flip(2) for part in maps] if flip else maps
        return Pairs(*maps, self.hidden)

    def _bit(self, bit: int) -> Tensor:
        return (self.cells & bit) > 0


def true_mask(state: State, world: int, slot: int, workspace: Workspace) -> Tensor:
    """Return the cells (H, W), bool, that an object covers seen along gravity, as if nothing else were there."""
    middle = torch.tensor([workspace.x_min + workspace.x_max, workspace.y_min + workspace.y_max, 0.0]) / 2.0
    view = OverheadView(HIGH, workspace.x_max - workspace.x_min, workspace.cells)
    position = state.position[world, slot].cpu() - middle
    return seen_alone(view, state.shapes[slot], position, state.quaternion[world, slot].cpu()) > 0.0


def world_pairs(seen: Observation, state: State, world: int, size: int) -> Pairs:
    """Return the pairs of all objects in view in a world, in windows of ``size`` cells, on the CPU."""
    maps = seen.heightmaps.of(world)
    height, ids = maps.height.cpu(), maps.ids.cpu()
    slots = state.active[world].nonzero()[:, 0].cpu()
    own = ids == slots[:, None, None] + 1
    slots, own = slots[is_visible(own)], own[is_visible(own)]
    if not len(own):
        return Pairs.none(size)
    true = torch.stack([true_mask(state, world, slot, seen.workspace) for slot in slots.tolist()])
    full = own | true
    cells = SEEN * own.byte() + OTHER * ((ids > 0) & ~own).byte() + FULL * full.byte()
    corner = object_window(own, size)
    heights = crop(height.expand_as(full), corner, size).half()
    return Pairs(heights, crop(cells, corner, size), occluded_share(own, full))
