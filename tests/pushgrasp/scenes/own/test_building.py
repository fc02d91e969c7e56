"""Files as own objects: mass and inertia against hand-computed values, the same body from every format."""

from __future__ import annotations

from math import pi
from pathlib import Path

import numpy as np
import pytest
import trimesh
from scipy.spatial import ConvexHull

from pushgrasp.scenes.collision import collision_primitives
from pushgrasp.scenes.mass import mass_properties
from pushgrasp.scenes.own.building import Wishes, build
from pushgrasp.scenes.own.store import ObjectError, OwnObject
from pushgrasp.scenes.resting import resting_poses
from pushgrasp.scenes.shapes import mesh, own_shape
from pushgrasp.scenes.solids import Box, Hull

FORMATS = ("obj", "stl", "ply", "glb")


def built(body: trimesh.Trimesh, path: Path, **wishes: object) -> OwnObject:
    body.export(path)
    return build(path, Wishes(**wishes))[0]


def test_box(tmp_path: Path) -> None:
    own = built(trimesh.creation.box((80, 50, 30)), tmp_path / "Tea box.stl", scale=0.001, mass=0.24)
    shape = own_shape(own)
    assert (own.name, own.source) == ("tea_box", "Tea box.stl")
    assert shape.size == pytest.approx((0.08, 0.05, 0.03))
    assert shape.density == pytest.approx(0.24 / (0.08 * 0.05 * 0.03))
    properties = mass_properties(*mesh(shape), shape.density)
    sides = np.array([0.08, 0.05, 0.03]) ** 2
    np.testing.assert_allclose(properties.inertia, np.diag(0.24 / 12 * (sides.sum() - sides)), atol=1e-12)
    (part,) = collision_primitives(shape)
    assert isinstance(part, Box)
    np.testing.assert_allclose(np.abs(part.corners), np.tile([0.04, 0.025, 0.015], (8, 1)), atol=1e-6)


def test_cylinder(tmp_path: Path) -> None:
    shape = own_shape(built(trimesh.creation.cylinder(0.03, 0.1, sections=256), tmp_path / "tube.obj", mass=0.5))
    properties = mass_properties(*mesh(shape), shape.density)
    across = 0.5 * (3 * 0.03**2 + 0.1**2) / 12
    np.testing.assert_allclose(np.diag(properties.inertia), [across, across, 0.5 * 0.03**2 / 2], rtol=1e-3)
    assert shape.density == pytest.approx(0.5 / (pi * 0.03**2 * 0.1), rel=1e-3)
    assert len(resting_poses(shape).height) == 2  # on either end; it rolls on its side
    assert resting_poses(shape).height.tolist() == pytest.approx([0.05, 0.05], abs=1e-5)


@pytest.mark.parametrize("format_name", FORMATS)
def test_angle_of_every_format(angle: trimesh.Trimesh, tmp_path: Path, format_name: str) -> None:
    # By hand, of 80 g and 48 g about their common centre, 15 mm from that of the lying box on either axis:
    # xx: 80 (40^2 + 20^2) / 12 + 80 15^2 + 48 (40^2 + 60^2) / 12 + 48 25^2 = 82133 g mm2, and so on.
    angle.apply_translation((0.3, -0.2, 0.1))
    shape = own_shape(built(angle, tmp_path / f"angle.{format_name}", mass=0.128))
    properties = mass_properties(*mesh(shape), shape.density)
    assert shape.size == pytest.approx((0.10, 0.04, 0.08))
    assert shape.density == pytest.approx(1000.0)
    np.testing.assert_allclose(properties.centre, (-0.015, 0.0, -0.015), atol=1e-9)
    by_hand = np.array([[82133.33, 0, 48000], [0, 181333.33, 0], [48000, 0, 133333.33]]) * 1e-9
    np.testing.assert_allclose(properties.inertia, by_hand, atol=1e-11)
    parts = collision_primitives(shape)
    assert [type(part) for part in parts] == [Box, Box]
    assert sorted(np.prod(part.size) for part in parts) == pytest.approx([48e-6, 80e-6], rel=1e-3)


def test_principal_axes_turn_moments_back_into_the_inertia(angle: trimesh.Trimesh) -> None:
    properties = mass_properties(angle.vertices, angle.faces, 1000.0)
    moments, turn = properties.principal()
    axes = trimesh.transformations.quaternion_matrix(np.roll(turn, 1))[:3, :3]
    np.testing.assert_allclose(axes @ np.diag(moments) @ axes.T, properties.inertia, atol=1e-15)
    # by hand: 107733 +- 54400, the root of half the difference of 82133 and 133333 squared + 48000 squared
    np.testing.assert_allclose(sorted(moments), [53333e-9, 162133e-9, 181333e-9], rtol=1e-4)


def test_the_same_file_gives_the_same_object(angle: trimesh.Trimesh, tmp_path: Path) -> None:
    one, again = (built(angle, tmp_path / "angle.stl") for _ in range(2))
    heavier = built(angle, tmp_path / "angle.stl", mass=0.2)
    assert one.digest == again.digest != heavier.digest


def test_urdf_places_scales_and_weighs_its_mesh(tmp_path: Path) -> None:
    trimesh.creation.box((0.08, 0.05, 0.03)).export(tmp_path / "block.obj")
    (tmp_path / "block.urdf").write_text(
        '<robot name="r"><link name="base"><inertial><mass value="0.2"/></inertial>'
        '<contact><lateral_friction value="0.5"/></contact>'
        '<visual><origin xyz="0.1 0 0.02" rpy="0 0 1.5707963268"/>'
        '<geometry><mesh filename="package://things/block.obj" scale="2 1 1"/></geometry></visual></link></robot>'
    )
    own, _ = build(tmp_path / "block.urdf", Wishes())
    assert own_shape(own).size == pytest.approx((0.05, 0.16, 0.03))  # a quarter turn swaps x and y
    assert (own.mass, own.friction) == (0.2, 0.5)
    np.testing.assert_allclose(own.origin, (-0.1, 0.0, -0.02), atol=1e-6)
    own, _ = build(tmp_path / "block.urdf", Wishes(mass=0.4, friction=0.9, scale=0.5))
    assert (own.mass, own.friction, own_shape(own).size[1]) == (0.4, 0.9, pytest.approx(0.08))


def test_up_turns_the_file(tmp_path: Path) -> None:
    body = trimesh.creation.box((0.02, 0.03, 0.06))
    assert own_shape(built(body, tmp_path / "y.obj", up="y")).size == pytest.approx((0.02, 0.06, 0.03))
    assert own_shape(built(body, tmp_path / "x.obj", up="x")).size == pytest.approx((0.06, 0.03, 0.02))


def test_a_round_body_collides_as_hulls_and_a_ball_rests_as_it_is(tmp_path: Path) -> None:
    shape = own_shape(built(trimesh.creation.icosphere(3, 0.03), tmp_path / "ball.ply"))
    assert [type(part) for part in collision_primitives(shape)] == [Hull]
    assert resting_poses(shape).quaternion.tolist() == [[0.0, 0.0, 0.0, 1.0]]


def test_open_surfaces_become_their_hull_on_request(tmp_path: Path) -> None:
    cap = trimesh.creation.icosphere(3, 0.04)
    cap.update_faces(cap.triangles_center[:, 2] < 0.02)
    cap.remove_unreferenced_vertices()
    with pytest.raises(ObjectError, match=r"its surface is not closed \(\d+ open edges\).*--hull"):
        built(cap, tmp_path / "cap.stl")
    own = built(cap, tmp_path / "cap.stl", hull=True, mass=0.2)
    body = trimesh.Trimesh(*mesh(own_shape(own)))
    assert body.volume == pytest.approx(ConvexHull(cap.vertices).volume, rel=1e-3)
    assert own.mass == 0.2


def test_faces_are_simplified_on_request(tmp_path: Path) -> None:
    body = trimesh.creation.icosphere(6, 0.04)
    with pytest.raises(ObjectError, match="81920 faces, at most 50000: --faces 20000"):
        built(body, tmp_path / "ball.stl")
    own = built(body, tmp_path / "ball.stl", faces=500)
    assert 400 <= len(own.faces) <= 500
    assert trimesh.Trimesh(own.vertices, own.faces).volume == pytest.approx(4 / 3 * pi * 0.04**3, rel=0.03)


@pytest.mark.parametrize(
    ("wishes", "message"),
    [
        ({"scale": 0.001}, r"is 8e-05 m long.*--scale 1 \(metres\) makes it 0.08 m"),
        ({"scale": 0.0}, "--scale 0: a positive number"),
        ({"mass": 300.0}, "a mass of 300 kg; a body of 120 cm3 weighs 0.0006 to 3 kg"),
        ({"mass": float("nan")}, "a mass of nan kg"),
        ({"friction": 0.0}, "friction 0: 0.01 to 3"),
        ({"name": "cube"}, "'cube' is a built-in shape"),
        ({"name": "../mug"}, "small letters, digits and _"),
        ({"faces": 0}, "--faces 0: at least 12 are needed"),
    ],
)
def test_wishes_that_cannot_be_met(tmp_path: Path, wishes: dict[str, object], message: str) -> None:
    with pytest.raises(ObjectError, match=message):
        built(trimesh.creation.box((0.08, 0.05, 0.03)), tmp_path / "box.obj", **wishes)
