"""Settings of the two heads, and the configuration of their training as rsl-rl 5.5 reads it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pushgrasp.learning.ppo import TYPES, PpoCfg, algorithm_config
from pushgrasp.settings import Index

BACKBONE = "pushgrasp.policies.pg4da.backbone.avn:build_backbone"
HEADS = ("spatial", "paper")
"""``spatial``: the action is a choice of cells and class. ``paper``: 3496 Gaussian numbers (Wang & Kasaei 2025)."""

NETWORKS = {"pg4da_spatial": "spatial", "pg4da": "paper"}
"""Heads by the names of networks in checkpoints."""

SCENE_GROUPS = ("maps", "grasps", "strokes", "swaths", "cells", "looked", "profiles")
"""Observation groups that the spatial head's networks read beside the image (``pushgrasp.policies.pg4da.spatial``)."""

PLAYS = ("likeliest", "sample", "sharpened")
"""How a trained policy may act. A scene in which an action failed often looks as before: a policy that plays samples
tries something else. Sharpened samples have a lower temperature, for choices only."""

AGENT_TYPES: Mapping[str, Any] = {**TYPES, "grasp_iterations": Index, "play": Literal[PLAYS], "frozen": bool}
"""Types, with their ranges, of the settings in :func:`runner_config`, in whatever group."""

PAPER_PPO = PpoCfg()
"""PPO for 3496 Gaussian numbers.

On samples that the update has *not* used yet, log(ratio) has mean -KL and variance 2 KL, where KL is the total over the
action, whatever its size: a KL of 0.1 means ratios of about exp(+-0.45), so ``clip_param`` 0.5 fits and nothing scales
with 3496. On a sample that *was* used it does: the step goes along that sample's own noise, and log(ratio) reaches
sqrt(2 KL * 3496). Measured with the real nets at KL 0.1 to 0.15: standard deviation 0.5 on fresh samples, up to 17 on
used ones. Clipping then mutes every sample from the second epoch on, so each sample is used once. An entropy bonus
would act on 3496 standard deviations at once.

KL depends on ``learning_rate / init_std`` only, and the decoders compare numbers, so the action's unit is free. The
rate is fixed: where one pass over few samples changes the policy little, an adaptive one climbs, in one of three seeds
to rsl-rl's upper limit, 1e-2, and the KL to 2475.
"""

SPATIAL_PPO = PpoCfg(
    num_steps_per_env=8,
    num_learning_epochs=4,
    num_mini_batches=4,
    gamma=0.0,
    clip_param=0.2,
    schedule="adaptive",
    desired_kl=0.04,
    learning_rate=1e-4,
    entropy_coef=3e-3,
)
"""PPO for a choice of a few cells and a class, whose likelihood has few factors: the usual reuse of samples works.

A policy that has imitated is changed beyond recognition by Adam's first steps at 1e-3, before the rate can follow the
KL: it begins low, and rises within an iteration where little changes.

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
    ppo = ppo or (SPATIAL_PPO if spatial else PAPER_PPO)
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
            "class_name": "pushgrasp.policies.pg4da.training.models:PushGraspCritic",
            "network_cfg": {"class_name": _network("Value", spatial)},
        },
        "algorithm": algorithm_config(ppo, share_cnn_encoders=trainable),
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
    choice = {"class_name": "pushgrasp.policies.pg4da.training.choice_distribution:ChoiceDistribution"}
    return {
        "class_name": f"pushgrasp.policies.pg4da.training.models:{'PushGraspActor' if spatial else 'GaussianActor'}",
        "name": "pg4da_spatial" if spatial else "pg4da",
        "network_cfg": {"class_name": _network("Policy", spatial)},
        "backbone_cfg": backbone_cfg,
        "distribution_cfg": choice if spatial else gaussian,
        "play": "likeliest",
    }
