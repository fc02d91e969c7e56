"""Settings of Q-learning in stages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from pushgrasp.policies.maps.q_net import GRASP
from pushgrasp.settings import Count, Positive, Range, Settings, Share


@dataclass
class StageCfg(Settings):
    """A part of a training: where and what is done, what of it is learned, and when it is enough."""

    scenes: str
    """Families and files of scenes, separated by commas."""
    learns: tuple[str, ...]
    """Nets that learn; the others stay as they are. Where none does, it is only measured how well they act."""
    acts: tuple[str, ...]
    """Nets that may choose an action; which of them does is up to the method's rule."""
    reward: str
    """Which of the method's rewards."""
    epsilon: tuple[float, float] = (0.5, 0.1)
    """Share of random actions at the beginning and at the end."""
    any_net: bool = False
    """Whether random actions are of any net that may choose, and not of the one that the method's rule prefers."""
    max_actions: Count = 8
    """Actions after which a new scene begins."""
    least: Count = 500
    """Actions before it may be enough."""
    most: Count = 2000
    """Actions after which the next stage begins in any case."""
    advance: Share = 0.8
    """Share of the last chosen actions, random ones left out, with a reward of more than nothing, that is enough."""
    threshold: bool = False
    """Whether the worth from which a grasp is trusted is measured at its end."""


ACTING = "acting"
"""Name of the stage in which grasps are learned by acting; it is left out where there are nets to begin with."""


def acting(scenes: str, reward: str) -> StageCfg:
    """Return the stage in which grasps are learned by acting."""
    return StageCfg(scenes, (GRASP,), (GRASP,), reward, most=3000, epsilon=(0.5, 0.2))


@dataclass
class LearningCfg(Settings):
    """How nets learn from what is remembered."""

    discount: Share = 0.5
    window: Count = 64
    """Side of what is looked at about an action when nets learn of it [cells]: as far as the nets look, about."""
    batch: Count = 16
    """Actions of a step."""
    steps: Count = 4
    """Steps of each net that learns after every round of actions in all worlds."""
    learning_rate: Positive = 1.0e-3
    """Rate of nets with a Q map."""
    small_rate: Positive = 1.0e-2
    """Rate of the others, which are small."""
    capacity: Count = 20000
    """Actions that are remembered; the oldest are forgotten."""


@dataclass
class GraspStageCfg(Settings):
    """What comes before Q-learning: the net for grasps learns from grasps that were tried."""

    data: str = "tried_grasps"
    """Folders of tried grasps, which ``scripts/try_grasps.py`` makes, separated by commas."""
    iterations: Count = 10
    """Times that every object of every scene is the target."""
    batch: Count = 16
    """Targets of a step."""
    learning_rate: Positive = 2.0e-3
    """Rate at the beginning; it falls to nothing along a cosine."""
    validation: Annotated[float, Range(above=0, below=1)] = 0.1
    """Share of the scenes that are held out."""


GRASP_STAGE = "grasp"
"""Name of the stage that comes before those of Q-learning."""

RECENT = 100
"""Actions over which it is measured whether a stage is enough."""
