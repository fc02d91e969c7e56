"""The card names data, command and numbers."""

import torch

from pushgrasp.policies.pg4da.backbone.train.cfg import TrainCfg
from pushgrasp.policies.pg4da.backbone.train.checkpoint import TrainState
from pushgrasp.policies.pg4da.backbone.train.metrics import GraspScores
from pushgrasp.policies.pg4da.backbone.train.report import write_card


def test_card_holds_what_was_measured(tmp_path):
    scores = GraspScores()
    scores.add(torch.ones(1, 1, 1), torch.full((1, 1, 1), 0.2), torch.ones(1, 1, dtype=torch.long), 0.3)
    command = "python scripts/train_avn.py --seed 4"
    state = TrainState(step=70, seconds=120.0)
    write_card(tmp_path / "avn.md", TrainCfg(seed=4), state, scores, (90, 10), command, "blocks")
    text = (tmp_path / "avn.md").read_text()
    for part in ("# avn", "resnet50", "blocks; 90 pictures", "10 held out", "--seed 4", "70 steps in 2 minutes"):
        assert part in text
    # Chosen grasp needs 0.2: not good at 0.1, good at 0.3 and 0.6.
    assert "at most 0.1 | 0.0 % |" in text and "at most 0.3 | 100.0 % |" in text
