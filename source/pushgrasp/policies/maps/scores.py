"""How well scores rank grasps."""

from __future__ import annotations

from torch import Tensor


def auc(score: Tensor, positive: Tensor) -> float:
    """Return the share of pairs of a positive and a negative that scores (L,) rank rightly, ties counted half.

    NaN where all of ``positive`` (L,), bool, are alike.
    """
    order, inverse, counts = score.unique(return_inverse=True, return_counts=True)
    del order
    ranks = counts.cumsum(dim=0) - (counts - 1) / 2.0
    good = int(positive.sum())
    bad = len(positive) - good
    above = float(ranks[inverse][positive].sum()) - good * (good + 1) / 2.0
    return above / (good * bad) if good and bad else float("nan")
