"""PPO of rsl-rl 5.5 for pg4da's heads; ``pushgrasp.policies.pg4da.training.config`` has the numbers, and why."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from isaaclab.utils import configclass

from pushgrasp.learning.checkpoint import CheckpointError, CheckpointInfo
from pushgrasp.policies.pg4da.pretrained import backbone_weights
from pushgrasp.policies.pg4da.training.config import NETWORKS, runner_config
from pushgrasp.policies.pg4da.training.imitation import ImitationCfg
from pushgrasp.program import UserError

STAGES = ("push_grasp", "grasp", "all")
"""``grasp``: scattered blocks. ``push_grasp``: the scenes of the task from the first iteration on. ``all``: scattered
blocks first, for ``agent.grasp_iterations`` or a quarter of all iterations. The first is the default."""

_SPATIAL, _PAPER = runner_config(head="spatial"), runner_config(head="paper")


@configclass
class BackboneCfg:
    """The angle-view net."""

    weights: str | None = None
    """Safetensors file; None takes the project's own, or a random start where ``encoder`` is named."""

    trainable: bool = False
    """False: frozen, features are computed once per step. True: fine-tuned with the policy."""

    seed: int = 0
    """Seed of the random start."""

    encoder: str | None = None
    """One of ``pushgrasp.policies.pg4da.backbone.avn.ENCODERS``; None takes that of the weights file."""


@configclass
class PushGraspPPORunnerCfg:
    """Configuration of ``pushgrasp.learning.runner.PushGraspRunner``, laid out as rsl-rl reads it: the spatial head."""

    head: str = "spatial"
    """``spatial``: the action is a choice; ``paper``: the published numbers. Chosen with ``agent=``, not here."""

    seed: int = 1
    device: str = "auto"
    """Device of the learner; ``auto`` is the environment's."""

    num_steps_per_env: int = _SPATIAL["num_steps_per_env"]
    max_iterations: int = _SPATIAL["max_iterations"]
    grasp_iterations: int = 0
    """First iterations, on scattered blocks: grasp training (Wang & Kasaei 2025, Sec. IV). ``--stage all`` sets it."""

    save_interval: int = _SPATIAL["save_interval"]
    keep_checkpoints: int | None = _SPATIAL["keep_checkpoints"]
    experiment_name: str = "push_grasp"
    run_name: str = ""
    backbone: BackboneCfg = BackboneCfg()
    imitation: ImitationCfg = ImitationCfg(teacher="heuristic")
    """Warm start before the first iteration; the spatial head only."""

    actor: dict[str, Any] = _SPATIAL["actor"]
    critic: dict[str, Any] = _SPATIAL["critic"]
    algorithm: dict[str, Any] = _SPATIAL["algorithm"]

    def method(self) -> str:
        """Return the name of the method that these settings are for."""
        return "pg4da"

    def pretrained(self) -> str:
        """Return the name of the policy that comes with the project for them."""
        return self.experiment_name

    def follow(self, trained: Mapping[str, Any], typed: Sequence[str]) -> None:
        """Play as in a training, whose settings a checkpoint holds, unless ``agent.actor.play`` was ``typed``."""
        if "agent.actor.play" not in typed:
            self.actor = {**self.actor, "play": trained.get("actor", self.actor)["play"]}

    def backbone_file(self) -> str | None:
        """Return the file of the backbone's weights; None where it starts at random."""
        return backbone_weights(self.backbone.weights, self.backbone.encoder)

    def set_stage(self, stage: str | None, env_cfg: Any) -> None:  # noqa: ANN401
        """Set both configurations for one of :data:`STAGES`; None is the first.

        Raises:
            UserError: If there is no such stage.
        """
        stage = stage or STAGES[0]
        if stage not in STAGES:
            raise UserError(f"--stage {stage}: stages of pg4da are {', '.join(STAGES)}")
        if stage == "grasp":
            env_cfg.clutter.scenes, env_cfg.clutter.layout = "", "scattered"
        if stage == "all" and self.grasp_iterations == 0:
            self.grasp_iterations = math.ceil(self.max_iterations / 4)

    def check_weights(self, checkpoint: Path, info: CheckpointInfo) -> None:
        """Refuse a checkpoint of the other head or kind of backbone, and say which settings it needs.

        Raises:
            UserError: If it needs others.
            CheckpointError: If no head has its network.
        """
        if info.network not in NETWORKS:
            raise CheckpointError(
                f"{checkpoint}: checkpoint has network {info.network!r}; known: {', '.join(NETWORKS)}"
            )
        if info.network != self.actor["name"]:
            raise UserError(f"{checkpoint} was trained with agent={NETWORKS[info.network]}; give that here, too")
        trainable = info.input_group == "rgb"
        if trainable != self.backbone.trainable:
            raise UserError(f"{checkpoint} needs agent.backbone.trainable={str(trainable).lower()}, as in its training")

    def train_cfg(self) -> dict[str, Any]:
        """Return the dictionary that the runner takes."""
        backbone = self.backbone
        kind = "trainable" if backbone.trainable else "frozen"
        weights = backbone_weights(backbone.weights, backbone.encoder)
        cfg = runner_config(None, kind, weights, backbone.seed, self.seed, self.head, backbone.encoder)
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
class PaperPPORunnerCfg(PushGraspPPORunnerCfg):
    """The published head: 3496 Gaussian numbers."""

    head: str = "paper"
    imitation: ImitationCfg = ImitationCfg()
    num_steps_per_env: int = _PAPER["num_steps_per_env"]
    actor: dict[str, Any] = _PAPER["actor"]
    critic: dict[str, Any] = _PAPER["critic"]
    algorithm: dict[str, Any] = _PAPER["algorithm"]


@configclass
class DualArmPushGraspPPORunnerCfg(PushGraspPPORunnerCfg):
    """PPO for the dual-arm task."""

    experiment_name: str = "dual_arm_push_grasp"


@configclass
class SingleArmPushGraspPPORunnerCfg(PushGraspPPORunnerCfg):
    """PPO for the single-arm task."""

    experiment_name: str = "single_arm_push_grasp"


@configclass
class DualArmPushGraspPaperPPORunnerCfg(PaperPPORunnerCfg):
    """PPO with the published head for the dual-arm task."""

    experiment_name: str = "dual_arm_push_grasp_paper"


@configclass
class SingleArmPushGraspPaperPPORunnerCfg(PaperPPORunnerCfg):
    """PPO with the published head for the single-arm task."""

    experiment_name: str = "single_arm_push_grasp_paper"
