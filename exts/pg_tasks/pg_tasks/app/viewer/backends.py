"""The viewers of Isaac Lab that can be chosen with ``--viz``: what each needs, and its configuration."""

from __future__ import annotations

import errno
import importlib.util
import os
import socket
from dataclasses import dataclass
from typing import Any

from pushgrasp.program import UserError

EYE, LOOK_AT = (0.0, -0.82, 0.72), (0.0, 0.0, 0.0)
"""Where the view is taken from, and the point in its middle, in a world's frame [m]."""


@dataclass(frozen=True)
class Backend:
    """One viewer."""

    package: str
    """Python package that it needs beyond Isaac Lab."""
    install: str
    """How to get it."""
    port: int | None = None
    """Default port of its web page; None: it is a window."""
    line_width: float = 0.03
    """Of overlays, in the unit that Newton's viewer takes: 1/100 pixel with viser, m with rerun."""
    newton: bool = True
    """Whether Newton draws it, which the overlays need."""


BACKENDS = {
    "viser": Backend("viser", "pip install -e '.[viser]'", 8080),
    "newton_gl": Backend("pyglet", "pip install pyglet"),
    "rerun": Backend("rerun", "pip install -e '.[rerun]'", 9090, line_width=0.001),
    "kit": Backend("isaacsim", "pip install 'isaaclab[isaacsim]', or start from Isaac Sim's Python", newton=False),
}
"""Viewers by name, the default first."""

GRPC_PORT_OFFSET = 786
"""Rerun's data come through a second port, by default 9876 beside 9090."""


def chosen_backend(names: list[str] | None) -> str:
    """Return the one viewer that ``--viz`` names, or the default.

    Raises:
        UserError: If it names none, several, or one that this script does not know.
    """
    names = [next(iter(BACKENDS))] if names is None else names
    if len(names) != 1 or names[0] not in BACKENDS:
        raise UserError(f"--viz {','.join(names) or 'none'}: give one of {', '.join(BACKENDS)}")
    return names[0]


def check_backend(name: str, host: str, port: int | None) -> None:
    """Check that a viewer can start, before the scene is built.

    Raises:
        UserError: If its package is missing, there is no display for its window, or its port is taken.
    """
    backend = BACKENDS[name]
    if importlib.util.find_spec(backend.package) is None:
        raise UserError(f"--viz {name} needs the package {backend.package}: {backend.install}")
    if backend.port is None:
        if not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
            raise UserError(f"--viz {name} opens a window, and there is no display here; use --viz viser")
        if port is not None:
            raise UserError(f"--port {port}: --viz {name} opens a window and has no port")
        return
    for each in ports(name, port):
        _check_port(host, each)


def ports(name: str, port: int | None) -> tuple[int, ...]:
    """Return the ports that a viewer listens on; ``port`` is that of the web page, None takes the default.

    Raises:
        UserError: If one is out of range.
    """
    web = port or BACKENDS[name].port or 0
    found = (web, web + GRPC_PORT_OFFSET) if name == "rerun" else (web,)
    if max(found) > 65535:
        raise UserError(f"--port {web}: at most {65535 - max(found) + web} is possible with --viz {name}")
    return found


def visualizer_cfg(name: str, host: str, port: int | None) -> Any:  # noqa: ANN401
    """Return Isaac Lab's configuration of a viewer."""
    view = {"eye": EYE, "lookat": LOOK_AT}
    if name == "viser":
        from .web import web_cfg

        return web_cfg(host, ports(name, port)[0], EYE, LOOK_AT)
    if name == "rerun":
        from isaaclab_visualizers.rerun import RerunVisualizerCfg

        web, grpc = ports(name, port)
        return RerunVisualizerCfg(bind_address=host, web_port=web, grpc_port=grpc, **view)
    if name == "newton_gl":
        from isaaclab_visualizers.newton import NewtonGLVisualizerCfg

        return NewtonGLVisualizerCfg(**view)
    from isaaclab_visualizers.kit import KitVisualizerCfg

    return KitVisualizerCfg(**view)


def _check_port(host: str, port: int) -> None:
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise UserError(f"port {port} on {host} is in use; choose another one with --port") from error
        raise UserError(f"--host {host} --port {port}: {error.strerror}") from error
