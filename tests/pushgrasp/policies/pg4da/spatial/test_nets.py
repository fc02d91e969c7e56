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
    SpatialPolicyNet,
    SpatialValueNet,
    class_geometry,
    pooled,
)


def images(worlds: int = 2) -> torch.Tensor:
    """Noise, with 9 grasp cells, 20 first and 40 further key points."""
    generator = torch.Generator().manual_seed(0)
    images = torch.rand(worlds, 370, 56, 56, generator=generator)
    images[:, 360:363] = 0.0
    images[:, 363, :20] = 0.0
    images[:, 360, 26:29, 26:29] = 1.0
    images[:, 361, 20:24, 26:31] = 1.0
    images[:, 362, 16:24, 26:31] = 1.0
    return images


def test_only_what_is_marked_may_be_chosen() -> None:
    torch.manual_seed(0)
    given = images()
    logits = SpatialPolicyNet()(given)
    assert logits.shape == (2, NUM_LOGITS) and bool(logits.isfinite().all())
    marked = given[:, 360:363].flatten(1) > 0.5
    assert torch.equal(logits[:, : 3 * NUM_CELLS] > NEVER / 2, marked)
    assert torch.equal(logits[:, 3 * NUM_CELLS : 4 * NUM_CELLS] > NEVER / 2, given[:, 363].flatten(1) == 0.0)
    tilt = torch.rad2deg(torch.arccos((-class_rotations()[:, 2, 2]).clamp(-1.0, 1.0)))
    assert torch.equal(logits[0, 4 * NUM_CELLS :] > NEVER / 2, tilt <= 60.0)


def test_untrained_net_grasps_and_pushes_equally_often() -> None:
    torch.manual_seed(0)
    chances = SpatialPolicyNet()(images())[:, : 2 * NUM_CELLS].exp()
    torch.testing.assert_close(chances.sum(dim=1), torch.ones(2))
    torch.testing.assert_close(chances[:, :NUM_CELLS].sum(dim=1), torch.full((2,), 0.5), atol=0.02, rtol=0.0)


@pytest.mark.parametrize(("missing", "share"), [(360, 0.0), (361, 1.0)])
def test_the_only_possible_move_is_certain(missing: int, share: float) -> None:
    given = images()
    given[:, missing] = 0.0
    chances = SpatialPolicyNet()(given)[:, :NUM_CELLS].exp().sum(dim=1)
    torch.testing.assert_close(chances, torch.full((2,), share))


def test_class_geometry_can_express_tilt_and_jaw_angle() -> None:
    geometry, rotations = class_geometry(), class_rotations().float()
    closing = torch.atan2(rotations[:, 1, 0], rotations[:, 0, 0])
    upright = -rotations[:, 2, 2] > math.cos(math.radians(20.0))
    wanted = torch.cos(2 * (closing - 0.4))[upright]  # best where the jaws close along 0.4 rad, either way round
    error = geometry[upright] @ (torch.linalg.pinv(geometry[upright].double()).float() @ wanted) - wanted
    assert float(error.abs().max()) < 0.2


def test_pooling_is_the_mean_inside_the_mask() -> None:
    features = torch.tensor([[[1.0, 2.0, 6.0]], [[1.0, 2.0, 6.0]]])
    mask = torch.tensor([[True, False, True], [False, False, False]])
    assert pooled(features, mask).tolist() == [[3.5], [0.0]]


def test_wrong_shape_is_refused() -> None:
    assert SpatialValueNet()(images()).shape == (2, 1)
    for net in (SpatialPolicyNet(), SpatialValueNet()):
        with pytest.raises(ValueError, match=r"\[1, 360, 56, 56\]; expected \(N, 370, 56, 56\)"):
            net(torch.zeros(1, 360, 56, 56))
