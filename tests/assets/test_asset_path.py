"""Where the assets are."""

import pytest

from pushgrasp.scenes.shapes import SHAPES
from pushgrasp_assets import asset_path


def test_every_shape_and_the_gripper_have_a_file() -> None:
    for name in SHAPES:
        assert asset_path("objects", f"{name}.usda").is_file()
    assert asset_path("robots", "parallel_gripper.usda").is_absolute()
    assert asset_path("objects").is_dir()


def test_missing_asset_is_named_with_what_is_there() -> None:
    with pytest.raises(FileNotFoundError, match=r"'objects/ball\.usda'.*arch\.usda, .*cube\.usda"):
        asset_path("objects", "ball.usda")
    with pytest.raises(FileNotFoundError, match=r"'toys/ball\.usda'.*objects, robots"):
        asset_path("toys", "ball.usda")
