"""Settings of moving, pushing and grasping: the rule at run time and the training in stages."""

from __future__ import annotations

from dataclasses import dataclass, field

from pushgrasp.policies.maps.planner import PrimitivesCfg
from pushgrasp.policies.maps.primitives import GraspPrimitiveCfg, PushPrimitiveCfg
from pushgrasp.policies.maps.q_net import GRASP, MOVE, PUSH
from pushgrasp.policies.q.cfg import StageCfg, acting
from pushgrasp.settings import Index, NotNegative, Positive, Settings

METHOD = "mpg"
"""Name in the registry of methods."""


def _primitives() -> PrimitivesCfg:
    return PrimitivesCfg(GraspPrimitiveCfg(depth=0.04), PushPrimitiveCfg(tip_height=0.02))


@dataclass
class RuleCfg(Settings):
    """What is done at run time (Li et al. 2024, Sec. III-C)."""

    workflow: bool = True
    """Move what lies on the target, push what cannot be grasped yet, then grasp; false: whatever is worth most (the
    ablation without alternation)."""
    overhang: NotNegative = 0.6
    """The target is occluded where more stands over it (see :func:`pushgrasp.policies.mpg.occlusion.overhang`)."""
    threshold: float | None = None
    """Worth from which a grasp is trusted; null takes what the training has measured."""
    max_moves: Index = 3
    """Actions of a trial among which moves may be; later ones only while the target is out of view."""
    max_pushes: Index = 5
    """Pushes in a row, after which it is grasped in any case."""
    move_reach: Positive = 0.02
    """Moves pick what is at most so far from the target's rectangle [m]."""
    push_reach: Positive = 0.12
    """Pushes begin at most so far from the target [m]."""
    primitives: PrimitivesCfg = field(default_factory=_primitives)


REWARD = "published"
"""An action is worth the same in all stages: what was done in one is learned from in the next."""


@dataclass
class StagesCfg(Settings):
    """The stages (Li et al. 2024, Sec. III-C) after that of tried grasps; grasps are not learned any further."""

    acting: StageCfg = field(default_factory=lambda: acting("mpg/heap10", REWARD))
    target: StageCfg = field(
        default_factory=lambda: StageCfg(
            "mpg/heap10", (), (GRASP,), REWARD, least=100, most=200, epsilon=(0.0, 0.0), threshold=True
        )
    )
    moving: StageCfg = field(
        default_factory=lambda: StageCfg(
            "mpg/stack2,mpg/stack6", (MOVE,), (MOVE, GRASP), REWARD, most=1000, max_actions=5, advance=0.7
        )
    )
    pushing: StageCfg = field(
        default_factory=lambda: StageCfg("P1/case1", (PUSH,), (PUSH, GRASP), REWARD, most=1000, advance=0.7)
    )
    joint: StageCfg = field(
        default_factory=lambda: StageCfg(
            "mpg/heap10", (MOVE, PUSH), (MOVE, PUSH, GRASP), REWARD, most=1200, max_actions=10, epsilon=(0.3, 0.1)
        )
    )
