"""Default PPO settings for few, expensive actions, as plain data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from pushgrasp.settings import Count, NotNegative, Positive, Settings, Share

BACKBONE = "pushgrasp.policies.pg4da.backbone.avn:build_backbone"
HEADS = ("spatial", "paper")
"""``spatial``: the action is a choice of cells and class. ``paper``: 3496 Gaussian numbers (Wang & Kasaei 2025)."""

SCENE_GROUPS = ("maps", "grasps", "strokes", "swaths", "cells", "looked", "profiles")
"""Observation groups that the spatial head's networks read beside the image (``pushgrasp.policies.pg4da.spatial``)."""


@dataclass(frozen=True)
class PpoCfg(Settings):
    """PPO for push-grasp decisions, one action = one push or grasp of several seconds; defaults of the paper's head.

    On samples that the update has *not* used yet, log(ratio) has mean -KL and variance 2 KL, where KL is the total over
    the action, whatever its size: a KL of 0.1 means ratios of about exp(+-0.45), so ``clip_param`` 0.5 fits and nothing
    scales with 3496. On a sample that *was* used it does: the step goes along that sample's own noise, and log(ratio)
    reaches sqrt(2 KL * 3496). Measured with the real nets at KL 0.1 to 0.15: standard deviation 0.5 on fresh samples,
    up to 17 on used ones. Clipping then mutes every sample from the second epoch on, so each sample is used once.

    KL depends on ``learning_rate / init_std`` only, and the decoders compare numbers, so the action's unit is free.
    The rate is fixed: where one pass over few samples changes the policy little, an adaptive one climbs, in one of
    three seeds to rsl-rl's upper limit, 1e-2, and the KL to 2475.
    """

    num_steps_per_env: Count = 12  # actions per world and iteration
    num_learning_epochs: Count = 1  # each sample once, see above
    num_mini_batches: Count = 4
    gamma: Share = 0.8  # per action: a push pays when a grasp follows within a few actions
    lam: Share = 0.95
    clip_param: Positive = 0.5  # on the likelihood ratio, and on the change of the value
    schedule: Literal["fixed", "adaptive"] = "fixed"  # adaptive: the learning rate follows the KL
    desired_kl: Positive = 0.1  # nat, total over the action; for "adaptive"
    learning_rate: Positive = 1e-4  # where "adaptive" starts
    entropy_coef: NotNegative = 0.0  # a bonus would act on 3496 standard deviations at once
    value_loss_coef: NotNegative = 1.0
    max_grad_norm: Positive = 1.0
    init_std: Positive = 4.0  # of each action number
    std_range: tuple[Positive, Positive] = (1.0, 8.0)
    learn_std: bool = True
    max_iterations: Count = 1000
    save_interval: Count = 20  # iterations
    keep_checkpoints: Count | None = 5


SPATIAL_PPO = PpoCfg(
    num_steps_per_env=8,
    num_learning_epochs=4,
    num_mini_batches=4,
    gamma=0.0,
    clip_param=0.2,
    schedule="adaptive",
    desired_kl=0.04,
    learning_rate=1e-3,
    entropy_coef=3e-3,
)
"""PPO for a choice of a few cells and a class, whose likelihood has few factors: the usual reuse of samples works.

The fuzzy reward grades every action by itself and is never negative, and success ends an episode: with a discount above
zero, pushing on without end would be worth more than the grasp.
"""


def runner_config(
    ppo: PpoCfg | None = None,
    backbone: str = "frozen",
    backbone_weights: str | None = None,
    backbone_seed: int = 0,
    seed: int = 1,
    head: str = "spatial",
    backbone_encoder: str | None = None,
) -> dict[str, Any]:
    """Return the configuration for ``PushGraspRunner``, field by field as rsl-rl 5.5 reads it.

    Args:
        ppo: PPO settings; the head's defaults when None.
        backbone: "frozen": the networks read "avh", given by ``FeatureEnv``. "trainable": the actor reads "rgb" and
            trains the backbone; the critic uses it without training it.
        backbone_weights: File of pretrained weights of a trainable backbone; None starts at random.
        backbone_seed: Seed of that random start.
        seed: Seed of the run, for the record.
        head: One of :data:`HEADS`. "spatial" reads the scene's groups (see ``policies.pg4da.spatial``) beside the
            image, the actor of "paper" the group "relevance" (see ``action_relevance``).
        backbone_encoder: One of ``backbone.avn.ENCODERS``; None takes that of the weights file, ResNet-50 without one.

    Raises:
        ValueError: For another kind of backbone or head.
    """
    if backbone not in ("frozen", "trainable"):
        raise ValueError(f"backbone {backbone!r}; allowed: 'frozen', 'trainable'")
    if head not in HEADS:
        raise ValueError(f"head {head!r}; allowed: {', '.join(HEADS)}")
    spatial = head == "spatial"
    ppo = ppo or (SPATIAL_PPO if spatial else PpoCfg())
    trainable = backbone == "trainable"
    backbone_cfg = {
        "class_name": BACKBONE,
        "weights": backbone_weights,
        "seed": backbone_seed,
        "frozen": False,
        "encoder": backbone_encoder,
    }
    image = "rgb" if trainable else "avh"
    seen = [image, *SCENE_GROUPS]
    return {
        "seed": seed,
        "num_steps_per_env": ppo.num_steps_per_env,
        "max_iterations": ppo.max_iterations,
        "save_interval": ppo.save_interval,
        "keep_checkpoints": ppo.keep_checkpoints,
        "obs_groups": {
            "actor": seen if spatial else [image, "relevance"],
            "critic": seen if spatial else [image],
        },
        "actor": _actor_config(ppo, backbone_cfg if trainable else None, spatial),
        "critic": {
            "class_name": "pushgrasp.training.models:PushGraspCritic",
            "network_cfg": {"class_name": _network("Value", spatial)},
        },
        "algorithm": _algorithm_config(ppo, trainable),
    }


def _network(kind: str, spatial: bool) -> str:
    """Return the class of the policy or value net."""
    return f"pushgrasp.policies.pg4da.{f'spatial.nets:Spatial{kind}' if spatial else f'nets:{kind}'}Net"


def _actor_config(ppo: PpoCfg, backbone_cfg: dict[str, Any] | None, spatial: bool) -> dict[str, Any]:
    """Return the actor's part of the configuration."""
    gaussian = {
        "class_name": "GaussianDistribution",
        "init_std": ppo.init_std,
        "std_type": "log",
        "std_range": list(ppo.std_range),
        "learn_std": ppo.learn_std,
    }
    choice = {"class_name": "pushgrasp.training.choice_distribution:ChoiceDistribution"}
    return {
        "class_name": f"pushgrasp.training.models:{'PushGraspActor' if spatial else 'GaussianActor'}",
        "name": "pg4da_spatial" if spatial else "pg4da",
        "network_cfg": {"class_name": _network("Policy", spatial)},
        "backbone_cfg": backbone_cfg,
        "distribution_cfg": choice if spatial else gaussian,
        "play": "likeliest",
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
        "schedule": ppo.schedule,
        "desired_kl": ppo.desired_kl,
        "learning_rate": ppo.learning_rate,
        "entropy_coef": ppo.entropy_coef,
        "value_loss_coef": ppo.value_loss_coef,
        "use_clipped_value_loss": True,
        "max_grad_norm": ppo.max_grad_norm,
        "normalize_advantage_per_mini_batch": False,
        "share_cnn_encoders": trainable,
    }
