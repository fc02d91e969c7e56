"""Settings of trainings by Q-learning: nets, rule at run time, stages, and how nets learn."""

from __future__ import annotations

from dataclasses import field
from pathlib import Path
from typing import Any

from isaaclab.utils import configclass

from pushgrasp.learning.checkpoint import CheckpointInfo
from pushgrasp.policies.maps.q_net import QNetsCfg
from pushgrasp.policies.mpg import cfg as mpg
from pushgrasp.policies.q.cfg import ACTING, GRASP_STAGE, GraspStageCfg, LearningCfg, StageCfg
from pushgrasp.policies.switch import cfg as switch
from pushgrasp.program import UserError
from pushgrasp.settings import Count, Settings

from .loop_cfg import LoopCfg


@configclass
class QCfg(LoopCfg):
    """What the methods that learn by Q-learning have in common."""

    stage: str = ""
    """``grasp`` where the net for grasps learns from tried ones; chosen with ``--stage``, not here."""
    start: str = ""
    """Checkpoints of any of these methods with whose nets a training begins, or files that come with the project,
    separated by commas: each net is that of the first file that holds it. Empty: grasps are learned by acting."""
    save_interval: Count = 25
    """Rounds of actions between checkpoints."""
    nets: QNetsCfg = field(default_factory=QNetsCfg)
    stages: Settings = field(default_factory=Settings)
    learning: LearningCfg = field(default_factory=LearningCfg)
    grasp_stage: GraspStageCfg = field(default_factory=GraspStageCfg)

    def by_name(self) -> dict[str, StageCfg]:
        """Return the stages by name, in their order; grasps are learned by acting without nets to begin with only."""
        return {name: stage for name, stage in vars(self.stages).items() if name != ACTING or not self.start}

    def set_stage(self, stage: str | None, env_cfg: Any) -> None:  # noqa: ANN401
        """Choose the stage that learns from tried grasps, or, without a name, those of Q-learning.

        The latter follow each other in one training; worlds get what the scenes of all of them need.

        Raises:
            UserError: If there is no such stage.
        """
        if stage == GRASP_STAGE:
            return self._train_alone(stage, self.grasp_stage.iterations)
        if stage is not None:
            raise UserError(
                f"--stage {stage}: {self.method()} has {', '.join(self.alone())}; without --stage others follow each "
                f"other: {', '.join(self.by_name())}"
            )
        words = [word.strip() for each in self.by_name().values() for word in each.scenes.split(",")]
        env_cfg.clutter.scenes = ",".join(dict.fromkeys(words))

    def alone(self) -> tuple[str, ...]:
        """Return the names of the stages that are trainings of their own."""
        return (GRASP_STAGE,)

    def _train_alone(self, stage: str, iterations: int) -> None:
        self.stage, self.experiment_name = stage, f"{self.method()}_{stage}"
        self.max_iterations = self.max_iterations or iterations

    def network(self) -> str:
        """Return the name of what is trained, in checkpoints."""
        return f"{self.method()}_{self.stage}" if self.stage else self.method()

    def check(self) -> None:
        """Refuse values that are out of range.

        Raises:
            ValueError: Naming the field and what is allowed.
        """
        super().check()
        if self.learning.window % (step := 2 ** (len(self.nets.widths) - 1)):
            raise ValueError(f"agent.learning.window={self.learning.window}: the nets need a multiple of {step}")

    def check_weights(self, checkpoint: Path, info: CheckpointInfo) -> None:
        """Refuse a checkpoint of a stage of its own where a whole policy is needed, and the other way round.

        Raises:
            UserError: If it is.
        """
        if info.network != self.network():
            raise UserError(f"{checkpoint} holds {info.network}, needed is {self.network()}")


@configclass
class SwitchCfg(QCfg):
    """What ``train.py --method switch`` reads."""

    experiment_name: str = switch.METHOD
    rule: switch.RuleCfg = field(default_factory=switch.RuleCfg)
    stages: switch.StagesCfg = field(default_factory=switch.StagesCfg)

    def method(self) -> str:
        """Return the name of the method that these settings are for."""
        return switch.METHOD


@configclass
class MpgCfg(QCfg):
    """What ``train.py --method mpg`` reads."""

    experiment_name: str = mpg.METHOD
    rule: mpg.RuleCfg = field(default_factory=mpg.RuleCfg)
    stages: mpg.StagesCfg = field(default_factory=mpg.StagesCfg)
    learning: LearningCfg = field(default_factory=lambda: LearningCfg(steps=2))
    """Two nets learn in the last stage, each from what both say of whole pictures: steps are dear."""
    staged: bool = True
    """False: moves and pushes learn together in the last stage from the beginning (the ablation without stages)."""

    def method(self) -> str:
        """Return the name of the method that these settings are for."""
        return mpg.METHOD

    def by_name(self) -> dict[str, StageCfg]:
        """Return the stages by name, in their order, or the last one alone."""
        stages = super().by_name()
        return stages if self.staged else {"joint": stages["joint"]}
