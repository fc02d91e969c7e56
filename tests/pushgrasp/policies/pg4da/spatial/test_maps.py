"""Scene maps: known blocks give known masks, shares, heights and offsets."""

from __future__ import annotations

import pytest
import torch

from pushgrasp.decoding.decoder import DecoderCfg
from pushgrasp.perception.heightmap import Heightmaps
from pushgrasp.perception.workspace import Workspace
from pushgrasp.policies.pg4da.spatial.maps import CHANNELS, middle, scene_maps


def maps(ids: torch.Tensor, height: float = 0.05) -> dict[str, torch.Tensor]:
    """Channels of one world by name; every object is ``height`` metres high, the target has id 1."""
    scene = Heightmaps(torch.zeros(1, 3, 224, 224), (ids > 0)[None].float() * height, ids[None])
    return dict(zip(CHANNELS, scene_maps(scene, torch.tensor([1]), Workspace(), DecoderCfg())[0], strict=True))


def blocks() -> torch.Tensor:
    ids = torch.zeros(224, 224, dtype=torch.long)
    ids[104:116, 104:116] = 1  # exactly cells 26 to 28 of the map
    ids[104:116, 120:130] = 2  # cells 30, 31 and half of 32
    return ids


def test_shares_and_heights() -> None:
    seen = maps(blocks())
    assert seen["target"].sum() == 9.0
    assert seen["objects"][27].tolist()[26:33] == [1.0, 1.0, 1.0, 0.0, 1.0, 1.0, 0.5]
    assert seen["highest"][27, 32] == pytest.approx(0.5)  # 5 cm in units of 10 cm
    assert seen["mean height"][27, 32] == pytest.approx(0.25)


def test_target_and_push_cells_are_apart() -> None:
    seen = maps(blocks())
    assert torch.equal(seen["grasp"].nonzero(), seen["target"].nonzero())
    assert not (seen["grasp"] * seen["push"]).any() and not (seen["grasp"] * seen["path"]).any()
    assert seen["push"].any() and bool((seen["push"] <= seen["path"]).all())


def test_offsets_are_from_the_targets_centre() -> None:
    seen = maps(blocks())
    # The target's centre is that of cell (27, 27); a cell is 1 m / 56 wide; y points to row 0.
    cell = 10.0 / 56
    assert seen["x"][27, 27] == pytest.approx(0.0, abs=1e-4)
    assert seen["x"][27, 30] == pytest.approx(3 * cell, abs=1e-4)
    assert seen["y"][25, 27] == pytest.approx(2 * cell, abs=1e-4)


def test_hidden_target_leaves_pushes_at_objects() -> None:
    seen = maps(torch.where(blocks() == 1, 0, blocks()))
    assert not seen["grasp"].any() and not seen["target"].any()
    assert seen["isolate rate"].eq(0.0).all()
    assert seen["push"].bool()[26:29, 30:32].all() and not seen["push"][:, :29].any()


def test_empty_table_still_offers_a_choice() -> None:
    assert maps(torch.zeros(224, 224, dtype=torch.long))["push"].all()


def test_middle_decides_whose_cell_it_is() -> None:
    mask = torch.zeros(1, 224, 224, dtype=torch.bool)
    mask[0, 0, 0] = mask[0, 5, 6] = True  # a corner of cell (0, 0), the middle of cell (1, 1)
    assert middle(mask)[0].nonzero().tolist() == [[1, 1]]


def test_other_resolution_is_refused() -> None:
    scene = Heightmaps(torch.zeros(1, 3, 100, 100), torch.zeros(1, 100, 100), torch.zeros(1, 100, 100).long())
    with pytest.raises(ValueError, match=r"\(1, 100, 100\); expected \(N, 224, 224\)"):
        scene_maps(scene, torch.tensor([1]), Workspace(), DecoderCfg())
