"""USD files of own objects: inertia about axes that are not the body's, and friction, as Newton reads them."""

from pathlib import Path

import newton
import numpy as np
import trimesh
from newton.solvers import SolverMuJoCo
from newton.usd import SchemaResolverMjc, SchemaResolverNewton

from pushgrasp.scenes.own.building import Wishes, build
from pushgrasp.scenes.shapes import own_shape
from pushgrasp_assets.authoring.objects import author_object


def test_newton_reads_inertia_and_friction_of_an_angle(tmp_path: Path) -> None:
    lying, standing = trimesh.creation.box((0.10, 0.04, 0.02)), trimesh.creation.box((0.02, 0.04, 0.06))
    standing.apply_translation((-0.04, 0.0, 0.04))
    trimesh.util.concatenate([lying, standing]).export(tmp_path / "angle.ply")
    own, _ = build(tmp_path / "angle.ply", Wishes(mass=0.128, friction=0.4))
    author_object(own_shape(own), tmp_path / "angle.usda")
    builder = newton.ModelBuilder()
    SolverMuJoCo.register_custom_attributes(builder)
    builder.add_usd(
        str(tmp_path / "angle.usda"),
        hide_collision_shapes=True,
        schema_resolvers=[SchemaResolverNewton(), SchemaResolverMjc()],
    )
    assert builder.body_count == 1
    np.testing.assert_allclose(builder.body_mass[0], 0.128, rtol=1e-6)
    np.testing.assert_allclose(np.array(builder.body_com[0]), (-0.015, 0.0, -0.015), atol=1e-7)
    # by hand: 80 g and 48 g about their common centre
    by_hand = np.array([[82133.33, 0, 48000], [0, 181333.33, 0], [48000, 0, 133333.33]]) * 1e-9
    np.testing.assert_allclose(np.array(builder.body_inertia[0]).reshape(3, 3), by_hand, atol=2e-10)
    colliding = [i for i, flags in enumerate(builder.shape_flags) if flags & newton.ShapeFlags.COLLIDE_SHAPES]
    assert len(colliding) == 2
    np.testing.assert_allclose([builder.shape_material_mu[i] for i in colliding], 0.4, rtol=1e-6)
