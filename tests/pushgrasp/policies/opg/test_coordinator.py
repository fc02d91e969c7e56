"""What the coordinator is told, worked out by hand."""

from __future__ import annotations

import torch
from pytest import approx

from pushgrasp.policies.opg.coordinator import Coordinator, coordinator_features, crowding


def test_crowding_of_a_square_beside_a_wall() -> None:
    # full mask 4 x 4; its border 1 cell wide holds 4 x 4 cells, without corners; 3 of them are occupied
    full, occupied = torch.zeros(2, 1, 12, 12, dtype=torch.bool)
    full[0, 4:8, 4:8] = True
    occupied[0, 2:7, 8:10] = True
    of_border, of_mask = crowding(full, occupied, 1)
    assert of_border.item() == approx(3 / 16) and of_mask.item() == approx(3 / 16)
    # 2 cells wide: discs of radius 2 add 4 x 8 cells along the sides and 4 x 1 at the corners
    of_border, of_mask = crowding(full, occupied, 2)
    assert of_border.item() == approx((3 + 3 + 1) / 36) and of_mask.item() == approx(7 / 16)


def test_no_mask_has_no_border() -> None:
    nothing = torch.zeros(1, 5, 5, dtype=torch.bool)
    assert [float(value) for value in crowding(nothing, ~nothing, 3)] == [0.0, 0.0]


def test_features_are_in_the_order_of_the_paper() -> None:
    crowded = torch.tensor([0.1, 0.2]), torch.tensor([0.3, 0.4])
    worths = torch.tensor([0.7, -torch.inf]), torch.tensor([-torch.inf, 0.9])
    features = coordinator_features(*worths, torch.tensor([0.5, 0.6]), crowded, torch.tensor([2, 0]))
    torch.testing.assert_close(features, torch.tensor([[0.7, 0.0, 0.5, 0.1, 0.3, 2.0], [0.0, 0.9, 0.6, 0.2, 0.4, 0.0]]))
    assert Coordinator()(features).shape == (2,)
