"""Pictures: files that can be read, and lines at the right pixels."""

from __future__ import annotations

from pathlib import Path

import matplotlib.image
import numpy as np
import pytest
import torch
from matplotlib.figure import Figure

from pushgrasp.evaluation import pictures
from pushgrasp.interface.action import Action, Kind, grasp_action, push_action
from pushgrasp.perception.heightmap import Heightmaps
from pushgrasp.perception.workspace import Workspace

WORKSPACE = Workspace()


@pytest.fixture
def figures(monkeypatch: pytest.MonkeyPatch) -> list[Figure]:
    """Figures that have been drawn, kept open for a look at them."""
    drawn: list[Figure] = []
    monkeypatch.setattr(pictures.plt, "close", drawn.append)
    return drawn


@pytest.fixture
def heightmaps() -> Heightmaps:
    maps = torch.zeros(1, 224, 224)
    return Heightmaps(colour=torch.rand(1, 3, 224, 224), height=maps, ids=maps.long())


def action(*, is_grasp: bool, valid: bool = True) -> Action:
    """A straight push of arm 1 along row 111.5 and a top-down grasp 4 cm wide at the origin that closes along x."""
    along_x = torch.linspace(-0.2, 0.1, 7)
    path = torch.stack((along_x, torch.zeros(7), torch.full((7,), 0.012)), dim=-1)
    paths = torch.stack((torch.zeros(7, 3), path))[None]
    rotation = torch.diag(torch.tensor([1.0, -1.0, -1.0]))[None]
    pose = torch.zeros(1, 3), rotation, torch.tensor([0.04])
    grasp = grasp_action(*pose, torch.tensor([0]), torch.tensor([valid]), 2, 7)
    made = grasp if is_grasp else push_action(paths, torch.zeros(1, 2, 7), torch.tensor([[False, True]]))
    made.score[0, Kind.GRASP], made.score[0, Kind.PUSH] = 0.5, 1.25
    return made


def read(path: Path) -> np.ndarray:
    return matplotlib.image.imread(path)


def test_image_keeps_its_colour(tmp_path: Path) -> None:
    image = np.zeros((40, 40, 3), dtype=np.uint8)
    image[..., 2] = 255
    written = read(pictures.save_image(tmp_path / "new folder" / "blue.png", image, "blue"))
    middle = written[written.shape[0] // 2, written.shape[1] // 2, :3]
    assert middle.tolist() == pytest.approx([0.0, 0.0, 1.0], abs=0.01)


def test_map_has_a_scale_with_its_unit(tmp_path: Path, figures: list[Figure]) -> None:
    path = pictures.save_map(tmp_path / "map.png", torch.arange(16.0).reshape(4, 4), "heights", "m")
    assert read(path).ndim == 3
    axes, scale = figures[0].axes
    assert axes.get_title() == "heights"
    assert scale.get_ylabel() == "m"
    assert axes.images[0].get_clim() == (0.0, 15.0)


def test_masks_are_named_and_outlined(tmp_path: Path, figures: list[Figure]) -> None:
    mask = torch.zeros(32, 32, dtype=torch.bool)
    mask[8:16, 4:20] = True  # its outline runs half a cell outside: columns 3.5 to 19.5, rows 7.5 to 15.5
    masks = [("target", mask), ("nothing", torch.zeros_like(mask))]
    pictures.save_masks(tmp_path / "masks.png", torch.ones(3, 32, 32), masks, "masks")
    axes = figures[0].axes[0]
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["target", "nothing"]
    (outline,) = axes.collections
    points = np.concatenate([path.vertices for path in outline.get_paths()])
    assert points.min(axis=0).tolist() == [3.5, 7.5]
    assert points.max(axis=0).tolist() == [19.5, 15.5]


def test_push_path_lies_at_its_pixels(tmp_path: Path, figures: list[Figure], heightmaps: Heightmaps) -> None:
    pictures.save_action(tmp_path / "push.png", heightmaps, action(is_grasp=False), WORKSPACE)
    axes = figures[0].axes[0]
    # x = -0.2 m is (0.3 m) * 224 / 1 m = 67.2 cells from the left edge; pixel centres are at whole numbers: 66.7.
    # y = 0 is 112 cells below the top edge: row 111.5.
    assert axes.lines[0].get_xdata()[[0, -1]].tolist() == pytest.approx([66.7, 133.9], abs=1e-3)
    assert axes.lines[0].get_ydata().tolist() == pytest.approx([111.5] * 7, abs=1e-3)
    start = axes.lines[1]
    assert (start.get_xdata()[0], start.get_ydata()[0]) == pytest.approx((66.7, 111.5), abs=1e-3)
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["arm 1, start"]
    assert axes.get_title() == "push (grasp 0.50, push 1.25)"


def test_picture_agrees_with_the_workspace(tmp_path: Path, figures: list[Figure], heightmaps: Heightmaps) -> None:
    chosen = action(is_grasp=False)
    cells = torch.tensor([[10, 20], [200, 30], [5, 220], [111, 112], [0, 0], [223, 223], [17, 99]])
    chosen.path[0, 1, :, :2] = WORKSPACE.cell_to_xy(cells)
    pictures.save_action(tmp_path / "push.png", heightmaps, chosen, WORKSPACE)
    line = figures[0].axes[0].lines[0]
    assert line.get_xdata().tolist() == pytest.approx(cells[:, 1].tolist(), abs=1e-3)
    assert line.get_ydata().tolist() == pytest.approx(cells[:, 0].tolist(), abs=1e-3)


@pytest.mark.parametrize(("valid", "style"), [(True, "-"), (False, ":")])
def test_grasp_shows_the_jaws(
    tmp_path: Path, figures: list[Figure], heightmaps: Heightmaps, valid: bool, style: str
) -> None:
    pictures.save_action(tmp_path / "grasp.png", heightmaps, action(is_grasp=True, valid=valid), WORKSPACE)
    jaws, palm = figures[0].axes[0].lines
    # +-2 cm is +-4.48 cells about column 111.5
    assert jaws.get_xdata().tolist() == pytest.approx([107.02, 115.98], abs=1e-3)
    assert jaws.get_ydata().tolist() == pytest.approx([111.5, 111.5], abs=1e-3)
    assert jaws.get_linestyle() == style
    # seen from above the palm of a top-down grasp is straight behind the tips
    assert palm.get_xdata().tolist() == pytest.approx([111.5, 111.5], abs=1e-3)
