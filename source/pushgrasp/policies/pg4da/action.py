"""The published action: a feature map over the workspace and the scores that order the angle-view classes."""

from __future__ import annotations

import torch
from torch.nn import functional

from pushgrasp.decoding.decoder import DecoderCfg, decode
from pushgrasp.grasping.angle_view import NUM_CLASSES
from pushgrasp.interface.action import Action
from pushgrasp.interface.world import Arms, Observation

MAP_SIZE = 56
"""Cells along each side of the feature map, a quarter of the heightmap's 224."""

ACTION_SIZE = MAP_SIZE * MAP_SIZE + NUM_CLASSES
"""Numbers in an action: 56 * 56 + 360 = 3496."""

_WORLDS_SHOWN = 8


def split_action(action: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Split actions into what the decoders read; both parts are views of ``action``.

    Args:
        action: ``[f_map, v_avh]`` of every world, shape (N, 3496), any finite numbers; the feature map is stored row by
            row, row 0 being the far edge of the workspace.

    Returns:
        Feature map, shape (N, 56, 56), and angle-view scores, shape (N, 360), class index = view * 6 + angle.

    Raises:
        ValueError: If the shape is wrong, or a number is not finite; the message names the worlds.
    """
    if action.ndim != 2 or action.shape[1] != ACTION_SIZE:
        raise ValueError(f"action has shape {tuple(action.shape)}; expected (N, {ACTION_SIZE})")
    finite = action.isfinite().all(dim=1)
    if not finite.all():
        worlds = (~finite).nonzero().flatten().tolist()
        shown = ", ".join(str(world) for world in worlds[:_WORLDS_SHOWN])
        raise ValueError(f"action is not finite in {len(worlds)} of {len(finite)} worlds: {shown}")
    return action[:, : MAP_SIZE * MAP_SIZE].unflatten(1, (MAP_SIZE, MAP_SIZE)), action[:, MAP_SIZE * MAP_SIZE :]


def decode_action(numbers: torch.Tensor, seen: Observation, arms: Arms, cfg: DecoderCfg) -> Action:
    """Return what the published action means in what is seen (Wang & Kasaei 2025, Sec. III-C2).

    Args:
        numbers: ``[f_map, v_avh]`` of every world, shape (N, 3496).
        seen: What the camera sees of the worlds.
        arms: Arms that will carry it out.
        cfg: Settings of the decoders.

    Raises:
        ValueError: If the shape is wrong, or a number is not finite.
    """
    parts = split_action(numbers)
    decision = decode(*parts, seen.heightmaps, seen.target_id, seen.workspace, arms.num_arms, cfg)
    return decision.action(arms.choose_arm(decision.grasps.position, decision.grasps.rotation))


def action_relevance(mask: torch.Tensor) -> torch.Tensor:
    """Return which action numbers the decoders can read, for the observation group "relevance".

    The decoders look at the feature map inside a mask only. The numbers of the other cells have no effect, so they do
    not belong in the likelihood of the action: leaving them out keeps the policy gradient unbiased, removes their noise
    and spends the KL budget on numbers that matter. A cell of the map counts when its bilinear support (its own 4 x 4
    heightmap cells and those of its neighbours) touches the mask. The class scores always count.

    Args:
        mask: Heightmap cells from which the decoders may choose (grasp or push), bool, shape (N, 224, 224).

    Returns:
        Bool, shape (N, 3496), in the order of ``split_action``.

    Raises:
        ValueError: If the mask is not bool, or not square with a multiple of 56 cells.
    """
    if mask.dtype != torch.bool or mask.ndim != 3 or mask.shape[1] != mask.shape[2] or mask.shape[1] % MAP_SIZE:
        raise ValueError(f"mask is {mask.dtype} {tuple(mask.shape)}; expected bool (N, 224, 224)")
    factor = mask.shape[1] // MAP_SIZE
    touched = functional.max_pool2d(mask[:, None].float(), factor)
    cells = functional.max_pool2d(touched, 3, stride=1, padding=1).flatten(1) > 0
    classes = cells.new_ones(len(mask), ACTION_SIZE - MAP_SIZE**2)
    return torch.cat([cells, classes], dim=1)
