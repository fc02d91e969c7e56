"""Actor and critic of rsl-rl 5.5 around the push-grasp networks."""

from __future__ import annotations

from typing import Any

import torch
from rsl_rl.models import MLPModel
from rsl_rl.modules import HiddenState
from rsl_rl.utils import resolve_class
from tensordict import TensorDict
from torch import nn

from pushgrasp.training.exported_policy import ExportedPolicy

INPUT_GROUPS = {"avh": "angle-view heatmap of a frozen backbone", "rgb": "colour heightmap, backbone inside the model"}


class PushGraspModel(MLPModel):
    """Shared part of actor and critic: one image group -> (optional backbone) -> network -> numbers.

    The base class keeps its whole contract with PPO (distribution, KL, log-probabilities); its multi-layer perceptron
    is replaced by a push-grasp network, and its latent is the angle-view heatmap.
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
            obs_groups: Observation groups of each set; this model takes exactly one.
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
        self.input_group = _single_group(self.obs_groups, obs_set, backbone is not None)
        self.input_shape = tuple(obs[self.input_group].shape[1:])
        self.obs_dim = obs[self.input_group][0].numel()
        self.distribution = _build_distribution(distribution_cfg, output_dim)
        network_class, network_kwargs = resolve_class(network_cfg)
        self.mlp = network_class(**network_kwargs)
        self._check_output(obs, backbone, output_dim)

    def encode(self, image: torch.Tensor) -> torch.Tensor:
        """Return the network's input (N, 360, 56, 56), float32, from the image group."""
        return image.float()

    def get_latent(
        self, obs: TensorDict, masks: torch.Tensor | None = None, hidden_state: HiddenState = None
    ) -> torch.Tensor:
        """Return the angle-view heatmaps (N, 360, 56, 56) of the observations."""
        return self.encode(obs[self.input_group])

    def _check_output(self, obs: TensorDict, backbone: nn.Module | None, output_dim: int) -> None:
        """Raise ValueError unless the network gives (N, output_dim) for the example observations."""
        with torch.no_grad():
            first = obs[self.input_group][:1].float().cpu()
            shape = tuple(self.mlp(first if backbone is None else backbone.cpu()(first)).shape)
        if shape != (1, output_dim):
            name = type(self.mlp).__name__
            raise ValueError(f"{name} returns shape {shape} for one world; expected {(1, output_dim)}")


class PushGraspActor(PushGraspModel):
    """Gaussian policy over the 3496 action numbers (Wang & Kasaei 2025, Sec. III-C).

    With ``backbone_cfg`` the backbone is part of the actor and is trained with it; its normalisation layers keep their
    running statistics, so that rollout and update see the same function.
    """

    def __init__(
        self,
        obs: TensorDict,
        obs_groups: dict[str, list[str]],
        obs_set: str,
        output_dim: int,
        network_cfg: dict[str, Any],
        name: str = "pg4da",
        backbone_cfg: dict[str, Any] | None = None,
        distribution_cfg: dict[str, Any] | None = None,
    ) -> None:
        """Build the policy; see :class:`PushGraspModel` for the shared arguments.

        Args:
            obs: Example observations.
            obs_groups: Observation groups of each set.
            obs_set: "actor".
            output_dim: Action size.
            network_cfg: Policy network.
            name: Method name, stored in checkpoints and exports.
            backbone_cfg: "class_name" and keyword arguments of a trainable backbone; None reads "avh".
            distribution_cfg: rsl-rl distribution with a state-independent standard deviation.
        """
        backbone = _build_backbone(backbone_cfg)
        super().__init__(obs, obs_groups, obs_set, output_dim, network_cfg, backbone, distribution_cfg)
        self.name = name
        self.action_size = output_dim
        self.backbone = backbone
        self.kl_log: list[torch.Tensor] = []

    @property
    def cnns(self) -> tuple[nn.Module, ...]:
        """Backbone handed to the critic by rsl-rl's ``share_cnn_encoders``; empty when it is frozen."""
        return () if self.backbone is None else (self.backbone,)

    def encode(self, image: torch.Tensor) -> torch.Tensor:
        """Return the angle-view heatmaps (N, 360, 56, 56) of "rgb" or "avh" images."""
        return image.float() if self.backbone is None else self.backbone(image.float())

    def train(self, mode: bool = True) -> PushGraspActor:
        """Set the mode of the network; the backbone's normalisation statistics stay fixed."""
        super().train(mode)
        if self.backbone is not None:
            self.backbone.eval()
        return self

    def get_kl_divergence(
        self, old_params: tuple[torch.Tensor, ...], new_params: tuple[torch.Tensor, ...]
    ) -> torch.Tensor:
        """Return KL(old || new), shape (N,), summed over the action, and remember its mean for the log."""
        divergence = super().get_kl_divergence(old_params, new_params)
        self.kl_log.append(divergence.mean())
        return divergence

    def pop_kl(self) -> float:
        """Return the mean KL over the last minibatch visits [nat] and forget them; NaN when none was measured."""
        values, self.kl_log = self.kl_log, []
        return float(torch.stack(values).mean()) if values else float("nan")

    def as_jit(self) -> ExportedPolicy:
        """Return the deterministic policy for TorchScript, input "rgb" or "avh" as trained."""
        return ExportedPolicy(self.mlp, self.backbone, self.input_shape)

    def as_onnx(self, verbose: bool = False) -> ExportedPolicy:
        """Return the deterministic policy for ONNX; ``verbose`` is accepted for rsl-rl and not used."""
        return self.as_jit()


class PushGraspCritic(PushGraspModel):
    """State value from the same image group; reads the actor's trainable backbone without training it."""

    def __init__(
        self,
        obs: TensorDict,
        obs_groups: dict[str, list[str]],
        obs_set: str,
        output_dim: int,
        network_cfg: dict[str, Any],
        cnns: tuple[nn.Module, ...] = (),
    ) -> None:
        """Build the value network; ``cnns`` comes from rsl-rl when ``share_cnn_encoders`` is set."""
        super().__init__(obs, obs_groups, obs_set, output_dim, network_cfg, next(iter(cnns), None))
        self._shared = tuple(cnns)  # a tuple is no submodule: the optimiser and the checkpoint hold the backbone once

    def encode(self, image: torch.Tensor) -> torch.Tensor:
        """Return the angle-view heatmaps (N, 360, 56, 56), without gradient towards a shared backbone."""
        if not self._shared:
            return image.float()
        with torch.no_grad():
            return self._shared[0](image.float())


def _single_group(groups: list[str], obs_set: str, has_backbone: bool) -> str:
    """Return the one image group that fits; raise ValueError otherwise."""
    expected = "rgb" if has_backbone else "avh"
    if groups != [expected]:
        described = "; ".join(f"{name!r}: {text}" for name, text in INPUT_GROUPS.items())
        raise ValueError(f"observation groups {groups} for {obs_set!r}; expected ['{expected}'] ({described})")
    return expected


def _build_distribution(cfg: dict[str, Any] | None, output_dim: int) -> nn.Module | None:
    """Return the rsl-rl distribution; raise ValueError when it needs more than one number per action."""
    if cfg is None:
        return None
    distribution_class, kwargs = resolve_class(cfg)
    distribution = distribution_class(output_dim, **kwargs)
    if distribution.input_dim != output_dim:
        raise ValueError(f"{cfg['class_name']} needs a state-dependent head; allowed: GaussianDistribution")
    return distribution


def _build_backbone(cfg: dict[str, Any] | None) -> nn.Module | None:
    """Return the trainable backbone in evaluation mode, or None."""
    if cfg is None:
        return None
    builder, kwargs = resolve_class(cfg)
    return builder(**kwargs).eval()
