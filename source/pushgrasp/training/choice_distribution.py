"""Distribution over the choices of the spatial head, as rsl-rl 5.5 uses distributions."""

from __future__ import annotations

import torch
from rsl_rl.modules.distribution import Distribution
from torch import Tensor, nn
from torch.nn.functional import log_softmax, one_hot

from pushgrasp.grasping.angle_view import NUM_CLASSES
from pushgrasp.policies.pg4da.action import ACTION_SIZE
from pushgrasp.policies.pg4da.spatial.choices import read_choices, write_choices
from pushgrasp.policies.pg4da.spatial.grasps import CORNERS, NUM_POINTS
from pushgrasp.policies.pg4da.spatial.nets import NUM_CELLS, NUM_CHOICES, NUM_GRASPS, NUM_LOGITS
from pushgrasp.policies.pg4da.spatial.strokes import KEY_POINTS, NUM_STROKES


class ChoiceDistribution(Distribution):
    """One draw: a cell of the target with an angle-view class, or a stroke.

    Samples are actions of 3496 numbers (see ``choices``), so that everything behind the policy is that of the published
    action; likelihood, entropy and divergence are those of the choices.
    """

    def __init__(self, output_dim: int) -> None:
        """Build the distribution.

        Args:
            output_dim: Size of an action.

        Raises:
            ValueError: If the action has another size.
        """
        super().__init__(output_dim)
        if output_dim != ACTION_SIZE:
            raise ValueError(f"choices make actions of {ACTION_SIZE} numbers, not {output_dim}")
        self.temperature = 1.0
        """Of samples: below 1, the likelier move and then likely choices within it are drawn more often still; that a
        move has many choices that are equally good does not count against it. Likelihoods are those at 1."""

    @property
    def input_dim(self) -> int:
        """Logits that the network gives."""
        return NUM_LOGITS

    def update(self, mlp_output: Tensor) -> None:
        """Take over the network's logits (N, 6595)."""
        self._logits = mlp_output

    def sample(self) -> Tensor:
        """Return random actions (N, 3496), drawn with the global generator as rsl-rl's own distributions are."""
        chances = sharpened(_log_chances(self._logits), self.temperature)
        noise = -torch.empty_like(chances).exponential_().log()  # Gumbel: the largest sum is a draw
        return act((chances + noise).argmax(dim=1), self._logits)

    def deterministic_output(self, mlp_output: Tensor) -> Tensor:
        """Return the likeliest choices of the likelier moves as actions (N, 3496)."""
        return act(likeliest(mlp_output), mlp_output)

    def as_deterministic_output_module(self) -> nn.Module:
        """Return the same for an export."""
        return LikeliestChoice()

    @property
    def params(self) -> tuple[Tensor, ...]:
        """The logits."""
        return (self._logits,)

    @property
    def mean(self) -> Tensor:
        """Probabilities of the choices, shape (N, 3282)."""
        return _log_chances(self._logits).exp()

    @property
    def std(self) -> Tensor:
        """Standard deviation of the choices' indicators, shape (N, 3282)."""
        probability = self.mean
        return (probability * (1.0 - probability)).sqrt()

    @property
    def entropy(self) -> Tensor:
        """Entropy (N,) [nat]."""
        chances = _log_chances(self._logits)
        return -(chances.exp() * chances).sum(dim=1)

    def log_prob(self, outputs: Tensor) -> Tensor:
        """Return log-probabilities (N,) of actions (N, 3496)."""
        choice = number_of(outputs, self._logits)
        return _log_chances(self._logits).gather(1, choice[:, None])[:, 0]

    def kl_divergence(self, old_params: tuple[Tensor, ...], new_params: tuple[Tensor, ...]) -> Tensor:
        """Return KL(old || new), shape (N,)."""
        old, new = (_log_chances(logits) for (logits,) in (old_params, new_params))
        return (old.exp() * (old - new)).sum(dim=1)


class LikeliestChoice(nn.Module):
    """Logits (N, 6595) to the actions (N, 3496) of the likeliest choices of the likelier moves."""

    def forward(self, logits: Tensor) -> Tensor:
        """Return the actions."""
        return act(likeliest(logits), logits)


def sharpened(chances: Tensor, temperature: float) -> Tensor:
    """Sharpen log-probabilities (N, 3282): those of the two moves, and those of the choices within each."""
    moves = [part.logsumexp(dim=1, keepdim=True) for part in _parts(chances)]
    within = torch.cat([log_softmax(part / temperature, dim=1) for part in _parts(chances)], dim=1)
    share = log_softmax(torch.cat(moves, dim=1) / temperature, dim=1)
    return within + share.repeat_interleave(torch.tensor((NUM_GRASPS, NUM_STROKES), device=chances.device), dim=1)


def likeliest(logits: Tensor) -> Tensor:
    """Numbers (N,) of the likeliest choices of the likelier moves of logits (N, 6595)."""
    grasps, strokes = _parts(_log_chances(logits))
    is_grasp = grasps.logsumexp(dim=1) >= strokes.logsumexp(dim=1)
    return torch.where(is_grasp, grasps.argmax(dim=1), NUM_GRASPS + strokes.argmax(dim=1))


def act(choice: Tensor, logits: Tensor) -> Tensor:
    """Write numbers of choices (N,), grasps before strokes, as actions (N, 3496); ``logits`` (N, 6595) hold the cells.

    The classes of a grasp are scored as the network scores them, the chosen one above all others: should it not fit
    where the decoder looks, the next one is tried.
    """
    target, grasp_cells, stroke_cells = _places(logits)
    is_grasp = choice < NUM_GRASPS
    point, chosen_class = (choice // NUM_CLASSES).clamp(max=NUM_POINTS - 1), choice % NUM_CLASSES
    stroke = (choice - NUM_GRASPS).clamp_min(0)
    place = grasp_cells.gather(1, point[:, None]).clamp_min(0)
    cells = torch.where(is_grasp[:, None], place // CORNERS, _row(stroke_cells, stroke))
    classes = _row(logits[:, :NUM_GRASPS].unflatten(1, (NUM_POINTS, NUM_CLASSES)), point)
    chosen = one_hot(torch.where(is_grasp, chosen_class, stroke), NUM_CLASSES).to(logits)
    scores = torch.where(is_grasp[:, None], classes.masked_fill(chosen > 0.5, 1.0), chosen)
    return write_choices(cells, is_grasp, target, scores, place[:, 0] % CORNERS)


def _row(values: Tensor, index: Tensor) -> Tensor:
    """Return the rows (N, C) with an index (N,) of values (N, K, C)."""
    return values.gather(1, index[:, None, None].expand(-1, 1, values.shape[2]))[:, 0]


def number_of(action: Tensor, logits: Tensor) -> Tensor:
    """Return the numbers (N,) of the choices that were written as actions (N, 3496) with the cells of ``logits``."""
    target, grasp_cells, _ = _places(logits)
    is_grasp, cell, named = read_choices(action, target)
    point = (grasp_cells // CORNERS == cell[:, None]).long().argmax(dim=1)
    return torch.where(is_grasp, point * NUM_CLASSES + named, NUM_GRASPS + named.clamp(max=NUM_STROKES - 1))


def _parts(choices: Tensor) -> tuple[Tensor, Tensor]:
    """Grasps (N, 3240) and strokes (N, 42) of what belongs to choices (N, 3282)."""
    return choices[:, :NUM_GRASPS], choices[:, NUM_GRASPS:NUM_CHOICES]


def _log_chances(logits: Tensor) -> Tensor:
    return log_softmax(logits[:, :NUM_CHOICES], dim=1)


def _places(logits: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Return where the target is (N, 3136), bool, places of grasps (N, 9), and cells of strokes (N, 42, 4), long."""
    target, cells = logits[:, NUM_CHOICES : NUM_CHOICES + NUM_CELLS] > 0.5, logits[:, NUM_CHOICES + NUM_CELLS :].long()
    return target, cells[:, :NUM_POINTS], cells[:, NUM_POINTS:].unflatten(1, (NUM_STROKES, KEY_POINTS))
