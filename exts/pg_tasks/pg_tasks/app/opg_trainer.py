"""Training of opg."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pg_tasks.agents.opg_cfg import OpgCfg
from pg_tasks.envs.push_grasp_env import PushGraspEnv
from pushgrasp.console import Console
from pushgrasp.files.atomic import discard_abandoned
from pushgrasp.learning.checkpoint import CheckpointInfo
from pushgrasp.learning.loop import TrainingLoop
from pushgrasp.learning.progress import LearnOutcome
from pushgrasp.policies.opg.amodal import AmodalNet
from pushgrasp.policies.opg.amodal_stage import AmodalStage
from pushgrasp.policies.opg.cfg import METHOD

from .training import resume_command, seed_everything


class OpgTrainer:
    """A training of a stage (see :class:`pg_tasks.app.training.Trainer`)."""

    def __init__(self, env_cfg: Any, agent_cfg: OpgCfg, checkpoint: Path | None) -> None:  # noqa: ANN401
        """Refuse settings that cannot work."""
        self._cfg, self._checkpoint = agent_cfg, checkpoint

    def begin(self, env: PushGraspEnv, folder: Path | None, console: Console, words: Sequence[str]) -> int:
        """Build the nets, and load the checkpoint to go on from."""
        cfg = self._cfg
        seed_everything(cfg.seed)
        net = AmodalNet(cfg.amodal.widths)
        learner = AmodalStage(env, net, cfg.amodal, cfg.seed)
        info = CheckpointInfo("opg_amodal", 1, "height", 0, method=METHOD)
        config = {"amodal": cfg.amodal, "seed": cfg.seed}
        self._loop = TrainingLoop(
            learner, info, config, folder, cfg.save_interval, cfg.keep_checkpoints, console, resume_command(words)
        )
        if self._checkpoint is not None:
            self._loop.load(self._checkpoint)
            discard_abandoned(self._checkpoint.parent)
        return self._loop.completed

    def train(self) -> LearnOutcome:
        """Learn until the settings say that it is enough, or the user stops it."""
        return self._loop.learn_until(self._cfg.max_iterations)

    def how_to_resume(self) -> str:
        """Return where the last checkpoint is and how to go on from it."""
        return self._loop.how_to_resume()

    def policy(self) -> None:
        """There is no policy yet."""

    def export(self, folder: Path) -> str:
        """Write what playing needs; return what to tell the user."""
        return ""
