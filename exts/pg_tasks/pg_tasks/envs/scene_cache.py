"""Scenes of trials that have been drawn before: dropping a heap takes nearly as long as a trial on it.

A file is found by all that its scene follows from, the code that draws it included, so it never has to be thrown away.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
from collections.abc import Callable
from functools import cache
from importlib.metadata import version
from pathlib import Path

import torch

import pushgrasp.scenes
from pg_tasks.physics import contact_options
from pushgrasp.evaluation.digests import file_digest
from pushgrasp.files.atomic import atomic_write
from pushgrasp.files.text_files import FileError, read_text
from pushgrasp.files.user_folders import user_folder
from pushgrasp.scenes.file import parse_scene, scene_to_json
from pushgrasp.scenes.scene import Scene

_LIBRARIES = ("mujoco", "numpy", "scipy", "torch", "trimesh")


def cached_scene(name: str, index: int, generator: torch.Generator, draw: Callable[[], Scene]) -> Scene:
    """Return what ``draw`` returns, from a file if it was drawn before; the generator is then as it was after that.

    A file that cannot be read is written anew, and where none can be written nothing is kept.

    Args:
        name: Name of the scene's family.
        index: Index of the scene in it.
        generator: All that ``draw`` takes at random comes from it.
        draw: Draws the scene.
    """
    folder = user_folder("XDG_CACHE_HOME", ".cache") / "pushgrasp" / "scenes"
    path = folder / f"{_key(name, index, generator)}.txt"
    with contextlib.suppress(OSError, FileError, ValueError, RuntimeError):
        state, text = read_text(path).split("\n", 1)
        scene, after = parse_scene(text, str(path)), base64.b64decode(state, validate=True)
        generator.set_state(torch.frombuffer(bytearray(after), dtype=torch.uint8))
        return scene
    scene = draw()
    state = base64.b64encode(generator.get_state().numpy().tobytes())
    with contextlib.suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
        atomic_write(path, lambda file: file.write(state + b"\n" + scene_to_json(scene).encode()))
    return scene


def _key(name: str, index: int, generator: torch.Generator) -> str:
    begins = generator.get_state().numpy().tobytes()
    return hashlib.sha256(f"{_drawn_by()} {name} {index} ".encode() + begins).hexdigest()


@cache
def _drawn_by() -> str:
    """Digest of the files and the versions of libraries from which scenes follow."""
    scenes, here = Path(pushgrasp.scenes.__file__).parent, Path(__file__).parent
    files = [path for path in scenes.rglob("*") if path.is_file() and path.suffix != ".pyc"]
    files += [here / "settling.py", here / "scene_sets.py", Path(contact_options.__file__)]
    parts = [file_digest(path) for path in sorted(files)] + [version(name) for name in _LIBRARIES]
    return hashlib.sha256(" ".join(parts).encode()).hexdigest()
