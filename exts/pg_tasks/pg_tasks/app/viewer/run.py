"""A viewer around a running environment: controller, overlays and front ends put together."""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from pg_tasks.app.policies import ChosenPolicy, make_policy
from pushgrasp.console import Console
from pushgrasp.deploy.sections import is_loopback
from pushgrasp.policies.registry import READY

from .backends import BACKENDS, EYE, LOOK_AT, ports
from .canvas import Canvas
from .controller import ViewerController
from .keyboard import HELP, Keyboard, commands
from .layers import Layers
from .panel import Panel

if TYPE_CHECKING:
    from pg_tasks.envs.push_grasp_env import PushGraspEnv
    from pushgrasp.interface.world import Policy

FRAME_TIME = 0.05
"""Time between two frames while the scene stands still [s]."""


def run(name: str, args: argparse.Namespace, env: PushGraspEnv, chosen: Sequence[ChosenPolicy]) -> None:
    """Run the viewer ``name`` on an environment that Isaac Lab shows in it, until the user closes it."""
    controller = ViewerController(env, policies(env, chosen), args.trial_seed)
    layers = Layers(env, controller, _canvas(name, env.sim.visualizers[0]))
    env.sim.set_camera_view(*(tuple(env.scene.env_origins[0].cpu().numpy() + point) for point in (EYE, LOOK_AT)))
    with Keyboard(commands(controller, layers)) as keyboard:
        _connect(controller, layers, keyboard, env)
        _greet(name, args, keyboard)
        if name != "viser" and not keyboard.active:
            controller.play()  # there is nothing to press
        controller.run()


def policies(env: PushGraspEnv, chosen: Sequence[ChosenPolicy]) -> dict[str, Policy]:
    """Return what can choose actions, those that the user has chosen first.

    Raises:
        CheckpointError: If the checkpoint is of another network.
    """
    offered = {item.name: item for item in (*chosen, *map(ChosenPolicy, READY))}
    return {name: make_policy(item, env) for name, item in offered.items()}


def _canvas(name: str, visualizer: Any) -> Canvas | None:  # noqa: ANN401
    """Return where overlays are drawn; Isaac Lab keeps Newton's viewer to itself."""
    return Canvas(visualizer._viewer, BACKENDS[name].line_width) if BACKENDS[name].newton else None


def _connect(controller: ViewerController, layers: Layers, keyboard: Keyboard, env: PushGraspEnv) -> None:
    """Let the controller hear the keys and the closing of windows, and show what changes."""
    panels: list[Panel] = []

    def poll() -> None:
        keyboard.poll()
        if not env.sim.is_running():
            controller.close()

    def wait() -> None:
        env.sim.render()
        time.sleep(FRAME_TIME)
        poll()

    def change() -> None:
        """Show a change; the first one comes with the first scene, when there are pictures to show."""
        layers.draw()
        server = getattr(env.sim.visualizers[0], "server", None)
        if server is not None and not panels:
            panels.append(Panel(server.gui, controller, layers, env.num_envs))
        for panel in panels:
            panel.update()

    controller.on_change, controller.on_wait, controller.on_tick = change, wait, poll


def _greet(name: str, args: argparse.Namespace, keyboard: Keyboard) -> None:
    console = Console()
    if keyboard.active:
        console.print(HELP)
    if BACKENDS[name].port is not None:
        console.print(f"Open {address(name, args.host, ports(name, args.port))} in a browser")
        if not is_loopback(args.host):
            console.print(f"Everyone who reaches {args.host} can watch and control this.")


def address(name: str, host: str, ports: tuple[int, ...]) -> str:
    """Return the address of a viewer's web page."""
    page = f"http://{host}:{ports[0]}"
    return f"{page}/?url=rerun+http://{host}:{ports[1]}/proxy" if name == "rerun" else page
