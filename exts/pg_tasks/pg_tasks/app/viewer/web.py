"""Isaac Lab's viewer in the browser with room for the project's own panel."""

from __future__ import annotations

import logging
from typing import Any

import numpy as np
import warp as wp
from isaaclab_visualizers.viser import ViserVisualizerCfg
from isaaclab_visualizers.viser.viser_visualizer import ViserVisualizer

AMBIENT_LIGHT, SUN_LIGHT = 1.0, 1.8
"""Intensities; viser's own lights and Newton's on top of them wash the colours out."""

SUN = (-0.6, -0.8, 2.0)
"""Where the light that casts shadows comes from."""


class WebVisualizer(ViserVisualizer):
    """Streams the Newton model to browsers; its panel is empty.

    Isaac Lab's own buttons pause and reset behind the controller's back, and viser's share button sends the scene
    through a server on the internet.
    """

    @property
    def server(self) -> Any:  # noqa: ANN401
        """The running ``viser.ViserServer``."""
        if self._viewer is None:
            raise RuntimeError("the viewer is not running")
        return self._viewer._server

    def _setup_isaaclab_sidebar(self, server: Any) -> None:  # noqa: ANN401
        logging.getLogger("websockets.server").setLevel(logging.CRITICAL)  # browsers hang up: no reason for a trace
        _show_true_colours(self._viewer)
        server.gui.reset()
        server.gui.set_panel_label("Push-grasping")
        server.gui.configure_theme(show_logo=False, show_share_button=False)
        server.scene.configure_default_lights(enabled=False)
        server.scene.add_light_ambient("ambient_light", intensity=AMBIENT_LIGHT)
        server.scene.add_light_directional("sun", intensity=SUN_LIGHT, position=SUN, cast_shadow=True)
        server.initial_camera.position, server.initial_camera.look_at = self.cfg.eye, self.cfg.lookat


def srgb_to_linear(colours: np.ndarray) -> np.ndarray:
    """Return linear red, green, blue of sRGB values in [0, 1] (IEC 61966-2-1), any shape."""
    return np.where(colours <= 0.04045, colours / 12.92, ((colours + 0.055) / 1.055) ** 2.4)


def _show_true_colours(viewer: Any) -> None:  # noqa: ANN401
    """Make instances look as they are: viser takes their colours as linear, Newton's are sRGB and come out pale."""
    log_instances = viewer.log_instances

    def log_linear(name: str, mesh: str, xforms: Any, scales: Any, colors: Any, *rest: Any, **options: Any) -> None:  # noqa: ANN401
        if colors is not None:
            colors = wp.array(srgb_to_linear(colors.numpy()), dtype=wp.vec3, device=colors.device)
        log_instances(name, mesh, xforms, scales, colors, *rest, **options)

    viewer.log_instances = log_linear


def web_cfg(host: str, port: int, eye: tuple[float, float, float], lookat: tuple[float, float, float]) -> object:
    """Return the configuration of a :class:`WebVisualizer` that looks from ``eye`` to ``lookat`` [m]."""
    return ViserVisualizerCfg(
        class_type=WebVisualizer, bind_address=host, port=port, eye=eye, lookat=lookat, verbose=False
    )
