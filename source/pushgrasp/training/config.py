"""Default PPO settings for few, expensive actions of 3496 numbers, as plain data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

POLICY_NET = "pushgrasp.policies.pg4da.nets:PolicyNet"
VALUE_NET = "pushgrasp.policies.pg4da.nets:ValueNet"
BACKBONE = "pushgrasp.grasping.avn:build_backbone"


@dataclass(frozen=True)
class PpoCfg:
    """PPO for push-grasp decisions; tuned for 8 worlds, one action = one push or grasp of several seconds.

    The KL divergence and the spread of the likelihood ratios are totals over the action: if every number's mean moves
    by d standard deviations, KL = sum(d^2) / 2 and log(ratio) has mean -KL and variance 2 KL, whatever the number of
    dimensions. So ``desired_kl`` needs no scaling with the 3496 dimensions; the learning rate does, since one step of
    the optimiser moves all of them.
    """

    num_steps_per_env: int = 12  # actions per world and iteration
    num_learning_epochs: int = 4
    num_mini_batches: int = 4
    gamma: float = 0.8  # per action: a push pays when a grasp follows within a few actions
    lam: float = 0.95
    clip_param: float = 0.2  # on the likelihood ratio
    desired_kl: float = 0.01  # nat, total over the action
    learning_rate: float = 1e-4  # start of the adaptive schedule
    entropy_coef: float = 0.0  # a bonus would act on 3496 standard deviations at once
    value_loss_coef: float = 1.0
    max_grad_norm: float = 1.0
    init_std: float = 1.0  # of each action number
    std_range: tuple[float, float] = (0.2, 1.5)
    max_iterations: int = 1000
    save_interval: int = 20  # iterations
    keep_checkpoints: int | None = 5
