"""PPO of rsl-rl 5.5 for push-grasping; the numbers come from ``pushgrasp.training.config``, which says why."""

from __future__ import annotations

from typing import Any

from isaaclab.utils import configclass

from pushgrasp.training.config import runner_config

_DEFAULT = runner_config()


@configclass
class BackboneCfg:
    """The angle-view net."""

    weights: str | None = None
    """Safetensors file; None starts from a calibrated random net."""

    trainable: bool = False
    """False: frozen, features are computed once per step. True: fine-tuned with the policy."""

    seed: int = 0
    """Seed of the random start."""


@configclass
class PushGraspPPORunnerCfg:
    """Configuration of ``pushgrasp.training.runner.PushGraspRunner``, laid out as rsl-rl reads it."""

    seed: int = 1
    device: str = "auto"
    """Device of the learner; ``auto`` is the environment's."""

    num_steps_per_env: int = _DEFAULT["num_steps_per_env"]
    max_iterations: int = _DEFAULT["max_iterations"]
    save_interval: int = _DEFAULT["save_interval"]
    keep_checkpoints: int | None = _DEFAULT["keep_checkpoints"]
    experiment_name: str = "push_grasp"
    run_name: str = ""
    backbone: BackboneCfg = BackboneCfg()
    actor: dict[str, Any] = _DEFAULT["actor"]
    critic: dict[str, Any] = _DEFAULT["critic"]
    algorithm: dict[str, Any] = _DEFAULT["algorithm"]

    def train_cfg(self) -> dict[str, Any]:
        """Return the dictionary that the runner takes."""
        backbone = self.backbone
        kind = "trainable" if backbone.trainable else "frozen"
        cfg = runner_config(None, kind, backbone.weights, backbone.seed, self.seed, relevance=True)
        own = {name: getattr(self, name) for name in ("num_steps_per_env", "max_iterations", "save_interval")}
        actor = {**self.actor, "backbone_cfg": cfg["actor"]["backbone_cfg"]}
        algorithm = {**self.algorithm, "share_cnn_encoders": cfg["algorithm"]["share_cnn_encoders"]}
        return {
            **cfg,
            **own,
            "keep_checkpoints": self.keep_checkpoints,
            "actor": actor,
            "critic": dict(self.critic),
            "algorithm": algorithm,
        }


@configclass
class DualArmPushGraspPPORunnerCfg(PushGraspPPORunnerCfg):
    """PPO for the dual-arm task."""

    experiment_name: str = "dual_arm_push_grasp"


@configclass
class SingleArmPushGraspPPORunnerCfg(PushGraspPPORunnerCfg):
    """PPO for the single-arm task."""

    experiment_name: str = "single_arm_push_grasp"
