"""What the overhead camera would see of imagined states: heightmaps without a renderer."""

from __future__ import annotations

import torch
from torch import Tensor

from pushgrasp.interface.world import State
from pushgrasp.perception.heightmap import Heightmaps, project_heightmaps
from pushgrasp.perception.workspace import Workspace
from pushgrasp.scenes.visibility import OverheadView, seen_alone


def overhead_heightmaps(state: State, workspace: Workspace, view: OverheadView | None = None) -> Heightmaps:
    """Return the heightmaps of N states, all of it black, on the CPU.

    Args:
        state: Where everything is; what lies outside of the workspace is left out.
        workspace: Area of the maps.
        view: The camera; the environment's if None.
    """
    view = view or OverheadView()
    pictures = [_picture(state, number, workspace, view) for number in range(len(state.position))]
    depth, ids = (torch.stack(part) for part in zip(*pictures, strict=True))
    count, focal, middle = len(depth), view.pixels * view.height / view.field, view.pixels / 2
    intrinsics = torch.tensor([[focal, 0.0, middle], [0.0, focal, middle], [0.0, 0.0, 1.0]])
    down, place = torch.diag(torch.tensor([1.0, -1.0, -1.0])), torch.tensor([0.0, 0.0, view.height])
    lens, rotation, position = (part.expand(count, *part.shape) for part in (intrinsics, down, place))
    black = torch.zeros(*depth.shape, 3, dtype=torch.uint8)
    return project_heightmaps(black, depth, ids, lens, rotation, position, workspace)


def _picture(state: State, number: int, workspace: Workspace, view: OverheadView) -> tuple[Tensor, Tensor]:
    """Return distances [m] and slot ids, each of shape (rows, columns), of one state."""
    near = torch.full((view.pixels, view.pixels), 1.0 / view.height)
    ids = torch.zeros_like(near, dtype=torch.long)
    position, quaternion = state.position[number].cpu(), state.quaternion[number].cpu()
    there = state.active[number].cpu() & workspace.contains(position[:, :2]) & position.isfinite().all(dim=1)
    for slot in there.nonzero()[:, 0].tolist():
        alone = seen_alone(view, state.shapes[slot], position[slot], quaternion[slot]).to(near)
        ids = torch.where(alone > near, slot + 1, ids)
        near = torch.maximum(alone, near)
    return 1.0 / near, ids
