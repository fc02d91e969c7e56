"""What a scene accepts and refuses."""

import pytest

from pushgrasp.scenes.scene import Scene, SceneObject

CUBE = SceneObject("cube", (0.0, 0.0, 0.025))


def test_quaternions_are_normalised() -> None:
    # |(2, 0, 0, 2)| = 2 sqrt(2)
    assert SceneObject("slab", (0, 0, 0), (2, 0, 0, 2)).quaternion == pytest.approx((0.5**0.5, 0, 0, 0.5**0.5))


def test_scene_keeps_its_objects_in_order() -> None:
    scene = Scene([CUBE, SceneObject("arch", (0.1, 0, 0.025))], target=1)  # type: ignore[arg-type]
    assert [item.shape for item in scene.objects] == ["cube", "arch"]
    assert isinstance(scene.objects, tuple)


@pytest.mark.parametrize(
    ("shape", "position", "quaternion", "message"),
    [
        ("ball", (0, 0, 0), (0, 0, 0, 1), "'ball'.*cube, cuboid"),
        ("cube", (0, float("nan"), 0), (0, 0, 0, 1), "position of 'cube'"),
        ("cube", (0, 0), (0, 0, 0, 1), "position of 'cube' must be 3"),
        ("cube", (0, 0, 0), (0, 0, float("inf"), 1), "quaternion of 'cube'"),
        ("cube", (0, 0, 0), (0, 0, 1), "quaternion of 'cube' must be 4"),
        ("cube", (0, 0, 0), (0, 0, 0, 0), "no direction"),
    ],
)
def test_bad_objects_are_refused(shape: str, position: tuple, quaternion: tuple, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        SceneObject(shape, position, quaternion)


@pytest.mark.parametrize("target", [-1, 2])
def test_target_must_be_an_object(target: int) -> None:
    with pytest.raises(ValueError, match=f"target {target} is out of range: the scene's objects are 0 to 1"):
        Scene((CUBE, CUBE), target)


def test_empty_scene_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one"):
        Scene((), 0)


def test_more_objects_than_a_table_holds_are_refused() -> None:
    assert len(Scene((CUBE,) * 100, 0).objects) == 100
    with pytest.raises(ValueError, match="101 objects; a scene has at most 100"):
        Scene((CUBE,) * 101, 0)
