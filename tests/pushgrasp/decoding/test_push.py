"""Push paths on hand-made scenes, and properties of all paths over random clutter."""

import math

import pytest
import torch

from pushgrasp.decoding.polyline import lengths
from pushgrasp.decoding.push import Pushes, decode_pushes
from pushgrasp.decoding.push_cfg import PushDecoderCfg
from pushgrasp.perception.masks import object_mask

CFG = PushDecoderCfg()


def bumps(workspace, *peaks, sigma=0.01):
    """Feature map (1, H, W) with Gaussian peaks (x, y, score)."""
    xy = workspace.cell_centres()
    maps = [score * (-(xy - torch.tensor([x, y])).square().sum(-1) / (2 * sigma**2)).exp() for x, y, score in peaks]
    return torch.stack(maps).sum(dim=0)[None]


def push(f_map, height, ids, workspace, num_arms, target=1, cfg=CFG):
    return decode_pushes(f_map, ids == target, object_mask(ids, height), height, workspace, num_arms, cfg)


@pytest.fixture(scope="module")
def random_pushes():
    """Filled on first use: 200 random scenes and their pushes with two arms."""
    return {}


@pytest.fixture
def clutter(random_pushes, draw_random, workspace):
    if not random_pushes:
        height, ids = draw_random(200, 11)
        generator = torch.Generator().manual_seed(5)
        coarse = torch.randn(200, 1, 56, 56, generator=generator)
        f_map = torch.nn.functional.interpolate(coarse, size=(224, 224), mode="bilinear")[:, 0]
        parts = [push(f_map[i : i + 50], height[i : i + 50], ids[i : i + 50], workspace, 2) for i in range(0, 200, 50)]
        names = ("paths", "yaw", "active", "valid")
        random_pushes["pushes"] = Pushes(*[torch.cat([getattr(part, name) for part in parts]) for name in names])
        random_pushes["height"] = height
    return random_pushes["pushes"], random_pushes["height"]


@pytest.mark.parametrize("upwards", [True, False])
def test_path_leads_from_the_lower_to_the_higher_score(draw, workspace, upwards):
    height, ids = draw([(0.0, 0.0, 0.04, 0.04, 0.04, 0.0)])
    scores = (1.0, 2.0) if upwards else (2.0, 1.0)
    f_map = bumps(workspace, (0.0, -0.03, scores[0]), (0.0, 0.03, scores[1]))
    pushes = push(f_map, height, ids, workspace, num_arms=1)
    assert pushes.valid.all() and pushes.paths.shape == (1, 1, 32, 3)
    path = pushes.paths[0, 0] * (1.0 if upwards else -1.0)
    # 6 cm between the key points, so the line is lengthened at its end to 1.05 x 0.10 m; the tool needs 27 mm of free
    # table beyond the face at 20 mm, so the start moves back from 30 mm to 50 mm in steps of 10 mm.
    assert path[0, 1] == pytest.approx(-0.05, abs=0.0051)
    assert path[-1, 1] == pytest.approx(-0.03 + 0.105, abs=0.0051)
    assert path[:, 0].abs().max() < 0.005
    assert (pushes.paths[0, 0, :, 2] - 0.012).abs().max() < 1e-6
    # The closing axis follows the tangent: +-90 degrees.
    assert torch.allclose(pushes.yaw.abs(), torch.full_like(pushes.yaw, math.pi / 2), atol=0.05)


def test_a_single_key_point_is_crossed_in_the_middle_of_a_stroke_past_the_target(draw, workspace):
    # Target in the middle, a neighbour at x = 0.06 with the only peak on it: the stroke runs along y through x = 0.06.
    height, ids = draw([(0.0, 0.0, 0.03, 0.03, 0.04, 0.0), (0.06, 0.0, 0.03, 0.03, 0.04, 0.0)])
    f_map = bumps(workspace, (0.06, 0.0, 1.0), sigma=0.02)
    cfg = PushDecoderCfg(nms_window=99)
    pushes = push(f_map, height, ids, workspace, 1, cfg=cfg)
    path = pushes.paths[0, 0]
    assert pushes.valid.all()
    assert (path[:, 0] - 0.06).abs().max() < 0.005
    assert path[:, 1].min() < -0.03 and path[:, 1].max() > 0.03 and path[0, 1].abs() > 0.03


def test_the_lower_scored_end_is_trimmed_to_the_greatest_stroke(draw, workspace):
    # Key points in an L: 10 cm along x, then 6 cm along y to the best one on the target; the rest is free table.
    height, ids = draw([(0.0, 0.06, 0.04, 0.04, 0.04, 0.0)])
    f_map = bumps(workspace, (-0.10, 0.0, 1.0), (0.0, 0.0, 1.5), (0.0, 0.06, 2.0), sigma=0.02)
    wide = {"reach": 0.2, "surround": 0.3, "key_points": 3, "nms_window": 9}
    trimmed = push(f_map, height, ids, workspace, 1, cfg=PushDecoderCfg(max_stroke=0.10, **wide)).paths[0, 0]
    whole = push(f_map, height, ids, workspace, 1, cfg=PushDecoderCfg(**wide)).paths[0, 0]
    # 10 of the 16 cm are left: 4 cm along x and the 6 cm along y. Smoothing cuts the corner, a cell is 4.5 mm.
    assert (trimmed[0, :2] - torch.tensor([-0.04, 0.0])).norm() < 0.012
    assert (whole[0, :2] - torch.tensor([-0.10, 0.0])).norm() < 0.012
    for path in (trimmed, whole):
        assert (path[:, :2] - torch.tensor([0.0, 0.06])).norm(dim=-1).min() < 0.01


def test_two_arms_take_a_side_each(draw, workspace):
    boxes = [(0.0, 0.0, 0.08, 0.04, 0.04, 0.0), (-0.09, 0.0, 0.04, 0.08, 0.04, 0.0), (0.09, 0.0, 0.04, 0.08, 0.04, 0.0)]
    height, ids = draw(boxes)
    peaks = [(sign * 0.085, y, score) for sign in (-1, 1) for y, score in ((-0.03, 1.0), (0.03, 2.0))]
    pushes = push(bumps(workspace, *peaks), height, ids, workspace, 2)
    assert pushes.active.all()
    assert (pushes.paths[0, 0, :, 0] <= -0.075 + 1e-4).all() and (pushes.paths[0, 1, :, 0] >= 0.075 - 1e-4).all()
    assert (pushes.paths[0, :, -1, 1] > 0.03).all() and (pushes.paths[0, :, 0, 1] < -0.06).all()


def test_key_points_on_one_side_use_that_sides_arm(draw, workspace):
    # The target ends at x = -0.40: left of its centre there is no room for a second arm.
    height, ids = draw([(-0.42, 0.1, 0.04, 0.04, 0.04, 0.0)])
    for x, arm in ((-0.44, 0), (-0.40, 1)):
        pushes = push(bumps(workspace, (x, 0.1, 1.0)), height, ids, workspace, 2)
        assert pushes.active[0].tolist() == [arm == 0, arm == 1]


def test_no_free_start_means_no_push(draw, workspace):
    height, ids = draw([(0.0, 0.0, 0.05, 0.05, 0.05, 0.0), (0.0, 0.0, 1.2, 1.2, 0.04, 0.0)])
    pushes = push(torch.rand(1, 224, 224), height, ids, workspace, 2)
    assert not pushes.valid.any() and not pushes.active.any()
    assert (pushes.paths == 0.0).all() and (pushes.yaw == 0.0).all()


def test_an_empty_table_can_not_be_pushed(workspace):
    height, ids = torch.zeros(2, 224, 224), torch.zeros(2, 224, 224, dtype=torch.long)
    pushes = push(torch.rand(2, 224, 224), height, ids, workspace, 2)
    assert not pushes.valid.any() and torch.isfinite(pushes.paths).all()


def test_unseen_target_pushes_around_the_best_cell_of_all_objects(draw, workspace):
    height, ids = draw([(-0.2, 0.2, 0.05, 0.05, 0.05, 0.0), (0.2, -0.2, 0.05, 0.05, 0.05, 0.0)])
    f_map = bumps(workspace, (0.2, -0.2, 1.0), (0.0, 0.0, 5.0), sigma=0.03)
    pushes = push(f_map, height, ids, workspace, 1, target=9)
    assert pushes.valid.all()
    distance = (pushes.paths[0, 0, :, :2] - torch.tensor([0.2, -0.2])).norm(dim=-1)
    assert distance.min() < 0.03 and distance.max() < 0.35


def test_most_random_scenes_can_be_pushed(clutter):
    pushes, _ = clutter
    assert pushes.valid.float().mean() > 0.9
    assert pushes.active.all(dim=1).float().mean() > 0.2


def test_starts_are_never_on_an_object(clutter, workspace):
    pushes, height = clutter
    for n, arm in pushes.active.nonzero().tolist():
        cells = workspace.cell_centres()[height[n] > 0.006]
        # Half the diagonal of the 24 mm tool is 17 mm, plus 10 mm; a cell is known to half its diagonal of 3.2 mm.
        assert (cells - pushes.paths[n, arm, 0, :2]).norm(dim=-1).min() > 0.027 - 0.0032


def test_lengths_heights_and_workspace(clutter):
    pushes, _ = clutter
    paths = pushes.paths[pushes.active]
    total = lengths(paths[..., :2])
    assert total.min() >= 0.10 and total.max() <= 0.30 + 1e-5
    assert paths[..., :2].abs().max() <= 0.475 + 1e-5
    assert paths[..., 2].min() >= 0.010 and paths[..., 2].max() <= 0.020


def test_two_arms_stay_apart_at_all_times(clutter):
    pushes, _ = clutter
    both = pushes.active.all(dim=1)
    left, right = pushes.paths[both, 0, :, :2], pushes.paths[both, 1, :, :2]
    # Same duration, and same speed with the shorter path waiting at its end, sampled every hundredth.
    assert (left - right).norm(dim=-1).min() >= 0.15 - 1e-5
    steps = torch.linspace(0.0, 0.30, 100)
    for first, second in zip(left, right, strict=True):
        at = [path[(steps / (lengths(path[None]) / 31)).round().long().clamp(max=31)] for path in (first, second)]
        assert (at[0] - at[1]).norm(dim=-1).min() >= 0.15 - 1e-5


def test_yaw_is_the_tangent_and_continuous(clutter):
    pushes, _ = clutter
    paths, yaw = pushes.paths[pushes.active], pushes.yaw[pushes.active]
    chord = paths[:, 2:, :2] - paths[:, :-2, :2]
    axis = torch.stack((yaw.cos(), yaw.sin()), dim=-1)[:, 1:-1]
    cross = chord[..., 0] * axis[..., 1] - chord[..., 1] * axis[..., 0]
    assert cross.abs().max() < 1e-5
    assert (yaw[:, 0] > -math.pi / 2 - 1e-5).all() and (yaw[:, 0] <= math.pi / 2 + 1e-5).all()
    assert yaw.diff(dim=1).abs().max() <= math.pi / 2 + 1e-5


@pytest.mark.parametrize("num_arms", [1, 2])
def test_results_repeat_and_do_not_depend_on_the_batch(draw_random, workspace, num_arms):
    height, ids = draw_random(4, 21)
    f_map = torch.rand(4, 224, 224, generator=torch.Generator().manual_seed(0))
    first, again = (push(f_map, height, ids, workspace, num_arms) for _ in range(2))
    assert torch.equal(first.paths, again.paths) and torch.equal(first.yaw, again.yaw)
    for n in range(4):
        one = slice(n, n + 1)
        alone = push(f_map[one], height[one], ids[one], workspace, num_arms)
        assert torch.equal(alone.active, first.active[one])
        assert torch.allclose(alone.paths, first.paths[one], atol=1e-5)


def test_equal_scores_everywhere_still_give_one_result(draw, workspace):
    height, ids = draw([(0.0, 0.0, 0.04, 0.04, 0.04, 0.0), (0.08, 0.0, 0.05, 0.05, 0.04, 0.0)])
    first, again = (push(torch.zeros(1, 224, 224), height, ids, workspace, 2) for _ in range(2))
    assert first.valid.all() and torch.equal(first.paths, again.paths)


def test_bad_input_is_named(draw, workspace):
    height, ids = draw([(0.0, 0.0, 0.05, 0.04, 0.05, 0.0)])
    mask, f_map = ids == 1, torch.zeros(1, 224, 224)
    with pytest.raises(ValueError, match="f_map"):
        decode_pushes(f_map[:, 1:], mask, mask, height, workspace, 2, CFG)
    with pytest.raises(ValueError, match="f_map"):
        decode_pushes(f_map * torch.nan, mask, mask, height, workspace, 2, CFG)
    with pytest.raises(ValueError, match="object_mask"):
        decode_pushes(f_map, mask, ids, height, workspace, 2, CFG)
    with pytest.raises(ValueError, match="num_arms is 3"):
        decode_pushes(f_map, mask, mask, height, workspace, 3, CFG)
    with pytest.raises(ValueError, match="tip_height"):
        PushDecoderCfg(tip_height=0.05)
    with pytest.raises(ValueError, match="key_points"):
        PushDecoderCfg(key_points=12)
