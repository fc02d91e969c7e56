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
    assert fits.shape == (2, 360, 5) and not fits[1].any()
    feasible = fits[0, :, 0] > 0.5
    assert feasible.any() and bool(((fits[0] == 0.0).all(dim=1) == ~feasible).all())
    width, depth = fits[0, feasible, 1], fits[0, feasible, 2]
    # Openings in units of 2 cm: at least 5 cm of block and 2 cm of margin, less a cell of rounding, at most 14 cm.
    assert bool((width >= 3.2).all()) and bool((width <= 7.0).all())
    # Depths in units of 1 cm, between the least and the greatest one of the decoder.
    assert bool((depth >= 0.6 - 1e-4).all()) and bool((depth <= 2.5 + 1e-4).all())
    # Cosines in units of a quarter.
    assert bool((fits[0, feasible, 3] <= 4.0 + 1e-4).all())
