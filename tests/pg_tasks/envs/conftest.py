"""Environments on the mujoco preset, and actions made by hand."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest
import torch

from pg_tasks.app import session
from pg_tasks.app.arguments import make_parser, parse
from pg_tasks.envs.push_grasp_env import PushGraspEnv
from pushgrasp.interface.action import Action
from pushgrasp.interface.outcome import Outcome
from pushgrasp.interface.world import Observation
from pushgrasp.perception.masks import centroid, target_mask

Running = Callable[..., AbstractContextManager[PushGraspEnv]]


@contextmanager
def running(*words: str) -> Iterator[PushGraspEnv]:
    """Run an environment with two worlds; only one can run at a time."""
    args, overrides = parse(make_parser(""), ["--num_envs", "2", "--seed", "1", "physics=mujoco", *words])
    env_cfg, _ = session.resolve(args, overrides)
    with session.environment(args, env_cfg) as env:
        yield env


@pytest.fixture(scope="session")
def run_environment() -> Running:
    return running


class FunctionPolicy:
    """A function that takes nothing and gives the next action, as a policy."""

    def __init__(self, function: Callable[[], Action]) -> None:
        self._function = function

    def begin(self, world: int, generator: torch.Generator) -> None:
        pass

    def act(self, seen: Observation, running: torch.Tensor) -> Action:
        return self._function()

    def learn_of(self, action: Action, outcome: Outcome) -> None:
        pass


def grasp_actions(env: PushGraspEnv) -> torch.Tensor:
    """Actions that grasp each world's target at the middle of what is seen of it, as vertically as possible.

    The feature map falls with the distance from there, so the target scores above the ring around it. Scores of the
    angle-view classes rise with the index, and so do the views, up to the vertical one.
    """
    row_column = centroid(target_mask(env.heightmaps.ids, env.target_id)) / 4.0 - 0.375  # 224 cells to 56
    grid = torch.arange(56.0)
    rows, columns = (row_column[:, None, None, i] - axis for i, axis in enumerate((grid[:, None], grid)))
    f_map = -torch.hypot(*torch.broadcast_tensors(rows, columns))
    return torch.cat((f_map.flatten(1), torch.arange(360.0).expand(env.num_envs, -1)), dim=1)


def push_actions(env: PushGraspEnv) -> torch.Tensor:
    """Actions whose feature map is 1, and falls to -9 on the target."""
    target = target_mask(env.heightmaps.ids, env.target_id).float()
    f_map = 1.0 - 10.0 * torch.nn.functional.avg_pool2d(target[:, None], 4)[:, 0]
    return torch.cat((f_map.flatten(1), torch.zeros(env.num_envs, 360)), dim=1)


@pytest.fixture(scope="session")
def grasping() -> Callable[[PushGraspEnv], torch.Tensor]:
    return grasp_actions


@pytest.fixture(scope="session")
def pushing() -> Callable[[PushGraspEnv], torch.Tensor]:
    return push_actions


@pytest.fixture(scope="session")
def policy_of() -> Callable[[Callable[[], Action]], FunctionPolicy]:
    return FunctionPolicy
