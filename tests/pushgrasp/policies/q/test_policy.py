"""An agent as a policy: two arms at once, and what is remembered of them."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import pytest
import torch

from pushgrasp.interface.action import Kind
from pushgrasp.interface.world import Observation
from pushgrasp.perception.heightmap import Heightmaps
from pushgrasp.perception.workspace import Workspace
from pushgrasp.policies.maps.oriented_net import PlainLayers
from pushgrasp.policies.maps.q_net import build_nets
from pushgrasp.policies.q.policy import QPolicy
from pushgrasp.policies.switch.agent import NETS, SwitchAgent
from pushgrasp.policies.switch.cfg import RuleCfg

from ..tables import Tables
from .conftest import NETS_CFG

RUNNING = torch.tensor([True])


@pytest.fixture
def policy() -> QPolicy:
    """It trusts every grasp."""
    torch.manual_seed(1)
    nets = build_nets(NETS, NETS_CFG, PlainLayers(4))
    made = QPolicy(Tables(), SwitchAgent(Tables(), nets, NETS_CFG, RuleCfg(threshold=-100.0, max_occupied=1.0)))
    made.begin(0, torch.Generator())
    return made


@pytest.fixture
def seen() -> Observation:
    """Two blocks, 0.58 m apart; the first is the target."""
    ids = torch.zeros(1, 224, 224, dtype=torch.long)
    ids[0, 106:118, 40:52], ids[0, 106:118, 170:182] = 1, 2
    return Observation(Heightmaps(torch.zeros(1, 3, 224, 224), 0.05 * ids, ids), torch.tensor([1]), Workspace())


def test_two_arms_clear_a_table_together(policy: QPolicy, seen: Observation) -> None:
    alone, both = policy.act(seen, RUNNING), policy.act(replace(seen, clearing=True), RUNNING)
    assert int(alone.valid.sum()) == 1 and int(both.valid.sum()) == 2
    assert both.kind.tolist() == [[Kind.GRASP, Kind.GRASP]]
    assert float(both.position[0, 0, 0]) < -0.2 and float(both.position[0, 1, 0]) > 0.2


def test_of_two_grasps_at_once_the_one_that_failed_is_remembered(policy: QPolicy, seen: Observation) -> None:
    action = policy.act(replace(seen, clearing=True), RUNNING)
    lifted = torch.tensor([[[True, False], [False, False]]])  # by the left arm alone
    policy.learn_of(action, SimpleNamespace(lifted=lifted, wrong_lifted=~RUNNING, executed=RUNNING))  # pyright: ignore
    memory = policy._memory[0]
    assert (int(memory.actions), int(memory.failures), int(memory.pushes)) == (1, 1, 0)
    alike = memory.grasps.alike(torch.zeros(2).long(), action.position[0], action.rotation[0, :, :, 0], 0.01, 0.99)
    assert alike.any(dim=1).tolist() == [False, True]
