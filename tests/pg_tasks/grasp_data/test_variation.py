"""What differs between pictures: bounds, shares and noise."""

import math

import pytest
import torch

from pg_tasks.grasp_data.variation import (
    DEFAULT_LIGHT,
    VariationCfg,
    cover_floor,
    draw_colours,
    draw_light,
    jittered,
    noisy_colours,
    noisy_depth,
)
from pushgrasp.perception.heightmap import Heightmaps
from pushgrasp.perception.workspace import Workspace
from pushgrasp.scenes.colours import TARGET_COLOUR


@pytest.fixture
def generator():
    return torch.Generator().manual_seed(0)


def test_any_object_may_have_the_colour_of_the_target(generator):
    colours = draw_colours(generator, 2000, VariationCfg())
    assert bool(((colours >= 0) & (colours <= 1)).all())
    like_target = (colours / torch.tensor(TARGET_COLOUR) - 1).abs().amax(dim=1) < 0.16
    assert 0.03 < float(like_target.float().mean()) < 0.08  # half of the objects in one of ten colours
    assert float(colours.std(dim=0).min()) > 0.2


def test_light_comes_from_above(generator):
    assert draw_light(generator, plain=True) == DEFAULT_LIGHT
    for _ in range(50):
        light = draw_light(generator, plain=False)
        assert math.hypot(*light) == pytest.approx(1.0, abs=1e-5)
        assert light[2] < -0.41


def test_poses_move_by_their_standard_deviations(generator):
    position, quaternion = torch.zeros(4000, 3), torch.tensor([0.0, 0.0, 0.0, 1.0]).repeat(4000, 1)
    moved, turned = jittered(generator, position, quaternion, 0.01, 0.02)
    torch.testing.assert_close(moved.std(dim=0), torch.full((3,), 0.01), rtol=0.05, atol=0)
    torch.testing.assert_close(turned.norm(dim=1), torch.ones(4000))
    torch.testing.assert_close(2 * turned[:, :3].std(dim=0), torch.full((3,), 0.02), rtol=0.05, atol=0)


def test_depth_noise_and_holes(generator):
    depth = torch.full((6, 288, 288), 2.0)
    noisy = noisy_depth(generator, depth, VariationCfg(depth_noise=0.002, holes=0.01))
    share = (noisy == 0).float().mean(dim=(1, 2))
    assert float(share.max()) == pytest.approx(0.01, abs=0.004)
    assert float(share.min()) == 0.0
    deviation = torch.stack([(image[image > 0] - 2.0).std() for image in noisy])
    assert float(deviation.max()) < 0.0022
    assert float(deviation.max()) > 0.0002
    still = noisy_depth(generator, depth, VariationCfg(depth_noise=0.0, holes=0.0))
    assert torch.equal(still, depth)


def test_plain_pictures_keep_their_tones(generator):
    rgb = torch.randint(256, (2, 32, 32, 3), generator=generator).to(torch.uint8)
    ids = torch.zeros(2, 32, 32, dtype=torch.long)
    changed = noisy_colours(generator, rgb, ids, VariationCfg(), torch.tensor([True, False]))
    assert torch.equal(changed[0], rgb[0])
    assert not torch.equal(changed[1], rgb[1])


def test_floor_is_covered_where_a_turn_brings_it_into_sight(generator):
    """Turned by 45 degrees, the table's corners lie beyond the picture's sides and the picture's corners off it."""
    workspace = Workspace()
    colour = torch.full((1, 3, 224, 224), 0.5)
    colour[:, :, :40, :40] = 0.9  # floor in the corner
    ids, height = torch.zeros(1, 224, 224, dtype=torch.long), torch.full((1, 224, 224), 0.001)
    ids[0, 110, 110] = 3
    maps = cover_floor(generator, Heightmaps(colour, height, ids), torch.tensor([math.pi / 4]), workspace)
    assert float(maps.colour[0, :, :30, :30].max()) == 0.5
    assert float(maps.height[0, 5, 5]) == 0.0
    assert float(maps.height[0, 112, 112]) == pytest.approx(0.001)
    assert int(maps.ids[0, 110, 110]) == 3


def test_bad_values():
    with pytest.raises(ValueError, match="depth_noise is -1"):
        VariationCfg(depth_noise=-1.0)
    with pytest.raises(ValueError, match="at most 1"):
        VariationCfg(plain=2.0)
