"""PPO for Isaac Lab's own rsl-rl scripts: a small convolutional network from the picture to the published action.

It serves to compare with; what this project's scripts train is in :mod:`pg_tasks.agents.rsl_rl_ppo_cfg`.
"""

from __future__ import annotations

from typing import Any

import torch
from isaaclab.utils import configclass
from isaaclab_rl.rsl_rl import RslRlCNNModelCfg, RslRlOnPolicyRunnerCfg, RslRlPpoAlgorithmCfg

from pushgrasp.policies.pg4da.training.config import PAPER_PPO, runner_config

_PAPER = runner_config(head="paper")


def _network(**settings: Any) -> RslRlCNNModelCfg:  # noqa: ANN401 - fields of the configuration
    """Return a network that sees 224 x 224 cells as 64 features of 5 x 5 places."""
    layers = RslRlCNNModelCfg.CNNCfg(
        output_channels=[16, 32, 64, 64], kernel_size=[8, 4, 3, 3], stride=[4, 2, 2, 2], activation="relu"
    )
    return RslRlCNNModelCfg(cnn_cfg=layers, hidden_dims=[256], activation="relu", **settings)


@configclass
class PlainPPORunnerCfg(RslRlOnPolicyRunnerCfg):
    """Isaac Lab's configuration, with the numbers of the published head."""

    seed: int = 1
    device: str = "cuda:0" if torch.cuda.is_available() else "cpu"
    num_steps_per_env: int = PAPER_PPO.num_steps_per_env
    max_iterations: int = PAPER_PPO.max_iterations
    save_interval: int = PAPER_PPO.save_interval
    experiment_name: str = "push_grasp_plain"
    obs_groups: dict[str, list[str]] = {"actor": ["policy"], "critic": ["policy"]}
    actor: RslRlCNNModelCfg = _network(
        distribution_cfg=RslRlCNNModelCfg.GaussianDistributionCfg(
            init_std=PAPER_PPO.init_std, std_type="log", std_range=PAPER_PPO.std_range
        )
    )
    critic: RslRlCNNModelCfg = _network()
    algorithm: RslRlPpoAlgorithmCfg = RslRlPpoAlgorithmCfg(**_PAPER["algorithm"])


@configclass
class DualArmPushGraspPlainPPORunnerCfg(PlainPPORunnerCfg):
    """Plain PPO for the dual-arm task."""

    experiment_name: str = "dual_arm_push_grasp_plain"


@configclass
class SingleArmPushGraspPlainPPORunnerCfg(PlainPPORunnerCfg):
    """Plain PPO for the single-arm task."""

    experiment_name: str = "single_arm_push_grasp_plain"
