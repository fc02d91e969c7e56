"""The distribution of choices: frequencies, likelihood, entropy and divergence against values worked out by hand."""

from __future__ import annotations

import math

import pytest
import torch

from pushgrasp.policies.pg4da.action import split_action
from pushgrasp.policies.pg4da.spatial.grasps import CORNERS
from pushgrasp.policies.pg4da.spatial.nets import NEVER, NUM_CELLS, NUM_CHOICES, NUM_GRASPS, NUM_LOGITS
from pushgrasp.training.choice_distribution import ChoiceDistribution, act, likeliest, number_of, sharpened

GRASP, OTHER_GRASP, STROKE = 2 * 360 + 7, 8, NUM_GRASPS + 5
"""Class 7 at the third cell, class 8 at the first, and the sixth stroke."""


def logits(grasp: float = 0.5, other: float = 0.2, stroke: float = 0.3) -> torch.Tensor:
    """One world: chances of three choices; the target in cells 0 to 149, grasps in the cells 10, 20..."""
    row = torch.full((1, NUM_LOGITS), NEVER)
    row[0, GRASP], row[0, OTHER_GRASP], row[0, STROKE] = math.log(grasp), math.log(other), math.log(stroke)
    row[0, NUM_CHOICES : NUM_CHOICES + NUM_CELLS] = (torch.arange(NUM_CELLS) < 150).float()
    row[0, NUM_CHOICES + NUM_CELLS :] = torch.cat(
        (CORNERS * torch.arange(10, 100, 10) + 3, 1000 + torch.arange(168))
    ).float()
    return row


def updated(**chances: float) -> ChoiceDistribution:
    distribution = ChoiceDistribution(3496)
    distribution.update(logits(**chances))
    return distribution


@pytest.mark.parametrize(("choice", "probability"), [(GRASP, 0.5), (OTHER_GRASP, 0.2), (STROKE, 0.3)])
def test_likelihood_is_that_of_the_choice(choice: int, probability: float) -> None:
    action = act(torch.tensor([choice]), logits())
    assert int(number_of(action, logits())) == choice
    assert float(updated().log_prob(action).exp()) == pytest.approx(probability, rel=1e-4)


def test_every_choice_is_read_back() -> None:
    choices = torch.cat((torch.arange(0, NUM_GRASPS, 17), torch.arange(NUM_GRASPS, NUM_CHOICES)))
    given = logits().expand(len(choices), -1)
    assert torch.equal(number_of(act(choices, given), given), choices)


def test_a_grasp_ranks_the_classes_of_its_cell() -> None:
    given = logits()
    given[0, 2 * 360 + 300] = -1.0
    f_map, v_avh = split_action(act(torch.tensor([GRASP]), given))
    assert int(f_map.flatten(1).argmax()) == 30  # the third cell
    assert v_avh[0].argsort(descending=True)[:2].tolist() == [7, 300]


def test_samples_have_the_stated_frequencies() -> None:
    torch.manual_seed(0)
    distribution, draws = ChoiceDistribution(3496), 4000
    given = logits().expand(draws, -1)
    distribution.update(given)
    drawn = number_of(distribution.sample(), given)
    tolerance = 4 * math.sqrt(0.25 / draws)
    for choice, chance in ((GRASP, 0.5), (OTHER_GRASP, 0.2), (STROKE, 0.3)):
        assert float((drawn == choice).float().mean()) == pytest.approx(chance, abs=tolerance)


def test_likeliest_choice() -> None:
    assert int(number_of(updated().deterministic_output(logits()), logits())) == GRASP
    given = logits(grasp=0.1, stroke=0.7)
    assert int(number_of(updated().deterministic_output(given), given)) == STROKE
    exported = updated().as_deterministic_output_module()
    assert torch.equal(exported(given), updated().deterministic_output(given))


def test_entropy() -> None:
    assert float(updated().entropy) == pytest.approx(-sum(p * math.log(p) for p in (0.5, 0.2, 0.3)), rel=1e-4)


def test_divergence() -> None:
    distribution = updated()
    old, new = (logits(),), (logits(grasp=0.25, other=0.2, stroke=0.55),)
    expected = 0.5 * math.log(0.5 / 0.25) + 0.3 * math.log(0.3 / 0.55)
    assert float(distribution.kl_divergence(old, new)) == pytest.approx(expected, rel=1e-4)
    assert float(distribution.kl_divergence(old, old)) == 0.0


def test_gradient_raises_the_chance_of_what_paid() -> None:
    distribution = ChoiceDistribution(3496)
    free = logits().requires_grad_()
    distribution.update(free)
    distribution.log_prob(act(torch.tensor([STROKE]), logits())).sum().backward()
    assert free.grad is not None
    assert free.grad[0, STROKE] > 0 > free.grad[0, GRASP]
    assert bool(free.grad.isfinite().all())


def test_wrong_size_is_refused() -> None:
    with pytest.raises(ValueError, match="3496 numbers, not 12"):
        ChoiceDistribution(12)


def test_many_equal_grasps_are_not_outweighed_by_one_stroke() -> None:
    # Fifty grasps share 0.6, one stroke has 0.4: each grasp is less likely than the stroke, grasping is not.
    given = logits()
    given[0, :NUM_CHOICES] = NEVER
    given[0, 2 * 360 : 2 * 360 + 50], given[0, STROKE] = math.log(0.6 / 50), math.log(0.4)
    assert int(likeliest(given)) < NUM_GRASPS
    f_map, _ = split_action(ChoiceDistribution(3496).deterministic_output(given))
    assert int(f_map.flatten(1).argmax()) == 30
    chances = sharpened(given[:, :NUM_CHOICES], 0.5).exp()
    # 0.6^2 / (0.6^2 + 0.4^2), shared out evenly; at temperature 1 nothing changes.
    torch.testing.assert_close(chances[0, :NUM_GRASPS].sum(), torch.tensor(0.36 / 0.52), atol=1e-4, rtol=0.0)
    torch.testing.assert_close(chances[0, 2 * 360], torch.tensor(0.36 / 0.52 / 50), atol=1e-5, rtol=0.0)
    torch.testing.assert_close(sharpened(given[:, :NUM_CHOICES], 1.0).exp(), given[:, :NUM_CHOICES].exp())
