"""Nets with which a training begins."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from pushgrasp.learning.checkpoint import CheckpointError, CheckpointInfo
from pushgrasp.policies.epg.cfg import METHOD, NetsCfg, RuleCfg
from pushgrasp.policies.epg.weights import Nets, read_start, write_policy


def write(path: Path, nets: Nets, cfg: NetsCfg) -> Path:
    write_policy(
        path, nets, CheckpointInfo("epg_push", 1, "height", 3, method=METHOD), {"nets": cfg, "rule": RuleCfg()}
    )
    return path


def test_each_net_is_that_of_the_first_file_that_holds_it(small_nets, tmp_path: Path) -> None:
    cfg = small_nets()
    first, second = Nets.build(cfg, push=False), Nets.build(cfg)
    start = read_start([write(tmp_path / f"{nets is second}.pt", nets, cfg) for nets in (first, second)], cfg)
    nets = Nets.build(cfg)
    nets.put_back(start)
    expected = {"grasp": first.grasp, "critic": first.critic, "push": second.push}
    for name, net in nets.by_name.items():
        for key, value in expected[name].state_dict().items():
            torch.testing.assert_close(net.state_dict()[key], value, atol=1e-3, rtol=1e-3)  # files hold half precision
    assert read_start([], cfg) == {}


def test_nets_of_other_settings_are_refused(small_nets, tmp_path: Path) -> None:
    path = write(tmp_path / "first.pt", Nets.build(small_nets()), small_nets())
    with pytest.raises(CheckpointError, match=r"its nets have other settings: agent\.nets\.angles=4"):
        read_start([path], small_nets(angles=8))


def test_equivariant_nets_begin_with_those_of_a_file(small_nets, equivariant, tmp_path: Path) -> None:
    """Files hold half precision, so what is said changes by some thousandths of its size."""
    torch.manual_seed(0)
    cfg, layers = small_nets(equivariant=True), equivariant(4)
    first, nets = Nets.build(cfg, layers), Nets.build(cfg, layers)
    nets.put_back(read_start([write(tmp_path / "first.pt", first, cfg)], cfg))
    maps = [torch.rand(2, 16, 16) for _ in range(4)]
    with torch.no_grad():
        for name, seen in (("grasp", maps[:1]), ("critic", maps)):
            said, meant = nets.by_name[name].eval()(*seen), first.by_name[name].eval()(*seen)
            assert float((said - meant).abs().max()) < 0.02 * float(meant.abs().max())
        assert not torch.equal(nets.grasp(maps[0]), Nets.build(cfg, layers).grasp.eval()(maps[0]))
