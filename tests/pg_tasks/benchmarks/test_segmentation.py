"""How segmentations are judged."""

import numpy as np

from pg_tasks.benchmarks.segmentation import judge

TRUTH = np.zeros((10, 40), dtype=int)
for number in range(1, 5):
    TRUTH[:8, 10 * (number - 1) : 10 * number - 2] = number  # 64 pixels each


def test_objects_are_found_merged_split_or_missed() -> None:
    assert judge(10 * TRUTH, TRUTH) == {"found": 4}
    assert judge(np.where(TRUTH == 2, 1, TRUTH), TRUTH) == {"found": 2, "merged": 2}
    assert judge(np.where(TRUTH == 2, 0, TRUTH), TRUTH) == {"found": 3, "missed": 1}
    halves = TRUTH.copy()
    halves[:4, :8] = 9
    assert judge(halves, TRUTH) == {"found": 3, "split": 1}
    assert judge(np.zeros_like(TRUTH), TRUTH) == {"missed": 4}


def test_tiny_objects_are_not_judged() -> None:
    truth = np.where(TRUTH == 4, 0, TRUTH)
    truth[0, 30:40] = 4
    assert judge(truth, truth) == {"found": 3}
