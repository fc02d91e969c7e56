"""Grasps of cubes that stand alone, between others and under a slab."""

from __future__ import annotations

import pytest
import torch

from pushgrasp.grasping.labels.surface import SurfacePoints, scene_points
from pushgrasp.policies.baselines.oracle.grasps import TrueGrasps, covered_area, diverse, true_grasps

LEFT, RIGHT, FRONT, BACK = (-0.051, 0.0, 0.025), (0.051, 0.0, 0.025), (0.0, -0.051, 0.025), (0.0, 0.051, 0.025)


def cubes(*places: tuple[float, float, float], cover: float | None = None) -> SurfacePoints:
    """A cube at the origin with others around it, and a slab whose underside is at height ``cover`` [m]."""
    at = [(0.0, 0.0, 0.025), *places]
    shapes = ["cube"] * len(at)
    if cover is not None:
        at, shapes = [*at, (0.0, 0.0, cover + 0.0125)], [*shapes, "slab"]
    upright = torch.tensor([0.0, 0.0, 0.0, 1.0]).repeat(len(at), 1)
    return scene_points(shapes, torch.tensor(at), upright, range(1, len(at) + 1))


def upright_across_x(grasps: TrueGrasps) -> torch.Tensor:
    return (grasps.rotation[:, 0, 0].abs() > 0.99) & (grasps.rotation[:, 2, 2] < -0.99)


def test_a_lone_cube_is_grasped_round_its_middle() -> None:
    best = true_grasps(cubes(), 1).select(torch.tensor([0]))
    assert float(best.blocked) == 0.0
    assert best.position[0, :2].norm() < 0.006
    assert 0.006 <= float(best.position[0, 2]) <= 0.05
    assert float(best.width) == pytest.approx(0.07, abs=0.012)  # the cube and 1 cm on either side, or half of that
    assert float(best.rotation[0, :2, 0].abs().amax()) > 0.99  # across two faces
    assert float(best.cost) < 0.1


def test_best_grasp_goes_between_neighbours() -> None:
    best = true_grasps(cubes(LEFT, RIGHT), 1).select(torch.tensor([0]))
    assert float(best.rotation[0, 1, 0].abs()) > 0.99
    assert float(best.blocked) == 0.0


def test_volume_in_the_way_of_pads() -> None:
    grasps = true_grasps(cubes(LEFT, RIGHT, FRONT, BACK), 1)
    assert float(grasps.blocked.min()) > 0.0
    straight = grasps.select(upright_across_x(grasps) & (grasps.width < 0.065) & (grasps.position[:, 2] < 0.03))
    # Pads reach from 25 to 43 mm off the middle, of which neighbours take 17; 26 mm broad, 25 mm deep.
    assert float(straight.blocked.min()) == pytest.approx(2 * 0.017 * 0.026 * 0.025, rel=0.35)


def test_a_cover_is_in_the_way_and_the_less_the_higher_jaws_pass() -> None:
    open_, covered = true_grasps(cubes(), 1), true_grasps(cubes(cover=0.05), 1)
    from_above = covered.select(covered.rotation[:, 2, 2] < -0.99)
    assert float(open_.blocked.min()) == 0.0
    assert float(from_above.blocked.min()) > 10e-6  # of the slab's 125 cm^3 at least the part over the cube
    assert len(covered) > 0


def test_what_lies_on_an_object_makes_it_costly() -> None:
    surface = cubes(LEFT, RIGHT, cover=0.05)
    mine = surface.object_id == 1
    # The slab is 10 cm long and 5 cm wide, the cube 5 cm; cells of 4 mm that the rim crosses count whole.
    assert 0.05**2 <= covered_area(surface.point[mine], surface.point[~mine]) <= 0.058**2
    assert covered_area(surface.point[mine], surface.point[~mine & (surface.object_id < 4)]) == 0.0
    assert covered_area(surface.point[mine], surface.point[:0]) == 0.0
    assert float(true_grasps(surface, 1).cost[0]) > 1.0


@pytest.mark.parametrize(("x", "some"), [(0.49, True), (0.52, False)])
def test_grippers_stay_in_their_square(x: float, some: bool) -> None:
    surface = cubes()
    moved = SurfacePoints(surface.point + torch.tensor([x, 0.0, 0.0]), surface.normal, surface.area, surface.object_id)
    grasps = true_grasps(moved, 1)
    assert bool(len(grasps)) == some  # a cube of 5 cm at 0.52 begins beyond 0.48
    assert bool((grasps.position[:, :2].abs() <= 0.48).all())


def test_sorted_and_diverse() -> None:
    grasps = true_grasps(cubes(LEFT), 1)
    assert torch.equal(grasps.cost, grasps.cost.sort().values)
    few = diverse(grasps, 5)
    assert len(few) == 5
    assert torch.equal(few.cost[0], grasps.cost[0])
    apart = torch.cdist(few.position, few.position) >= 0.012
    turned = torch.einsum("aij,bij->abj", few.rotation, few.rotation)[..., [0, 2]].abs().amin(dim=-1) <= 0.97
    assert bool((apart | turned | torch.eye(5, dtype=torch.bool)).all())


def test_unknown_object_is_refused() -> None:
    with pytest.raises(ValueError, match=r"object 7 has no surface; objects: \[1\]"):
        true_grasps(cubes(), 7)
