"""Settings of OPG-Policy: its rule at run time, the stage of the amodal net, and the stages of Q-learning."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated

from pushgrasp.policies.maps.planner import PrimitivesCfg
from pushgrasp.policies.maps.primitives import PushPrimitiveCfg
from pushgrasp.policies.maps.q_net import GRASP, PUSH
from pushgrasp.policies.q.cfg import StageCfg, acting
from pushgrasp.settings import Count, Index, Positive, Range, Settings, Share

METHOD = "opg"
"""Name in the registry of methods."""

COORDINATOR, AMODAL = "coordinator", "amodal"
"""Names of the nets without a Q map."""

AMODAL_STAGE = "amodal"
"""Name of the stage that comes before those of Q-learning."""


@dataclass
class AmodalNetCfg(Settings):
    """What the amodal net is like."""

    widths: tuple[Count, ...] = (8, 16, 32, 64, 64)
    """Channels at each level of the U-Net."""
    window: Count = 64
    """Side of the window about what is seen of an object [cells]."""

    def check(self, where: str) -> None:
        """Refuse a window that cannot be halved from level to level."""
        super().check(where)
        step = 2 ** (len(self.widths) - 1)
        if self.window % step:
            raise ValueError(f"{where}.window={self.window}: a multiple of {step} is needed for the levels")


@dataclass
class AmodalStageCfg(Settings):
    """The stage in which the amodal net learns from pairs that the simulation gives."""

    scenes: str = "P4/random15,P4/random30,P1/case3,P1/case4"
    """Where the pairs come from."""
    iterations: Count = 30
    """Rounds; in each every world gets a new scene, and the net learns from the pairs of all scenes so far."""
    steps: Count = 80
    """Steps per round."""
    batch: Count = 16
    """Pairs of a step."""
    learning_rate: Positive = 3.0e-3
    """Rate at the beginning; it falls to nothing along a cosine."""
    capacity: Count = 8000
    """Pairs that are kept; the oldest are forgotten."""
    little: Share = 0.1
    """Objects of which a greater share is hidden count as partly hidden."""
    kept: Share = 0.33
    """Share of the pairs of other objects that is learned from."""
    validation: Annotated[float, Range(above=0, below=1)] = 0.1
    """Share of the scenes that are held out."""


def _primitives() -> PrimitivesCfg:
    return PrimitivesCfg(push=PushPrimitiveCfg(length=0.15))


@dataclass
class RuleCfg(Settings):
    """What is done at run time (Ding et al., Sec. III-D)."""

    amodal: AmodalNetCfg = field(default_factory=AmodalNetCfg)
    coordinator: bool = True
    """Whether the coordinator chooses between push and grasp; without it the greater worth does (the ablation)."""
    coordinator_after: Index = 500
    """Steps that the coordinator has learned before it chooses; until then the greater worth does. With eight worlds
    and four steps a round it chooses from action 1,000 on."""
    border: Count = 10
    """Width of the strip about the full mask in which it is looked for what is in the way [cells]."""
    max_pushes: Index = 4
    """Pushes, after which it is grasped in any case."""
    push_reach: Positive = 0.12
    """Pushes begin at most so far from the target's full mask [m]."""
    primitives: PrimitivesCfg = field(default_factory=_primitives)


NETS = (GRASP, PUSH)
"""Nets with a Q map."""


def _stage(scenes: str, actions: int, epsilon: tuple[float, float]) -> StageCfg:
    learns = (PUSH, COORDINATOR)
    return StageCfg(
        scenes, learns, NETS, "opg", epsilon=epsilon, any_net=True, max_actions=5, least=actions, most=actions
    )


@dataclass
class StagesCfg(Settings):
    """The curriculum (Ding et al., Sec. III-F): 3, 8, 13 and 18 obstacles beside seven objects."""

    acting: StageCfg = field(default_factory=lambda: acting("P5/clutter10", "opg"))
    obstacles3: StageCfg = field(default_factory=lambda: _stage("P5/clutter10", 500, (0.5, 0.3)))
    obstacles8: StageCfg = field(default_factory=lambda: _stage("P5/clutter15", 1000, (0.3, 0.2)))
    obstacles13: StageCfg = field(default_factory=lambda: _stage("P5/clutter20,P4/most-occluded30", 1000, (0.2, 0.1)))
    obstacles18: StageCfg = field(default_factory=lambda: _stage("P5/clutter25,P4/most-occluded30", 1000, (0.1, 0.1)))
