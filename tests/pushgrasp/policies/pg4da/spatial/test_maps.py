"""Scene maps: known blocks give known shares, heights and offsets."""

from __future__ import annotations

import pytest
import torch

from pushgrasp.perception.heightmap import Heightmaps
from pushgrasp.perception.workspace import Workspace
from pushgrasp.policies.pg4da.spatial.maps import CHANNELS, middle, middle_cells, scene_maps, seen_target

from .scenes import TARGET, blocks


def maps(scene: Heightmaps) -> dict[str, torch.Tensor]:
    """Channels of one world by name."""
    return dict(zip(CHANNELS, scene_maps(scene, TARGET, Workspace())[0], strict=True))


def two_blocks() -> Heightmaps:
    """The target covers exactly cells 26 to 28 of the map; the other one cells 30, 31 and half of 32."""
    scene = blocks((104, 104))
    scene.ids[:, 104:116, 120:130] = 2
    scene.height[:] = (scene.ids > 0).float() * 0.05
    return scene


def test_shares_and_heights() -> None:
    seen = maps(two_blocks())
    assert seen["target"].sum() == 9.0
    assert seen["objects"][27].tolist()[26:33] == [1.0, 1.0, 1.0, 0.0, 1.0, 1.0, 0.5]
    assert seen["highest"][27, 32] == pytest.approx(0.5)  # 5 cm in units of 10 cm
    assert seen["mean height"][27, 32] == pytest.approx(0.25)


def test_offsets_are_from_the_targets_centre() -> None:
    seen = maps(two_blocks())
    # The target's centre is that of cell (27, 27); a cell is 1 m / 56 wide; y points to row 0.
    cell = 10.0 / 56
    assert seen["x"][27, 27] == pytest.approx(0.0, abs=1e-4)
    assert seen["x"][27, 30] == pytest.approx(3 * cell, abs=1e-4)
    assert seen["y"][25, 27] == pytest.approx(2 * cell, abs=1e-4)


def test_hidden_target_is_nowhere() -> None:
    scene = two_blocks()
    scene.ids[scene.ids == 1] = 0
    seen = maps(scene)
    assert not seen["target"].any() and seen["isolate rate"].eq(0.0).all()
    scene.ids[0, 0, :9] = 1  # fewer cells than count as seen
    assert not seen_target(scene, TARGET).any()


def test_middle_decides_whose_cell_it_is() -> None:
    mask = torch.zeros(1, 224, 224, dtype=torch.bool)
    mask[0, 0, 0] = mask[0, 5, 6] = True  # a corner of cell (0, 0), the middle of cell (1, 1)
    assert middle(mask)[0].nonzero().tolist() == [[1, 1]]
    assert middle_cells(torch.tensor([57]), 224)[0].tolist() == [[5, 5], [5, 6], [6, 5], [6, 6]]


def test_other_resolution_is_refused() -> None:
    scene = Heightmaps(torch.zeros(1, 3, 100, 100), torch.zeros(1, 100, 100), torch.zeros(1, 100, 100).long())
    with pytest.raises(ValueError, match=r"\(1, 100, 100\); expected \(N, 224, 224\)"):
        scene_maps(scene, TARGET, Workspace())
