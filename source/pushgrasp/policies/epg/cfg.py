"""Settings of the Equivariant Push-Grasp Network: its nets, its rule at run time, and its training in two stages."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated

from pushgrasp.files.typed_json import MAY_LACK
from pushgrasp.policies.maps.primitives import GraspPrimitiveCfg, PushPrimitiveCfg
from pushgrasp.settings import Count, Index, NotNegative, Positive, Range, Settings, Share

METHOD = "epg"
"""Name in the registry of methods."""

Even = Annotated[int, Range(least=2)]


@dataclass
class NetsCfg(Settings):
    """What the nets are like. The published ones (Hu et al. 2025, Sec. III-E): group 6, 18 angles, 18 directions."""

    group: Even = 12
    """Order of the cyclic group of turns, even. 4, 8 and 12 hold turns by 90 degrees, which a grid of cells has
    exactly; 6 holds 180 degrees only."""
    equivariant: bool = True
    """False: nets of plain layers with as many channels, trained on turned pictures (the paper's ablation)."""
    angles: Count = 18
    """Closing angles of grasps over 180 degrees; a multiple of half the group's order."""
    directions: Count = 24
    """Directions of pushes over 360 degrees; a multiple of the group's order."""
    widths: tuple[Count, ...] = (2, 4, 8, 16)
    """Fields at each level of the U-Nets; each has as many channels as the group has turns."""
    critic_widths: tuple[Count, ...] = (2, 4, 8)
    """The same for the critic."""
    window: Count = 112
    """Side of the part of the heightmap that is looked at [cells]."""
    critic_window: Count = 48
    """Side of the critic's part about a grasp [cells]."""

    def check(self, where: str) -> None:
        """Refuse nets that cannot be built."""
        super().check(where)
        if self.group % 2:
            raise ValueError(f"{where}.group={self.group}: an even number is needed, since jaws are symmetric")
        for name, turns in (("angles", self.group // 2), ("directions", self.group)):
            if getattr(self, name) % turns:
                raise ValueError(f"{where}.{name}={getattr(self, name)}: a multiple of {turns} is needed for the group")
        steps = {"window": 2 ** (len(self.widths) - 1), "critic_window": 2 ** len(self.critic_widths)}
        for name, step in steps.items():
            if getattr(self, name) % step:
                raise ValueError(f"{where}.{name}={getattr(self, name)}: a multiple of {step} is needed for the levels")


@dataclass
class RuleCfg(Settings):
    """What is done at run time (Hu et al. 2025, Sec. III-B)."""

    tau: Share = 0.85
    """A grasp that the critic gives a higher chance than this is carried out; else it is pushed first."""
    max_pushes: Index = 5
    """Pushes after which the target is grasped in any case; after a grasp they count anew."""
    failed: NotNegative = 1.5
    """Taken off the log-odds of a grasp like one that has failed in the same trial."""
    top: Count = 512
    """Best cells and angles of GraspNet's map that are looked at."""
    rated: Count = 8
    """Of them, grasps apart from each other that fit the jaws and are rated by the critic: its best one counts."""
    grasp: GraspPrimitiveCfg = field(default_factory=GraspPrimitiveCfg)
    push: PushPrimitiveCfg = field(default_factory=lambda: PushPrimitiveCfg(length=0.15))
    push_reach: Positive = 0.12
    """Pushes begin at most so far from the target [m]."""
    sweep: Share = field(default=0.7, metadata=MAY_LACK)
    """Pushes sweep at least so much of what stands round the target as the one that sweeps most; 0: anything at all."""


@dataclass
class GraspStageCfg(Settings):
    """Step 1: GraspNet and CriticNet learn from grasps that were tried (Hu et al. 2025, Sec. III-C)."""

    data: str = "tried_grasps"
    """Folders of tried grasps, which ``scripts/try_grasps.py`` makes, separated by commas."""
    iterations: Count = 20
    """Times that every scene is seen."""
    batch: Count = 8
    """Scenes of a step of GraspNet."""
    critic_batch: Count = 32
    """Grasps of a step of CriticNet."""
    critic_share: Share = 0.33
    """Share of the grasps that CriticNet sees in an iteration."""
    learning_rate: Positive = 2.0e-3
    """Rate at the beginning; it falls to nothing along a cosine."""
    validation: Annotated[float, Range(above=0, below=1)] = 0.1
    """Share of the scenes that are held out."""


@dataclass
class PushStageCfg(Settings):
    """Step 2: PushNet learns from what pushes do to the target's best grasp (Hu et al. 2025, Sec. III-C)."""

    iterations: Count = 250
    """Rounds: in each, pushes are tried in every world, one of them is carried out, and it is learned."""
    tries: Annotated[int, Range(least=2)] = 12
    """Pushes of a state that are tried in copies: half of them PushNet's best ones, half drawn at random."""
    batch: Count = 8
    """States of a step of PushNet, and imagined grasps of a step of CriticNet."""
    steps: Count = 2
    """Steps per round."""
    capacity: Count = 2000
    """States that are remembered with the pushes tried there, and imagined grasps; the oldest are forgotten."""
    learning_rate: Positive = 1.0e-3
    critic_rate: NotNegative = 2.0e-4
    """Rate at which CriticNet is fine-tuned."""
    epsilon: tuple[float, float] = (0.5, 0.1)
    """Share of random pushes at the beginning and at the end."""
    scenes: str = "P5/clutter10,P5/clutter15,P5/clutter20,P5/clutter25,P1/case2,P1/case3"
    """Where it learns to push."""


STAGES = ("grasp", "push")
"""What is trained, in this order."""
