"""What actor and critic share: one image group of the observations in, numbers out."""

from __future__ import annotations

from typing import Any

import torch
from rsl_rl.models import MLPModel
from rsl_rl.modules import HiddenState
from rsl_rl.modules.distribution import Distribution
from rsl_rl.utils import resolve_class
from tensordict import TensorDict
from torch import nn

from pushgrasp.policies.pg4da.training.config import SCENE_GROUPS

RELEVANCE = "relevance"  # optional group of the actor, see pushgrasp.policies.pg4da.action
INPUT_GROUPS = {"avh": "angle-view heatmap of a frozen backbone", "rgb": "colour heightmap, backbone inside the model"}


class PushGraspModel(MLPModel):
    """Shared part of actor and critic: one image group -> (optional backbone) -> network -> numbers.

    The base class keeps its whole contract with PPO (distribution, KL, log-probabilities); its multi-layer perceptron
    is replaced by a push-grasp network, and its latent is the angle-view heatmap, or a tuple of that and the
    scene's groups where they are read.
    """

    def __init__(
        self,
        obs: TensorDict,
        obs_groups: dict[str, list[str]],
        obs_set: str,
        output_dim: int,
        network_cfg: dict[str, Any],
        backbone: nn.Module | None = None,
        distribution_cfg: dict[str, Any] | None = None,
    ) -> None:
        """Build the network and check it on one observation.

        Args:
            obs: Example observations, "avh" (N, 360, 56, 56) or "rgb" (N, 3, 224, 224) in [0, 1].
            obs_groups: Observation groups of each set; this model takes one image and may take the scene's groups,
                the actor also "relevance".
            obs_set: "actor" or "critic".
            output_dim: Size of the output (3496 for the actor, 1 for the critic).
            network_cfg: "class_name" of the network ("module:Class") and its keyword arguments.
            backbone: Network from "rgb" to "avh"; needed if and only if the group is "rgb".
            distribution_cfg: rsl-rl distribution; None for a deterministic output.

        Raises:
            ValueError: For another set of groups, a missing or superfluous backbone, or a wrong output size.
        """
        nn.Module.__init__(self)
        self.obs_groups = list(obs_groups[obs_set])
        self.obs_normalization = False
        beside = (*SCENE_GROUPS, RELEVANCE) if obs_set == "actor" else SCENE_GROUPS
        images = [group for group in self.obs_groups if group not in beside]
        self.input_group = _single_group(images, obs_set, backbone is not None)
        self.input_shape = tuple(obs[self.input_group].shape[1:])
        self.scene_groups = [group for group in self.obs_groups if group in SCENE_GROUPS]
        self.scene_shapes = [tuple(obs[group].shape[1:]) for group in self.scene_groups]
        self.obs_dim = obs[self.input_group][0].numel()
        self.distribution = _build_distribution(distribution_cfg, output_dim)
        network_class, network_kwargs = resolve_class(network_cfg)
        self.mlp = network_class(**network_kwargs)
        self._check_output(obs, backbone, output_dim if self.distribution is None else self.distribution.input_dim)

    def encode(self, image: torch.Tensor) -> torch.Tensor:
        """Return the network's input (N, 360, 56, 56), float32, from the image group."""
        return image.float()

    def get_latent(  # pyright: ignore[reportIncompatibleMethodOverride] - the network takes what this returns
        self, obs: TensorDict, masks: torch.Tensor | None = None, hidden_state: HiddenState = None
    ) -> torch.Tensor | tuple[torch.Tensor, ...]:
        """Return the angle-view heatmaps (N, 360, 56, 56) of the observations, or a tuple of these and the scene."""
        return self._with_scene(self.encode(obs[self.input_group]), obs)

    def _with_scene(self, avh: torch.Tensor, obs: TensorDict) -> torch.Tensor | tuple[torch.Tensor, ...]:
        scene = tuple(obs[group].to(avh) for group in self.scene_groups)
        return (avh, *scene) if scene else avh

    def _check_output(self, obs: TensorDict, backbone: nn.Module | None, output_dim: int | list[int]) -> None:
        """Raise ValueError unless the network gives (N, output_dim) for the example observations."""
        with torch.no_grad():
            first = obs[self.input_group][:1].float()
            if backbone is not None:
                first = backbone(first.to(next(backbone.parameters()).device))
            shape = tuple(self.mlp(self._with_scene(first.cpu(), obs[:1].cpu())).shape)
        if shape != (1, output_dim):
            name = type(self.mlp).__name__
            raise ValueError(f"{name} returns shape {shape} for one world; expected {(1, output_dim)}")


def _single_group(groups: list[str], obs_set: str, has_backbone: bool) -> str:
    """Return the one image group that fits; raise ValueError otherwise."""
    expected = "rgb" if has_backbone else "avh"
    if groups != [expected]:
        described = "; ".join(f"{name!r}: {text}" for name, text in INPUT_GROUPS.items())
        raise ValueError(f"observation groups {groups} for {obs_set!r}; expected ['{expected}'] ({described})")
    return expected


def _build_distribution(cfg: dict[str, Any] | None, output_dim: int) -> Distribution | None:
    """Return the rsl-rl distribution."""
    if cfg is None:
        return None
    distribution_class, kwargs = resolve_class(cfg)
    return distribution_class(output_dim, **kwargs)
