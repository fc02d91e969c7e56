"""From where a gripper may take hold of an object: square to its faces, and from above."""

from __future__ import annotations

import math

import torch

APART = math.cos(math.radians(19.0))
"""Cosine of the angle within which directions count as one."""

LEANS = tuple(math.radians(angle) for angle in (0.0, 20.0, -20.0, 40.0, -40.0))
"""Angles about the closing direction from the steepest approach [rad]."""


def closing_directions(normals: torch.Tensor) -> torch.Tensor:
    """Directions square to the faces of a surface: those with faces on both sides first.

    Args:
        normals: Outward unit normals of the surface, shape (P, 3).

    Returns:
        Unit vectors, one of each opposite pair, shape (D, 3); those of flat faces, and of round ones some.
    """
    distinct = _distinct(normals)
    opposed = (distinct @ distinct.T).amin(dim=1) <= -APART
    chosen = normals.new_zeros(0, 3)
    for normal in torch.cat((distinct[opposed], distinct[~opposed])):
        if not bool((chosen @ normal).abs().gt(APART).any()):
            chosen = torch.cat((chosen, normal[None]))
    return chosen


def _distinct(normals: torch.Tensor) -> torch.Tensor:
    """Normals to three digits, the commonest first: those of flat faces come before those of round ones."""
    values, counts = (1000.0 * normals).round().unique(dim=0, return_counts=True)
    values = values[counts.argsort(descending=True, stable=True)]
    return torch.nn.functional.normalize(values, dim=1)


def gripper_rotations(closing: torch.Tensor, max_tilt: float) -> torch.Tensor:
    """Gripper orientations that close along given directions and come from above.

    Args:
        closing: Unit vectors, shape (D, 3).
        max_tilt: Largest angle between approach and vertical [rad].

    Returns:
        Gripper to world (closing, across, approach), shape (K, 3, 3), K up to 5 D.
    """
    closing = closing[closing[:, 2].abs() < 0.999]
    down = closing.new_tensor([0.0, 0.0, -1.0]).expand_as(closing)
    steepest = torch.nn.functional.normalize(down - (down * closing).sum(dim=1, keepdim=True) * closing, dim=1)
    aside = torch.linalg.cross(steepest, closing)
    leans = closing.new_tensor(LEANS)
    approach = leans.cos()[:, None, None] * steepest + leans.sin()[:, None, None] * aside
    turned = closing.expand_as(approach)
    rotations = torch.stack((turned, torch.linalg.cross(approach, turned), approach), dim=-1).flatten(0, 1)
    return rotations[-rotations[:, 2, 2] >= math.cos(max_tilt)]
