"""SAM 2 up to its border: what it is asked, and which of its answers is taken."""

import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from pushgrasp.deploy.sam2 import refined_by_sam2, sam2_refinement
from pushgrasp.program import UserError


class FakeSam2:
    """Three masks, the second of which it likes best."""

    def __init__(self) -> None:
        self.asked: dict = {}

    def __call__(self, **asked):
        self.asked = asked
        return {"pixel_values": torch.zeros(1, 3, 8, 8), "original_sizes": torch.tensor([[20, 30]])}

    def model(self, **inputs):
        assert inputs["multimask_output"] and "pixel_values" in inputs
        return SimpleNamespace(pred_masks=torch.zeros(1, 1, 3, 4, 4), iou_scores=torch.tensor([[[0.2, 0.9, 0.5]]]))

    def post_process_masks(self, masks, sizes):
        assert tuple(masks.shape) == (1, 1, 3, 4, 4) and sizes.tolist() == [[20, 30]]
        answers = torch.zeros(1, 3, 20, 30, dtype=torch.bool)
        answers[0, 1, 4:9, 10:20] = True
        return [answers]


def test_box_and_middle_are_asked_and_the_best_mask_is_taken() -> None:
    fake, mask = FakeSam2(), np.zeros((20, 30), dtype=bool)
    mask[5:8, 11:18] = True
    refined = refined_by_sam2(fake.model, fake, np.zeros((20, 30, 3), np.uint8), mask)
    assert refined.dtype == bool and refined.sum() == 50 and refined[4:9, 10:20].all()
    assert fake.asked["input_boxes"] == [[[11, 5, 18, 8]]]
    assert fake.asked["input_points"] == [[[[14, 6]]]] and fake.asked["input_labels"] == [[[1]]]
    with pytest.raises(ValueError, match="empty"):
        refined_by_sam2(fake.model, fake, np.zeros((20, 30, 3), np.uint8), np.zeros((20, 30), dtype=bool))


def test_folders_without_a_model_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(folder: Path, local_files_only: bool) -> None:
        assert local_files_only  # nothing is downloaded
        raise OSError(f"no weights in {folder}")

    library = SimpleNamespace(Sam2Model=SimpleNamespace(from_pretrained=refuse), Sam2Processor=None)
    monkeypatch.setitem(sys.modules, "transformers", library)
    with pytest.raises(UserError, match="no folder with a SAM 2 model"):
        sam2_refinement(tmp_path)
    (tmp_path / "config.json").write_text('{"model_type": "sam2"}')
    with pytest.raises(UserError, match="holds no SAM 2 model: no weights in"):
        sam2_refinement(tmp_path)
    monkeypatch.setitem(sys.modules, "transformers", None)
    with pytest.raises(UserError, match="needs transformers: pip install"):
        sam2_refinement(tmp_path)
