"""Ways to choose a grasp, on a bar of 4 x 16 x 5 cm that lies along x in an otherwise empty heightmap."""

import pytest
import torch

from pg_tasks.benchmarks import avn_grasps
from pg_tasks.benchmarks.avn_grasps import Table
from pg_tasks.benchmarks.avn_scenes import is_tilted
from pushgrasp.decoding.grasp import GraspDecoderCfg
from pushgrasp.grasping.angle_view import class_rotations
from pushgrasp.grasping.data.cells import cell_points
from pushgrasp.perception.heightmap import Heightmaps
from pushgrasp.perception.workspace import Workspace
from pushgrasp.program import UserError
from pushgrasp.scenes.rotations import about_z
from pushgrasp.scenes.scene import scene_of


@pytest.fixture(scope="module")
def maps():
    height, ids = torch.zeros(2, 224, 224), torch.zeros(2, 224, 224, dtype=torch.long)
    height[:, 108:117, 94:130], ids[:, 108:117, 94:130] = 0.05, 3  # 9 rows (4 cm) by 36 columns (16 cm)
    return Heightmaps(torch.zeros(2, 3, 224, 224), height, ids)


@pytest.fixture(scope="module")
def table(maps):
    return Table(maps, 0, 3, Workspace(), GraspDecoderCfg())


def across_and_along() -> tuple[int, int]:
    """Classes from above that close across the bar and along it."""
    closing, down = class_rotations()[:, :, 0].abs(), -class_rotations()[:, 2, 2]
    return int((closing[:, 1] + down).argmax()), int((closing[:, 0] + down).argmax())


def test_from_above_needs_the_angle_across_the_bar(table):
    across = table.from_above(torch.pi / 2)
    assert across is not None
    # Centred on the bar (rows 108 to 116, columns 94 to 129), open by its 4 cm and a centimetre on either side.
    assert across.position[:2].tolist() == pytest.approx([0.0, -0.002], abs=0.005)
    assert across.position[2] == pytest.approx(0.025, abs=0.005)
    assert across.width == pytest.approx(0.060, abs=0.006)
    torch.testing.assert_close(across.rotation[:, 2], torch.tensor([0.0, 0.0, -1.0]))
    assert torch.linalg.det(across.rotation) == pytest.approx(1.0)
    assert table.from_above(0.0) is None  # 16 cm do not fit between the jaws


def test_best_score_wins_if_it_is_feasible(maps, table):
    good, bad = across_and_along()
    cells = cell_points(maps.height[0], maps.ids[0], Workspace()).cell  # two rows of ten
    scores = torch.zeros(360, 3136)
    scores[bad, cells[4]] = 2.0
    scores[good, cells[15]] = 1.0
    chosen = table.by_heatmap(scores.view(360, 56, 56))
    assert chosen is not None
    torch.testing.assert_close(chosen.rotation, class_rotations()[good])


def test_depth_finds_the_way_across_without_a_heatmap(table):
    chosen = table.by_depth()
    assert chosen is not None
    assert abs(float(chosen.rotation[1, 0])) > 0.95


def test_heatmap_decides_among_what_the_depth_finds_alike(table):
    good, _ = across_and_along()
    scores = torch.zeros(360, 56, 56)
    scores[good] = 100.0
    chosen = table.by_both(scores)
    assert chosen is not None
    torch.testing.assert_close(chosen.rotation, class_rotations()[good])


def test_random_choice_is_feasible_and_seeded(table):
    first, again = (table.at_random(torch.Generator().manual_seed(1)) for _ in range(2))
    assert first is not None and again is not None
    assert torch.equal(first.position, again.position)
    assert 0.0 < first.width <= 0.14


def test_target_that_is_not_seen_gets_no_grasp(maps):
    hidden = Table(maps, 1, 4, Workspace(), GraspDecoderCfg())
    assert hidden.by_heatmap(torch.rand(360, 56, 56)) is None
    assert hidden.by_depth() is None and hidden.from_above(0.0) is None


def test_leaning_is_told_from_lying():
    position = torch.tensor([[0.0, 0.0, 0.05]], dtype=torch.float64)
    flat = about_z(torch.tensor([0.7], dtype=torch.float64))
    half = torch.tensor(0.35, dtype=torch.float64)  # 40 degrees about x
    leaning = torch.stack((half.sin(), torch.zeros_like(half), torch.zeros_like(half), half.cos()))[None]
    assert not is_tilted(scene_of(["slab"], position, flat, 0))
    assert is_tilted(scene_of(["slab"], position, leaning, 0))


def test_unknown_setting_is_refused():
    with pytest.raises(UserError, match="--setting heap: settings are light clutter, leaning or walled"):
        avn_grasps.run(setting="heap")
