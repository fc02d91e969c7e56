"""Settings of a training of opg."""

from __future__ import annotations

from dataclasses import field
from pathlib import Path
from typing import Any

from isaaclab.utils import configclass

from pushgrasp.learning.checkpoint import CheckpointInfo
from pushgrasp.policies.opg.cfg import METHOD, STAGES, AmodalCfg
from pushgrasp.program import UserError
from pushgrasp.settings import Count, Index, check_settings


@configclass
class OpgCfg:
    """What ``train.py --method opg`` reads."""

    stage: str = ""
    """Chosen with ``--stage``, not here."""
    seed: int = 1
    device: str = "auto"
    """Device of the nets; ``auto`` is the environment's."""
    max_iterations: Index = 0
    """Iterations in all; 0 takes those of the stage."""
    save_interval: Count = 5
    """Iterations between checkpoints."""
    keep_checkpoints: Count | None = 3
    """Numbered checkpoints that are kept; null keeps all."""
    experiment_name: str = "opg"
    run_name: str = ""
    amodal: AmodalCfg = field(default_factory=AmodalCfg)

    def method(self) -> str:
        """Return the name of the method that these settings are for."""
        return METHOD

    def pretrained(self) -> str:
        """Return the name of the policy that comes with the project for them."""
        return METHOD

    def backbone_file(self) -> None:
        """There is no backbone."""

    def set_stage(self, stage: str | None, env_cfg: Any) -> None:  # noqa: ANN401
        """Choose the stage, which has scenes of its own.

        Raises:
            UserError: If there is no such stage.
        """
        if stage not in STAGES:
            raise UserError(f"--stage {stage or 'is missing'}: stages of opg are {', '.join(STAGES)}")
        self.stage, self.experiment_name = stage, f"opg_{stage}"
        self.max_iterations = self.max_iterations or self.amodal.iterations
        env_cfg.clutter.scenes = self.amodal.scenes

    def check(self) -> None:
        """Refuse values that are out of range.

        Raises:
            ValueError: Naming the field and what is allowed.
        """
        check_settings(self, "agent")

    def check_weights(self, checkpoint: Path, info: CheckpointInfo) -> None:
        """Refuse a checkpoint of another stage where a training is to go on from it.

        Raises:
            UserError: If it is of another stage.
        """
        if self.stage and info.network != f"opg_{self.stage}":
            raise UserError(f"{checkpoint} is of another stage than {self.stage}")
