"""The fake cell's camera against the simulator's, on the same scene."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from pushgrasp.deploy.fake.physics.cell import CellPhysics
from pushgrasp.deploy.fake.physics.geometry import cell_geometry
from pushgrasp.deploy.fake.physics.picture import simulator_camera, take_picture
from pushgrasp.scenes.scene import Scene, SceneObject


def test_pictures_agree(run_environment: Callable) -> None:
    words = ("env.rig=full", "env.clutter.num_objects=10", "env.clutter.layout=cluttered")
    with run_environment(*words) as env:
        env.reset(seed=3)
        rgb, depth, ids = (image[0].numpy() for image in env.observer.picture())
        shapes = env.cfg.clutter.slot_layout().shapes
        slots = np.flatnonzero(env.objects.active[0].numpy())
        poses = [(env.objects.position[0, i].tolist(), env.objects.quaternion[0, i].tolist()) for i in slots]
        target = slots.tolist().index(int(env.objects.target[0]))
        camera = env.scene["camera"].data
        lens, place = camera.intrinsic_matrices.torch[0].numpy(), camera.pos_w.torch[0] - env.scene.env_origins[0]
    objects = (SceneObject(shapes[i], tuple(p), tuple(q)) for i, (p, q) in zip(slots, poses, strict=True))
    cell, view = CellPhysics(Scene(tuple(objects), target)), simulator_camera()
    np.testing.assert_allclose(view.lens.intrinsics, lens, rtol=1e-6)
    np.testing.assert_allclose(view.position, place.numpy(), atol=1e-6)
    seen = take_picture(cell_geometry(cell.model, cell.scene), cell.body_poses(), view)

    assert (np.abs(seen.depth - depth) < 1e-3).mean() > 0.99
    slot_of = np.concatenate(([0], slots + 1))
    assert (slot_of[seen.ids] != ids).mean() < 1e-3
    same = (slot_of[seen.ids] == ids) & np.isin(seen.ids, (0, target + 1))  # the others' colours are drawn
    assert np.quantile(np.abs(seen.colour[same].astype(int) - rgb[same]), 0.99) <= 2
