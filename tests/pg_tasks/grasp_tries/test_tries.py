"""Which grasps are tried, and what a shard says of how it was made."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from pg_tasks.grasp_tries.collecting import MIN_CELLS, chosen_grasps
from pg_tasks.grasp_tries.command import main
from pg_tasks.grasp_tries.shards import Recipe
from pushgrasp.learning.checkpoint import CheckpointError
from pushgrasp.perception.heightmap import Heightmaps


class FirstCell:
    """Prefers the first cell of each object, at an angle of 9 rad, which nothing else has."""

    def draw(self, maps, numbers, count, generator):
        cells = torch.cat([(maps.ids[0] == number).nonzero()[:1].expand(count, 2) for number in numbers])
        return cells, torch.full((len(cells),), 9.0)


@pytest.fixture
def maps() -> Heightmaps:
    """Two objects, and one that shows too few cells."""
    ids = torch.zeros(1, 224, 224, dtype=torch.long)
    ids[0, 10:20, 10:20], ids[0, 50:60, 50:60], ids[0, 100, : MIN_CELLS - 1] = 1, 2, 3
    return Heightmaps(torch.zeros(1, 3, 224, 224), 0.05 * (ids > 0), ids)


def test_half_of_the_grasps_of_each_object_are_preferred_ones(maps) -> None:
    cell, angle = chosen_grasps(maps, 12, torch.Generator().manual_seed(1), FirstCell())
    own = maps.ids[0, cell[:, 0], cell[:, 1]]
    for number, first in ((1, [10, 10]), (2, [50, 50])):
        of_it = own == number
        assert int(of_it.sum()) == 6
        best = of_it & (angle == 9.0)
        assert cell[best].tolist() == [first] * 3
    assert not bool((own == 3).any())


def test_without_preferred_ones_all_are_random(maps) -> None:
    cell, angle = chosen_grasps(maps, 12, torch.Generator().manual_seed(1))
    assert len(cell) == 12 and bool((angle < 4.0).all())
    with_best = chosen_grasps(maps, 24, torch.Generator().manual_seed(1), FirstCell())
    assert torch.equal(with_best[0][:12], cell) and torch.equal(with_best[1][:12], angle)


def test_a_table_without_objects_has_no_grasps(maps) -> None:
    bare = Heightmaps(maps.colour, 0.0 * maps.height, 0 * maps.ids)
    assert len(chosen_grasps(bare, 12, torch.Generator().manual_seed(1), FirstCell())[0]) == 0


def test_a_recipe_names_the_weights_by_their_content(tmp_path: Path) -> None:
    weights = tmp_path / "epg.pt"
    weights.write_bytes(b"one")
    plain, recipe = Recipe.of(1, 64, None), Recipe.of(1, 64, weights)
    assert "preferred" not in plain.text and plain.preferred() is None
    assert recipe.text != plain.text and recipe.digest in recipe.text
    weights.write_bytes(b"other")
    with pytest.raises(ValueError, match=r"epg\.pt has changed"):
        recipe.preferred()
    assert Recipe.of(1, 64, weights).text != recipe.text


def test_weights_that_cannot_be_read_are_told_before_anything_begins(tmp_path: Path) -> None:
    bad = tmp_path / "epg.pt"
    bad.write_bytes(b"nothing")
    for word, error in ((str(bad), CheckpointError), (str(tmp_path / "none.pt"), FileNotFoundError)):
        with pytest.raises(error):
            main("", ["--out", str(tmp_path / "tries"), "--checkpoint", word])
    assert not (tmp_path / "tries" / "shard-00000.safetensors").exists()
