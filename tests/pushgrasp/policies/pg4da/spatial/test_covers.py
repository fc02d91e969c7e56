"""Grasps that would lift what lies on the target are left out while something can be pushed."""

from __future__ import annotations

import pytest
import torch

from pushgrasp.decoding.decoder import DecoderCfg
from pushgrasp.interface.world import Observation
from pushgrasp.perception.heightmap import Heightmaps
from pushgrasp.perception.workspace import Workspace
from pushgrasp.policies.pg4da.spatial import choices
from pushgrasp.policies.pg4da.spatial.covers import NEAR, covers, near_covers
from pushgrasp.policies.pg4da.spatial.grasps import GraspChoices, grasp_choices
from pushgrasp.policies.pg4da.spatial.strokes import StrokeChoices, stroke_choices

from .scenes import TARGET, blocks

CELL = 1.0 / 224


COVER = torch.tensor([124 * CELL - 0.5, 0.5 - 110 * CELL])
"""Middle of the block in :func:`covered` [m]: cells 118 to 129 of columns and 104 to 115 of rows."""


def covered() -> Heightmaps:
    """A target of 12 x 30 cells, 5 cm high, and on one end of it a block of 12 x 12 cells up to 10 cm."""
    scene = blocks((104, 100), (104, 106), (104, 118))
    scene.ids[scene.ids == 2], scene.height[scene.ids == 3] = 1, 0.1
    scene.ids[scene.ids == 3] = 2
    return scene


def test_covers_are_what_stands_higher_and_where_its_middle_is() -> None:
    scene = blocks((104, 104), (104, 116), (104, 92), (20, 30), (60, 60), worlds=2)
    scene.height[scene.ids == 2], scene.height[scene.ids == 3], scene.height[scene.ids == 4] = 0.061, 0.059, 0.12
    scene.ids[:][scene.ids == 5] = 7
    scene.height[1] = (scene.ids[1] > 0) * 0.05
    found = covers(scene, scene.ids == 1, Workspace())
    assert found.shape == (2, 7, 2) and not found[1].isfinite().any()
    assert found[0].isfinite().all(dim=1).nonzero()[:, 0].tolist() == [1, 3]
    # Cells 116 to 127 of columns and 104 to 115 of rows: their middle is 122 and 110 cells from the corner.
    torch.testing.assert_close(found[0, 1], torch.tensor([122 * CELL - 0.5, 0.5 - 110 * CELL]))
    torch.testing.assert_close(found[0, 3], torch.tensor([36 * CELL - 0.5, 0.5 - 26 * CELL]))


def test_distance_from_a_cover_counts_as_seen_from_above_in_its_world() -> None:
    found = torch.full((2, 3, 2), torch.inf)
    found[1, 2] = torch.tensor([0.1, 0.0])
    tcp = torch.tensor([[0.1 - NEAR + 1e-4, 0.0, 0.3], [0.1, NEAR + 1e-4, 0.0]]).expand(2, 2, 3)
    assert near_covers(torch.tensor([0, 1]), tcp, found).tolist() == [[False, False], [True, False]]


def test_nothing_lies_on_a_target_on_an_empty_table() -> None:
    scene = blocks()
    found = covers(scene, scene.ids == 1, Workspace())
    assert found.shape == (1, 0, 2)
    assert near_covers(torch.tensor([0]), torch.zeros(1, 2, 3), found).tolist() == [[False, False]]


def feasible(grasps: GraspChoices) -> tuple[torch.Tensor, torch.Tensor]:
    """Numbers of the feasible grasps of a covered target, and which of them are near the cover."""
    number = (grasps.evidence[0, ..., 0].flatten() > 0.5).nonzero()[:, 0]
    position = grasps.pose(torch.zeros_like(number), number)[0]
    return number, (position[:, :2] - COVER).norm(dim=1) < NEAR


def test_grasps_near_the_middle_of_a_cover_are_left_out_and_no_others() -> None:
    scene, cfg = covered(), DecoderCfg()
    before = grasp_choices(scene, TARGET, Workspace(), cfg)
    after = grasp_choices(scene, TARGET, Workspace(), cfg, bare_in=torch.tensor([True]))
    number, near = feasible(before)
    assert near.any() and not near.all()
    kept = number[~near]
    assert torch.equal(feasible(after)[0], kept)
    assert torch.equal(after.evidence[0].flatten(0, 1)[kept], before.evidence[0].flatten(0, 1)[kept])
    assert set(after.looked[0].tolist()) <= {-1, *kept.tolist()}
    none = grasp_choices(scene, TARGET, Workspace(), cfg, bare_in=torch.tensor([False]))
    assert torch.equal(none.evidence, before.evidence)


@pytest.mark.parametrize(
    ("clearing", "strokes", "offered"), [(False, True, False), (True, True, True), (False, False, True)]
)
def test_grasps_near_a_cover_are_offered_where_there_is_no_stroke_or_all_is_cleared(
    clearing: bool, strokes: bool, offered: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    def found(*scene: object) -> StrokeChoices:
        real = stroke_choices(*scene)  # pyright: ignore[reportArgumentType]
        return StrokeChoices(real.cells, strokes * real.evidence, real.swaths)

    monkeypatch.setattr(choices, "stroke_choices", found)
    seen = Observation(covered(), TARGET, Workspace(), clearing=clearing)
    listed = choices.list_choices(seen, 2, DecoderCfg())
    assert bool(feasible(listed.grasps)[1].any()) == offered
