"""Scenes designed by hand, kept as scene files in `data/`, and put on the table at other angles and places."""

from dataclasses import replace
from functools import cache
from pathlib import Path

import torch

from pushgrasp.scenes.file import parse_scene
from pushgrasp.scenes.rotations import about_z, multiply, rotate
from pushgrasp.scenes.scene import Scene

DATA = Path(__file__).resolve().parent / "data"


@cache
def designs(folder: str) -> tuple[Scene, ...]:
    """The scenes of a folder of `data/`, in the order of their files' names.

    Raises:
        ValueError: If there is no such folder; the message lists those there are.
    """
    files = sorted((DATA / folder).glob("*.json"))
    if not files:
        there = ", ".join(sorted(path.name for path in DATA.iterdir() if path.is_dir()))
        raise ValueError(f"no designs {folder!r}; there are: {there}")
    return tuple(parse_scene(path.read_text(encoding="utf-8"), str(path)) for path in files)


def moved(scene: Scene, angle: float, shift: tuple[float, float] = (0.0, 0.0)) -> Scene:
    """The scene turned about the origin by an angle [rad] and then shifted [m], as one rigid thing."""
    position, quaternion = scene.poses()
    turn = about_z(torch.tensor(angle, dtype=torch.float64))
    position = rotate(turn, position) + torch.tensor([*shift, 0.0], dtype=torch.float64)
    quaternion = multiply(turn.expand(len(quaternion), 4), quaternion)
    poses = zip(scene.objects, position.tolist(), quaternion.tolist(), strict=True)
    objects = tuple(replace(item, position=tuple(p), quaternion=tuple(q)) for item, p, q in poses)
    return replace(scene, objects=objects, visibility=None)
