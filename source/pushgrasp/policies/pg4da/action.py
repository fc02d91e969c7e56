"""The published action: a feature map over the workspace and the scores that order the angle-view classes."""

from __future__ import annotations

import torch

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
