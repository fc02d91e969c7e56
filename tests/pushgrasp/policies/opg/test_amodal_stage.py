"""The stage of the amodal net on scenes without physics: what is held out, exact resumption, quality of masks."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import nn

from pushgrasp.interface.world import Observation, State
from pushgrasp.learning.checkpoint import CheckpointError, CheckpointInfo, load_checkpoint
from pushgrasp.learning.loop import TrainingLoop
from pushgrasp.perception.heightmap import Heightmaps
from pushgrasp.perception.workspace import Workspace
from pushgrasp.policies.opg.amodal import AmodalNet
from pushgrasp.policies.opg.amodal_stage import AmodalStage, mask_quality
from pushgrasp.policies.opg.cfg import AMODAL, METHOD, AmodalNetCfg, AmodalStageCfg
from pushgrasp.policies.opg.pairs import FULL, SEEN, Pairs
from pushgrasp.policies.opg.weights import amodal_weights

NET = AmodalNetCfg(widths=(2, 4), window=32)


class Scenes:
    """Two worlds, in each a cuboid of 10 x 5 cm somewhere, of which only the left half is seen."""

    num_worlds = 2

    def __init__(self) -> None:
        self._generator = torch.Generator().manual_seed(4)

    def reset(self) -> None:
        ids = torch.zeros(2, 224, 224, dtype=torch.long)
        corner = torch.randint(60, 140, (2, 2), generator=self._generator)
        for world, (row, column) in enumerate(corner.tolist()):
            ids[world, row : row + 11, column : column + 11] = 1
        middle = Workspace().cell_to_xy(corner + torch.tensor([5.0, 10.5]))
        position = torch.cat((middle, torch.full((2, 1), 0.025)), dim=1)[:, None]
        upright = torch.tensor([0.0, 0.0, 0.0, 1.0]).expand(2, 1, 4)
        active, target = torch.ones(2, 1, dtype=torch.bool), torch.zeros(2).long()
        self.state = State(position, upright, active, target, ("cuboid",))
        maps = Heightmaps(torch.zeros(2, 3, 224, 224), 0.05 * ids, ids)
        self._seen = Observation(maps, torch.ones(2).long(), Workspace())

    def observe(self) -> Observation:
        return self._seen

    def get_rng_state(self) -> torch.Tensor:
        return self._generator.get_state()

    def set_rng_state(self, state: torch.Tensor) -> None:
        self._generator.set_state(state)


def stage(**changes) -> AmodalStage:
    torch.manual_seed(3)
    cfg = AmodalStageCfg(**{"steps": 4, "batch": 4, "validation": 0.25, **changes})
    return AmodalStage(Scenes(), AmodalNet(NET.widths), NET.window, cfg, seed=2)


def test_every_so_many_scenes_are_held_out() -> None:
    learner = stage(steps=1)
    for number in range(4):
        learner.iterate(number, 4)
    assert len(learner.held_out) == 2 and len(learner.train) == 6  # of eight scenes those with the numbers 0 and 4
    assert learner.train.hidden.tolist() == pytest.approx([0.5] * 6, abs=0.03)


def test_loss_falls() -> None:
    learner = stage(steps=15, learning_rate=0.01)
    losses = []
    for number in range(3):
        numbers, score = learner.iterate(number, 3)
        losses.append(numbers["Loss/amodal"])
    assert losses[0] > losses[1] > losses[2] and losses[2] < 0.8 * losses[0]
    assert numbers["Validation/iou_seen"] == pytest.approx(0.5, abs=0.03) and score == numbers["Validation/iou"]


def test_resumed_training_ends_with_the_same_weights(tmp_path: Path) -> None:
    def loop(name: str) -> TrainingLoop:
        (tmp_path / name).mkdir()
        info = CheckpointInfo("opg_amodal", 1, "height", 0, method=METHOD)
        return TrainingLoop(stage(), info, {}, tmp_path / name, save_interval=2)

    loop("whole").learn_until(4)
    part = loop("part")
    part.load(tmp_path / "whole" / "model_2.pt")
    part.learn_until(4)
    expected, found = (load_checkpoint(tmp_path / run / "model_4.pt")[2]["policy"]["nets"] for run in ("whole", "part"))
    assert all(torch.equal(found[AMODAL][key], value) for key, value in expected[AMODAL].items())
    assert set(amodal_weights(tmp_path / "whole" / "model_4.pt", NET)) == set(expected[AMODAL])
    with pytest.raises(CheckpointError, match=r"does not fit agent\.rule\.amodal"):
        amodal_weights(tmp_path / "whole" / "model_4.pt", AmodalNetCfg(widths=(2, 2), window=32))


class Nothing(nn.Module):
    """Adds nothing to what is seen."""

    def __init__(self) -> None:
        super().__init__()
        self.bias = nn.Parameter(torch.tensor(-1.0))

    def forward(self, height, seen, others):
        return self.bias + torch.zeros_like(height)


def test_quality_of_masks() -> None:
    cells = torch.zeros(2, 4, 4, dtype=torch.uint8)
    cells[0, :2], cells[0, 2:3] = SEEN + FULL, FULL  # 8 of 12 cells are seen
    cells[1, :1] = SEEN + FULL
    pairs = Pairs(torch.zeros(2, 4, 4).half(), cells, torch.tensor([1 / 3, 0.0]))
    expected = {"iou": (2 / 3 + 1) / 2, "iou_seen": (2 / 3 + 1) / 2, "share_error": (1 / 3 + 0) / 2}
    assert mask_quality(Nothing(), pairs) == pytest.approx(expected)
    assert mask_quality(Nothing(), Pairs.none(4)) == {"iou": 0.0, "iou_seen": 0.0, "share_error": 0.0}
