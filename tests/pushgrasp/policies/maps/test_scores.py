"""How well scores rank grasps."""

from __future__ import annotations

import math

import torch

from pushgrasp.policies.maps.scores import auc


def test_auc_counts_pairs_that_are_ranked_rightly() -> None:
    score = torch.tensor([0.1, 0.4, 0.4, 0.9])
    # Pairs: (0.4, 0.1) right, (0.4, 0.4) half, (0.9, 0.1) and (0.9, 0.4) right: 3.5 of 4.
    assert auc(score, torch.tensor([False, True, False, True])) == 3.5 / 4
    assert math.isnan(auc(score, torch.ones(4, dtype=torch.bool)))
