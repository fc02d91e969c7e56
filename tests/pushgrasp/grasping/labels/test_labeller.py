"""Labels of scenes laid by hand: which classes grasp, and with how much friction."""

import math

import numpy as np
import pytest
import torch
from table_scenes import (
    WORKSPACE,
    best_friction,
    closing_yaw,
    labels_of,
    level_classes,
    maps_of,
    quaternion_of,
    surface_of,
    upright,
)

from pushgrasp.decoding.grasp import GraspDecoderCfg
from pushgrasp.grasping.angle_view import class_rotations, nearest_class
from pushgrasp.grasping.labels.cfg import LabelCfg
from pushgrasp.grasping.labels.labeller import label_grasps

STEEP = level_classes(math.radians(15.0))[-1]
"""The class that closes horizontally and comes most nearly straight down (7.4 degrees)."""


def test_sizes_and_placing_are_those_of_the_decoder():
    cfg, decoder = LabelCfg(), GraspDecoderCfg()
    for name in ("depth", "min_depth", "tip_clearance", "opening_margin", "stroke_margin", "max_tilt"):
        assert getattr(cfg, name) == getattr(decoder, name), name
    for name in ("stroke", "pad_thickness", "pad_breadth", "pad_length", "palm_width", "palm_breadth"):
        assert getattr(cfg, name) == getattr(decoder.gripper, name), name


@pytest.mark.parametrize(("degrees", "friction"), [(0.0, 0.0), (15.0, math.tan(math.pi / 12)), (45.0, 1.0)])
def test_cube_needs_the_friction_of_its_turn_against_the_jaws(degrees, friction):
    """A face met at an angle needs that angle's tangent; an edge at 45 degrees does not count as square."""
    yaw = closing_yaw(STEEP) + math.radians(degrees)
    labels = labels_of(upright("cube", 0.0, 0.0, 0.05, yaw), cfg=LabelCfg(max_friction=2.0))
    assert best_friction(labels, STEEP) == pytest.approx(friction, abs=0.01)


def test_every_level_class_grasps_a_cylinder():
    labels = labels_of(upright("cylinder", 0.05, -0.1, 0.05, 0.3))
    frictions = [best_friction(labels, view_angle) for view_angle in level_classes(math.radians(35.0))]
    assert len(frictions) > 10
    assert max(frictions) < 0.1


def test_wall_in_the_way_of_a_finger_forbids_the_class():
    yaw = closing_yaw(STEEP)
    cube = upright("cube", 0.0, 0.0, 0.05, yaw)
    for distance, grasped in ((0.055, False), (0.09, True)):  # 5 mm and 40 mm free; a finger needs 10 + 12 mm
        wall = upright("cube", distance * math.cos(yaw), distance * math.sin(yaw), 0.05, yaw)
        labels = labels_of(cube, wall)
        assert (best_friction(labels, STEEP) < 0.05) == grasped


def test_wall_beside_the_fingers_does_no_harm():
    yaw = closing_yaw(STEEP)
    wall = upright("cube", -0.055 * math.sin(yaw), 0.055 * math.cos(yaw), 0.05, yaw)
    labels = labels_of(upright("cube", 0.0, 0.0, 0.05, yaw), wall)
    assert best_friction(labels, STEEP) < 0.05


def test_leaning_block_is_grasped_by_the_class_that_leans_alike():
    """A slab whose broad faces lean by about 30 degrees: straight down, the jaws meet them that much askew."""
    rotations = class_rotations()
    lean = torch.acos(-rotations[:, 2, 2])
    in_plane = rotations[:, 2, 0].abs() / lean.sin()  # 1 where the closing axis lies in the plane of the lean
    view_angle = int(((lean - math.pi / 6).abs() + 1.0 - in_plane).argmin())
    closing, across, approach = rotations[view_angle].double().T.numpy()
    # Body axes: x (100 mm) against the approach, y across, z (25 mm) along the closing axis.
    slab = ("slab", (-0.07 * approach).tolist(), quaternion_of(-approach, across, closing))
    labels = labels_of(slab)
    assert best_friction(labels, view_angle) < 0.02
    level = np.array([closing[0], closing[1], 0.0]) / np.linalg.norm(closing[:2])
    down = np.array([0.0, 0.0, -1.0])
    straight = nearest_class(torch.tensor(np.stack([level, np.cross(down, level), down], axis=1))[None].float())
    assert best_friction(labels, int(straight)) > math.tan(math.radians(15.0))


def test_jaws_narrower_than_the_body_do_not_grasp_it():
    cube = upright("cube", 0.0, 0.0, 0.05, closing_yaw(STEEP))
    assert len(labels_of(cube, cfg=LabelCfg(stroke=0.055)).cell) == 0  # 45 mm at most
    assert len(labels_of(cube, cfg=LabelCfg(stroke=0.08)).cell) > 0


def test_long_things_are_only_grasped_across():
    labels = labels_of(upright("spatula", 0.0, 0.0, 0.018, 0.4))
    closing = class_rotations()[labels.view_angle][:, :, 0]
    along = (closing @ torch.tensor([math.cos(0.4), math.sin(0.4), 0.0])).abs()
    assert len(along) > 0
    assert float(along.max()) < 0.75


def pad_corners(labels):
    """Lowest height of the pads' corners at each labelled grasp [m], from the poses alone."""
    rotation, cfg = class_rotations()[labels.view_angle], LabelCfg()
    outer = labels.width / 2 + cfg.pad_thickness
    heights = [
        labels.position[:, 2] + side * outer * rotation[:, 2, 0] + breadth * rotation[:, 2, 1]
        for side in (-1, 1)
        for breadth in (-cfg.pad_breadth / 2, cfg.pad_breadth / 2)
    ]
    return torch.stack(heights).amin(dim=0)


@pytest.mark.parametrize("name", ["slab", "spanner", "cube"])
def test_pads_stay_clear_of_the_table(name):
    height = {"slab": 0.025, "spanner": 0.014, "cube": 0.05}[name]
    labels = labels_of(upright(name, 0.1, 0.1, height, 0.2))
    assert len(labels.cell) > 0
    assert float(pad_corners(labels).min()) > 0.0039  # 6 mm less 2 mm of tolerance


def heap():
    """Seven blocks close together, some on others."""
    tilted = ("cuboid", [0.03, 0.05, 0.071], [0.2588, 0.0, 0.0, 0.9659])
    return surface_of(
        upright("cube", 0.0, 0.0, 0.05, 0.2),
        upright("cuboid", 0.08, 0.01, 0.05, 1.4),
        upright("cylinder", -0.06, 0.02, 0.05, 0.0),
        upright("arch", 0.0, 0.09, 0.05, 0.3),
        upright("slab", -0.02, -0.07, 0.025, 0.8),
        upright("can", 0.07, -0.08, 0.115, 0.0),
        tilted,
    )


def test_open_gripper_meets_nothing():
    """Brute force: no surface point lies inside the boxes of pads and palm of any labelled grasp."""
    surface, cfg = heap(), LabelCfg()
    labels = label_grasps(surface, *maps_of(surface), WORKSPACE)
    assert len(labels.cell) > 100
    rotation = class_rotations()[labels.view_angle]
    local = torch.einsum("lpi,lij->lpj", surface.point - labels.position[:, None], rotation)
    x, y, z = local.unbind(dim=2)
    outwards = x.abs() - labels.width[:, None] / 2
    slack = 0.0021  # half a pixel of the pictures that the labels are made from
    pads = (outwards > slack) & (outwards < cfg.pad_thickness - slack) & (y.abs() < cfg.pad_breadth / 2 - slack)
    pads &= (z < -slack) & (z > -cfg.pad_length)
    palm = (x.abs() < cfg.palm_width / 2 - slack) & (y.abs() < cfg.palm_breadth / 2 - slack)
    palm &= (z < -cfg.pad_length - slack) & (z > -cfg.pad_length - 0.08)
    assert not pads.any()
    assert not palm.any()


def test_grasped_object_is_the_one_that_the_cell_shows():
    surface = heap()
    height, ids = maps_of(surface)
    labels = label_grasps(surface, height, ids, WORKSPACE)
    for cell, object_id in zip(labels.cell.tolist()[::20], labels.object_id.tolist()[::20], strict=True):
        row, column = cell // 56 * 4, cell % 56 * 4
        assert object_id in ids[row + 1 : row + 3, column + 1 : column + 3]
    assert labels.cell.diff().min() >= 0
    assert len(set(zip(labels.cell.tolist(), labels.view_angle.tolist(), strict=True))) == len(labels.cell)


def test_empty_table_has_no_labels():
    surface = surface_of(upright("cube", 0.0, 0.0, 0.05, 0.0))
    blank = torch.zeros(224, 224)
    assert len(label_grasps(surface, blank, blank.long(), WORKSPACE).cell) == 0


def test_bad_input():
    surface = surface_of(upright("cube", 0.0, 0.0, 0.05, 0.0))
    height, ids = maps_of(surface)
    with pytest.raises(ValueError, match=r"without a surface: ids \[5\]"):
        label_grasps(surface, height, 5 * ids, WORKSPACE)
    with pytest.raises(ValueError, match="needed"):
        label_grasps(surface, height[:200], ids[:200], WORKSPACE)
    with pytest.raises(ValueError, match=r"LabelCfg\.stroke is -1"):
        LabelCfg(stroke=-1.0)
    with pytest.raises(ValueError, match="max_tilt"):
        LabelCfg(max_tilt=2.0)
