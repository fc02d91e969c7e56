"""Training of the methods that learn by Q-learning: grasps that were tried first, then all other stages in one run."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pg_tasks.agents.q_cfg import QCfg
from pg_tasks.envs.push_grasp_env import PushGraspEnv
from pushgrasp.console import Console
from pushgrasp.learning.checkpoint import CheckpointInfo
from pushgrasp.learning.progress import LearnOutcome
from pushgrasp.policies.maps.oriented_net import make_layers
from pushgrasp.policies.maps.q_net import GRASP, build_nets
from pushgrasp.policies.maps.tries import SceneTries, read_folders
from pushgrasp.policies.q.cfg import GRASP_STAGE
from pushgrasp.policies.q.grasp_stage import GraspStage
from pushgrasp.policies.q.learner import QLearner
from pushgrasp.policies.q.policy import QPolicy
from pushgrasp.policies.q.replay import Replay
from pushgrasp.policies.q.weights import begin_with, read_start, write_policy
from pushgrasp.policies.registry import loaded
from pushgrasp.program import UserError

from .loop_trainer import LoopTrainer
from .trainer import seed_everything

REPLAY = "replay"
"""Folder of what is remembered, beside the checkpoints."""


class QTrainer(LoopTrainer):
    """A training of any such method (see :class:`pg_tasks.training.trainer.Trainer`)."""

    def __init__(self, env_cfg: Any, agent_cfg: QCfg, checkpoint: Path | None) -> None:  # noqa: ANN401
        """Say what to install before anything is built; refuse data or nets to begin with that are not there."""
        del env_cfg
        self._cfg, self._checkpoint = agent_cfg, checkpoint
        if not agent_cfg.nets.trunks:
            make_layers(agent_cfg.nets.group, equivariant=True)
        self._scenes = self._tried() if agent_cfg.stage == GRASP_STAGE else []
        self._start = {} if checkpoint else read_start(self._files(), agent_cfg.nets)
        learned = checkpoint or agent_cfg.stage or GRASP in self._start
        if not learned and not any(GRASP in stage.learns for stage in agent_cfg.by_name().values()):
            raise UserError(
                f"agent.start={agent_cfg.start}: no net for grasps is there, and no stage learns one; name a "
                "checkpoint of --stage grasp"
            )

    def _tried(self) -> list[SceneTries]:
        """Read the tried grasps.

        Raises:
            UserError: If nets look at colours, which these have none of.
        """
        if self._cfg.nets.colours:
            raise UserError("--stage grasp: tried grasps are kept without colours; set agent.nets.colours=false")
        return read_folders(self._cfg.grasp_stage.data)

    def _files(self) -> list[Path]:
        """Which files hold the nets to begin with, the first ones first."""
        return [Path(name) for name in self._cfg.start.split(",") if name]

    def begin(self, env: PushGraspEnv, folder: Path | None, console: Console, words: Sequence[str]) -> int:
        """Build the nets, and load the checkpoint to go on from."""
        cfg, self._env = self._cfg, env
        seed_everything(cfg.seed)
        make = loaded(AGENTS[cfg.method()])
        self._make = lambda nets: make(env, nets, cfg.nets, cfg.rule)
        self._agent = self._make({name: net.to(env.device) for name, net in build_nets(make.chooses, cfg.nets).items()})
        begin_with(self._agent, self._start)
        self._learner = self._grasp_stage() if cfg.stage == GRASP_STAGE else self._q_learner(folder)
        return self._begin_loop(self._learner, self._info(0), self._config(), folder, console, words)

    def _grasp_stage(self) -> GraspStage:
        cfg, area = self._cfg, self._env.workspace
        sizes = cfg.nets.directions, cfg.learning.window
        return GraspStage(self._agent, self._scenes, *sizes, area, cfg.grasp_stage, cfg.seed)

    def _q_learner(self, folder: Path | None) -> QLearner:
        cfg = self._cfg
        replay = Replay(folder and folder / REPLAY, self._identity(), cfg.learning.capacity)
        learner = QLearner(self._env, self._agent, cfg.by_name(), cfg.learning, replay, cfg.seed)
        if self._checkpoint is not None:
            learner.replay_source = self._checkpoint.parent / REPLAY
        return learner

    def _identity(self) -> dict[str, object]:
        cfg = self._cfg
        return {"method": cfg.method(), "nets": [*self._agent.nets], "window": cfg.nets.window} | {
            name: getattr(cfg.nets, name) for name in ("directions", "colours")
        }

    def _info(self, iteration: int) -> CheckpointInfo:
        return CheckpointInfo(self._cfg.network(), 1, "height", iteration, method=self._cfg.method())

    def _config(self) -> dict[str, Any]:
        cfg = self._cfg
        return {"nets": cfg.nets, "rule": cfg.rule, "stages": cfg.stages, "learning": cfg.learning, "seed": cfg.seed}

    def train(self) -> LearnOutcome:
        """Learn until all stages are done, or the user stops it."""
        stages = self._learner.rounds() if isinstance(self._learner, QLearner) else 0
        return self._loop.learn_until(self._cfg.max_iterations or stages)

    def policy(self) -> QPolicy | None:
        """Return the policy of the nets as they are now, in plain torch; None where grasps alone were learned."""
        if self._cfg.stage:
            return None
        agent = self._make({name: net.to(self._env.device) for name, net in self._agent.plain().items()})
        agent.threshold = self._agent.threshold
        return QPolicy(self._env, agent)

    def export(self, folder: Path) -> str:
        """Write what playing needs, if all of it is there; return what to tell the user."""
        if self._cfg.stage:
            return f"Train the rest with agent.start={self._loop.archive.last_path}"
        path = folder / f"{self._cfg.method()}.pt"
        write_policy(path, self._learner.policy_state(), self._info(self._loop.completed), self._config())
        return f"Exported {path}"


AGENTS = {
    "switch": "pushgrasp.policies.switch.agent:SwitchAgent",
    "mpg": "pushgrasp.policies.mpg.agent:MpgAgent",
    "opg": "pushgrasp.policies.opg.agent:OpgAgent",
}
"""What is trained, by method."""
