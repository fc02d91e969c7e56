"""A table without physics, on which grasps across a bar hold, and small nets."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
import torch

from pushgrasp.interface.action import Kind
from pushgrasp.interface.world import Observation
from pushgrasp.perception.heightmap import Heightmaps
from pushgrasp.policies.maps.oriented_net import PlainLayers
from pushgrasp.policies.maps.q_net import QNetsCfg, build_nets
from pushgrasp.policies.switch.agent import NETS, SwitchAgent
from pushgrasp.policies.switch.cfg import RuleCfg

from ..tables import Tables

NETS_CFG = QNetsCfg(group=4, directions=4, widths=(1, 1), window=48)


class BarTable(Tables):
    """Two worlds with a bar each, 4 cm along x and 10 cm along y; jaws that close along x lift it."""

    def __init__(self) -> None:
        super().__init__(2)
        self.end_rule = None
        self._generator, self.words, self.held = torch.Generator().manual_seed(3), [], []

    def draw_scenes(self, words: str) -> None:
        self.words.append(words)

    def reset(self) -> None:
        self._ids = torch.stack([self._scene() for _ in range(2)])

    def _scene(self) -> torch.Tensor:
        ids = torch.zeros(224, 224, dtype=torch.long)
        row, column = torch.randint(60, 150, (2,), generator=self._generator).tolist()
        ids[row : row + 22, column : column + 9] = 1
        return ids

    def observe(self) -> Observation:
        maps = Heightmaps(torch.zeros(2, 3, 224, 224), 0.05 * self._ids, self._ids)
        return Observation(maps, torch.ones(2, dtype=torch.long), self.workspace)

    def carry_out(self, action) -> None:
        along_x = action.rotation[..., 0, 0].abs() > 0.9
        held = ((action.kind == Kind.GRASP) & action.valid & along_x).any(dim=1)
        self.held += held.tolist()
        lifted = held[:, None, None].expand(-1, 2, 1)
        none = torch.zeros(2, dtype=torch.bool)
        ends = self.end_rule(SimpleNamespace(lifted=lifted, fault=none, target_lost=none, executed=~none))
        for world in ends.nonzero()[:, 0].tolist():
            self._ids[world] = self._scene()

    def get_rng_state(self) -> torch.Tensor:
        return self._generator.get_state()

    def set_rng_state(self, state: torch.Tensor) -> None:
        self._generator.set_state(state)


@pytest.fixture
def table() -> BarTable:
    return BarTable()


@pytest.fixture
def agent(table: BarTable) -> SwitchAgent:
    torch.manual_seed(0)
    return SwitchAgent(table, build_nets(NETS, NETS_CFG, PlainLayers(4)), NETS_CFG, RuleCfg())
