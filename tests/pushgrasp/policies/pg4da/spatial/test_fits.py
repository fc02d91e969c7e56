"""Class fits as an observation: units, and the target as the ids name it."""

from __future__ import annotations

import torch

from pushgrasp.decoding.decoder import DecoderCfg
from pushgrasp.perception.heightmap import Heightmaps
from pushgrasp.perception.workspace import Workspace
from pushgrasp.policies.pg4da.spatial.fits import class_fits


def test_a_lone_block_fits_and_a_hidden_one_does_not() -> None:
    ids = torch.zeros(2, 224, 224, dtype=torch.long)
    ids[:, 106:118, 106:118] = 1
    scene = Heightmaps(torch.zeros(2, 3, 224, 224), (ids > 0).float() * 0.05, ids)
    fits = class_fits(scene, torch.tensor([1, 2]), Workspace(), DecoderCfg())
    assert fits.shape == (2, 360, 3) and not fits[1].any()
    feasible = fits[0, :, 0] > 0.5
    assert feasible.any() and bool(((fits[0] == 0.0).all(dim=1) == ~feasible).all())
    width, depth = fits[0, feasible, 1], fits[0, feasible, 2]
    # Openings in strokes of 14 cm: at least 5 cm of block and 2 cm of margin, less a cell of rounding.
    assert bool((width >= 0.45).all()) and bool((width <= 1.0).all())
    assert bool((depth > 0.2).all()) and bool((depth <= 1.0 + 1e-5).all())
