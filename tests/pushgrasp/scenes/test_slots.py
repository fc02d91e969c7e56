"""Slots: assignment, parking, too many objects."""

import pytest
import torch

from pushgrasp.scenes.scene import Scene, SceneObject
from pushgrasp.scenes.shapes import SHAPES
from pushgrasp.scenes.slots import SlotLayout

LAYOUT = SlotLayout(("cube", "slab", "cube", "arch"))
TURNED = (0.0, 0.0, 0.6, 0.8)


def scene_of(*shapes: str, target: int = 0) -> Scene:
    return Scene(tuple(SceneObject(s, (0.1 * i, -0.1 * i, 0.05), TURNED) for i, s in enumerate(shapes)), target)


def test_objects_take_the_first_free_slots_of_their_shapes() -> None:
    poses = LAYOUT.assign([scene_of("arch", "cube", "cube", target=2), scene_of("slab")])
    # world 0: arch -> slot 3, first cube -> 0, second cube -> 2, which is the target; world 1: slab -> 1
    assert poses.active.tolist() == [[True, False, True, True], [False, True, False, False]]
    assert poses.target.tolist() == [2, 1]
    torch.testing.assert_close(
        poses.position[0, [3, 0, 2]], torch.tensor([[0, 0, 0.05], [0.1, -0.1, 0.05], [0.2, -0.2, 0.05]])
    )
    torch.testing.assert_close(poses.quaternion[poses.active], torch.tensor([TURNED]).repeat(4, 1))
    assert poses.position.dtype == poses.quaternion.dtype == torch.float32
    assert poses.target.dtype == torch.long


def test_other_slots_are_parked() -> None:
    poses = LAYOUT.assign([scene_of("slab")])
    position, quaternion = LAYOUT.parking_poses()
    torch.testing.assert_close(poses.position[0][~poses.active[0]], position[[0, 2, 3]])
    torch.testing.assert_close(poses.quaternion[0][~poses.active[0]], quaternion[[0, 2, 3]])


def test_parked_blocks_lie_on_their_plane_and_do_not_touch() -> None:
    layout = SlotLayout.default(35)
    position, _ = layout.parking_poses()
    bottoms = position[:, 2] - torch.tensor([SHAPES[name].size[2] / 2 for name in layout.shapes])
    torch.testing.assert_close(bottoms, torch.full((35,), -0.5))
    radii = torch.tensor([SHAPES[name].bounding_radius for name in layout.shapes])
    clearance = torch.cdist(position, position) - radii[:, None] - radii
    assert clearance.fill_diagonal_(1.0).min() > 0.0


@pytest.mark.parametrize(("max_objects", "each"), [(1, 1), (7, 1), (8, 2), (20, 3), (35, 5)])
def test_default_layout_has_equally_many_of_each_shape(max_objects: int, each: int) -> None:
    layout = SlotLayout.default(max_objects)
    assert sorted(layout.shapes) == sorted(list(SHAPES) * each)


def test_colours_go_with_their_objects() -> None:
    red = SceneObject("arch", (0.0, 0.0, 0.025), colour=(1.0, 0.0, 0.0))
    colour = LAYOUT.assign([Scene((red, SceneObject("cube", (0.2, 0.0, 0.025))), 1)]).colour
    assert colour[0, 3].tolist() == [1.0, 0.0, 0.0]
    assert colour[0, :3].isnan().all()


def test_slots_of_several_layouts_and_scenes_hold_each() -> None:
    joined = SlotLayout.joining([LAYOUT, SlotLayout(("arch", "arch", "prism"))])
    assert sorted(joined.shapes) == ["arch", "arch", "cube", "cube", "prism", "slab"]
    held = SlotLayout.holding([scene_of("cube", "cube"), scene_of("cube", "slab")])
    assert sorted(held.shapes) == ["cube", "cube", "slab"]


def test_long_shapes_are_parked_further_apart() -> None:
    layout = SlotLayout.of(["spatula"] * 4)
    position, _ = layout.parking_poses()
    # 20 cm by 6.5 cm: 21 cm across
    assert float(torch.cdist(position, position).fill_diagonal_(1.0).min()) > 0.21


def test_too_many_objects_of_a_shape_are_refused() -> None:
    with pytest.raises(ValueError, match="3 objects of shape 'cube', but only 2 slots"):
        LAYOUT.assign([scene_of("slab"), scene_of("cube", "cube", "cube")])
    with pytest.raises(ValueError, match="1 objects of shape 'prism', but only 0 slots"):
        LAYOUT.assign([scene_of("prism")])


def test_bad_layouts_are_refused() -> None:
    with pytest.raises(ValueError, match="at least one slot"):
        SlotLayout(())
    with pytest.raises(ValueError, match="'ball'"):
        SlotLayout(("cube", "ball"))
    with pytest.raises(ValueError, match="max_objects must be positive, got 0"):
        SlotLayout.default(0)
