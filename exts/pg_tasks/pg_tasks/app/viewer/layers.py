"""Which overlays are switched on, and drawing them when something changed."""

from __future__ import annotations

import torch

from pg_tasks.envs.push_grasp_env import PushGraspEnv

from .canvas import Canvas
from .controller import ViewerController
from .overlays import OVERLAYS, View, make


class Layers:
    """Overlays of the environment that a controller runs."""

    def __init__(self, env: PushGraspEnv, controller: ViewerController, canvas: Canvas | None) -> None:
        """Draw on ``canvas``; viewers that Newton does not draw have none, and show no overlays."""
        self._env, self._controller, self._canvas = env, controller, canvas
        self.shown = {name: name != "heightmap" for name in OVERLAYS}
        """Which overlays are switched on; the heightmap would cover the objects."""

    def switch(self, name: str, shown: bool) -> None:
        """Switch an overlay on or off.

        Raises:
            ValueError: If there is none of this name.
        """
        if name not in self.shown:
            raise ValueError(f"unknown overlay {name!r}; overlays: {', '.join(self.shown)}")
        self.shown[name] = shown
        self._controller.on_change()

    def draw(self) -> None:
        """Bring the overlays up to date."""
        if self._canvas is None:
            return
        view = self.view()
        for name, shown in self.shown.items():
            self._canvas.show(name, make(name, view) if shown else [])

    def view(self) -> View:
        """Return what the overlays show now."""
        env, controller = self._env, self._controller
        origin = torch.as_tensor(env.scene.env_origins[controller.world], dtype=torch.float32)
        return View(env.heightmaps, env.target_id, controller.action, env.cfg.workspace, controller.world, origin)
