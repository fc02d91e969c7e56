"""Training: it learns, resumes to the bit, starts at the prior, and says what is wrong."""

import math
from dataclasses import asdict

import pytest
import torch

from pushgrasp.console import Console
from pushgrasp.files.torch_files import write_torch_file
from pushgrasp.grasping.data.dataset import GraspDataset
from pushgrasp.policies.pg4da.backbone.avn import load_net
from pushgrasp.policies.pg4da.backbone.train.cfg import AugmentCfg, TrainCfg
from pushgrasp.policies.pg4da.backbone.train.checkpoint import SCHEMA, TrainState, read_checkpoint, save_checkpoint
from pushgrasp.policies.pg4da.backbone.train.pictures import LabelledPictures, ScoredPictures, batches, split
from pushgrasp.policies.pg4da.backbone.train.report import Monitor
from pushgrasp.policies.pg4da.backbone.train.start import measure_balance, starting_net
from pushgrasp.policies.pg4da.backbone.train.trainer import Trainer, progress, rate_factor

SMALL = {"encoder": "resnet18", "batch": 2, "friction": 0.1, "validate_every": 100, "val_samples": 2, "log_every": 1}


def trainer(shards, folder, **settings) -> Trainer:
    cfg = TrainCfg(**{**SMALL, **settings})
    data = GraspDataset(shards, cfg.friction)
    train, val = LabelledPictures(data), ScoredPictures(data)
    folder.mkdir(exist_ok=True)
    net = starting_net(cfg, measure_balance(train, cfg.cells))
    return Trainer(cfg, net, train, val, folder, torch.device("cpu"))


def monitor(folder) -> Monitor:
    return Monitor(folder, Console(quiet=True), 1, 2)


def test_resumed_training_equals_an_unbroken_one(shards, tmp_path):
    whole = trainer(shards, tmp_path / "whole", steps=4)
    whole.net.train()
    for step, batch in batches(whole.train, 2, 0, whole.cfg.seed, 0):
        if step == 4:
            break
        whole.learn(batch, step)
        whole.state.step = step + 1
        if step == 1:
            whole.save()
    resumed = trainer(shards, tmp_path / "whole", steps=4)  # new objects, as after a kill
    resumed.resume()
    assert resumed.state.step == 2
    resumed.net.train()
    for step, batch in batches(resumed.train, 2, 2, resumed.cfg.seed, 0):
        if step == 4:
            break
        resumed.learn(batch, step)
        resumed.state.step = step + 1
    for mine, other in ((whole.net, resumed.net), (whole.averaged, resumed.averaged)):
        for name, tensor in mine.state_dict().items():
            assert torch.equal(other.state_dict()[name], tensor), name


def test_training_ends_with_weights_that_load(shards, tmp_path):
    run = trainer(shards, tmp_path, steps=2)
    scores = run.fit(monitor(tmp_path))
    assert scores is not None and scores.objects == 18
    net = load_net(tmp_path / "last.safetensors")
    assert net.encoder_name == "resnet18"
    half = run.averaged.module.state_dict()["head.weight"].half().float()
    torch.testing.assert_close(net.state_dict()["head.weight"], half, rtol=0, atol=0)
    assert (tmp_path / "best.safetensors").is_file()
    cfg, state, _ = read_checkpoint(tmp_path)
    assert cfg == run.cfg and state.step == 2 and state.best >= 0
    assert list(tmp_path.glob("events*"))


def test_kept_weights_are_a_moving_average(shards, tmp_path):
    run = trainer(shards, tmp_path, average=0.75)
    run.net.train()
    heads = []
    for step, batch in batches(run.train, 2, 0, 0, 0):
        run.learn(batch, step)
        heads.append(run.net.state_dict()["head.weight"].clone())
        if step == 2:
            break
    expected = 0.75 * (0.75 * heads[0] + 0.25 * heads[1]) + 0.25 * heads[2]
    torch.testing.assert_close(run.averaged.module.state_dict()["head.weight"], expected)


def test_loss_falls_on_a_batch_seen_again_and_again(shards, tmp_path):
    off = AugmentCfg(0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0)
    run = trainer(shards, tmp_path, steps=1000, warm_up=0.0, learning_rate=3e-3, augment=off)
    run.net.train()
    _, batch = next(batches(run.train, 2, 0, 0, 0))
    losses = [run.learn(batch, step)[0] for step in range(8)]
    assert losses[-1] < 0.8 * losses[0]


def test_start_predicts_the_share_of_positives(shards):
    cfg = TrainCfg(**SMALL)
    pictures = LabelledPictures(GraspDataset(shards, cfg.friction))
    balance = measure_balance(pictures, "object")
    # Three blocks of 45 cells with one label each: 3 of 135 cells, in two of 360 classes.
    assert balance.per_class.sum() == pytest.approx(3 / 135)
    assert balance.among_counted == pytest.approx(3 / 135 / 360)
    assert balance.among_all == pytest.approx(3 / 3136 / 360)
    net = starting_net(cfg, balance)
    with torch.no_grad():
        shares = torch.sigmoid(net.eval()(pictures[0]["rgb"][None])).mean(dim=(0, 2, 3))
    expected = balance.per_class.clamp_min(1e-4)
    assert (shares.log() - expected.log()).abs().max() < math.log(3)


def test_frozen_statistics_stay(shards, tmp_path):
    run = trainer(shards, tmp_path, frozen_bn=True, steps=1)
    before = run.net.encoder[1].running_mean.clone()
    run.fit(monitor(tmp_path))
    assert torch.equal(run.net.encoder[1].running_mean, before)


def test_loss_that_is_not_finite_stops_the_training(shards, tmp_path):
    run = trainer(shards, tmp_path, steps=3)
    torch.nn.init.constant_(run.net.head.bias, float("nan"))
    with pytest.raises(ValueError, match=r"loss is nan at step 0: lower --learning-rate"):
        run.fit(monitor(tmp_path))


def test_every_epoch_shows_every_picture_once_in_an_order_of_its_own(shards):
    pictures = LabelledPictures(GraspDataset(shards))
    wanted = [pictures[i]["rgb"].sum().item() for i in range(6)]
    seen, stream = [], batches(pictures, 2, 0, 3, 0)
    for _ in range(6):
        seen += next(stream)[1]["rgb"].sum(dim=(1, 2, 3)).tolist()
    for epoch in (seen[:6], seen[6:]):
        assert sorted(epoch) == pytest.approx(sorted(wanted), rel=1e-5)
    assert seen[:6] != seen[6:]


def test_split_holds_the_end_out():
    train, val = split(list(range(40)), 100)  # type: ignore[arg-type]
    assert list(train) == list(range(36)) and list(val) == [36, 37, 38, 39]
    with pytest.raises(ValueError, match="1 pictures are too few"):
        split([0], 10)  # type: ignore[arg-type]


def test_learning_rate_rises_and_falls():
    assert rate_factor(0.05, 0.1) == pytest.approx(0.5)
    assert rate_factor(0.1, 0.1) == pytest.approx(1.0)
    assert rate_factor(0.55, 0.1) == pytest.approx(0.01 + 0.99 * 0.5)
    assert rate_factor(1.0, 0.1) == pytest.approx(0.01)


def test_progress_is_by_steps_or_by_the_clock():
    assert progress(10, 40, 1e9, None) == 0.25
    assert progress(10, 40, 120.0, 4.0) == 0.5
    assert progress(50, 40, 0.0, 4.0) == 1.0


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"loss": "hinge"}, "unknown loss 'hinge'; allowed: mse"),
        ({"encoder": "vgg"}, "unknown encoder 'vgg'; allowed: resnet50, resnet18, resnet18_stride16, resnet18_lateral"),
        ({"batch": 0}, "batch is 0"),
        ({"learning_rate": float("nan")}, "learning_rate is nan"),
        ({"warm_up": 1.0}, "warm_up is 1.0"),
        ({"average": -0.1}, "average is -0.1; allowed: 0 up to 1"),
    ],
)
def test_settings_without_a_meaning_are_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        TrainCfg(**settings)


def test_interruption_of_the_last_validation_loses_no_step(shards, tmp_path, monkeypatch):
    run = trainer(shards, tmp_path, steps=1)

    def interrupt(monitor):
        raise KeyboardInterrupt

    monkeypatch.setattr(run, "validate", interrupt)
    with pytest.raises(KeyboardInterrupt):
        run.fit(monitor(tmp_path))
    assert read_checkpoint(tmp_path)[1].step == 1
    save_checkpoint(tmp_path, run.cfg, TrainState(7), {"net": torch.nn.Linear(2, 2)})
    with pytest.raises(ValueError, match=r"checkpoint\.pt is of another net"):
        run.resume()
    assert run.state.step == 1


def test_checkpoint_that_is_none(tmp_path):
    path = tmp_path / "checkpoint.pt"
    with pytest.raises(FileNotFoundError, match=r"no checkpoint .*checkpoint\.pt; --resume takes the folder of a run"):
        read_checkpoint(tmp_path)
    for content in (b"", b"nonsense"):
        path.write_bytes(content)
        with pytest.raises(ValueError, match=r"checkpoint\.pt is no checkpoint: it is (empty|text)"):
            read_checkpoint(tmp_path)
    settings, progress = asdict(TrainCfg()), asdict(TrainState())
    for cfg, done, message in (
        ({**settings, "colour": "red"}, progress, "fields of TrainCfg that are missing or unknown: colour"),
        (3, progress, r"3 is not an object"),
        ({**settings, "augment": None}, progress, r"augment: None is not an object"),
        ({**settings, "steps": "many"}, progress, "steps='many': a whole number is needed"),
        (settings, {**progress, "step": "x"}, "step='x': a whole number"),
        (settings, [], r"\[\] is not an object"),
    ):
        write_torch_file(path, {"schema": SCHEMA, "cfg": cfg, "progress": done})
        with pytest.raises(ValueError, match=rf"checkpoint\.pt is no checkpoint of this training: {message}"):
            read_checkpoint(tmp_path)


def test_checkpoint_with_a_flipped_bit_is_refused(tmp_path):
    save_checkpoint(tmp_path, TrainCfg(), TrainState(3), {"net": torch.nn.Linear(50, 50)})
    assert read_checkpoint(tmp_path)[1] == TrainState(3)
    path = tmp_path / "checkpoint.pt"
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1  # in the middle of the weights
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"checkpoint\.pt: damaged"):
        read_checkpoint(tmp_path)
