"""Settings of target switching: its rule at run time and its training in stages."""

from __future__ import annotations

from dataclasses import dataclass, field

from pushgrasp.policies.maps.planner import PrimitivesCfg
from pushgrasp.policies.maps.primitives import GraspPrimitiveCfg, PushPrimitiveCfg
from pushgrasp.policies.maps.q_net import GRASP, PUSH
from pushgrasp.policies.q.cfg import StageCfg, acting
from pushgrasp.settings import Count, Index, Settings, Share

METHOD = "switch"
"""Name in the registry of methods."""


def _primitives() -> PrimitivesCfg:
    return PrimitivesCfg(GraspPrimitiveCfg(depth=0.02), PushPrimitiveCfg(length=0.15, behind=0.05))


@dataclass
class RuleCfg(Settings):
    """What is done at run time (Li et al., Sec. III-B)."""

    switching: bool = True
    """Whether the highest object is the target while the goal is out of view (the ablation: false)."""
    min_cells: Count = 10
    """A goal that shows fewer cells is out of view."""
    threshold: float | None = None
    """Worth from which a grasp is trusted; null takes what the training has measured."""
    max_occupied: Share = 0.6
    """It is pushed first where others stand in a larger share of the strip round the target."""
    max_pushes: Index = 5
    """Pushes, after which it is grasped in any case."""
    others: Share = 0.95
    """Weight of pushes of other objects beside those of the target."""
    primitives: PrimitivesCfg = field(default_factory=_primitives)


@dataclass
class StagesCfg(Settings):
    """The stages (Li et al., Sec. III-C) after that of tried grasps; grasps are not learned any further."""

    acting: StageCfg = field(default_factory=lambda: acting("P2/random10", "lifted"))
    grasping: StageCfg = field(
        default_factory=lambda: StageCfg(
            "P2/random10",
            (),
            (GRASP,),
            "lifted",
            least=100,
            most=200,
            epsilon=(0.0, 0.0),
            max_actions=5,
            threshold=True,
        )
    )
    pushing: StageCfg = field(
        default_factory=lambda: StageCfg("P2/random20", (PUSH,), (GRASP, PUSH), "freed", most=2000, advance=0.7)
    )
    alternating: StageCfg = field(
        default_factory=lambda: StageCfg(
            "P2/random20,P2/random30", (PUSH,), (GRASP, PUSH), "freed", most=1000, epsilon=(0.2, 0.1)
        )
    )
