"""Noise of a camera against its own description."""

import math

import pytest
import torch

from pushgrasp.perception.camera_noise import NOISE, CameraNoise, CameraNoiseCfg

RGB = torch.full((120, 160, 3), 100, dtype=torch.uint8)
DEPTH = torch.full((120, 160), 2.0)


def noise(seed: int = 0, **settings: float) -> CameraNoise:
    return CameraNoise(CameraNoiseCfg(**settings), torch.Generator().manual_seed(seed))


def test_perfect_cameras_change_nothing() -> None:
    rgb, depth = noise().picture(RGB, DEPTH)
    assert torch.equal(rgb, RGB) and torch.equal(depth, DEPTH)
    rotation, position = noise().pose(torch.eye(3), torch.ones(3))
    assert torch.equal(rotation, torch.eye(3)) and torch.equal(position, torch.ones(3))
    assert not CameraNoiseCfg().is_on


def test_depth_errors_grow_with_the_square_of_the_distance() -> None:
    camera = noise(depth=0.001)
    near, far = (camera.picture(RGB, scale * DEPTH)[1] - scale * DEPTH for scale in (0.5, 1.0))
    assert float(near.std()) == pytest.approx(0.001, rel=0.05)
    assert float(far.std()) == pytest.approx(0.004, rel=0.05)
    assert abs(float(far.mean())) < 0.0003


def test_holes_take_their_share_in_blots() -> None:
    _, depth = noise(holes=0.1).picture(RGB, DEPTH)
    missing = depth == 0.0
    assert float(missing.float().mean()) == pytest.approx(0.1, abs=0.005)
    beside = missing[:, 1:] == missing[:, :-1]
    assert float(beside.float().mean()) > 0.95  # single pixels: 0.82
    assert bool((depth[~missing] == 2.0).all())


def test_colours_and_pose_stay_in_an_episode_and_differ_between_episodes() -> None:
    first, second = noise(1, colour=0.2, shift=0.003, tilt=0.01), noise(2, colour=0.2, shift=0.003, tilt=0.01)
    assert torch.equal(first.picture(RGB, DEPTH)[0], first.picture(RGB, DEPTH)[0])
    assert not torch.equal(first.picture(RGB, DEPTH)[0], second.picture(RGB, DEPTH)[0])
    assert bool((first.gain >= 0.8**2).all()) and bool((first.gain <= 1.2**2).all())
    shifts = torch.stack([noise(seed, shift=0.003).shift for seed in range(300)])
    assert float(shifts.std()) == pytest.approx(0.003, rel=0.1)


def test_tilted_cameras_are_turned_by_the_angle() -> None:
    turns = torch.stack([noise(seed, tilt=0.01).turn for seed in range(300)])
    angle = ((turns.diagonal(dim1=1, dim2=2).sum(dim=1) - 1.0) / 2.0).clamp(-1.0, 1.0).acos()
    assert torch.allclose(turns @ turns.mT, torch.eye(3), atol=1e-6)
    assert float(angle.square().mean().sqrt()) == pytest.approx(0.01 * math.sqrt(3.0), rel=0.1)


@pytest.mark.parametrize(("name", "least", "most"), [("calibrated", 0.001, 0.003), ("poor", 0.009, 0.02)])
def test_cameras_by_name_misplace_what_lies_on_the_table(name: str, least: float, most: float) -> None:
    place, error = torch.tensor([0.2, -0.1, -2.0]), []  # 2 m below a camera that looks down
    for seed in range(400):
        rotation, position = CameraNoise(NOISE[name], torch.Generator().manual_seed(seed)).pose(
            torch.eye(3), torch.zeros(3)
        )
        error.append((rotation @ place + position - place)[:2].norm())
    assert least < float(torch.stack(error).mean()) < most


def test_the_seed_repeats_everything() -> None:
    settings = {"depth": 0.002, "holes": 0.05, "colour": 0.1}
    one, other = (noise(5, **settings).picture(RGB, DEPTH) for _ in range(2))
    assert torch.equal(one[0], other[0]) and torch.equal(one[1], other[1])


@pytest.mark.parametrize(
    ("name", "value"), [("depth", -0.1), ("holes", 1.0), ("tilt", math.nan), ("shift", True), ("depth", -1)]
)
def test_values_without_a_meaning_are_refused(name: str, value: float) -> None:
    with pytest.raises(ValueError, match=f"CameraNoiseCfg.{name}="):
        CameraNoiseCfg(**{name: value})
