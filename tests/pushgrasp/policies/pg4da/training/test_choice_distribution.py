"""The distribution of choices: frequencies, likelihood, entropy and divergence against values worked out by hand."""

from __future__ import annotations

import math

import pytest
import torch

from pushgrasp.policies.pg4da.spatial.nets import NEVER, NUM_CHOICES, NUM_GRASPS
from pushgrasp.policies.pg4da.training.choice_distribution import ChoiceDistribution, likeliest, sharpened

GRASP, OTHER_GRASP, STROKE = 2 * 360 + 7, 8, NUM_GRASPS + 5
"""Class 7 at the third cell, class 8 at the first, and the sixth stroke."""


def logits(grasp: float = 0.5, other: float = 0.2, stroke: float = 0.3) -> torch.Tensor:
    """One world: chances of three choices."""
    row = torch.full((1, NUM_CHOICES), NEVER)
    row[0, GRASP], row[0, OTHER_GRASP], row[0, STROKE] = math.log(grasp), math.log(other), math.log(stroke)
    return row


def updated(**chances: float) -> ChoiceDistribution:
    distribution = ChoiceDistribution(1)
    distribution.update(logits(**chances))
    return distribution


@pytest.mark.parametrize(("choice", "probability"), [(GRASP, 0.5), (OTHER_GRASP, 0.2), (STROKE, 0.3)])
def test_likelihood_is_that_of_the_choice(choice: int, probability: float) -> None:
    assert float(updated().log_prob(torch.tensor([[float(choice)]])).exp()) == pytest.approx(probability, rel=1e-4)


def test_samples_have_the_stated_frequencies() -> None:
    torch.manual_seed(0)
    distribution, draws = ChoiceDistribution(1), 4000
    distribution.update(logits().expand(draws, -1))
    drawn = distribution.sample()
    assert drawn.shape == (draws, 1)
    tolerance = 4 * math.sqrt(0.25 / draws)
    for choice, chance in ((GRASP, 0.5), (OTHER_GRASP, 0.2), (STROKE, 0.3)):
        assert float((drawn == choice).float().mean()) == pytest.approx(chance, abs=tolerance)


def test_likeliest_choice() -> None:
    assert updated().deterministic_output(logits()).tolist() == [[GRASP]]
    given = logits(grasp=0.1, stroke=0.7)
    assert updated().deterministic_output(given).tolist() == [[STROKE]]
    exported = updated().as_deterministic_output_module()
    assert torch.equal(exported(given), updated().deterministic_output(given))


def test_moves_are_told_of_what_was_given_out_last() -> None:
    distribution = ChoiceDistribution(1)
    distribution.deterministic_output(logits(grasp=0.1, other=0.3, stroke=0.6))
    torch.testing.assert_close(distribution.moves().exp(), torch.tensor([[0.4, 0.6]]))


def test_entropy() -> None:
    assert float(updated().entropy) == pytest.approx(-sum(p * math.log(p) for p in (0.5, 0.2, 0.3)), rel=1e-4)


def test_divergence() -> None:
    distribution = updated()
    old, new = (logits(),), (logits(grasp=0.25, other=0.2, stroke=0.55),)
    expected = 0.5 * math.log(0.5 / 0.25) + 0.3 * math.log(0.3 / 0.55)
    assert float(distribution.kl_divergence(old, new)) == pytest.approx(expected, rel=1e-4)
    assert float(distribution.kl_divergence(old, old)) == 0.0


def test_gradient_raises_the_chance_of_what_paid() -> None:
    distribution = ChoiceDistribution(1)
    free = logits().requires_grad_()
    distribution.update(free)
    distribution.log_prob(torch.tensor([[float(STROKE)]])).sum().backward()
    assert free.grad is not None
    assert free.grad[0, STROKE] > 0 > free.grad[0, GRASP]
    assert bool(free.grad.isfinite().all())


def test_wrong_size_is_refused() -> None:
    with pytest.raises(ValueError, match="a choice is one number; the action has 12"):
        ChoiceDistribution(12)


def test_many_equal_grasps_are_not_outweighed_by_one_stroke() -> None:
    # Fifty grasps share 0.6, one stroke has 0.4: each grasp is less likely than the stroke, grasping is not.
    given = logits()
    given[:] = NEVER
    given[0, 2 * 360 : 2 * 360 + 50], given[0, STROKE] = math.log(0.6 / 50), math.log(0.4)
    assert int(likeliest(given)) < NUM_GRASPS
    chances = sharpened(given, 0.5).exp()
    # 0.6^2 / (0.6^2 + 0.4^2), shared out evenly; at temperature 1 nothing changes.
    torch.testing.assert_close(chances[0, :NUM_GRASPS].sum(), torch.tensor(0.36 / 0.52), atol=1e-4, rtol=0.0)
    torch.testing.assert_close(chances[0, 2 * 360], torch.tensor(0.36 / 0.52 / 50), atol=1e-5, rtol=0.0)
    torch.testing.assert_close(sharpened(given, 1.0).exp(), given.exp())
