"""Q nets by their settings."""

from __future__ import annotations

import pytest
import torch

from pushgrasp.policies.maps.q_net import GRASP, PUSH, QNetsCfg, build_nets, plain_nets


def test_published_trunks_have_the_maps_of_the_usual_nets() -> None:
    cfg = QNetsCfg(group=4, directions=4, widths=(1, 1), window=32, colours=True, trunks="mobilenet_v3")
    nets = build_nets((GRASP, PUSH), cfg)
    plain = plain_nets(nets, cfg)
    picture = torch.rand(1, 6, 32, 32)
    with torch.inference_mode():
        for name, net in nets.items():
            maps = net.eval()(picture)
            assert maps.shape == (1, 4, 32, 32)
            torch.testing.assert_close(plain[name](picture), maps)


def test_trunks_without_colours_are_refused() -> None:
    with pytest.raises(ValueError, match=r"trunks=densenet121: these look at colours; set QNetsCfg\.colours=true"):
        QNetsCfg(trunks="densenet121")
