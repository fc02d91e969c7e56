"""Settings of trainings by Q-learning: nets, rule at run time, stages, and how nets learn."""

from __future__ import annotations

from dataclasses import field
from pathlib import Path
from typing import Any

from isaaclab.utils import configclass

from pushgrasp.learning.checkpoint import CheckpointInfo
from pushgrasp.policies.maps.q_net import QNetsCfg
from pushgrasp.policies.mpg import cfg as mpg
from pushgrasp.policies.q.cfg import LearningCfg, StageCfg
from pushgrasp.policies.switch import cfg as switch
from pushgrasp.program import UserError
from pushgrasp.settings import Count, Settings

from .loop_cfg import LoopCfg


@configclass
class QCfg(LoopCfg):
    """What the methods that learn by Q-learning have in common."""

    save_interval: Count = 25
    """Rounds of actions between checkpoints."""
    nets: QNetsCfg = field(default_factory=QNetsCfg)
    stages: Settings = field(default_factory=Settings)
    learning: LearningCfg = field(default_factory=LearningCfg)

    def by_name(self) -> dict[str, StageCfg]:
        """Return the stages by name, in their order."""
        return dict(vars(self.stages))

    def set_stage(self, stage: str | None, env_cfg: Any) -> None:  # noqa: ANN401
        """All stages follow each other in one training; worlds get what the scenes of all of them need.

        Raises:
            UserError: If one is asked for.
        """
        if stage is not None:
            raise UserError(
                f"--stage {stage}: the stages of {self.method()} follow each other: {', '.join(self.by_name())}"
            )
        words = [word.strip() for each in self.by_name().values() for word in each.scenes.split(",")]
        env_cfg.clutter.scenes = ",".join(dict.fromkeys(words))

    def check(self) -> None:
        """Refuse values that are out of range.

        Raises:
            ValueError: Naming the field and what is allowed.
        """
        super().check()
        if self.learning.window % (step := 2 ** (len(self.nets.widths) - 1)):
            raise ValueError(f"agent.learning.window={self.learning.window}: the nets need a multiple of {step}")

    def check_weights(self, checkpoint: Path, info: CheckpointInfo) -> None:
        """Every checkpoint of the method fits."""


@configclass
class SwitchCfg(QCfg):
    """What ``train.py --method switch`` reads."""

    experiment_name: str = switch.METHOD
    rule: switch.RuleCfg = field(default_factory=switch.RuleCfg)
    stages: switch.StagesCfg = field(default_factory=switch.StagesCfg)


@configclass
class MpgCfg(QCfg):
    """What ``train.py --method mpg`` reads."""

    experiment_name: str = mpg.METHOD
    rule: mpg.RuleCfg = field(default_factory=mpg.RuleCfg)
    stages: mpg.StagesCfg = field(default_factory=mpg.StagesCfg)
    staged: bool = True
    """False: all nets learn together in the last stage from the beginning (the ablation without stages)."""

    def by_name(self) -> dict[str, StageCfg]:
        """Return the stages by name, in their order, or the last one alone."""
        stages = super().by_name()
        return stages if self.staged else {"joint": stages["joint"]}
