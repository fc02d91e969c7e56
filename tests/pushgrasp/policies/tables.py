"""Tables without physics, for which policies of any method can be made."""

from __future__ import annotations

import torch

from pushgrasp.decoding.decoder import DecoderCfg
from pushgrasp.motion.arms import choose_arm
from pushgrasp.perception.workspace import Workspace


class Tables:
    """Worlds with two free grippers each; each takes what lies on its side."""

    num_arms, decoder, workspace = 2, DecoderCfg(), Workspace()

    def __init__(self, num_worlds: int = 1) -> None:
        self.num_worlds, self.arms = num_worlds, self

    def choose_arm(self, position: torch.Tensor, rotation: torch.Tensor) -> torch.Tensor:
        return choose_arm(position, self.num_arms)
