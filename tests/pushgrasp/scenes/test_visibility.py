"""The z-buffer against trimesh's ray casting and areas worked out by hand."""

import numpy as np
import pytest
import torch
import trimesh
from scipy.spatial.transform import Rotation

from pushgrasp.scenes import visibility
from pushgrasp.scenes.generators import cluttered
from pushgrasp.scenes.scene import Scene, SceneObject
from pushgrasp.scenes.shapes import mesh, shape_named
from pushgrasp.scenes.targets import VisibilityRule, with_target
from pushgrasp.scenes.visibility import OverheadView, inverse_depth, visible_shares

COARSE = OverheadView(pixels=80)


def body(item: SceneObject) -> trimesh.Trimesh:
    vertices, faces = mesh(shape_named(item.shape))
    return trimesh.Trimesh(Rotation.from_quat(item.quaternion).apply(vertices) + item.position, faces, process=False)


def ray_depths(item: SceneObject, view: OverheadView) -> np.ndarray:
    """Inverse distance of what each pixel's ray hits first."""
    slope = (np.arange(view.pixels) + 0.5 - view.pixels / 2) / view.pixels * view.field / view.height
    x, y = np.meshgrid(slope, -slope)
    rays = np.stack([x, y, -np.ones_like(x)], axis=-1).reshape(-1, 3)
    origins = np.tile([0.0, 0.0, view.height], (len(rays), 1))
    hits, index, _ = body(item).ray.intersects_location(origins, rays, multiple_hits=False)
    picture = np.zeros(view.pixels**2)
    picture[index] = 1.0 / (view.height - hits[:, 2])
    return picture.reshape(view.pixels, view.pixels)


def test_depths_and_shares_are_those_of_ray_casting() -> None:
    scene = cluttered(torch.Generator().manual_seed(3), 8)
    rays = np.stack([ray_depths(item, COARSE) for item in scene.objects])
    for item, expected in zip(scene.objects, rays, strict=True):
        found = inverse_depth(COARSE, torch.as_tensor(body(item).triangles.copy()))
        np.testing.assert_allclose(found, expected, atol=1e-9)
    outline = rays > 0.0
    seen = (outline & (rays >= rays.max(axis=0) - 1e-12)).sum(axis=(1, 2)) / outline.sum(axis=(1, 2))
    np.testing.assert_allclose(visible_shares(scene, COARSE), seen, atol=1e-9)


def test_a_bridge_hides_half_a_cuboid() -> None:
    # a slab 5 cm wide across a cuboid 10 cm long, far below the camera: half of it is seen
    objects = (SceneObject("cuboid", (0, 0, 0.025)), SceneObject("slab", (0, 0, 0.0625), (0, 0, 0.5**0.5, 0.5**0.5)))
    shares = visible_shares(Scene(objects, 0), OverheadView(height=50.0, field=0.3, pixels=300))
    np.testing.assert_allclose(shares, [0.5, 1.0], atol=0.01)


def test_what_is_under_the_cover_or_outside_is_not_seen() -> None:
    hidden = (SceneObject("tile", (0, 0, 0.0125)), SceneObject("cuboid", (0, 0, 0.05)))
    assert visible_shares(Scene(hidden, 0))[0] == 0.0
    assert visible_shares(Scene((SceneObject("cube", (5.0, 0, 0.025)),), 0)).tolist() == [0.0]


def test_rules_choose_targets() -> None:
    cover, turned = SceneObject("slab", (0.0, 0.0, 0.0625), (0, 0, 0.5**0.5, 0.5**0.5)), (0.3, 0.0, 0.025)
    scene = Scene((SceneObject("cuboid", (0, 0, 0.025)), cover, SceneObject("cuboid", turned)), 2)
    generator = torch.Generator().manual_seed(0)

    def target(*rule: object) -> int | None:
        found = with_target(scene, VisibilityRule(*rule), generator)
        return None if found is None else found.target

    # the first cuboid is half hidden, slab and second cuboid are not
    assert target(0.4, 0.6, "given") is None
    assert target(0.4, 0.6, "any") == 0
    assert target(0.4, 0.6, "same shape") == 0
    assert target(0.9, 1.0, "same shape") == 2
    assert target(0.0, 1.0, "least visible") == 0
    assert target(0.0, 0.1, "any") is None
    assert {target(0.9, 1.0, "any") for _ in range(20)} == {1, 2}
    found = with_target(scene, VisibilityRule(), generator)
    assert found is not None
    assert found.visibility == 1.0


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: OverheadView(pixels=0), "pixels of an overhead view must be positive"),
        (lambda: VisibilityRule(0.5, 0.4), "a visible share is 0 to 1, got 0.5 to 0.4"),
        (lambda: VisibilityRule(choice="all"), "unknown choice 'all'; choices: given"),
    ],
)
def test_bad_settings_are_refused(make: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()  # type: ignore[operator]


def test_fine_meshes_are_looked_at_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    scene = Scene((SceneObject("cup", (0.0, 0.0, 0.0475)), SceneObject("bowl", (0.06, 0.0, 0.025))), 0)
    whole = visible_shares(scene)
    monkeypatch.setattr(visibility, "PAIRS", 1000)
    assert torch.equal(visible_shares(scene), whole)
