"""Settings of a training of epg: both stages, the nets and the rule at run time."""

from __future__ import annotations

from dataclasses import field
from pathlib import Path
from typing import Any

from isaaclab.utils import configclass

from pushgrasp.learning.checkpoint import CheckpointInfo
from pushgrasp.policies.epg.cfg import METHOD, STAGES, GraspStageCfg, NetsCfg, PushStageCfg, RuleCfg
from pushgrasp.program import UserError

from .loop_cfg import LoopCfg


@configclass
class EpgCfg(LoopCfg):
    """What ``train.py --method epg`` reads."""

    stage: str = ""
    """``grasp`` or ``push``; chosen with ``--stage``, not here."""
    experiment_name: str = "epg_push"
    start: str = ""
    """Checkpoints with whose nets a stage begins, or the file that comes with the project, separated by commas: each
    net is that of the first file that holds it. The stage ``push`` needs one."""
    nets: NetsCfg = field(default_factory=NetsCfg)
    rule: RuleCfg = field(default_factory=RuleCfg)
    grasp_stage: GraspStageCfg = field(default_factory=GraspStageCfg)
    push_stage: PushStageCfg = field(default_factory=PushStageCfg)

    def method(self) -> str:
        """Return the name of the method that these settings are for."""
        return METHOD

    def set_stage(self, stage: str | None, env_cfg: Any) -> None:  # noqa: ANN401
        """Choose the stage; the stage ``push`` learns on scenes of its own unless the user names others.

        Raises:
            UserError: If there is no such stage.
        """
        if stage not in STAGES:
            raise UserError(f"--stage {stage or 'is missing'}: stages of epg are {', '.join(STAGES)}")
        self.stage, self.experiment_name = stage, f"epg_{stage}"
        own = self.grasp_stage if stage == "grasp" else self.push_stage
        self.max_iterations = self.max_iterations or own.iterations
        if stage == "push":
            env_cfg.clutter.scenes = self.push_stage.scenes

    def check_weights(self, checkpoint: Path, info: CheckpointInfo) -> None:
        """Refuse a checkpoint of the other stage where a training is to go on from it.

        Raises:
            UserError: If it is of the other stage.
        """
        if self.stage and info.network != f"epg_{self.stage}":
            need = "give it as agent.start=FILE" if self.stage == "push" else "name one of the stage grasp"
            raise UserError(f"{checkpoint} is of another stage than {self.stage}; {need}")
