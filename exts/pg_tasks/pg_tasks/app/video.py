"""Videos of whole actions, at the pace of the simulation."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import Any

import imageio_ffmpeg
import isaaclab.sim as sim_utils
import numpy as np
from isaaclab.sensors import CameraCfg

from pg_tasks.envs.push_grasp_env import PushGraspEnv
from pg_tasks.physics.presets import PushGraspRendererCfg

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


class VideoRecorder:
    """Writes what the video camera of world 0 sees during actions into an MP4 file."""

    def __init__(self, env: PushGraspEnv, path: Path) -> None:
        """Record ``env`` into ``path``; the scene needs the camera of :func:`add_video_camera`."""
        self._env, self._path = env, path
        self._stride = max(1, round(1.0 / (FRAME_RATE * env.physics_dt)))
        self._tick = 0

    def __enter__(self) -> VideoRecorder:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        rate = 1.0 / (self._stride * self._env.physics_dt)
        self._writer = imageio_ffmpeg.write_frames(str(self._path), SIZE, fps=rate, quality=7, macro_block_size=1)
        self._writer.send(None)
        self._env.tick_callback = self._on_tick
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._env.tick_callback = None
        self._writer.close()

    def _on_tick(self) -> None:
        if self._tick % self._stride == 0:
            frame = self._env.scene["video_camera"].data.output["rgb"].torch[0, ..., :3]
            self._writer.send(np.ascontiguousarray(frame.cpu().numpy()))
        self._tick += 1
