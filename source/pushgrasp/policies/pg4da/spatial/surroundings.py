"""What lies around a choice, seen from it: swaths along strokes, profiles between jaws; and networks that read them.

The same scene turned gives the same numbers. Whether a grasp holds depends on a few millimetres: cross-validated on
8,216 grasps tried in copies of scenes of P1, a profile brings the log loss of the chance to hold from 0.41, with the
numbers in ``grasps`` alone, to 0.32; twice the spacing gives 0.34.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from pushgrasp.decoding.candidates import SeenTarget
from pushgrasp.decoding.surface import NOTHING, surface
from pushgrasp.gripper.points import grid
from pushgrasp.perception.workspace import Workspace

SWATH_ALONG = (-0.11, 0.15)
"""From where to where a swath reaches along the stroke, from the middle of what is pushed past [m]."""

SWATH_ASIDE = (-0.09, 0.09)
"""The same across [m]; the stroke passes on the side of the larger values."""

SWATH_SPACING = 0.02
"""Distance between the points of a swath [m]."""

SWATH_ROWS, SWATH_COLUMNS = 14, 10
"""Points of a swath along and across the stroke."""

SWATH_CHANNELS = ("height", "target")

SWATH_UNIT = 0.05
"""Heights are given in units of this [m]."""

NUM_PROFILES = 256
"""Most grasps of a scene of which profiles are read, the likeliest to hold in the eyes of the heuristic."""

PROFILE_ALONG = (-0.064, 0.064)
"""From where to where a profile reaches along the closing axis, from the TCP [m]."""

PROFILE_ASIDE = (-0.012, 0.012)
"""The same across, over the breadth of a pad [m]."""

PROFILE_ROWS, PROFILE_COLUMNS = 33, 3
"""Points of a profile along and across the closing axis."""

PROFILE_CHANNELS = ("height", "target")

PROFILE_UNIT, PROFILE_MOST = 0.02, 3.0
"""Heights are given from the TCP plane, in units of this [m], and at most so many."""

FEATURES = 24
"""Features of a swath, and of a profile."""

FLIPS = ((), (2,), (3,), (2, 3))
"""Axes along which a profile is turned over: jaws have no left and right, no front and back."""


def swaths(
    start: Tensor, end: Tensor, middle: Tensor, one_sided: Tensor, height: Tensor, target: Tensor, workspace: Workspace
) -> Tensor:
    """Read heightmap and target around the middle of what strokes push past.

    Args:
        start: First points [m], shape (N, S, 2).
        end: Last points [m], shape (N, S, 2).
        middle: Middle of what is pushed past [m], shape (N, 2).
        one_sided: Which strokes are turned over so that they pass on the side of the larger values, shape (S,), bool.
        height: Heightmap [m], shape (N, H, W).
        target: Cells of the target, shape (N, H, W), bool.
        workspace: Area of the maps.

    Returns:
        Shape (N, S, 2, 14, 10), in the order of :data:`SWATH_CHANNELS`.
    """
    unit, normal, aside = stroke_frames(start, end, middle)
    side = torch.where(one_sided & (aside < 0.0), -1.0, 1.0)[..., None, None]
    along = torch.linspace(*SWATH_ALONG, SWATH_ROWS, device=height.device, dtype=height.dtype)
    across = torch.linspace(*SWATH_ASIDE, SWATH_COLUMNS, device=height.device, dtype=height.dtype)
    points = middle[:, None, None, None] + along[:, None, None] * unit[:, :, None, None]
    points = points + across[:, None] * (side * normal[:, :, None])[:, :, None]
    world = torch.arange(len(start), device=height.device)
    flat = points.flatten(1, 3)
    read = [surface(values, workspace).at(world, flat) for values in (height / SWATH_UNIT, target.to(height))]
    return torch.stack([values.view(points.shape[:-1]) for values in read], dim=2)


def stroke_frames(start: Tensor, end: Tensor, middle: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Directions (N, S, 2) along strokes, to their left, and how far left (N, S) of middles (N, 2) they start [m]."""
    unit = torch.nn.functional.normalize(end - start, dim=-1)
    normal = torch.stack((-unit[..., 1], unit[..., 0]), dim=-1)
    return unit, normal, ((start - middle[:, None]) * normal).sum(dim=-1)


def profiles(world: Tensor, tcp: Tensor, rotation: Tensor, seen: SeenTarget) -> Tensor:
    """Read heightmap and target in the TCP planes of grasps.

    Args:
        world: World of each grasp, shape (M,), long.
        tcp: TCPs [m], shape (M, 3).
        rotation: Gripper to world, shape (M, 3, 3): columns are closing, side and approach direction.
        seen: What is seen of the N worlds.

    Returns:
        Shape (M, 2, 33, 3), in the order of :data:`PROFILE_CHANNELS`.
    """
    plane = grid(torch.linspace(*PROFILE_ALONG, PROFILE_ROWS), torch.linspace(*PROFILE_ASIDE, PROFILE_COLUMNS)).to(tcp)
    points = tcp[:, None] + plane @ rotation[:, :, :2].transpose(1, 2)
    above = (seen.everything.depth(world, points) / PROFILE_UNIT).clamp(-PROFILE_MOST, PROFILE_MOST)
    on_target = (seen.target.at(world, points[..., :2]) > NOTHING).to(above)
    return torch.stack((above, on_target), dim=1).unflatten(2, (PROFILE_ROWS, PROFILE_COLUMNS))


class SwathNet(nn.Sequential):
    """Swaths (M, 2, 14, 10) to features (M, 24)."""

    def __init__(self) -> None:
        super().__init__(
            nn.Conv2d(len(SWATH_CHANNELS), 8, kernel_size=3, padding=1),
            nn.ReLU(),
            nn.Conv2d(8, 8, kernel_size=3, stride=2, padding=1),
            nn.ReLU(),
            nn.Flatten(),
            nn.Linear(8 * (SWATH_ROWS // 2) * (SWATH_COLUMNS // 2), FEATURES),
        )


class ProfileNet(nn.Module):
    """Profiles (M, 2, 33, 3) to features (M, 24), the same for one that is turned over along either axis."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(len(PROFILE_CHANNELS), 12, kernel_size=(3, PROFILE_COLUMNS), padding=(1, 0)),
            nn.ReLU(),
            nn.Conv2d(12, 16, kernel_size=(3, 1), stride=(2, 1), padding=(1, 0)),
            nn.ReLU(),
            nn.Flatten(),
            nn.Linear(16 * (PROFILE_ROWS // 2 + 1), FEATURES),
            nn.ReLU(),
        )

    def forward(self, profile: Tensor) -> Tensor:
        """Return the features."""
        return torch.stack([self.layers(profile.flip(axes)) for axes in FLIPS]).mean(dim=0)
