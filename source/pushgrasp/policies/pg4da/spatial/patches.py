"""Networks that read the surroundings of a choice as it sees them: swaths along strokes, profiles between jaws."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from pushgrasp.policies.pg4da.spatial import profiles, swaths

SIZE = 24
"""Features of a swath, and of a profile."""

FLIPS = ((), (2,), (3,), (2, 3))
"""Axes along which a profile is turned over: jaws have no left and right, no front and back."""


class SwathNet(nn.Sequential):
    """Swaths (M, 2, 14, 10) to features (M, 24)."""

    def __init__(self) -> None:
        super().__init__(
            nn.Conv2d(len(swaths.SWATH_CHANNELS), 8, kernel_size=3, padding=1),
            nn.ReLU(),
            nn.Conv2d(8, 8, kernel_size=3, stride=2, padding=1),
            nn.ReLU(),
            nn.Flatten(),
            nn.Linear(8 * (swaths.ROWS // 2) * (swaths.COLUMNS // 2), SIZE),
        )


class ProfileNet(nn.Module):
    """Profiles (M, 2, 33, 3) to features (M, 24), the same for one that is turned over along either axis."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(len(profiles.PROFILE_CHANNELS), 12, kernel_size=(3, profiles.COLUMNS), padding=(1, 0)),
            nn.ReLU(),
            nn.Conv2d(12, 16, kernel_size=(3, 1), stride=(2, 1), padding=(1, 0)),
            nn.ReLU(),
            nn.Flatten(),
            nn.Linear(16 * (profiles.ROWS // 2 + 1), SIZE),
            nn.ReLU(),
        )

    def forward(self, profile: Tensor) -> Tensor:
        """Return the features."""
        return torch.stack([self.layers(profile.flip(axes)) for axes in FLIPS]).mean(dim=0)
