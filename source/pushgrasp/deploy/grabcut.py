"""A target's mask drawn again along the edges of colour, by OpenCV's GrabCut."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import binary_dilation, binary_erosion

from pushgrasp.deploy.opencv import opencv
from pushgrasp.perception.segment.grid import TOUCH, window_of

BAND = 0.1
"""How far the edge may move, as a share of the root of the mask's pixels."""

ROUNDS = 2
"""Rounds of GrabCut: more change little."""


def refined_by_grabcut(colour: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Return a mask whose edge follows the colours; only the surroundings of the mask are looked at.

    Args:
        colour: RGB, shape (h, w, 3), uint8.
        mask: First mask, shape (h, w), bool; it stays as it is where GrabCut finds nothing.

    Raises:
        ValueError: If the mask is empty.
        UserError: If OpenCV is not installed.
    """
    cv2 = opencv()
    if not mask.any():
        raise ValueError("the mask that is to be refined is empty")
    reach = max(2, round(BAND * float(np.sqrt(np.count_nonzero(mask)))))
    window = window_of(mask, 3 * reach)
    given = mask[window]
    sure = np.asarray(binary_erosion(given, TOUCH, reach), dtype=bool)
    possible = np.asarray(binary_dilation(given, TOUCH, reach), dtype=bool)
    kinds = np.select([sure, given, possible], [cv2.GC_FGD, cv2.GC_PR_FGD, cv2.GC_PR_BGD], cv2.GC_BGD).astype(np.uint8)
    refined = np.zeros_like(mask)
    refined[window] = _cut(cv2, np.ascontiguousarray(colour[window][..., ::-1]), kinds)
    return refined if refined.any() else mask.copy()


def _cut(cv2, picture: np.ndarray, kinds: np.ndarray) -> np.ndarray:  # noqa: ANN001 - a module
    """Foreground (h, w), bool, of a BGR picture whose pixels' kinds (h, w) are known, surely or probably."""
    models = np.zeros((1, 65)), np.zeros((1, 65))
    cv2.setRNGSeed(0)
    kinds = cv2.grabCut(picture, kinds, None, *models, ROUNDS, cv2.GC_INIT_WITH_MASK)[0]
    return (kinds == cv2.GC_FGD) | (kinds == cv2.GC_PR_FGD)
