"""Videos of whole actions, at the pace of the simulation."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import imageio_ffmpeg
import isaaclab.sim as sim_utils
import numpy as np
import torch
from isaaclab.sensors import CameraCfg

from pg_tasks.envs.push_grasp_env import PushGraspEnv
from pg_tasks.physics.cpu_renderer import CpuWarpRenderer
from pg_tasks.physics.presets import PushGraspRendererCfg
from pushgrasp.files.atomic import atomic_file

SIZE = (640, 480)
FRAME_RATE = 12.5
_LOOK_FROM_FRONT = (0.3826834, 0.0, 0.0, 0.9238795)
"""Camera in front of the table, 45 degrees down: quaternion (x, y, z, w), OpenGL axes."""
_PLACES = {"training": (0.0, -0.95, 0.95), "full": (0.0, -1.75, 1.85)}
"""Where it stands by rig [m]: arms need a wider view."""


def add_video_camera(env_cfg: Any) -> None:  # noqa: ANN401
    """Add a camera in front of the table to the scene; the renderer is the overhead camera's."""
    renderer = env_cfg.scene.camera.renderer_cfg
    env_cfg.scene.video_camera = CameraCfg(
        prim_path="{ENV_REGEX_NS}/video_camera",
        offset=CameraCfg.OffsetCfg(pos=_PLACES[env_cfg.rig], rot=_LOOK_FROM_FRONT, convention="opengl"),
        spawn=sim_utils.PinholeCameraCfg(focal_length=24.0, horizontal_aperture=24.0, clipping_range=(0.1, 6.0)),
        data_types=["rgb"],
        width=SIZE[0],
        height=SIZE[1],
        renderer_cfg=PushGraspRendererCfg().default if isinstance(renderer, PushGraspRendererCfg) else renderer,
    )


@contextlib.contextmanager
def recorded(env: PushGraspEnv, path: Path) -> Iterator[None]:
    """Write what the video camera of world 0 sees during actions in the block into an MP4 file, whole or not at all.

    Args:
        env: Its scene needs the camera of :func:`add_video_camera`.
        path: File to write; its folder is made.
    """
    stride = max(1, round(1.0 / (FRAME_RATE * env.physics_dt)))
    ticks, frames = itertools.count(), itertools.count()
    path.parent.mkdir(parents=True, exist_ok=True)
    with atomic_file(path, path.suffix) as temporary:
        rate = 1.0 / (stride * env.physics_dt)
        writer = imageio_ffmpeg.write_frames(str(temporary), SIZE, fps=rate, quality=7, macro_block_size=1)
        writer.send(None)

        def on_tick() -> None:
            if next(ticks) % stride == 0:
                writer.send(np.ascontiguousarray(_frame(env.scene["video_camera"])))
                next(frames)

        env.tick_callback = on_tick
        try:
            yield
        finally:
            env.tick_callback = None
            writer.close()
        _check(temporary, path, next(frames))


def _frame(camera: Any) -> np.ndarray:  # noqa: ANN401 - Isaac Lab's camera
    """Return what a camera sees of world 0, shape (rows, columns, 3), uint8."""
    renderer = getattr(camera, "_renderer", None)
    if not isinstance(renderer, CpuWarpRenderer):
        return camera.data.output["rgb"].torch[0, ..., :3].cpu().numpy()
    renderer.shown = torch.arange(camera.num_instances) == 0
    try:
        return camera.data.output["rgb"].torch[0, ..., :3].numpy()
    finally:
        renderer.shown = None


def _check(written: Path, path: Path, frames: int) -> None:
    """Raise OSError unless a file holds so many frames: the encoder does not say when the disk was full at its end."""
    with contextlib.suppress(RuntimeError):
        if imageio_ffmpeg.count_frames_and_secs(str(written))[0] == frames:
            return
    raise OSError(f"cannot write {path}: the video encoder has not written all of its {frames} frames")
