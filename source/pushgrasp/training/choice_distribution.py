"""Distribution over the choices of the spatial head, as rsl-rl 5.5 uses distributions."""

from __future__ import annotations

import torch
from rsl_rl.modules.distribution import Distribution
from torch import Tensor, nn
from torch.nn.functional import log_softmax, one_hot

from pushgrasp.grasping.angle_view import NUM_CLASSES
from pushgrasp.policies.pg4da.action import ACTION_SIZE
from pushgrasp.policies.pg4da.spatial.choices import read_choices, write_choices
from pushgrasp.policies.pg4da.spatial.nets import NEVER, NUM_CELLS, NUM_LOGITS

NUM_MOVES = 2 * NUM_CELLS
"""Choices of the first draw: a grasp cell, or the first key point of a push."""


class ChoiceDistribution(Distribution):
    """First a grasp cell or a key point, drawn from both together; then the class, or the further key points.

    Samples are actions of 3496 numbers (see ``choices``), so that everything behind the policy is that of the published
    action; likelihood, entropy and divergence are those of the choices. Only what the first draw makes count does: the
    class of a grasp, the further key points of a push. Key points are drawn without replacement.
    """

    def __init__(self, output_dim: int, key_points: int = 2) -> None:
        """Build the distribution.

        Args:
            output_dim: Size of an action.
            key_points: Key points of a push; on both sides of the target they make two arms push.

        Raises:
            ValueError: If the action has another size or there is no key point.
        """
        super().__init__(output_dim)
        if output_dim != ACTION_SIZE:
            raise ValueError(f"choices make actions of {ACTION_SIZE} numbers, not {output_dim}")
        if key_points < 1:
            raise ValueError(f"key_points is {key_points}; at least 1 is needed")
        self.key_points = key_points

    @property
    def input_dim(self) -> int:
        """Logits that the network gives."""
        return NUM_LOGITS

    def update(self, mlp_output: Tensor) -> None:
        """Take over the network's logits (N, 12904)."""
        self._logits = mlp_output

    def sample(self) -> Tensor:
        """Return random actions (N, 3496), drawn with the global generator as rsl-rl's own distributions are."""
        noise = -torch.empty_like(self._logits).exponential_().log()  # Gumbel: the largest sum is a draw
        return _choose(self._logits, noise, self.key_points)

    def deterministic_output(self, mlp_output: Tensor) -> Tensor:
        """Return the likeliest choices as actions (N, 3496)."""
        return _choose(mlp_output, 0.0, self.key_points)

    def as_deterministic_output_module(self) -> nn.Module:
        """Return the same for an export."""
        return LikeliestChoice(self.key_points)

    @property
    def params(self) -> tuple[Tensor, ...]:
        """The logits."""
        return (self._logits,)

    @property
    def mean(self) -> Tensor:
        """Probabilities of the first draw, shape (N, 6272)."""
        return _log_moves(self._logits).exp()

    @property
    def std(self) -> Tensor:
        """Standard deviation of the first draw's indicators, shape (N, 6272)."""
        probability = self.mean
        return (probability * (1.0 - probability)).sqrt()

    @property
    def entropy(self) -> Tensor:
        """Entropy (N,) of the first draw, and of the class where that is a grasp [nat]; bounds the total from below."""
        moves, classes = _log_moves(self._logits), _log_classes(self._logits)
        share = moves[:, :NUM_CELLS].exp().sum(dim=1)
        return _entropy(moves) + share * _entropy(classes)

    def log_prob(self, outputs: Tensor) -> Tensor:
        """Return log-probabilities (N,) of actions (N, 3496)."""
        cells, chosen_class = read_choices(outputs, self.key_points)
        moves, classes = _log_moves(self._logits), _log_classes(self._logits)
        grasp, push = moves[:, :NUM_CELLS], moves[:, NUM_CELLS:]
        first = cells[:, :1]
        is_grasp = grasp.gather(1, first) > push.gather(1, first)  # no cell may be both
        of_grasp = grasp.gather(1, first) + classes.gather(1, chosen_class[:, None])
        of_push = push.gather(1, first)[:, 0] + _log_further(self._logits, cells)
        return torch.where(is_grasp[:, 0], of_grasp[:, 0], of_push)

    def kl_divergence(self, old_params: tuple[Tensor, ...], new_params: tuple[Tensor, ...]) -> Tensor:
        """Return KL(old || new), shape (N,), of the first draw and what it makes count; one draw of key points."""
        (old,), (new,) = old_params, new_params
        old_moves, old_classes = _log_moves(old), _log_classes(old)
        share = old_moves[:, :NUM_CELLS].exp().sum(dim=1)
        divergence = _divergence(old_moves, _log_moves(new)) + share * _divergence(old_classes, _log_classes(new))
        if self.key_points == 1:
            return divergence
        further = [log_softmax(_further(logits), dim=1) for logits in (old, new)]
        return divergence + (1.0 - share) * (self.key_points - 1) * _divergence(*further)


class LikeliestChoice(nn.Module):
    """Logits (N, 12904) to the actions (N, 3496) of the likeliest choices."""

    def __init__(self, key_points: int) -> None:
        """Remember how many key points a push has."""
        super().__init__()
        self.key_points = key_points

    def forward(self, logits: Tensor) -> Tensor:
        """Return the actions."""
        return _choose(logits, 0.0, self.key_points)


def _log_moves(logits: Tensor) -> Tensor:
    return log_softmax(logits[:, :NUM_MOVES], dim=1)


def _log_classes(logits: Tensor) -> Tensor:
    return log_softmax(logits[:, -NUM_CLASSES:], dim=1)


def _further(logits: Tensor) -> Tensor:
    return logits[:, NUM_MOVES : NUM_MOVES + NUM_CELLS]


def _choose(logits: Tensor, noise: Tensor | float, key_points: int) -> Tensor:
    """Return the actions of the choices whose logits plus noise are highest."""
    scores = logits + noise
    first = scores[:, :NUM_MOVES].argmax(dim=1)
    cells = [first % NUM_CELLS]
    further = _further(scores)
    for _ in range(key_points - 1):
        further = further.masked_fill(_taken(cells), 2 * NEVER)
        cells.append(further.argmax(dim=1))
    on_target = logits[:, NUM_MOVES + NUM_CELLS : -NUM_CLASSES] < NEVER / 2
    return write_choices(torch.stack(cells, dim=1), first < NUM_CELLS, on_target, scores[:, -NUM_CLASSES:])


def _log_further(logits: Tensor, cells: Tensor) -> Tensor:
    """Return the log-probability (N,) of the key points after the first of ``cells`` (N, K)."""
    further, total = _further(logits), torch.zeros_like(logits[:, 0])
    for k in range(1, cells.shape[1]):
        left = further.masked_fill(_taken(list(cells[:, :k].unbind(dim=1))), 2 * NEVER)
        total = total + log_softmax(left, dim=1).gather(1, cells[:, k : k + 1])[:, 0]
    return total


def _taken(cells: list[Tensor]) -> Tensor:
    """Return a mask (N, 3136) of the cells that are drawn already."""
    return one_hot(torch.stack(cells, dim=1), NUM_CELLS).sum(dim=1) > 0


def _entropy(log_probability: Tensor) -> Tensor:
    return -(log_probability.exp() * log_probability).sum(dim=1)


def _divergence(old: Tensor, new: Tensor) -> Tensor:
    return (old.exp() * (old - new)).sum(dim=1)
