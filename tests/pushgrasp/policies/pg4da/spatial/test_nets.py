"""Networks of the spatial head: what may not be chosen, shares of the moves, what can be learned about classes."""

from __future__ import annotations

import math

import pytest
import torch

from pushgrasp.grasping.angle_view import class_rotations
from pushgrasp.policies.pg4da.spatial.nets import (
    NEVER,
    NUM_CELLS,
    NUM_LOGITS,
    Inputs,
    SpatialPolicyNet,
    SpatialValueNet,
    class_geometry,
    pooled,
)


def inputs(worlds: int = 2) -> Inputs:
    """Noise, with 9 grasp cells, 20 first and 40 further key points; no class fits."""
    generator = torch.Generator().manual_seed(0)
    avh, maps = (torch.rand(worlds, channels, 56, 56, generator=generator) for channels in (360, 10))
    maps[:, :3], maps[:, 3, :20] = 0.0, 0.0
    maps[:, 0, 26:29, 26:29] = 1.0
    maps[:, 1, 20:24, 26:31] = 1.0
    maps[:, 2, 16:24, 26:31] = 1.0
    return avh, maps, torch.zeros(worlds, 360, 5)


def test_only_what_is_marked_may_be_chosen() -> None:
    torch.manual_seed(0)
    given = inputs()
    logits = SpatialPolicyNet()(given)
    assert logits.shape == (2, NUM_LOGITS) and bool(logits.isfinite().all())
    assert torch.equal(logits[:, : 3 * NUM_CELLS] > NEVER / 2, given[1][:, :3].flatten(1) > 0.5)
    assert torch.equal(logits[:, 3 * NUM_CELLS : 4 * NUM_CELLS] > NEVER / 2, given[1][:, 3].flatten(1) == 0.0)
    tilt = torch.rad2deg(torch.arccos((-class_rotations()[:, 2, 2]).clamp(-1.0, 1.0)))
    assert torch.equal(logits[0, 4 * NUM_CELLS :] > NEVER / 2, tilt <= 60.0)


def test_classes_that_fit_are_preferred_to_all_others() -> None:
    avh, maps, fits = inputs()
    upright = int((-class_rotations()[:, 2, 2]).argmax())
    fits[0, upright] = torch.tensor([1.0, 4.0, 2.0, 3.5, 2.0])
    logits = SpatialPolicyNet()((avh, maps, fits))[:, 4 * NUM_CELLS :]
    assert (logits[0] > NEVER / 2).nonzero().flatten().tolist() == [upright]
    assert (logits[1] > NEVER / 2).sum() > 100  # where none fits, all are left


def test_untrained_net_grasps_and_pushes_equally_often() -> None:
    torch.manual_seed(0)
    chances = SpatialPolicyNet()(inputs())[:, : 2 * NUM_CELLS].exp()
    torch.testing.assert_close(chances.sum(dim=1), torch.ones(2))
    torch.testing.assert_close(chances[:, :NUM_CELLS].sum(dim=1), torch.full((2,), 0.5), atol=0.02, rtol=0.0)


@pytest.mark.parametrize(("missing", "share"), [(0, 0.0), (1, 1.0)])
def test_the_only_possible_move_is_certain(missing: int, share: float) -> None:
    avh, maps, fits = inputs()
    maps[:, missing] = 0.0
    chances = SpatialPolicyNet()((avh, maps, fits))[:, :NUM_CELLS].exp().sum(dim=1)
    torch.testing.assert_close(chances, torch.full((2,), share))


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


def test_wrong_shape_is_refused() -> None:
    avh, maps, fits = inputs()
    assert SpatialValueNet()((avh, maps, fits)).shape == (2, 1)
    for net in (SpatialPolicyNet(), SpatialValueNet()):
        with pytest.raises(ValueError, match=r"\(9, 56, 56\).*expected .*\(10, 56, 56\)"):
            net((avh, maps[:, :9], fits))
