"""Metrics against values worked out by hand."""

import pytest
import torch

from pushgrasp.policies.pg4da.backbone.train.metrics import GraspScores, average_precision


def test_average_precision_by_hand():
    # In falling order: + - + -: (1/1 + 2/3) / 2
    scores = torch.tensor([0.1, 0.9, 0.5, 0.7])
    positive = torch.tensor([False, True, True, False])
    assert average_precision(scores, positive) == pytest.approx((1 + 2 / 3) / 2)


def test_perfect_scores_have_precision_one_and_random_ones_the_share_of_positives():
    generator = torch.Generator().manual_seed(0)
    positive = torch.rand(20_000, generator=generator) < 0.1
    assert average_precision(positive.float(), positive) == 1.0
    drawn = torch.rand(20_000, generator=generator)
    assert average_precision(drawn, positive) == pytest.approx(0.1, abs=0.01)


def test_nothing_positive_is_refused():
    with pytest.raises(ValueError, match="at least one positive"):
        average_precision(torch.zeros(3), torch.zeros(3, dtype=torch.bool))


def test_best_grasp_of_each_object_is_judged_by_its_friction():
    scores, friction = torch.zeros(2, 2, 3), torch.full((2, 2, 3), torch.inf)
    owner = torch.tensor([[1, 1, 0], [2, 3, 3]])
    scores[1, 0, 1], friction[1, 0, 1] = 5.0, 0.2  # object 1: best one needs 0.2
    friction[0, 0, 0] = 0.05  # a better one of object 1 has a lower score
    scores[0, 1, 0] = 1.0  # object 2: best one is no grasp,
    friction[1, 1, 0] = 0.05  # though there is one
    scores[0, 0, 2] = 9.0  # background
    friction[:, 1, 1:] = 0.9  # object 3 needs more friction than any limit: not counted
    result = GraspScores()
    result.add(scores, friction, owner, threshold=0.3)
    assert result.objects == 2
    assert result.top1 == {0.1: 0.0, 0.3: 0.5, 0.6: 0.5}
    # Positives within 0.3 among the 5 x 2 pairs on objects: 0.2 (score 5, first), 0.05 and 0.05 (score 0).
    assert result.positive_share == pytest.approx(0.3)
    assert 1 / 3 < result.mean_precision < 1.0


def test_pictures_without_objects_change_nothing():
    result = GraspScores()
    result.add(torch.rand(2, 3, 3), torch.full((2, 3, 3), torch.inf), torch.zeros(3, 3, dtype=torch.long), 0.1)
    assert (result.objects, result.mean_precision, result.top1[0.1]) == (0, 0.0, 0.0)
