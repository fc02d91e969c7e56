"""Worlds in which settled scenes are put up, painted, lit and photographed; the task's own table, camera and slots."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import torch
import warp as wp
from isaaclab.assets import VisualMaterial
from isaaclab.utils import configclass
from isaaclab.utils.math import matrix_from_quat
from isaaclab_tasks.utils import resolve_task_config

from pg_tasks.app.bench import TASK, Bench
from pg_tasks.app.session import simulator
from pg_tasks.envs.push_grasp_env import PushGraspEnv
from pg_tasks.envs.push_grasp_env_cfg import ClutterCfg
from pushgrasp.scenes.slots import SlotLayout

from .shapes import slot_layout


@configclass
class DataClutterCfg(ClutterCfg):
    """Slots for the scenes of every split."""

    scenes: str = ""

    def slot_layout(self) -> SlotLayout:
        """Return the slots that each world owns."""
        return slot_layout()


@dataclass(frozen=True)
class Photographs:
    """What the cameras of N worlds saw, and where they were.

    Attributes:
        rgb: Colour, uint8, shape (N, h, w, 3).
        depth: Distance to the image plane [m], shape (N, h, w).
        ids: Slot index + 1, 0 for the background, shape (N, h, w), long.
        intrinsics: Camera matrices [pixel], shape (N, 3, 3).
        rotation: Camera (optical frame) to world, shape (N, 3, 3).
        position: Camera centres [m], in the worlds' frames, shape (N, 3).
    """

    rgb: torch.Tensor
    depth: torch.Tensor
    ids: torch.Tensor
    intrinsics: torch.Tensor
    rotation: torch.Tensor
    position: torch.Tensor


class Studio(Bench):
    """A bench that also changes colours, light and cameras."""

    def __init__(self, env: PushGraspEnv) -> None:
        """Take over an environment."""
        super().__init__(env)
        self._camera = env.scene["camera"]
        self._origins = torch.as_tensor(env.scene.env_origins, device=env.device, dtype=torch.float32)
        data = self._camera.data
        self._home = (data.pos_w.torch.clone(), data.quat_w_ros.torch.clone())

    @property
    def camera_home(self) -> tuple[torch.Tensor, torch.Tensor]:
        """Positions (N, 3) [m], in the worlds' frames, and ROS quaternions (N, 4) of the unmoved cameras."""
        return self._home[0] - self._origins, self._home[1]

    def paint(self, colours: torch.Tensor) -> None:
        """Give the slots linear RGB colours (N, S, 3)."""
        worlds = torch.arange(self.worlds, dtype=torch.int32)
        VisualMaterial.write_channels(
            self.env.objects._colours, {"color": colours.transpose(0, 1).contiguous()}, worlds
        )

    def light(self, direction: Sequence[float]) -> None:
        """Let the directional light of all worlds shine along ``direction`` (3,), a unit vector."""
        utils = self._camera._renderer.newton_sensor.utils
        utils.create_default_light(enable_shadows=False, direction=wp.vec3f(*direction))

    def move_cameras(self, position: torch.Tensor, quaternion: torch.Tensor) -> None:
        """Put the cameras at positions (N, 3) [m], in the worlds' frames, with ROS orientations (N, 4)."""
        self._camera.set_world_poses(position + self._origins, quaternion, convention="ros")

    def photograph(self) -> Photographs:
        """Take pictures of all worlds as they are now."""
        self._camera.update(self.dt, force_recompute=True)
        rgb, depth, ids = self.env.observer.picture()
        data = self._camera.data
        return Photographs(
            rgb.clone(),
            depth.clone(),
            ids.clone(),
            data.intrinsic_matrices.torch.clone(),
            matrix_from_quat(data.quat_w_ros.torch),
            data.pos_w.torch - self._origins,
        )


@contextmanager
def open_studio(worlds: int) -> Iterator[Studio]:
    """Build the environment with the ``mujoco`` preset; one studio per process."""
    cfg, _ = resolve_task_config(TASK, None, overrides=["physics=mujoco"])
    cfg.clutter = DataClutterCfg()
    cfg.scene.num_envs, cfg.seed = worlds, 0
    with simulator(cfg, lambda: PushGraspEnv(cfg)) as env:
        yield Studio(env)
