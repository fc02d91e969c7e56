"""Newton's ray tracer on the CPU: all cores take part, and pictures of some worlds only are cheaper."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import cast

import torch
import warp as wp
from isaaclab_newton.renderers import NewtonWarpRendererCfg
from isaaclab_newton.renderers.newton_warp_renderer import NewtonWarpRenderer, RenderData
from newton import State
from newton.sensors import SensorTiledCamera

NO_RAYS = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.5**0.5)
"""Pose (x, y, z [m], qx, qy, qz, qw) that turns every ray into none, for which the ray tracer clears the pixel."""


class CpuWarpRenderer(NewtonWarpRenderer):
    """Renderer of the ``mujoco`` preset. Newton has one kernel for all worlds, which Warp runs on one core."""

    shown: torch.Tensor | None = None
    """Worlds in the next pictures, shape (N,), bool; None for all. The pictures of the others come out empty."""

    def __init__(self, cfg: NewtonWarpRendererCfg) -> None:
        """Prepare for rendering with as many threads as there are usable cores."""
        super().__init__(cfg)
        self._threads = len(os.sched_getaffinity(0))

    def initialize(self) -> None:
        """Build the sensor, whose pictures are then traced in bands."""
        super().initialize()
        sensor = cast("SensorTiledCamera", self.newton_sensor)  # initialize() has built it
        sensor.update = Bands(sensor.update, self._threads)

    def _launch_render(self, render_data: RenderData) -> None:
        if self.shown is None:
            super()._launch_render(render_data)
            return
        poses = wp.to_torch(render_data.camera_transforms)
        kept = poses.clone()
        poses[:, ~self.shown] = poses.new_tensor(NO_RAYS)
        super()._launch_render(render_data)
        poses.copy_(kept)


class Bands:
    """``SensorTiledCamera.update`` in bands of rows of all pictures, one band per thread."""

    def __init__(self, update: Callable[..., None], threads: int) -> None:
        """Wrap the method of a sensor on the CPU."""
        self._update, self._threads = update, threads
        self._pool = ThreadPoolExecutor(threads)
        self._buffers: dict[tuple, wp.array] = {}
        self._compiled = False

    def __call__(
        self,
        state: State,
        camera_transforms: wp.array,
        camera_rays: wp.array,
        *,
        clear_data: object,
        kernel_block_dim: int,
        **images: wp.array | None,
    ) -> None:
        """Fill the images, shape (worlds, 1, height, width); None leaves one out. Arguments as Isaac Lab gives them."""
        outputs = {name: image for name, image in images.items() if image is not None}

        def trace(band: tuple[int, int]) -> None:
            rows = slice(*band)
            parts = {name: self._buffer(name, image, band) for name, image in outputs.items()}
            rays = camera_rays[:, rows]
            options = {"clear_data": clear_data, "kernel_block_dim": kernel_block_dim}
            self._update(state, camera_transforms, rays, **parts, **options)
            for name, part in parts.items():
                outputs[name].numpy()[:, :, rows] = part.numpy()

        height = camera_rays.shape[1]
        bands = list(pairwise(height * k // self._threads for k in range(self._threads + 1)))
        if not self._compiled:  # the first call compiles the kernel
            trace(bands.pop())
            self._compiled = True
        list(self._pool.map(trace, bands))

    def _buffer(self, name: str, image: wp.array, band: tuple[int, int]) -> wp.array:
        """Memory for the rows of a band, kept from call to call."""
        worlds, cameras, _, width = image.shape
        shape = (worlds, cameras, band[1] - band[0], width)
        key = (name, band[0], shape, image.dtype)
        if key not in self._buffers:
            self._buffers[key] = wp.empty(shape, dtype=image.dtype, device=image.device)
        return self._buffers[key]
