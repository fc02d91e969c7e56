"""Training of pg4da: a warm start from demonstrations, then PPO."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pg_tasks.agents.rsl_rl_ppo_cfg import PushGraspPPORunnerCfg
from pg_tasks.envs.push_grasp_env import PushGraspEnv
from pg_tasks.training.trainer import SOURCE, described_cell, resume_command, seed_everything
from pushgrasp.console import Console
from pushgrasp.files.atomic import discard_abandoned
from pushgrasp.learning import distributed
from pushgrasp.learning.export import export_policy
from pushgrasp.learning.ppo import check_batches
from pushgrasp.learning.progress import LearnOutcome
from pushgrasp.learning.run_folder import git_commit
from pushgrasp.learning.runner import PushGraspRunner
from pushgrasp.policies.pg4da.backbone.inference import fast_inference
from pushgrasp.policies.pg4da.policy import Pg4daPolicy, frozen_backbone
from pushgrasp.policies.pg4da.training.features import FeatureEnv
from pushgrasp.program import advised

from .recording import recording_settings
from .vec_env import ImageVecEnv
from .warm_start import check_teacher, has_warm_start, unfinished_recording, warm_start


class Pg4daTrainer:
    """A training of either head (see :class:`pg_tasks.training.trainer.Trainer`)."""

    def __init__(self, env_cfg: Any, agent_cfg: PushGraspPPORunnerCfg, checkpoint: Path | None) -> None:  # noqa: ANN401
        """Refuse settings that do not go together, and demonstrations that cannot be read."""
        check_batches(agent_cfg.train_cfg(), env_cfg.scene.num_envs, "agent")
        check_teacher(agent_cfg)
        imitation = agent_cfg.imitation
        settings = recording_settings(imitation.teacher, imitation.actions, agent_cfg.seed, env_cfg)
        self._cfg, self._checkpoint = agent_cfg, checkpoint
        self._recording = unfinished_recording(checkpoint, settings)

    def begin(self, env: PushGraspEnv, folder: Path | None, console: Console, words: Sequence[str]) -> int:
        """Build the networks, and load the checkpoint to go on from."""
        self._env, self._console = env, console
        self._runner = build_runner(env, self._cfg, folder, console, words)
        # What was learned in a warm start that is not finished; None when there is nothing left of it to do.
        self._learned: dict[str, Any] | None = {}
        if self._checkpoint is not None:
            infos = self._runner.load(self._checkpoint)
            discard_abandoned(self._checkpoint.parent)
            self._learned = (infos or {}).get("warm_start")
        return self._runner.current_learning_iteration

    def train(self) -> LearnOutcome:
        """Imitate, unless that is done, and improve by PPO."""
        imitation = self._cfg.imitation
        if self._learned is not None and has_warm_start(imitation):
            with advised(self.how_to_resume):
                warm_start(self._env, self._runner, imitation, self._recording, self._console, self._learned)
        return self._runner.learn_until(self._cfg.max_iterations)

    def how_to_resume(self) -> str:
        """Return where the last checkpoint is and how to go on from it."""
        return self._runner.how_to_resume()

    def policy(self) -> Pg4daPolicy:
        """Return the policy of the networks as they are when they act."""
        return Pg4daPolicy(self._env, self._runner.policy, getattr(self._runner.env, "features", None))

    def export(self, folder: Path) -> str:
        """Write TorchScript and ONNX files of the policy; return what to tell the user."""
        policy = self._runner.policy.as_jit(getattr(self._runner.env, "backbone", None))
        report = export_policy(policy, folder, self._runner.info(), described_cell(self._env), git_commit(SOURCE))
        return f"Exported {report.jit_path} and {report.onnx_path}"


def build_runner(
    env: PushGraspEnv,
    agent_cfg: PushGraspPPORunnerCfg,
    folder: Path | None,
    console: Console | None = None,
    words: Sequence[str] = (),
) -> PushGraspRunner:
    """Return a runner for the environment; with a frozen backbone, features are computed once per step.

    In the first ``agent_cfg.grasp_iterations`` iterations new episodes begin with scattered blocks. ``words`` is the
    command line, with which the training can be resumed.
    """

    def choose_scenes(completed: int) -> None:
        env.scenes.training_layout = "scattered" if completed < agent_cfg.grasp_iterations else None

    choose_scenes(0)
    vec_env: Any = ImageVecEnv(env, agent_cfg.head)
    if not agent_cfg.backbone.trainable:
        net = frozen_backbone(agent_cfg.backbone)
        vec_env = FeatureEnv(vec_env, net, run=fast_inference(net, env.device))
    seed_everything(distributed.rank_seed(agent_cfg.seed))
    command = resume_command(words)
    return PushGraspRunner(vec_env, agent_cfg.train_cfg(), folder, agent_cfg.device, console, command, choose_scenes)
