"""A scene in MuJoCo, which judges overlaps and settling independently of the library."""

from collections.abc import Callable, Iterator

import mujoco
import numpy as np
import pytest
import torch

from pushgrasp.scenes.scene import Scene
from pushgrasp.scenes.shapes import convex_parts, shape_named

HEADER = (
    '<option timestep="0.004" integrator="implicitfast" cone="elliptic" impratio="10">'
    '<flag multiccd="enable"/></option>'
    '<default><geom density="1000" friction="0.8 0.005 0.001" condim="6" solref="0.008 1"/></default>'
)


def _numbers(values: np.ndarray) -> str:
    return " ".join(f"{value:.9g}" for value in np.ravel(values))


def _mujoco_model(scene: Scene) -> mujoco.MjModel:
    """The scene's blocks, each from its convex parts, on a table whose top is at z = 0."""
    parts = {name: convex_parts(shape_named(name)) for name in {item.shape for item in scene.objects}}
    meshes = [f'<mesh name="{n}{i}" vertex="{_numbers(p)}"/>' for n, all_ in parts.items() for i, p in enumerate(all_)]
    bodies = []
    for item in scene.objects:
        x, y, z, w = item.quaternion
        geoms = "".join(f'<geom type="mesh" mesh="{item.shape}{i}"/>' for i in range(len(parts[item.shape])))
        frame = f'pos="{_numbers(item.position)}" quat="{_numbers([w, x, y, z])}"'
        bodies.append(f"<body {frame}><freejoint/>{geoms}</body>")
    table = '<geom type="box" size="1 1 0.05" pos="0 0 -0.05"/>'
    assets, world = "".join(meshes), table + "".join(bodies)
    return mujoco.MjModel.from_xml_string(
        f"<mujoco>{HEADER}<asset>{assets}</asset><worldbody>{world}</worldbody></mujoco>"
    )


@pytest.fixture(autouse=True, scope="package")
def one_thread() -> Iterator[None]:
    """The tensors are small: threads that wait for work would cost more time than they save."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture
def deepest_overlap() -> Callable[[Scene], float]:
    """Function: deepest penetration [m] among a scene's blocks and the table."""

    def measure(scene: Scene) -> float:
        model = _mujoco_model(scene)
        data = mujoco.MjData(model)
        mujoco.mj_forward(model, data)
        return max((-contact.dist for contact in data.contact), default=0.0)

    return measure


@pytest.fixture
def settled_positions() -> Callable[[Scene, float], np.ndarray]:
    """Function: body positions (n, 3) [m] after some seconds of physics."""

    def settle(scene: Scene, seconds: float) -> np.ndarray:
        model = _mujoco_model(scene)
        data = mujoco.MjData(model)
        mujoco.mj_step(model, data, round(seconds / model.opt.timestep))
        return data.qpos.reshape(-1, 7)[:, :3].copy()

    return settle
