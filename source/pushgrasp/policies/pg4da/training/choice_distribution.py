"""Distribution over the choices of the spatial head, as rsl-rl 5.5 uses distributions."""

from __future__ import annotations

import torch
from rsl_rl.modules.distribution import Distribution
from torch import Tensor, nn
from torch.nn.functional import log_softmax

from pushgrasp.policies.pg4da.spatial.nets import NUM_CHOICES, NUM_GRASPS
from pushgrasp.policies.pg4da.spatial.strokes import NUM_STROKES


class ChoiceDistribution(Distribution):
    """One draw: a cell of the target with an angle-view class, or a stroke; its number is the action."""

    def __init__(self, output_dim: int) -> None:
        """Build the distribution.

        Args:
            output_dim: Size of an action, 1.

        Raises:
            ValueError: If the action has another size.
        """
        super().__init__(output_dim)
        if output_dim != 1:
            raise ValueError(f"a choice is one number; the action has {output_dim}")
        self.temperature = 1.0
        """Of samples: below 1, the likelier move and then likely choices within it are drawn more often still; that a
        move has many choices that are equally good does not count against it. Likelihoods are those at 1."""

    @property
    def input_dim(self) -> int:
        """Log-probabilities that the network gives."""
        return NUM_CHOICES

    def update(self, mlp_output: Tensor) -> None:
        """Take over the network's log-probabilities (N, 3282)."""
        self._logits = mlp_output

    def sample(self) -> Tensor:
        """Return random choices (N, 1), drawn with the global generator as rsl-rl's own distributions are."""
        chances = sharpened(self._chances(), self.temperature)
        noise = -torch.empty_like(chances).exponential_().log()  # Gumbel: the largest sum is a draw
        return (chances + noise).argmax(dim=1, keepdim=True).to(chances)

    def deterministic_output(self, mlp_output: Tensor) -> Tensor:
        """Return the likeliest choices of the likelier moves, shape (N, 1)."""
        self._logits = mlp_output
        return likeliest(mlp_output)[:, None].to(mlp_output)

    def moves(self) -> Tensor:
        """Return the log-probabilities of grasping and of pushing, shape (N, 2), of what was given out last."""
        return torch.stack([part.logsumexp(dim=1) for part in _parts(self._chances())], dim=1)

    def as_deterministic_output_module(self) -> nn.Module:
        """Return the same for an export."""
        return LikeliestChoice()

    @property
    def params(self) -> tuple[Tensor, ...]:
        """The log-probabilities."""
        return (self._logits,)

    @property
    def mean(self) -> Tensor:
        """Probabilities of the choices, shape (N, 3282)."""
        return self._chances().exp()

    @property
    def std(self) -> Tensor:
        """Standard deviation of the choices' indicators, shape (N, 3282)."""
        probability = self.mean
        return (probability * (1.0 - probability)).sqrt()

    @property
    def entropy(self) -> Tensor:
        """Entropy (N,) [nat]."""
        chances = self._chances()
        return -(chances.exp() * chances).sum(dim=1)

    def log_prob(self, outputs: Tensor) -> Tensor:
        """Return log-probabilities (N,) of choices (N, 1)."""
        return self._chances().gather(1, outputs.long())[:, 0]

    def kl_divergence(self, old_params: tuple[Tensor, ...], new_params: tuple[Tensor, ...]) -> Tensor:
        """Return KL(old || new), shape (N,)."""
        old, new = (log_softmax(logits, dim=1) for (logits,) in (old_params, new_params))
        return (old.exp() * (old - new)).sum(dim=1)

    def _chances(self) -> Tensor:
        return log_softmax(self._logits, dim=1)


class LikeliestChoice(nn.Module):
    """Log-probabilities (N, 3282) to the likeliest choices (N, 1) of the likelier moves."""

    def forward(self, logits: Tensor) -> Tensor:
        """Return the choices."""
        return likeliest(logits)[:, None].to(logits)


def sharpened(chances: Tensor, temperature: float) -> Tensor:
    """Sharpen log-probabilities (N, 3282): those of the two moves, and those of the choices within each."""
    moves = [part.logsumexp(dim=1, keepdim=True) for part in _parts(chances)]
    within = torch.cat([log_softmax(part / temperature, dim=1) for part in _parts(chances)], dim=1)
    share = log_softmax(torch.cat(moves, dim=1) / temperature, dim=1)
    return within + share.repeat_interleave(torch.tensor((NUM_GRASPS, NUM_STROKES), device=chances.device), dim=1)


def likeliest(logits: Tensor) -> Tensor:
    """Numbers (N,), long, of the likeliest choices of the likelier moves, from log-probabilities (N, 3282)."""
    grasps, strokes = _parts(log_softmax(logits, dim=1))
    is_grasp = grasps.logsumexp(dim=1) >= strokes.logsumexp(dim=1)
    return torch.where(is_grasp, grasps.argmax(dim=1), NUM_GRASPS + strokes.argmax(dim=1))


def _parts(choices: Tensor) -> tuple[Tensor, Tensor]:
    """Grasps (N, 3240) and strokes (N, 42) of what belongs to choices (N, 3282)."""
    return choices[:, :NUM_GRASPS], choices[:, NUM_GRASPS:NUM_CHOICES]
