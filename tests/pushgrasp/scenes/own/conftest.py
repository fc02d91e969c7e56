"""Bodies with known volume and inertia, as meshes and as files."""

from __future__ import annotations

from pathlib import Path

import pytest
import trimesh


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Empty folder of own objects."""
    folder = tmp_path / "own objects"
    monkeypatch.setenv("PUSHGRASP_OBJECTS", str(folder))
    return folder


@pytest.fixture
def angle() -> trimesh.Trimesh:
    """L-shape of two boxes that meet face to face, 128 cm3: one lies, one stands on its end."""
    lying, standing = trimesh.creation.box((0.10, 0.04, 0.02)), trimesh.creation.box((0.02, 0.04, 0.06))
    standing.apply_translation((-0.04, 0.0, 0.04))
    return trimesh.util.concatenate([lying, standing])
