"""Augmentation: labels follow the pictures, and light does not move anything."""

import pytest
import torch

from pushgrasp.policies.pg4da.backbone.train.augment import augment, crop, shift
from pushgrasp.policies.pg4da.backbone.train.cfg import AugmentCfg

OFF = {name: 0.0 for name in ("brightness", "contrast", "gain", "shuffle", "noise", "blur", "shadow")}


def batch(count: int = 4) -> dict[str, torch.Tensor]:
    """One bright cell per picture, with a label of class 7 and object 3 at it."""
    objects = torch.zeros(count, 56, 56, dtype=torch.bool)
    objects[:, 20, 30] = True
    target = torch.zeros(count, 360, 56, 56, dtype=torch.bool)
    target[:, 7, 20, 30] = True
    rgb = 0.2 + 0.6 * objects[:, None].repeat_interleave(4, 2).repeat_interleave(4, 3).float().expand(-1, 3, -1, -1)
    return {"rgb": rgb, "objects": objects, "target": target, "object_id": 3 * objects.long()}


def test_shift_moves_picture_and_labels_together():
    moved = shift(batch(16), 6, torch.Generator().manual_seed(0))
    places = moved["objects"].nonzero()[:, 1:]
    assert len(places) == 16
    offset = places - torch.tensor([20, 30])
    assert offset.abs().max() <= 6 and len(offset.unique(dim=0)) > 8
    for n, (row, column) in enumerate(places.tolist()):
        assert moved["target"][n].nonzero().tolist() == [[7, row, column]]
        assert moved["object_id"][n, row, column] == 3
        assert torch.equal((moved["rgb"][n, 0] > 0.5).nonzero()[0], torch.tensor([4 * row, 4 * column]))
        assert (moved["rgb"][n] > 0.5).sum() == 3 * 16


def test_shifted_out_labels_are_gone_and_do_not_wrap():
    edge = batch(64)
    edge = {name: value.roll(-20 * (value.shape[-1] // 56), dims=-2) for name, value in edge.items()}  # to row 0
    moved = shift(edge, 1, torch.Generator().manual_seed(0))
    assert moved["target"].any(dim=(1, 2, 3)).logical_not().any()  # some have left over the edge
    assert not moved["target"][:, :, 2:].any()
    assert torch.equal(moved["target"].any(dim=1), moved["objects"])


@pytest.mark.parametrize("name", [*OFF])
def test_each_change_of_light_changes_the_picture_only(name):
    before = batch(8)
    after = augment(before, AugmentCfg(**{**OFF, name: 1.0 if name in ("shuffle", "blur", "shadow") else 0.3}, shift=0),
                    torch.Generator().manual_seed(1))  # fmt: skip
    assert after["rgb"].shape == before["rgb"].shape
    assert float(after["rgb"].min()) >= 0.0 and float(after["rgb"].max()) <= 1.0
    grey = name == "shuffle"  # a grey picture has no colours to shuffle
    assert torch.equal(after["rgb"], before["rgb"]) == grey
    for label in ("target", "objects", "object_id"):
        assert torch.equal(after[label], before[label])


def test_channels_change_places():
    colours = batch(32)
    colours["rgb"] = torch.tensor([0.1, 0.5, 0.9]).view(1, 3, 1, 1).expand(32, 3, 224, 224)
    after = augment(colours, AugmentCfg(**{**OFF, "shuffle": 1.0}, shift=0), torch.Generator().manual_seed(0))["rgb"]
    orders = {tuple(round(v, 1) for v in picture[:, 0, 0].tolist()) for picture in after}
    assert len(orders) == 6 and all(sorted(order) == [0.1, 0.5, 0.9] for order in orders)


def test_nothing_switched_on_changes_nothing():
    before = batch()
    after = augment(before, AugmentCfg(**OFF, shift=0), torch.Generator().manual_seed(0))
    assert torch.equal(after["rgb"], before["rgb"])


def test_same_generator_same_picture():
    first, second = (augment(batch(), AugmentCfg(), torch.Generator().manual_seed(5))["rgb"] for _ in range(2))
    assert torch.equal(first, second)


def test_crop_shows_an_object_and_keeps_its_labels():
    cut = crop(batch(32), 16, torch.Generator().manual_seed(0))
    assert cut["rgb"].shape == (32, 3, 64, 64) and cut["target"].shape == (32, 360, 16, 16)
    places = cut["objects"].nonzero()
    assert places[:, 0].tolist() == list(range(32))  # the one object cell of each picture is in its square
    assert len(places[:, 1:].unique(dim=0)) > 20  # anywhere
    for n, row, column in places.tolist():
        assert cut["target"][n].nonzero().tolist() == [[7, row, column]]
        assert cut["object_id"][n, row, column] == 3
        assert (cut["rgb"][n, 0] > 0.5).nonzero()[0].tolist() == [4 * row, 4 * column]


def test_crop_of_an_empty_picture_is_empty():
    empty = {name: torch.zeros_like(value) for name, value in batch(2).items()}
    cut = crop(empty, 16, torch.Generator().manual_seed(0))
    assert cut["rgb"].shape == (2, 3, 64, 64) and not cut["objects"].any()
