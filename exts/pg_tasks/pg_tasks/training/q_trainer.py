"""Training of the methods that learn by Q-learning: one run takes all stages."""

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
from pushgrasp.policies.maps.q_net import build_nets
from pushgrasp.policies.q.learner import QLearner
from pushgrasp.policies.q.policy import QPolicy
from pushgrasp.policies.q.replay import Replay
from pushgrasp.policies.q.weights import write_policy
from pushgrasp.policies.registry import loaded

from .loop_trainer import LoopTrainer
from .trainer import seed_everything

REPLAY = "replay"
"""Folder of what is remembered, beside the checkpoints."""


class QTrainer(LoopTrainer):
    """A training of any such method (see :class:`pg_tasks.training.trainer.Trainer`)."""

    def __init__(self, env_cfg: Any, agent_cfg: QCfg, checkpoint: Path | None) -> None:  # noqa: ANN401
        """Say what to install before anything is built."""
        del env_cfg
        self._cfg, self._checkpoint = agent_cfg, checkpoint
        if not agent_cfg.nets.trunks:
            make_layers(agent_cfg.nets.group, equivariant=True)

    def begin(self, env: PushGraspEnv, folder: Path | None, console: Console, words: Sequence[str]) -> int:
        """Build the nets, and load the checkpoint to go on from."""
        cfg, self._env = self._cfg, env
        seed_everything(cfg.seed)
        make = loaded(AGENTS[cfg.method()])
        self._make = lambda nets: make(env, nets, cfg.nets, cfg.rule)
        self._agent = self._make({name: net.to(env.device) for name, net in build_nets(make.chooses, cfg.nets).items()})
        replay = Replay(folder and folder / REPLAY, self._identity(), cfg.learning.capacity)
        self._learner = QLearner(env, self._agent, cfg.by_name(), cfg.learning, replay, cfg.seed)
        if self._checkpoint is not None:
            self._learner.replay_source = self._checkpoint.parent / REPLAY
        return self._begin_loop(self._learner, self._info(0), self._config(), folder, console, words)

    def _identity(self) -> dict[str, object]:
        cfg = self._cfg
        return {"method": cfg.method(), "nets": [*self._agent.nets], "window": cfg.nets.window} | {
            name: getattr(cfg.nets, name) for name in ("directions", "colours")
        }

    def _info(self, iteration: int) -> CheckpointInfo:
        return CheckpointInfo(self._cfg.method(), 1, "height", iteration, method=self._cfg.method())

    def _config(self) -> dict[str, Any]:
        cfg = self._cfg
        return {"nets": cfg.nets, "rule": cfg.rule, "stages": cfg.stages, "learning": cfg.learning, "seed": cfg.seed}

    def train(self) -> LearnOutcome:
        """Learn until all stages are done, or the user stops it."""
        return self._loop.learn_until(self._cfg.max_iterations or self._learner.rounds())

    def policy(self) -> QPolicy:
        """Return the policy of the nets as they are now, in plain torch."""
        agent = self._make({name: net.to(self._env.device) for name, net in self._agent.plain().items()})
        agent.threshold = self._agent.threshold
        return QPolicy(self._env, agent)

    def export(self, folder: Path) -> str:
        """Write what playing needs; return what to tell the user."""
        path = folder / f"{self._cfg.method()}.pt"
        write_policy(path, self._learner.policy_state(), self._info(self._loop.completed), self._config())
        return f"Exported {path}"


AGENTS = {
    "switch": "pushgrasp.policies.switch.agent:SwitchAgent",
    "mpg": "pushgrasp.policies.mpg.agent:MpgAgent",
    "opg": "pushgrasp.policies.opg.agent:OpgAgent",
}
"""What is trained, by method."""
