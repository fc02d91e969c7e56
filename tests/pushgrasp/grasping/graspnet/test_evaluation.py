"""AP by graspnetAPI's own code: high for the dataset's labels, low for chance, none for nothing."""

import numpy as np
import pytest
import torch

from pushgrasp.grasping.graspnet import protocol
from pushgrasp.grasping.graspnet.dataset import SceneReader
from pushgrasp.grasping.graspnet.evaluation import FRICTIONS, Precision, dump_path, evaluate_scene, write_dump
from pushgrasp.grasping.graspnet.predictions import PredictionCfg
from pushgrasp.grasping.graspnet.protocol import LabelGrasps, NetGrasps, RandomGrasps, Selection, predict, scoring


@pytest.fixture
def selection(mini):
    return Selection(mini, "kinect", ("seen",), views=1)


def precision(selection, source, dumps) -> Precision:
    assert list(predict(selection, source, dumps)) == [(1, 1)]
    job = scoring(selection, dumps)
    with job.open() as work:
        ((scene, values),) = work(iter(job.numbers))
    found = Precision(np.array(values))
    assert scene == 100
    assert found.values.shape == (1, 50, len(FRICTIONS))
    return found


def test_labels_score_high_and_chance_low(selection, tmp_path):
    labels = precision(selection, LabelGrasps(0.2, seed=0), tmp_path / "labels")
    chance = precision(selection, RandomGrasps(seed=0), tmp_path / "random")
    assert labels.ap > 0.7
    assert labels.at(0.8) > 0.8
    assert chance.ap < 0.25


def test_net_is_asked_for_the_square_picture(selection, tmp_path):
    seen = []

    def encode(rgb: torch.Tensor) -> torch.Tensor:
        seen.append(rgb)
        return torch.rand(1, 360, 56, 56, generator=torch.Generator().manual_seed(1))

    source = NetGrasps(encode, PredictionCfg(candidates=64, keep=10))
    assert 0.0 <= precision(selection, source, tmp_path).ap < 0.5
    assert seen[0].shape == (1, 3, 224, 224)
    rows = np.load(dump_path(tmp_path, 100, "kinect", 0))
    assert rows.shape[1] == 17
    assert 0 < len(rows) <= 10


def test_scenes_are_units_of_a_job(monkeypatch, tmp_path):
    monkeypatch.setattr(protocol, "graspnet_module", lambda: None)
    monkeypatch.setattr(protocol.SceneFiles, "annotations", lambda files: [0, 1, 2, 3])
    monkeypatch.setattr(Selection, "scenes", lambda selection: [("seen", 100), ("novel", 160)])
    monkeypatch.setattr(
        protocol,
        "evaluate_scene",
        lambda root, scene, camera, dumps, pictures: Precision(np.array([[[scene, picture]] for picture in pictures])),
    )
    job = scoring(Selection(tmp_path, "kinect", views=2), tmp_path)
    with job.open() as work:
        found = dict(work(iter(job.numbers)))
    assert found == {100: [[[100, 0]], [[100, 2]]], 160: [[[160, 0]], [[160, 2]]]}  # two of four pictures, spread


def test_no_grasps_score_nothing(mini, tmp_path):
    none = SceneReader(mini, 100, "kinect").grasps(0.1).select(torch.zeros(0, dtype=torch.long))
    write_dump(dump_path(tmp_path, 100, "kinect", 0), none)
    assert evaluate_scene(mini, 100, "kinect", tmp_path, [0]).ap == 0.0


def test_missing_predictions_are_named(mini, tmp_path):
    with pytest.raises(FileNotFoundError, match=r"no predictions for scene_0100: .*0000\.npy is missing \(2 in all\)"):
        evaluate_scene(mini, 100, "kinect", tmp_path, [0, 1])


def test_ap_is_the_mean_over_frictions_and_ranks():
    values = np.zeros((1, 50, 6))
    values[..., 1] = 1.0  # everything holds with friction 0.4, nothing with another
    assert Precision(values).ap == pytest.approx(1 / 6)
    assert Precision(values).at(0.4) == 1.0
    assert Precision(values).at(0.8) == 0.0
