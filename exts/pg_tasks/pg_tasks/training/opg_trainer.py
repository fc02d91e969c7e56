"""Training of opg: the amodal net first, then Q nets and coordinator with it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pg_tasks.agents.opg_cfg import OpgCfg
from pg_tasks.envs.push_grasp_env import PushGraspEnv
from pushgrasp.console import Console
from pushgrasp.learning.checkpoint import CheckpointInfo
from pushgrasp.policies.opg.amodal import AmodalNet
from pushgrasp.policies.opg.amodal_stage import AmodalStage
from pushgrasp.policies.opg.cfg import AMODAL, AMODAL_STAGE, METHOD
from pushgrasp.policies.opg.weights import amodal_weights
from pushgrasp.policies.pg4da.pretrained import pretrained_policy

from .amodal_picture import write_page
from .loop_trainer import LoopTrainer
from .q_trainer import QTrainer
from .trainer import seed_everything


class OpgTrainer(QTrainer):
    """Q-learning with an amodal net that is there already (see :class:`pg_tasks.training.trainer.Trainer`)."""

    def __init__(self, env_cfg: Any, agent_cfg: OpgCfg, checkpoint: Path | None) -> None:  # noqa: ANN401
        """Take the amodal net that comes with the project where none is given."""
        super().__init__(env_cfg, agent_cfg, checkpoint)
        if checkpoint is None and AMODAL not in self._start:
            self._start[AMODAL] = amodal_weights(pretrained_policy(METHOD), agent_cfg.rule.amodal)


class AmodalTrainer(LoopTrainer):
    """Training of the amodal net (see :class:`pg_tasks.training.trainer.Trainer`)."""

    def __init__(self, env_cfg: Any, agent_cfg: OpgCfg, checkpoint: Path | None) -> None:  # noqa: ANN401
        """Remember the settings."""
        del env_cfg
        self._cfg, self._checkpoint = agent_cfg, checkpoint

    def begin(self, env: PushGraspEnv, folder: Path | None, console: Console, words: Sequence[str]) -> int:
        """Build the net, and load the checkpoint to go on from."""
        cfg = self._cfg
        seed_everything(cfg.seed)
        net = AmodalNet(cfg.rule.amodal.widths).to(cfg.device)
        self._stage = AmodalStage(env, net, cfg.rule.amodal.window, cfg.amodal_stage, cfg.seed)
        info = CheckpointInfo(cfg.network(), 1, "height", 0, method=METHOD)
        about = {"rule": cfg.rule, "stage": cfg.amodal_stage, "seed": cfg.seed}
        return self._begin_loop(self._stage, info, about, folder, console, words)

    def policy(self) -> None:
        """There is no policy yet."""

    def export(self, folder: Path) -> str:
        """Draw masks of held-out scenes; return what to tell the user."""
        path, pairs = folder.parent / "amodal.png", self._stage.held_out
        write_page(path, pairs, self._stage.found(pairs))
        return f"Train the rest with agent.start={self._loop.archive.last_path}; picture: {path}"


def make_opg_trainer(env_cfg: Any, agent_cfg: OpgCfg, checkpoint: Path | None) -> OpgTrainer | AmodalTrainer:  # noqa: ANN401
    """Return what trains the stage that was chosen."""
    return (AmodalTrainer if agent_cfg.stage == AMODAL_STAGE else OpgTrainer)(env_cfg, agent_cfg, checkpoint)
