"""The distribution of choices: frequencies, likelihood, entropy and divergence against values worked out by hand."""

from __future__ import annotations

import math

import pytest
import torch

from pushgrasp.policies.pg4da.spatial.choices import read_choices, write_choices
from pushgrasp.policies.pg4da.spatial.nets import NEVER, NUM_CELLS, NUM_LOGITS
from pushgrasp.training.choice_distribution import ChoiceDistribution

GRASP, A, B, C = 100, 200, 300, 400
"""A grasp cell and three push cells."""

ON_TARGET = torch.arange(NUM_CELLS)[None] < 150


def logits(grasp: float = 0.6, a: float = 0.3, b: float = 0.1) -> torch.Tensor:
    """One world: chances of the first draw; further key points A, B, C at 2 : 1 : 1; classes 7 and 8 at 3 : 1."""
    row = torch.full((1, NUM_LOGITS), NEVER)
    row[0, 3 * NUM_CELLS : 4 * NUM_CELLS] = NEVER * ON_TARGET[0]
    row[0, GRASP] = math.log(grasp)
    row[0, NUM_CELLS + A], row[0, NUM_CELLS + B] = math.log(a), math.log(b)
    for cell, weight in ((A, 2.0), (B, 1.0), (C, 1.0)):
        row[0, 2 * NUM_CELLS + cell] = math.log(weight)
    row[0, 4 * NUM_CELLS + 7], row[0, 4 * NUM_CELLS + 8] = math.log(3.0), 0.0
    return row


def action(cells: list[int], chosen_class: int = 7) -> torch.Tensor:
    v_avh = torch.zeros(1, 360)
    v_avh[0, chosen_class] = 1.0
    return write_choices(torch.tensor([cells]), torch.tensor([cells[0] == GRASP]), ON_TARGET, v_avh)


def updated(key_points: int = 2, **chances: float) -> ChoiceDistribution:
    distribution = ChoiceDistribution(3496, key_points)
    distribution.update(logits(**chances))
    return distribution


@pytest.mark.parametrize(
    ("cells", "chosen_class", "probability"),
    [
        ([GRASP, A], 7, 0.6 * 3 / 4),  # the class counts, the second cell does not
        ([GRASP, B], 8, 0.6 * 1 / 4),
        ([A, B], 8, 0.3 * 1 / 2),  # A is gone: B and C are left at 1 : 1; the class does not count
        ([B, A], 7, 0.1 * 2 / 3),  # B is gone: A and C are left at 2 : 1
    ],
)
def test_likelihood_counts_what_the_move_uses(cells: list[int], chosen_class: int, probability: float) -> None:
    log_probability = updated().log_prob(action(cells, chosen_class))
    assert float(log_probability.exp()) == pytest.approx(probability, rel=1e-4)


def test_third_key_point_is_drawn_from_what_is_left() -> None:
    log_probability = updated(key_points=3).log_prob(action([A, B, C]))
    assert float(log_probability.exp()) == pytest.approx(0.3 * 1 / 2, rel=1e-4)  # after A and B only C is left


def test_samples_have_the_stated_frequencies() -> None:
    torch.manual_seed(0)
    distribution = ChoiceDistribution(3496, 2)
    draws = 4000
    distribution.update(logits().expand(draws, -1))
    cells, chosen_class = read_choices(distribution.sample(), 2)
    tolerance = 4 * math.sqrt(0.25 / draws)
    for cell, chance in ((GRASP, 0.6), (A, 0.3), (B, 0.1)):
        assert float((cells[:, 0] == cell).float().mean()) == pytest.approx(chance, abs=tolerance)
    assert float((chosen_class == 7).float().mean()) == pytest.approx(0.75, abs=tolerance)
    after_a = cells[cells[:, 0] == A, 1]
    assert set(after_a.tolist()) == {B, C}


def test_likeliest_choice() -> None:
    cells, chosen_class = read_choices(updated().deterministic_output(logits()), 2)
    assert (int(cells[0, 0]), int(chosen_class)) == (GRASP, 7)
    cells, _ = read_choices(updated().deterministic_output(logits(grasp=0.1, a=0.8)), 2)
    assert int(cells[0, 0]) == A and int(cells[0, 1]) in (B, C)
    exported = updated().as_deterministic_output_module()
    assert torch.equal(exported(logits()), updated().deterministic_output(logits()))


def test_entropy_of_first_draw_and_class() -> None:
    # H(0.6, 0.3, 0.1) + 0.6 H(3/4, 1/4)
    moves = -sum(p * math.log(p) for p in (0.6, 0.3, 0.1))
    classes = -sum(p * math.log(p) for p in (0.75, 0.25))
    assert float(updated().entropy) == pytest.approx(moves + 0.6 * classes, rel=1e-4)


def test_divergence() -> None:
    distribution = updated()
    old, new = (logits(),), (logits(grasp=0.3, a=0.6),)
    # Classes and further key points are the same in both: 0.6 log(0.6/0.3) + 0.3 log(0.3/0.6)
    assert float(distribution.kl_divergence(old, new)) == pytest.approx(0.3 * math.log(2.0), rel=1e-4)
    assert float(distribution.kl_divergence(old, old)) == 0.0


def test_gradient_raises_the_chance_of_what_paid() -> None:
    distribution = ChoiceDistribution(3496, 2)
    free = logits().requires_grad_()
    distribution.update(free)
    distribution.log_prob(action([A, B])).sum().backward()
    assert free.grad is not None
    assert free.grad[0, NUM_CELLS + A] > 0 > free.grad[0, GRASP]
    assert bool(free.grad.isfinite().all())


def test_wrong_sizes_are_refused() -> None:
    with pytest.raises(ValueError, match="3496 numbers, not 12"):
        ChoiceDistribution(12)
    with pytest.raises(ValueError, match="key_points is 0"):
        ChoiceDistribution(3496, 0)
