"""Settings of a training of opg: the stage of the amodal net, or those of Q-learning."""

from __future__ import annotations

from dataclasses import field
from pathlib import Path
from typing import Any

from isaaclab.utils import configclass

from pushgrasp.learning.checkpoint import CheckpointInfo
from pushgrasp.policies.opg.cfg import AMODAL_STAGE, METHOD, AmodalStageCfg, RuleCfg, StagesCfg
from pushgrasp.policies.q.cfg import LearningCfg
from pushgrasp.program import UserError

from .q_cfg import QCfg


@configclass
class OpgCfg(QCfg):
    """What ``train.py --method opg`` reads."""

    experiment_name: str = METHOD
    stage: str = ""
    """``amodal`` where the amodal net is trained; chosen with ``--stage``, not here."""
    start: str = ""
    """Checkpoint with the amodal net with which Q-learning begins; the one that comes with the project if empty."""
    rule: RuleCfg = field(default_factory=RuleCfg)
    stages: StagesCfg = field(default_factory=StagesCfg)
    learning: LearningCfg = field(default_factory=lambda: LearningCfg(discount=0.0))
    """Without a discount: a grasp that fails on the target is else worth as much as one that takes it and ends the
    episode, since pushes after it are rewarded, too."""
    amodal_stage: AmodalStageCfg = field(default_factory=AmodalStageCfg)

    def method(self) -> str:
        """Return the name of the method that these settings are for."""
        return METHOD

    def set_stage(self, stage: str | None, env_cfg: Any) -> None:  # noqa: ANN401
        """Choose the stage of the amodal net, or, without a name, those of Q-learning.

        Raises:
            UserError: If there is no such stage.
        """
        if stage != AMODAL_STAGE:
            return super().set_stage(stage, env_cfg)
        self.stage, self.experiment_name = stage, f"{METHOD}_{stage}"
        self.max_iterations = self.max_iterations or self.amodal_stage.iterations
        env_cfg.clutter.scenes = self.amodal_stage.scenes

    def network(self) -> str:
        """Return the name of what is trained, in checkpoints."""
        return f"{METHOD}_{AMODAL_STAGE}" if self.stage else METHOD

    def check_weights(self, checkpoint: Path, info: CheckpointInfo) -> None:
        """Refuse a checkpoint of the amodal net where a whole policy is needed, and the other way round.

        Raises:
            UserError: If it is.
        """
        if info.network != self.network():
            raise UserError(f"{checkpoint} holds {info.network}, needed is {self.network()}")
