"""What nets with action maps see of worlds: square windows of heightmaps about what each is after."""

from __future__ import annotations

import torch
from tensordict import TensorClass
from torch import Tensor

from pushgrasp.interface.world import Observation
from pushgrasp.perception.masks import centroid

from .crop import crop, window_at

HEIGHT_UNIT = 0.05
"""Heights go into nets in units of this [m]."""


class Picture(TensorClass):
    """Windows of S x S cells of N worlds."""

    height: Tensor
    """Height above the table [m], shape (N, S, S)."""
    ids: Tensor
    """Number of the object in each cell, 0 for none, shape (N, S, S), long."""
    goal: Tensor
    """Cells of what the world is after, shape (N, S, S), bool."""
    colour: Tensor
    """Red, green and blue in [0, 1], shape (N, 3, S, S), or (N, 0, S, S) where nets do not look at colours."""
    corner: Tensor
    """First cell (row, column) of each window in the heightmap, shape (N, 2), long."""

    def channels(self) -> Tensor:
        """Return what goes into a net, shape (N, 3 + colours, S, S): heights, goal, objects, colours."""
        maps = self.height / HEIGHT_UNIT, self.goal.float(), (self.ids > 0).float()
        return torch.cat((torch.stack(maps, dim=1), self.colour), dim=1)

    def about(self, cells: Tensor, size: int) -> tuple[Tensor, Tensor]:
        """Return windows of ``size`` cells about cells (N, 2) for a net, and where the cells are in them."""
        corner = window_at(cells, size)
        parts = [crop(channel, corner, size) for channel in self.channels().unbind(dim=1)]
        return torch.stack(parts, dim=1), cells - corner

    def window(self, maps: Tensor) -> Tensor:
        """Return the windows (N, S, S) of maps (N, H, W) of the same worlds."""
        return crop(maps, self.corner, self.height.shape[-1])

    def compact(self) -> dict[str, Tensor]:
        """Return the same in few bytes: heights in half precision, colours in 256 steps."""
        return {
            "height": self.height.half(),
            "ids": self.ids.byte(),
            "goal": self.goal,
            "colour": (255.0 * self.colour).round().byte(),
            "corner": self.corner.short(),
        }

    @staticmethod
    def restored(parts: dict[str, Tensor]) -> Picture:
        """Return what :meth:`compact` has given."""
        return Picture(
            height=parts["height"].float(),
            ids=parts["ids"].long(),
            goal=parts["goal"],
            colour=parts["colour"].float() / 255.0,
            corner=parts["corner"].long(),
            batch_size=[len(parts["height"])],
        )


def take_picture(seen: Observation, goal: Tensor, size: int, colours: bool = False) -> Picture:
    """Cut out what lies about a goal.

    Args:
        seen: What is seen of N worlds.
        goal: Cells of what each is after, shape (N, H, W), bool; where there are none, it is looked at the middle.
        size: Side of the windows [cells].
        colours: Whether nets look at colours.
    """
    maps, corner = seen.heightmaps, window_at(centroid(goal), size)
    red_green_blue = [crop(channel, corner, size) for channel in maps.colour.unbind(dim=1)] if colours else []
    empty = maps.height.new_zeros(len(goal), 0, size, size)
    return Picture(
        height=crop(maps.height, corner, size),
        ids=crop(maps.ids, corner, size),
        goal=crop(goal.to(torch.uint8), corner, size).bool(),
        colour=torch.stack(red_green_blue, dim=1) if colours else empty,
        corner=corner,
        batch_size=[len(goal)],
    )
