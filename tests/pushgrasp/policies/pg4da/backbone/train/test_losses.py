"""Losses against hand-computed values, and their gradients."""

import math

import pytest
import torch

from pushgrasp.policies.pg4da.backbone.train.losses import LOSSES, balanced, choice, focal, mse

LOGITS = torch.tensor([[0.0, 2.0], [-1.0, 1.0]])
TARGET = torch.tensor([[1.0, 0.0], [0.0, 0.0]])
ONE_OBJECT = torch.tensor([0, 0])


def sigmoid(x: float) -> float:
    return 1 / (1 + math.exp(-x))


def test_published_loss_is_the_plain_squared_error():
    # (0 - 1)^2 + 2^2 + 1 + 1 = 7, over four numbers
    assert float(mse(LOGITS, TARGET, ONE_OBJECT)) == pytest.approx(7 / 4)


def test_balanced_loss_gives_both_sides_half_the_weight():
    positive = -math.log(sigmoid(0.0))
    negative = sum(-math.log(1 - sigmoid(x)) for x in (2.0, -1.0, 1.0)) / 3
    assert float(balanced(LOGITS, TARGET, ONE_OBJECT)) == pytest.approx(0.5 * positive + 0.5 * negative)


def test_focal_loss_by_its_formula():
    # -alpha_t (1 - p_t)^2 log p_t with alpha 0.25 for positives, 0.75 for negatives; one positive
    expected = 0.25 * 0.5**2 * -math.log(0.5)
    expected += sum(0.75 * sigmoid(x) ** 2 * -math.log(1 - sigmoid(x)) for x in (2.0, -1.0, 1.0))
    assert float(focal(LOGITS, TARGET, ONE_OBJECT)) == pytest.approx(expected)


def test_choice_is_the_probability_of_drawing_a_grasp_of_each_object():
    groups = torch.tensor([0, 0, 1, 2])
    logits = torch.tensor([[0.0, 1.0], [2.0, -1.0], [5.0, 5.0], [3.0, 1.0]])
    target = torch.tensor([[0.0, 1.0], [1.0, 0.0], [1.0, 0.0], [0.0, 0.0]])
    total = sum(math.exp(x) for x in (0.0, 1.0, 2.0, -1.0))
    first = -math.log((math.exp(1.0) + math.exp(2.0)) / total)
    second = -math.log(0.5)
    # The third object has no grasp and does not count.
    assert float(choice(logits, target, groups)) == pytest.approx((first + second) / 2, rel=1e-5)


@pytest.mark.parametrize("name", LOSSES)
def test_losses_fall_towards_the_labels(name):
    generator = torch.Generator().manual_seed(0)
    logits = torch.randn(20, 360, generator=generator, requires_grad=True)
    target = (torch.rand(20, 360, generator=generator) < 0.02).float()
    group = torch.arange(20) // 5
    loss = LOSSES[name](logits, target, group)
    (gradient,) = torch.autograd.grad(loss, logits)
    assert gradient.isfinite().all()
    assert (gradient[target > 0] < 0).all() or name == "mse"
    moved = logits.detach() - 0.1 * gradient / gradient.abs().max()
    assert LOSSES[name](moved, target, group) < loss


@pytest.mark.parametrize("name", LOSSES)
def test_extreme_logits_and_missing_positives_give_finite_numbers(name):
    logits = torch.tensor([[300.0, -300.0]], requires_grad=True)
    for target in (torch.tensor([[0.0, 1.0]]), torch.zeros(1, 2)):
        loss = LOSSES[name](logits, target, torch.zeros(1, dtype=torch.long))
        (gradient,) = torch.autograd.grad(loss, logits, allow_unused=True)
        assert loss.isfinite() and (gradient is None or gradient.isfinite().all())
