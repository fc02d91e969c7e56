"""Actor and critic of rsl-rl 5.5 around the push-grasp networks."""

from __future__ import annotations

from typing import Any, cast

import torch
from rsl_rl.modules import HiddenState
from rsl_rl.modules.distribution import Distribution
from rsl_rl.utils import resolve_class
from tensordict import TensorDict
from torch import nn
from torch.distributions import Normal, kl_divergence

from pushgrasp.policies.pg4da.training.choice_distribution import ChoiceDistribution
from pushgrasp.policies.pg4da.training.config import PLAYS
from pushgrasp.policies.pg4da.training.exported_policy import ImagePolicy, ScenePolicy
from pushgrasp.policies.pg4da.training.image_model import RELEVANCE, PushGraspModel

SHARP = 0.5
"""Temperature of sharpened samples."""


class PushGraspActor(PushGraspModel):
    """Policy whose distribution over the 3496 action numbers is rsl-rl's or one of ours.

    With ``backbone_cfg`` the backbone is part of the actor and is trained with it; its normalisation layers keep their
    running statistics, so that rollout and update see the same function.
    """

    method = "pg4da"
    """Name in the registry of methods."""

    def __init__(
        self,
        obs: TensorDict,
        obs_groups: dict[str, list[str]],
        obs_set: str,
        output_dim: int,
        network_cfg: dict[str, Any],
        distribution_cfg: dict[str, Any],
        name: str = "pg4da",
        backbone_cfg: dict[str, Any] | None = None,
        play: str = "likeliest",
    ) -> None:
        """Build the policy; see :class:`PushGraspModel` for the shared arguments.

        Args:
            obs: Example observations.
            obs_groups: Observation groups of each set.
            obs_set: "actor".
            output_dim: Action size.
            network_cfg: Policy network.
            distribution_cfg: Distribution of the actions.
            name: Name of the network, stored in checkpoints and exports.
            backbone_cfg: "class_name" and keyword arguments of a trainable backbone; None reads "avh".
            play: How :meth:`play` acts, one of :data:`PLAYS`.

        Raises:
            ValueError: For another way to play; also see :class:`PushGraspModel`.
        """
        if play not in PLAYS:
            raise ValueError(f"play is {play!r}; allowed: {', '.join(PLAYS)}")
        backbone = _build_backbone(backbone_cfg)
        super().__init__(obs, obs_groups, obs_set, output_dim, network_cfg, backbone, distribution_cfg)
        self.name = name
        self.action_size = output_dim
        self.backbone = backbone
        if play == "sharpened" and not isinstance(self.distribution, ChoiceDistribution):
            raise ValueError("play is 'sharpened', which only choices can be; allowed here: likeliest, sample")
        self.play_as = play
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
        """Return KL(old || new), shape (N,), of two distributions' parameters, and remember its mean for the log."""
        divergence = self._divergence(old_params, new_params)
        self.kl_log.append(divergence.mean())
        return divergence

    def _divergence(self, old_params: tuple[torch.Tensor, ...], new_params: tuple[torch.Tensor, ...]) -> torch.Tensor:
        return super().get_kl_divergence(old_params, new_params)

    @torch.inference_mode()
    def play(self, obs: TensorDict) -> torch.Tensor:
        """Return the trained policy's actions (N, action size); samples come from the global generator."""
        distribution = self.distribution
        if self.play_as == "sharpened" and isinstance(distribution, ChoiceDistribution):
            distribution.temperature = SHARP
        try:
            return self(obs, stochastic_output=self.play_as != "likeliest")
        finally:
            if isinstance(distribution, ChoiceDistribution):
                distribution.temperature = 1.0

    def pop_kl(self) -> float:
        """Return the mean KL over the last minibatch visits [nat] and forget them; NaN when none was measured."""
        values, self.kl_log = self.kl_log, []
        return float(torch.stack(values).mean()) if values else float("nan")

    def as_jit(self, backbone: nn.Module | None = None) -> ImagePolicy:
        """Return the deterministic policy for TorchScript.

        Args:
            backbone: Frozen backbone that fed the actor; with it the input is "rgb", else "rgb" or "avh" as trained.

        Raises:
            ValueError: When a backbone is given for an actor that has its own.
        """
        if backbone is not None and self.backbone is not None:
            raise ValueError("the actor has a trainable backbone of its own; do not pass another one")
        choice = cast("Distribution", self.distribution).as_deterministic_output_module()
        shape = self.input_shape if backbone is None else (3, 224, 224)
        scene = dict(zip(self.scene_groups, self.scene_shapes, strict=True))
        kind = ScenePolicy if scene else ImagePolicy
        return kind(self.mlp, backbone or self.backbone, choice, shape, scene)

    def as_onnx(self, verbose: bool = False) -> ImagePolicy:
        """Return the deterministic policy for ONNX; ``verbose`` is accepted for rsl-rl and not used."""
        return self.as_jit()


class GaussianActor(PushGraspActor):
    """Gaussian policy over the 3496 action numbers (Wang & Kasaei 2025, Sec. III-C).

    With the observation group "relevance" (N, action size, bool) likelihood, KL divergence and entropy count only the
    numbers that can change the decision (see :func:`pushgrasp.policies.pg4da.action.action_relevance`).
    """

    _relevance: torch.Tensor | None = None

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

    def _divergence(self, old_params: tuple[torch.Tensor, ...], new_params: tuple[torch.Tensor, ...]) -> torch.Tensor:
        (old_mean, old_std), (new_mean, new_std) = old_params, new_params
        return self._total(kl_divergence(Normal(old_mean, old_std), Normal(new_mean, new_std)))

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
