"""Two worlds of the mujoco preset with the same scene, on top of each other as evaluations place them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from pg_tasks.app import session
from pg_tasks.app.arguments import make_parser, parse
from pg_tasks.envs.push_grasp_env import PushGraspEnv
from pushgrasp.scenes.file import write_scene
from pushgrasp.scenes.scene import Scene, SceneObject

X, Y, STEP = 0.05, -0.03, 0.051
PLACES = ((0, 0), (1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (-1, -1))

BURIED = Scene(
    (
        *(SceneObject("cube", (X + STEP * column, Y + STEP * row, 0.025)) for column, row in PLACES),
        SceneObject("slab", (X, Y, 0.0625)),
    ),
    target=0,
)
"""A cube between six others and under a slab."""


@contextmanager
def showing(path: Path, *words: str) -> Iterator[PushGraspEnv]:
    """Run an environment with the scene of a file."""
    command = ["--num_envs", "2", "--seed", "1", "physics=mujoco", f"env.clutter.scenes={path}", *words]
    args, overrides = parse(make_parser(""), command)
    env_cfg, _ = session.resolve(args, overrides)
    env_cfg.scene.env_spacing = 0.0
    with session.environment(args, env_cfg) as env:
        yield env


@pytest.fixture(scope="session")
def buried(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """File of the buried cube."""
    path = tmp_path_factory.mktemp("scenes") / "buried.json"
    write_scene(path, BURIED)
    return path


@pytest.fixture(scope="module")
def env(buried: Path) -> Iterator[PushGraspEnv]:
    """The buried cube in two worlds with free grippers; only one environment can run at a time."""
    with showing(buried) as env:
        yield env


@pytest.fixture(scope="module")
def arms(buried: Path) -> Iterator[PushGraspEnv]:
    """The same with arms."""
    with showing(buried, "env.rig=full") as env:
        yield env
