"""The picture of a scene beside its reconstruction."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from PIL import Image

from pg_tasks.benchmarks.twin_picture import ABOVE, save_twin_picture
from pushgrasp.interface.world import Observation, State
from pushgrasp.motion.limits import training_rig_limits
from pushgrasp.perception.heightmap import Heightmaps
from pushgrasp.perception.workspace import Workspace
from pushgrasp.policies.twin.reconstruction import SeenBody
from pushgrasp.policies.twin.world import TwinWorld
from pushgrasp.scenes.solids import Box

PLACE = 0.1, 0.05, 0.025


def test_both_show_the_target_in_the_same_place(tmp_path: Path) -> None:
    state = State(
        torch.tensor([[PLACE]]),
        torch.tensor([[(0.0, 0.0, 0.0, 1.0)]]),
        torch.tensor([[True]]),
        torch.tensor([0]),
        ("cube",),
    )
    maps = Heightmaps(torch.zeros(1, 3, 224, 224), torch.zeros(1, 224, 224), torch.zeros(1, 224, 224).long())
    twin = TwinWorld([SeenBody(1, (Box((0.05, 0.05, 0.05)),), PLACE)], 1, training_rig_limits())
    save_twin_picture(tmp_path / "twin.png", state, Observation(maps, torch.tensor([1]), Workspace()), twin)
    picture = np.asarray(Image.open(tmp_path / "twin.png")).astype(int)
    assert picture.shape == (2 * ABOVE.height, 2 * ABOVE.width, 3)
    green = picture[..., 1] > picture[..., [0, 2]].max(axis=-1) + 30
    true, ours = green[: ABOVE.height, : ABOVE.width], green[: ABOVE.height, ABOVE.width :]
    assert (true == ours).mean() > 0.998
    # from 1.6 m, the top of the cube is 1.55 m away: x 0.1 m is 1400 * 0.1 / 1.55 = 90 pixels right of the middle
    rows, columns = np.nonzero(ours)
    np.testing.assert_allclose((columns.mean(), rows.mean()), (240 + 90, 240 - 45), atol=3.0)
