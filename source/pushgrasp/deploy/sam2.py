"""A target's mask drawn again by SAM 2, with the user's own weights.

Unverified: no weights are shipped, and none were at hand when this was written; the tests stop at the model's border.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy as np
import torch

from pushgrasp.deploy.target import Refinement
from pushgrasp.perception.segment.grid import window_of
from pushgrasp.program import UserError


def sam2_refinement(folder: Path) -> Refinement:
    """Return a refinement by SAM 2, prompted with the box round a mask and a pixel in its middle.

    Args:
        folder: Weights and settings as ``transformers`` saves them; nothing is downloaded.

    Raises:
        UserError: If ``transformers`` is not installed or the folder holds no such model.
    """
    if not (folder / "config.json").is_file():
        raise UserError(f"--segmenter sam2: {folder} is no folder with a SAM 2 model of transformers (config.json)")
    try:
        from transformers import Sam2Model, Sam2Processor
    except ImportError:
        raise UserError("--segmenter sam2 needs transformers: pip install 'transformers>=4.56'") from None
    try:
        model = Sam2Model.from_pretrained(folder, local_files_only=True).eval()
        processor = Sam2Processor.from_pretrained(folder, local_files_only=True)
    except (OSError, ValueError) as error:
        raise UserError(
            f"--segmenter sam2: {folder} holds no SAM 2 model: {' '.join(str(error).split())[:200]}"
        ) from error
    return partial(refined_by_sam2, model, processor)


def refined_by_sam2(model, processor, colour: np.ndarray, mask: np.ndarray) -> np.ndarray:  # noqa: ANN001
    """Return the mask that a SAM 2 model thinks best for the object under a mask.

    Args:
        model: ``transformers.Sam2Model``, or what behaves so.
        processor: Its ``Sam2Processor``.
        colour: RGB, shape (h, w, 3), uint8.
        mask: First mask, shape (h, w), bool.

    Raises:
        ValueError: If the mask is empty.
    """
    if not mask.any():
        raise ValueError("the mask that is to be refined is empty")
    rows, columns = window_of(mask)
    box = [[[columns.start, rows.start, columns.stop, rows.stop]]]
    prompts = {"input_boxes": box, "input_points": [[[_middle(mask)]]], "input_labels": [[[1]]]}
    inputs = processor(images=colour, **prompts, return_tensors="pt")
    with torch.inference_mode():
        output = model(**inputs, multimask_output=True)
    masks = processor.post_process_masks(output.pred_masks.cpu(), inputs["original_sizes"])[0][0]
    return np.asarray(masks[int(output.iou_scores[0, 0].argmax())], dtype=bool)


def _middle(mask: np.ndarray) -> list[int]:
    """Column and row of the pixel of a mask that is nearest to its centroid."""
    rows, columns = np.nonzero(mask)
    nearest = np.hypot(rows - rows.mean(), columns - columns.mean()).argmin()
    return [int(columns[nearest]), int(rows[nearest])]
