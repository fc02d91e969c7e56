"""Pictures of scenes, taken by the simulator's cameras."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import isaaclab.sim as sim_utils
import numpy as np
from isaaclab.sensors import CameraCfg
from PIL import Image

from pg_tasks.envs.push_grasp_env import PushGraspEnv
from pg_tasks.physics.presets import PushGraspRendererCfg
from pushgrasp.files.atomic import atomic_write
from pushgrasp.scenes.scene import Scene

from .scene_files import write_scenes

VIEWS = ("front", "overhead")
SIZE = (400, 300)
"""Width and height of a picture from the front; those from above are square [pixels]."""

_FROM_FRONT = (0.3826834, 0.0, 0.0, 0.9238795)
"""In front of the table, 45 degrees down: quaternion (x, y, z, w), OpenGL axes."""

COLOURS = 128
"""Colours of a picture's palette: it keeps the files small."""


def render(scenes: dict[str, Scene], folder: Path, view: str, told: Callable[[Path], None]) -> None:
    """Put each scene into the simulator, let it come to rest, and write a picture of it.

    Args:
        scenes: Scenes by the names of their pictures.
        folder: Where the pictures go; it is made.
        view: One of :data:`VIEWS`.
        told: Called with each picture's path.
    """
    from . import session
    from .arguments import make_parser, parse

    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as temporary:
        numbered = {f"{index:04d}": scene for index, scene in enumerate(scenes.values())}
        write_scenes(numbered, Path(temporary))
        worlds = min(4, len(scenes))
        words = ["--num_envs", str(worlds), "--seed", "0", "physics=mujoco", f"env.clutter.scenes={temporary}"]
        args, overrides = parse(make_parser(""), words)
        env_cfg, _ = session.resolve(args, overrides)
        if view == "front":
            _add_camera(env_cfg)
        with session.environment(args, env_cfg) as env:
            _take_all(env, list(scenes), folder, view, told)


def _take_all(env: PushGraspEnv, names: list[str], folder: Path, view: str, told: Callable[[Path], None]) -> None:
    env.scenes.begin_trials(0)
    for start in range(0, len(names), env.num_envs):
        env.reset()
        for name, picture in zip(names[start : start + env.num_envs], _pictures(env, view), strict=False):
            path = folder / f"{name}.png"
            _save(path, picture)
            told(path)


def _pictures(env: PushGraspEnv, view: str) -> np.ndarray:
    """Colour pictures of all worlds, shape (N, rows, columns, 3), uint8."""
    if view == "overhead":
        return env.observer.picture()[0].cpu().numpy()
    return env.scene["scene_camera"].data.output["rgb"].torch[..., :3].cpu().numpy()


def _save(path: Path, picture: np.ndarray) -> None:
    image = Image.fromarray(np.ascontiguousarray(picture)).quantize(COLOURS, dither=Image.Dither.NONE)
    atomic_write(path, lambda file: image.save(file, format="png", optimize=True))


def _add_camera(env_cfg: Any) -> None:  # noqa: ANN401
    """Add a camera close in front of the table to the scene; the renderer is the overhead camera's."""
    renderer = env_cfg.scene.camera.renderer_cfg
    env_cfg.scene.scene_camera = CameraCfg(
        prim_path="{ENV_REGEX_NS}/scene_camera",
        offset=CameraCfg.OffsetCfg(pos=(0.0, -0.56, 0.58), rot=_FROM_FRONT, convention="opengl"),
        spawn=sim_utils.PinholeCameraCfg(focal_length=24.0, horizontal_aperture=24.0, clipping_range=(0.1, 6.0)),
        data_types=["rgb"],
        width=SIZE[0],
        height=SIZE[1],
        renderer_cfg=PushGraspRendererCfg().default if isinstance(renderer, PushGraspRendererCfg) else renderer,
    )
