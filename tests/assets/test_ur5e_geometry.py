"""What is drawn of the UR5e against what collides."""

from math import pi

import numpy as np
import pytest
from pxr import Usd, UsdGeom

from pushgrasp_assets import asset_path

LINKS = ("base", "shoulder", "upper_arm", "forearm", "wrist_1", "wrist_2", "wrist_3")


def round_part(prim: Usd.Prim) -> tuple[np.ndarray, np.ndarray, float, float, bool]:
    """Centre, axis, half length, radius of a cylinder or capsule in its link's frame, and whether it is a capsule."""
    shape = UsdGeom.Capsule(prim) if prim.IsA(UsdGeom.Capsule) else UsdGeom.Cylinder(prim)
    centre = np.array(UsdGeom.Xformable(prim).GetLocalTransformation())[3, :3]
    axis = np.eye(3)["XYZ".index(shape.GetAxisAttr().Get())]
    return centre, axis, shape.GetHeightAttr().Get() / 2, shape.GetRadiusAttr().Get(), prim.IsA(UsdGeom.Capsule)


def rims(centre: np.ndarray, axis: np.ndarray, half: float, radius: float) -> np.ndarray:
    """Points on the rims of both ends of a cylinder."""
    angles = np.linspace(0.0, 2 * pi, 24)
    across, other = np.roll(axis, 1), np.roll(axis, 2)
    ring = radius * (np.cos(angles)[:, None] * across + np.sin(angles)[:, None] * other)
    return np.concatenate([centre + side * half * axis + ring for side in (-1.0, 1.0)])


def within(
    points: np.ndarray, centre: np.ndarray, axis: np.ndarray, half: float, radius: float, ball: bool
) -> np.ndarray:
    """Which points lie in a cylinder or capsule, to 1 um."""
    along = (points - centre) @ axis
    away = np.linalg.norm(points - centre - along[:, None] * axis, axis=1)
    beyond = np.maximum(np.abs(along) - half, 0.0)
    return (np.hypot(away, beyond) < radius + 1e-6) if ball else (away < radius + 1e-6) & (beyond < 1e-6)


@pytest.mark.parametrize("link", LINKS)
def test_what_is_drawn_lies_inside_what_collides(link: str) -> None:
    stage = Usd.Stage.Open(str(asset_path("robots", "ur5e_2f140.usda")))
    drawn, colliding = (
        stage.GetPrimAtPath(f"/ur5e_2f140/{link}_link/{kind}").GetChildren() for kind in ("visual", "collision")
    )
    colliders = [round_part(prim) for prim in colliding]
    for prim in drawn:
        assert UsdGeom.Imageable(prim).ComputePurpose() == UsdGeom.Tokens.default_
        points = rims(*round_part(prim)[:4])
        assert np.any([within(points, *collider) for collider in colliders], axis=0).all(), prim.GetPath()
    assert {UsdGeom.Imageable(prim).ComputePurpose() for prim in colliding} == {UsdGeom.Tokens.guide}
