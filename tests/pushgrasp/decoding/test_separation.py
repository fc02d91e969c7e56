"""Distances between the paths of two arms."""

import math

import pytest
import torch

from pushgrasp.decoding.separation import are_apart, least_distance, palm_clearance


def parallel(gap):
    """Two straight paths along y, ``gap`` apart in x, shape (1, 2, 11, 2)."""
    y = torch.linspace(0.0, 0.2, 11)
    return torch.stack([torch.stack((torch.full_like(y, x), y), dim=-1) for x in (-gap / 2, gap / 2)])[None]


def test_distances_of_parallel_paths():
    paths = parallel(0.16)
    along, across = torch.full((1, 2, 11), math.pi / 2), torch.zeros(1, 2, 11)
    assert least_distance(paths[:, 0], paths[:, 1]).item() == pytest.approx(0.16)
    # Palms 0.16 m by 0.07 m: side by side 0.16 - 0.07 are left, end to end nothing.
    assert palm_clearance(paths, along, 0.16, 0.07).item() == pytest.approx(0.09, abs=1e-6)
    assert palm_clearance(paths, across, 0.16, 0.07).item() == pytest.approx(0.0, abs=1e-6)
    assert are_apart(parallel(0.16), along, 0.15, (0.16, 0.07)).all()
    assert not are_apart(parallel(0.14), along, 0.15, (0.16, 0.07)).any()
    assert not are_apart(parallel(0.155), across, 0.15, (0.16, 0.07)).any()
