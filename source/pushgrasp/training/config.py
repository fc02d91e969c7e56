"""Default PPO settings for few, expensive actions of 3496 numbers, as plain data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

POLICY_NET = "pushgrasp.policies.pg4da.nets:PolicyNet"
VALUE_NET = "pushgrasp.policies.pg4da.nets:ValueNet"
BACKBONE = "pushgrasp.grasping.avn:build_backbone"


@dataclass(frozen=True)
class PpoCfg:
    """PPO for push-grasp decisions; chosen for 8 worlds, one action = one push or grasp of several seconds.

    On samples that the update has *not* used yet, log(ratio) has mean -KL and variance 2 KL, where KL is the total over
    the action, whatever its size: a KL of 0.1 means ratios of about exp(+-0.45), so ``clip_param`` 0.5 fits and nothing
    scales with 3496. On a sample that *was* used it does: the step goes along that sample's own noise, and log(ratio)
    reaches sqrt(2 KL * 3496). Measured with the real nets at KL 0.1 to 0.15: standard deviation 0.5 on fresh samples,
    up to 17 on used ones. Clipping then mutes every sample from the second epoch on, so each sample is used once.

    KL depends on ``learning_rate / init_std`` only, and the decoders compare numbers, so the action's unit is free.
    A standard deviation of 4 puts the rate above rsl-rl's lower limit of the adaptive schedule, 1e-5.
    """

    num_steps_per_env: int = 12  # actions per world and iteration
    num_learning_epochs: int = 1  # each sample once, see above
    num_mini_batches: int = 4
    gamma: float = 0.8  # per action: a push pays when a grasp follows within a few actions
    lam: float = 0.95
    clip_param: float = 0.5  # on the likelihood ratio, and on the change of the value
    desired_kl: float = 0.1  # nat, total over the action
    learning_rate: float = 3e-5  # start of the adaptive schedule
    entropy_coef: float = 0.0  # a bonus would act on 3496 standard deviations at once
    value_loss_coef: float = 1.0
    max_grad_norm: float = 1.0
    init_std: float = 4.0  # of each action number
    std_range: tuple[float, float] = (1.0, 8.0)
    learn_std: bool = True
    max_iterations: int = 1000
    save_interval: int = 20  # iterations
    keep_checkpoints: int | None = 5


def runner_config(
    ppo: PpoCfg | None = None,
    backbone: str = "frozen",
    backbone_weights: str | None = None,
    backbone_seed: int = 0,
    seed: int = 1,
    relevance: bool = False,
) -> dict[str, Any]:
    """Return the configuration for ``PushGraspRunner``, field by field as rsl-rl 5.5 reads it.

    Args:
        ppo: PPO settings; the defaults when None.
        backbone: "frozen": the networks read "avh", given by ``FeatureEnv``. "trainable": the actor reads "rgb" and
            trains the backbone; the critic uses it without training it.
        backbone_weights: File of pretrained weights of a trainable backbone; None starts at random.
        backbone_seed: Seed of that random start.
        seed: Seed of the run, for the record.
        relevance: Whether the environment gives the group "relevance" (see ``action_relevance``).

    Raises:
        ValueError: For another kind of backbone.
    """
    if backbone not in ("frozen", "trainable"):
        raise ValueError(f"backbone {backbone!r}; allowed: 'frozen', 'trainable'")
    ppo = ppo or PpoCfg()
    trainable = backbone == "trainable"
    backbone_cfg = {"class_name": BACKBONE, "weights": backbone_weights, "seed": backbone_seed, "frozen": False}
    group = ["rgb"] if trainable else ["avh"]
    return {
        "seed": seed,
        "num_steps_per_env": ppo.num_steps_per_env,
        "max_iterations": ppo.max_iterations,
        "save_interval": ppo.save_interval,
        "keep_checkpoints": ppo.keep_checkpoints,
        "obs_groups": {"actor": [*group, "relevance"] if relevance else list(group), "critic": list(group)},
        "actor": _actor_config(ppo, backbone_cfg if trainable else None),
        "critic": {
            "class_name": "pushgrasp.training.models:PushGraspCritic",
            "network_cfg": {"class_name": VALUE_NET},
        },
        "algorithm": _algorithm_config(ppo, trainable),
    }


def _actor_config(ppo: PpoCfg, backbone_cfg: dict[str, Any] | None) -> dict[str, Any]:
    """Return the actor's part of the configuration."""
    return {
        "class_name": "pushgrasp.training.models:PushGraspActor",
        "name": "pg4da",
        "network_cfg": {"class_name": POLICY_NET},
        "backbone_cfg": backbone_cfg,
        "distribution_cfg": {
            "class_name": "GaussianDistribution",
            "init_std": ppo.init_std,
            "std_type": "log",
            "std_range": list(ppo.std_range),
            "learn_std": ppo.learn_std,
        },
    }


def _algorithm_config(ppo: PpoCfg, trainable: bool) -> dict[str, Any]:
    """Return rsl-rl's PPO configuration."""
    return {
        "class_name": "PPO",
        "num_learning_epochs": ppo.num_learning_epochs,
        "num_mini_batches": ppo.num_mini_batches,
        "gamma": ppo.gamma,
        "lam": ppo.lam,
        "clip_param": ppo.clip_param,
        "schedule": "adaptive",
        "desired_kl": ppo.desired_kl,
        "learning_rate": ppo.learning_rate,
        "entropy_coef": ppo.entropy_coef,
        "value_loss_coef": ppo.value_loss_coef,
        "use_clipped_value_loss": True,
        "max_grad_norm": ppo.max_grad_norm,
        "normalize_advantage_per_mini_batch": False,
        "share_cnn_encoders": trainable,
    }
