"""Settings of a training of opg: the stage of the amodal net, or those of Q-learning."""

from __future__ import annotations

from dataclasses import field
from typing import Any

from isaaclab.utils import configclass

from pushgrasp.policies.opg.cfg import AMODAL_STAGE, METHOD, AmodalStageCfg, RuleCfg, StagesCfg
from pushgrasp.policies.q.cfg import LearningCfg

from .q_cfg import QCfg


@configclass
class OpgCfg(QCfg):
    """What ``train.py --method opg`` reads."""

    experiment_name: str = METHOD
    rule: RuleCfg = field(default_factory=RuleCfg)
    stages: StagesCfg = field(default_factory=StagesCfg)
    learning: LearningCfg = field(default_factory=lambda: LearningCfg(discount=0.0))
    """Without a discount: a grasp that fails on the target is else worth as much as one that takes it and ends the
    episode, since pushes after it are rewarded, too."""
    amodal_stage: AmodalStageCfg = field(default_factory=AmodalStageCfg)

    def method(self) -> str:
        """Return the name of the method that these settings are for."""
        return METHOD

    def alone(self) -> tuple[str, ...]:
        """Return the names of the stages that are trainings of their own."""
        return (AMODAL_STAGE, *super().alone())

    def set_stage(self, stage: str | None, env_cfg: Any) -> None:  # noqa: ANN401
        """Choose a stage of its own, or, without a name, those of Q-learning.

        Raises:
            UserError: If there is no such stage.
        """
        if stage != AMODAL_STAGE:
            return super().set_stage(stage, env_cfg)
        self._train_alone(stage, self.amodal_stage.iterations)
        env_cfg.clutter.scenes = self.amodal_stage.scenes
