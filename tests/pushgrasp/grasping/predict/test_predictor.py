"""Grasps of a block on a table seen by a tilted camera: the table is told apart, the pose fits, files are written."""

import json
import math

import matplotlib.image
import pytest
import torch

from pushgrasp.grasping.angle_view import NUM_CLASSES
from pushgrasp.grasping.predict.output import draw_grasps, grasp_records, skeletons, write_records
from pushgrasp.grasping.predict.predictor import grasps_of_pictures, off_plane

CAMERA = torch.tensor([[300.0, 0.0, 160.0], [0.0, 300.0, 120.0], [0.0, 0.0, 1.0]])
TILT = math.radians(20.0)


@pytest.fixture(scope="module")
def scene():
    """A block of 4 x 8 x 4 cm on a table 0.6 m away; the camera looks down, tilted by 20 degrees."""
    normal = torch.tensor([0.0, math.sin(TILT), -math.cos(TILT)])  # of the table, towards the camera
    rows, columns = torch.meshgrid(torch.arange(240) + 0.5, torch.arange(320) + 0.5, indexing="ij")
    rays = torch.stack(((columns - 160) / 300, (rows - 120) / 300, torch.ones_like(rows)), dim=-1)
    middle = torch.tensor([0.0, 0.0, 0.6])
    depth = (middle @ normal) / (rays @ normal)
    top = ((middle + 0.04 * normal) @ normal) / (rays @ normal)
    away = top[..., None] * rays - middle
    along = torch.tensor([0.0, math.cos(TILT), math.sin(TILT)])
    block = (away[..., 0].abs() < 0.02) & ((away @ along).abs() < 0.04)
    rgb = torch.where(block, 200, 80).to(torch.uint8).expand(3, -1, -1)
    return rgb, torch.where(block, top, depth), block


class DownNet(torch.nn.Module):
    """Prefers one class, the view nearest to straight down, everywhere alike."""

    def __init__(self, class_index: int) -> None:
        super().__init__()
        self.class_index = class_index

    def forward(self, rgb: torch.Tensor) -> torch.Tensor:
        heatmap = torch.full((len(rgb), NUM_CLASSES, rgb.shape[2] // 4, rgb.shape[3] // 4), -4.0)
        heatmap[:, self.class_index] = 2.0
        return heatmap


def closing_along_x() -> int:
    """Class that comes most nearly along the optical axis and closes most nearly along the camera's x."""
    from pushgrasp.grasping.graspnet.predictions import camera_rotations

    rotation = camera_rotations(torch.zeros(()))
    return int((rotation[:, 0, 0].abs() + rotation[:, 2, 2]).argmax())


def test_table_is_told_apart_from_what_stands_on_it(scene):
    _, depth, block = scene
    assert torch.equal(off_plane(depth, CAMERA), block)


def test_pictures_give_a_grasp_across_the_block(scene):
    rgb, depth, _ = scene
    grasps = grasps_of_pictures(DownNet(closing_along_x()), rgb, depth, CAMERA)
    assert len(grasps) > 0
    assert float(grasps.score[0]) == pytest.approx(1 / (1 + math.exp(-2.0)))
    # Centred across the block's 4 cm, between table and top, and opened wider than the block.
    assert grasps.position[0, 0].abs() < 0.006
    assert grasps.position[0, 2] == pytest.approx(0.58, abs=0.04)
    assert 0.045 < float(grasps.width[0]) < 0.08  # the class turns the jaws by up to 15 degrees


def test_mask_decides_what_is_grasped(scene):
    rgb, depth, block = scene
    upper = block & (torch.arange(240)[:, None] < 110)
    grasps = grasps_of_pictures(DownNet(closing_along_x()), rgb, depth, CAMERA, mask=upper)
    mine = grasps.position[grasps.class_index == closing_along_x()]
    assert len(mine) > 0 and (mine[:, 1] < 0.0).all()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"depth": torch.ones(240, 300)}, r"colour has 320 x 240 pixels, depth 300 x 240"),
        ({"depth": torch.ones(320, 240)}, r"depth 240 x 320 \(rows and columns changed places\)"),
        ({"mask": torch.ones(100, 100, dtype=torch.bool)}, r"mask has 100 x 100 pixels, the pictures 320 x 240"),
        ({"mask": torch.zeros(240, 320, dtype=torch.bool)}, "mask is empty"),
        ({"depth": torch.zeros(240, 320)}, "no pixel with a depth"),
        ({"depth": torch.full((240, 320), 0.6)}, "nothing stands out"),
    ],
)
def test_pictures_that_do_not_fit(scene, change, message):
    rgb, depth, _ = scene
    arguments = {"rgb": rgb, "depth": depth, "intrinsics": CAMERA, **change}
    with pytest.raises(ValueError, match=message):
        grasps_of_pictures(DownNet(0), **arguments)


def test_drawn_gripper_has_its_jaws_at_the_grasp(scene):
    rgb, depth, _ = scene
    grasps = grasps_of_pictures(DownNet(closing_along_x()), rgb, depth, CAMERA)
    bones = skeletons(grasps)
    torch.testing.assert_close((bones[:, 0] + bones[:, 3]) / 2, grasps.position)
    torch.testing.assert_close((bones[:, 3] - bones[:, 0]).norm(dim=1), grasps.width)
    torch.testing.assert_close((bones[:, 3] - bones[:, 0]) / grasps.width[:, None], grasps.rotation[:, :, 0])


def test_picture_and_json_are_written(scene, tmp_path):
    rgb, depth, _ = scene
    grasps = grasps_of_pictures(DownNet(closing_along_x()), rgb, depth, CAMERA, keep=3)
    draw_grasps(tmp_path / "grasps.png", rgb, CAMERA, grasps)
    assert matplotlib.image.imread(tmp_path / "grasps.png").std() > 0.05
    write_records(tmp_path / "grasps.json", grasps)
    content = json.loads((tmp_path / "grasps.json").read_text())
    assert content == grasp_records(grasps) and len(content["grasps"]) == len(grasps) <= 3
    torch.testing.assert_close(torch.tensor(content["grasps"][0]["rotation"]), grasps.rotation[0])
    draw_grasps(tmp_path / "none.png", rgb, CAMERA, grasps.select(torch.zeros(len(grasps), dtype=torch.bool)))
    assert (tmp_path / "none.png").is_file()
