"""Actor and critic of rsl-rl 5.5 around the push-grasp networks."""

from __future__ import annotations

from typing import Any

import torch
from rsl_rl.modules import HiddenState
from rsl_rl.utils import resolve_class
from tensordict import TensorDict
from torch import nn
from torch.distributions import Normal, kl_divergence

from pushgrasp.training.exported_policy import ExportedPolicy
from pushgrasp.training.image_model import RELEVANCE, PushGraspModel


class PushGraspActor(PushGraspModel):
    """Gaussian policy over the 3496 action numbers (Wang & Kasaei 2025, Sec. III-C).

    With the observation group "relevance" (N, action size, bool) likelihood, KL divergence and entropy count only the
    numbers that can change the decision (see :func:`pushgrasp.training.relevance.action_relevance`).
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
        self._relevance: torch.Tensor | None = None

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

    def forward(
        self,
        obs: TensorDict,
        masks: torch.Tensor | None = None,
        hidden_state: HiddenState = None,
        stochastic_output: bool = False,
    ) -> torch.Tensor:
        """Return actions (N, action size): samples, or the means; remember which numbers count for the samples."""
        if stochastic_output and RELEVANCE in self.obs_groups:
            self._relevance = obs[RELEVANCE].float()
        return super().forward(obs, masks, hidden_state, stochastic_output)

    def get_output_log_prob(self, outputs: torch.Tensor) -> torch.Tensor:
        """Return log-probability densities (N,) of actions (N, action size) under the current distribution."""
        return self._total(self._normal().log_prob(outputs))

    def get_kl_divergence(
        self, old_params: tuple[torch.Tensor, ...], new_params: tuple[torch.Tensor, ...]
    ) -> torch.Tensor:
        """Return KL(old || new), shape (N,), of (mean, std) pairs, and remember its mean for the log."""
        (old_mean, old_std), (new_mean, new_std) = old_params, new_params
        divergence = self._total(kl_divergence(Normal(old_mean, old_std), Normal(new_mean, new_std)))
        self.kl_log.append(divergence.mean())
        return divergence

    @property
    def output_entropy(self) -> torch.Tensor:
        """Return the entropy (N,) of the current distribution [nat]."""
        return self._total(self._normal().entropy())

    def _normal(self) -> Normal:
        """Return the current distribution of the actions (N, action size)."""
        mean, std = self.output_distribution_params
        return Normal(mean, std)

    def _total(self, numbers: torch.Tensor) -> torch.Tensor:
        """Return sums (N,) over the action numbers (N, action size) that count."""
        return numbers.sum(dim=-1) if self._relevance is None else (numbers * self._relevance).sum(dim=-1)

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


def _build_backbone(cfg: dict[str, Any] | None) -> nn.Module | None:
    """Return the trainable backbone in evaluation mode, or None."""
    if cfg is None:
        return None
    builder, kwargs = resolve_class(cfg)
    return builder(**kwargs).eval()
