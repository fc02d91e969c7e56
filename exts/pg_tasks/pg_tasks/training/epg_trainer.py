"""Training of epg: first grasps from what was tried, then pushes from what they do to the best grasp."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pg_tasks.agents.epg_cfg import EpgCfg
from pg_tasks.envs.push_grasp_env import PushGraspEnv
from pg_tasks.envs.push_tries import PushTries
from pushgrasp.console import Console
from pushgrasp.learning.checkpoint import CheckpointInfo
from pushgrasp.learning.loop import Learner
from pushgrasp.policies.epg.cfg import METHOD
from pushgrasp.policies.epg.grasp_stage import GraspStage
from pushgrasp.policies.epg.policy import EpgPlanner, EpgPolicy
from pushgrasp.policies.epg.push_stage import PushStage
from pushgrasp.policies.epg.weights import Nets, read_start, write_policy
from pushgrasp.policies.maps.oriented_net import make_layers
from pushgrasp.policies.maps.tries import read_folders
from pushgrasp.program import UserError

from .loop_trainer import LoopTrainer
from .trainer import seed_everything


class EpgTrainer(LoopTrainer):
    """A training of either stage (see :class:`pg_tasks.training.trainer.Trainer`)."""

    def __init__(self, env_cfg: Any, agent_cfg: EpgCfg, checkpoint: Path | None) -> None:  # noqa: ANN401
        """Refuse settings that cannot work, and data or a first stage that are not there."""
        self._cfg, self._checkpoint = agent_cfg, checkpoint
        make_layers(agent_cfg.nets.group, agent_cfg.nets.equivariant)  # says what to install before anything is built
        if agent_cfg.stage == "grasp":
            self._scenes = read_folders(agent_cfg.grasp_stage.data)
        elif checkpoint is None and not agent_cfg.start:
            raise UserError("--stage push begins with nets of the stage grasp: agent.start=FILE names their checkpoint")
        files = [] if checkpoint else [Path(name) for name in agent_cfg.start.split(",") if name]
        self._start = read_start(files, agent_cfg.nets)

    def begin(self, env: PushGraspEnv, folder: Path | None, console: Console, words: Sequence[str]) -> int:
        """Build the nets, and load the checkpoint to go on from."""
        cfg, self._env = self._cfg, env
        seed_everything(cfg.seed)
        self._nets = Nets.build(cfg.nets, push=cfg.stage == "push")
        self._nets.put_back(self._start)
        return self._begin_loop(self._learner(), self._info(0), self._config(), folder, console, words)

    def _info(self, iteration: int) -> CheckpointInfo:
        return CheckpointInfo(f"epg_{self._cfg.stage}", 1, "height", iteration, method=METHOD)

    def _config(self) -> dict[str, Any]:
        cfg = self._cfg
        return {"nets": cfg.nets, "rule": cfg.rule, "stage": getattr(cfg, f"{cfg.stage}_stage"), "seed": cfg.seed}

    def _learner(self) -> Learner:
        cfg, env = self._cfg, self._env
        if cfg.stage == "push":
            return PushStage(env, PushTries(env), self._nets, cfg.nets, cfg.rule, cfg.push_stage, cfg.seed)
        area = env.cfg.workspace
        return GraspStage(
            self._nets, self._scenes, cfg.nets, cfg.grasp_stage, area.resolution, cfg.rule.grasp.gripper, cfg.seed
        )

    def policy(self) -> EpgPolicy:
        """Return the policy of the nets as they are now, in plain torch."""
        cfg = self._cfg
        return EpgPolicy(self._env, EpgPlanner(self._env, self._nets.exported(cfg.nets), cfg.nets, cfg.rule))

    def export(self, folder: Path) -> str:
        """Write what playing needs; return what to tell the user."""
        path = folder / "epg.pt"
        write_policy(path, self._nets, self._info(self._loop.completed), self._config())
        return f"Exported {path}"
