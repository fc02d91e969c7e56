"""The weights that come with the project: found by default, small, described, and better than a guess."""

from __future__ import annotations

import math

import pytest
import torch

from pg_tasks.agents.rsl_rl_ppo_cfg import DualArmPushGraspPPORunnerCfg
from pushgrasp.decoding.class_fit import feasible_pairs
from pushgrasp.grasping.angle_view import class_rotations
from pushgrasp.perception.workspace import Workspace
from pushgrasp.policies.pg4da import pretrained
from pushgrasp.policies.pg4da.backbone.avn import AngleViewNet, load_net
from pushgrasp.policies.pg4da.backbone.weights import read_metadata
from pushgrasp.policies.pg4da.pretrained import backbone_weights, shipped_weights


@pytest.fixture(scope="module")
def net() -> AngleViewNet:
    return load_net(shipped_weights())


def test_weights_are_named_files_random_starts_or_the_projects_own() -> None:
    assert backbone_weights("some.safetensors", None) == "some.safetensors"
    assert backbone_weights("some.safetensors", "resnet18") == "some.safetensors"
    assert backbone_weights(None, "resnet50") is None
    assert backbone_weights(None, None) == str(shipped_weights())


def test_missing_weights_say_what_to_do(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pretrained, "ROOT", tmp_path)
    with pytest.raises(FileNotFoundError, match=r"no weights in .*weights; name a file, which scripts/train_avn\.py"):
        shipped_weights()


def test_trainable_backbone_starts_from_the_projects_weights() -> None:
    cfg = DualArmPushGraspPPORunnerCfg()
    cfg.backbone.trainable = True
    built = cfg.train_cfg()["actor"]["backbone_cfg"]
    assert built["weights"] == str(shipped_weights()) and built["frozen"] is False
    cfg.backbone.encoder = "resnet50"
    assert cfg.train_cfg()["actor"]["backbone_cfg"]["weights"] is None


def test_every_weights_file_has_a_card_and_all_are_under_60_mb() -> None:
    files = sorted(shipped_weights().parent.glob("*.safetensors"))
    assert sum(file.stat().st_size for file in files) < 60e6
    for file in files:
        card = file.with_suffix(".md").read_text(encoding="utf-8")
        for word in ("Data", "Command", "seed", "Licence", "BSD-3-Clause", "held-out"):
            assert word in card, f"{file.stem}.md does not tell: {word}"
        assert "digest" in read_metadata(file), f"{file.name} cannot show that no bit of it has changed"


def bar(yaw: float) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Colour heatmap (3, 224, 224), height (224, 224) [m] and mask of a bar of 16 x 4 x 4 cm turned by ``yaw``."""
    xy = Workspace().cell_centres()
    along = xy[..., 0] * math.cos(yaw) + xy[..., 1] * math.sin(yaw)
    across = xy[..., 1] * math.cos(yaw) - xy[..., 0] * math.sin(yaw)
    mask = (along.abs() <= 0.08) & (across.abs() <= 0.02)
    colour = torch.where(mask, torch.tensor([0.2, 0.6, 0.25]).view(3, 1, 1), 0.45)
    return colour, 0.04 * mask, mask


def test_best_grasp_of_a_bar_closes_across_it(net: AngleViewNet) -> None:
    off = []
    for yaw in torch.arange(6) * math.pi / 6 + 0.1:
        colour, height, mask = bar(float(yaw))
        pairs = feasible_pairs(height, mask, Workspace())
        with torch.no_grad():
            scores = pairs.scores(net(colour[None])[0])
        closing = class_rotations()[pairs.view_angle[scores.argmax()], :, 0]
        heading = math.atan2(float(closing[1]), float(closing[0]))
        off.append(abs((heading - float(yaw)) % math.pi - math.pi / 2))  # from the short way across
    # Feasible pairs are off by 33 degrees in the mean; classes are 30 degrees apart.
    assert sum(off) / len(off) < math.radians(15.0), off
