"""An own object from its file to the grasp: added as a user adds it, laid by a scene file, simulated, seen, lifted."""

from __future__ import annotations

import json
from collections.abc import Callable
from math import pi
from pathlib import Path

import pytest
import torch
import trimesh

from pg_tasks.app import object_commands
from pg_tasks.envs.settling import settle
from pushgrasp.scenes.file import read_scene
from pushgrasp.scenes.own.building import Wishes

pytestmark = pytest.mark.slow


@pytest.fixture
def scene_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Scene of an L-shape and a drum, the target, both from files in millimetres, and of a cube."""
    monkeypatch.setenv("PUSHGRASP_OBJECTS", str(tmp_path / "own objects"))
    lying, standing = trimesh.creation.box((100, 40, 20)), trimesh.creation.box((20, 40, 60))
    standing.apply_translation((-40, 0, 40))
    trimesh.util.concatenate([lying, standing]).export(tmp_path / "angle.stl")
    trimesh.creation.cylinder(25, 60, sections=64).export(tmp_path / "drum.obj")
    for name, mass in (("angle.stl", 0.15), ("drum.obj", 0.1)):
        object_commands.add(tmp_path / name, Wishes(scale=0.001, mass=mass))
    objects = [
        {"shape": "angle", "position": [0.05, 0.0, 0.04]},
        {"shape": "drum", "position": [-0.2, 0.1, 0.03]},
        {"shape": "cube", "position": [0.2, -0.2, 0.025]},
    ]
    content = {"schema": "pushgrasp.scene/1", "name": "mine", "target": 1, "objects": objects}
    (tmp_path / "scene.json").write_text(json.dumps(content))
    return tmp_path / "scene.json"


def test_own_objects_rest_are_seen_and_are_lifted(
    scene_file: Path, run_environment: Callable, grasping: Callable
) -> None:
    scene = read_scene(scene_file)
    settled = settle(scene, shortest=2.0)
    assert settled.rested
    assert settled.moved.max() < 0.002
    with run_environment(f"env.clutter.scenes={scene_file}") as env:
        env.scenes.begin_trials(0)
        env.reset()
        places = torch.tensor([item.position for item in scene.objects])
        slots = [env.cfg.clutter.slot_layout().shapes.index(item.shape) for item in scene.objects]
        assert torch.allclose(env.objects.position[:, slots], places.expand(2, -1, -1), atol=0.002)
        seen = [(env.heightmaps.ids == slot + 1).sum(dim=(1, 2)) * env.cfg.workspace.resolution**2 for slot in slots]
        for area, expected in zip(seen, (0.1 * 0.04, pi * 0.025**2, 0.05**2), strict=True):
            torch.testing.assert_close(area, torch.full((2,), expected), rtol=0.2, atol=0.0)
        env.step(grasping(env))
        assert env.outcome.is_grasp.all()
        assert env.outcome.grasped.all()
