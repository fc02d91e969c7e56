"""Networks of the spatial head: what may not be chosen, shares of the moves, what can be learned about classes."""

from __future__ import annotations

import math

import pytest
import torch

from pushgrasp.grasping.angle_view import class_rotations
from pushgrasp.policies.pg4da.spatial.nets import (
    NEVER,
    NUM_CHOICES,
    NUM_GRASPS,
    NUM_PLACES,
    Inputs,
    SpatialPolicyNet,
    SpatialValueNet,
    at_cells,
    class_geometry,
    places,
    pooled,
)


def inputs(worlds: int = 2) -> Inputs:
    """Noise, with a target of 9 cells, 40 grasps at three of them, and 20 strokes."""
    generator = torch.Generator().manual_seed(0)
    avh, maps = (torch.rand(worlds, channels, 56, 56, generator=generator) for channels in (360, 7))
    maps[:, 0] = 0.0
    maps[:, 0, 26:29, 26:29] = 1.0
    grasps, strokes = torch.zeros(worlds, 9, 360, 8), torch.zeros(worlds, 42, 15)
    grasps[:, :3, :40] = torch.rand(worlds, 3, 40, 8, generator=generator)
    grasps[:, :3, :40, 0] = 1.0
    strokes[:, :20] = torch.rand(worlds, 20, 15, generator=generator)
    strokes[:, :20, 0] = 1.0
    along = torch.rand(worlds, 42, 2, 14, 10, generator=generator)
    cells = torch.randint(3136, (worlds, NUM_PLACES), generator=generator).float()
    looked = torch.full((worlds, 256), -1.0)
    looked[:, :40], looked[:, 40:80] = torch.arange(40.0), 360.0 + torch.arange(40.0)
    profiles = torch.rand(worlds, 256, 2, 33, 3, generator=generator)
    return avh, maps, grasps, strokes, along, cells, looked, profiles


def chances(given: Inputs) -> torch.Tensor:
    return SpatialPolicyNet()(given).exp()


def test_only_what_can_be_carried_out_may_be_chosen() -> None:
    torch.manual_seed(0)
    given = inputs()
    logits = SpatialPolicyNet()(given)
    assert logits.shape == (2, NUM_CHOICES) and bool(logits.isfinite().all())
    assert torch.equal(logits[:, :NUM_GRASPS] > NEVER / 2, given[2][..., 0].flatten(1) > 0.5)
    assert torch.equal(logits[:, NUM_GRASPS:NUM_CHOICES] > NEVER / 2, given[3][..., 0] > 0.5)


def test_untrained_net_grasps_and_pushes_equally_often() -> None:
    torch.manual_seed(0)
    found = chances(inputs())
    torch.testing.assert_close(found.sum(dim=1), torch.ones(2))
    torch.testing.assert_close(found[:, :NUM_GRASPS].sum(dim=1), torch.full((2,), 0.5), atol=0.1, rtol=0.0)


@pytest.mark.parametrize(("missing", "share"), [(2, 0.0), (3, 1.0)])
def test_the_only_possible_move_is_certain(missing: int, share: float) -> None:
    given = list(inputs())
    given[missing] = torch.zeros_like(given[missing])
    found = chances(tuple(given))  # pyright: ignore[reportArgumentType]
    torch.testing.assert_close(found[:, :NUM_GRASPS].sum(dim=1), torch.full((2,), share))


def test_where_nothing_is_possible_some_stroke_is_drawn() -> None:
    avh, maps, grasps, strokes, *rest = inputs()
    found = chances((avh, maps, torch.zeros_like(grasps), torch.zeros_like(strokes), *rest))
    torch.testing.assert_close(found[:, NUM_GRASPS:].sum(dim=1), torch.ones(2))


def test_class_geometry_can_express_tilt_and_jaw_angle() -> None:
    geometry, rotations = class_geometry().double(), class_rotations().double()
    closing = torch.atan2(rotations[:, 1, 0], rotations[:, 0, 0])
    upright = -rotations[:, 2, 2] > math.cos(math.radians(20.0))
    wanted = torch.cos(2 * (closing - 0.4))[upright]  # best where the jaws close along 0.4 rad, either way round
    inverse = torch.linalg.pinv(geometry[upright], rtol=1e-5)  # squares add up to one: columns depend on each other
    error = geometry[upright] @ (inverse @ wanted) - wanted
    assert float(error.abs().max()) < 0.2


def test_pooling_is_the_mean_inside_the_mask() -> None:
    features = torch.tensor([[[1.0, 2.0, 6.0]], [[1.0, 2.0, 6.0]]])
    mask = torch.tensor([[True, False, True], [False, False, False]])
    assert pooled(features, mask).tolist() == [[3.5], [0.0]]


def test_features_are_read_in_the_cells() -> None:
    maps = torch.arange(2 * 3136.0).view(1, 2, 56, 56)
    assert at_cells(maps, torch.tensor([[0, 57]])).tolist() == [[[0.0, 3136.0], [57.0, 3193.0]]]
    assert places(torch.ones(1, 9).long(), torch.full((1, 42, 4), 7)).tolist() == [[1.0] * 9 + [7.0] * 168]


def test_wrong_shape_is_refused() -> None:
    avh, maps, *rest = inputs()
    assert SpatialValueNet()(inputs()).shape == (2, 1)
    for net in (SpatialPolicyNet(), SpatialValueNet()):
        with pytest.raises(ValueError, match=r"\(6, 56, 56\).*expected .*\(7, 56, 56\)"):
            net((avh, maps[:, :6], *rest))


def test_a_grasp_that_looks_better_makes_grasping_likelier() -> None:
    torch.manual_seed(0)
    net, given = SpatialPolicyNet(), inputs()
    net.grasp.score[3].weight.data.zero_()
    shares = []
    for log_odds in (-2.0, 2.0):
        net.grasp.score[3].bias.data.fill_(log_odds)
        scores = net.scores(given)
        assert bool((scores.grasps[given[2][..., 0].flatten(1) > 0.5] == log_odds).all())
        shares.append(net(given)[:, :NUM_GRASPS].exp().sum(dim=1))
    assert bool((shares[1] - shares[0] > 0.5).all())


def test_the_profile_of_a_grasp_tells_about_that_grasp_alone() -> None:
    torch.manual_seed(0)
    net, given = SpatialPolicyNet(), inputs(1)
    before = net.scores(given).grasps
    given[7][0, 45] += 1.0  # that of the sixth class at the second point
    after = net.scores(given).grasps
    assert (after != before).nonzero().tolist() == [[0, 360 + 5]]
