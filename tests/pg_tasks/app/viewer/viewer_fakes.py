"""An environment without a simulator that counts what is asked of it, and moves made by hand."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace

import torch

from pushgrasp.interface.action import Action, grasp_action, push_action
from pushgrasp.interface.outcome import Outcome
from pushgrasp.interface.world import Observation
from pushgrasp.perception.heightmap import Heightmaps
from pushgrasp.perception.workspace import Workspace

TICKS = 5
"""Physics steps per action of the fake."""

WORKSPACE = Workspace(-0.1, 0.1, -0.1, 0.1, cells=4)


def make_action(is_grasp: bool, worlds: int = 2) -> Action:
    """The same in all worlds: a vertical grasp at (0.02, 0.03, 0.05), or pushes of 6 cm along x by both arms."""
    path = torch.tensor([[0.0, 0.0, 0.01], [0.03, 0.0, 0.01], [0.06, 0.0, 0.01]])
    some = torch.ones(worlds, dtype=torch.bool)
    if is_grasp:
        position = torch.tensor([0.02, 0.03, 0.05]).expand(worlds, 3)
        rotation = torch.diag(torch.tensor([1.0, -1.0, -1.0])).expand(worlds, 3, 3)
        return grasp_action(position, rotation, torch.full((worlds,), 0.06), some.long(), some, 2, 3)
    paths = torch.stack((path, path + torch.tensor([0.0, 0.05, 0.0]))).expand(worlds, 2, 3, 3).clone()
    return push_action(paths, torch.zeros(worlds, 2, 3), some[:, None].expand(-1, 2).clone())


def make_heightmaps(worlds: int = 2) -> Heightmaps:
    """A target (id 1) of 0.03 m in cell (1, 1) and a neighbour (id 2) of 0.05 m in cell (1, 2)."""
    height, ids = torch.zeros(worlds, 4, 4), torch.zeros(worlds, 4, 4, dtype=torch.long)
    height[:, 1, 1], height[:, 1, 2], ids[:, 1, 1], ids[:, 1, 2] = 0.03, 0.05, 1, 2
    return Heightmaps(torch.full((worlds, 3, 4, 4), 0.5), height, ids)


class Constant:
    """Always does the same, and notes which worlds show new scenes and what it has heard of its actions."""

    def __init__(self, is_grasp: bool) -> None:
        self.action = make_action(is_grasp)
        self.begun: list[tuple[int, int]] = []
        self.heard = 0

    def begin(self, world: int, generator: torch.Generator) -> None:
        self.begun.append((world, generator.initial_seed()))

    def act(self, seen: Observation, running: torch.Tensor) -> Action:
        assert running.all() and len(seen.target_id) == 2
        return self.action

    def learn_of(self, action: Action, outcome: Outcome) -> None:
        assert action is self.action and torch.equal(outcome.kind, action.kind)
        self.heard += 1


class FakeScenes:
    """Notes the seeds."""

    def __init__(self) -> None:
        self.seeds: list[int] = []
        self.ended, self.trial = False, torch.tensor([0, 1])

    def begin_trials(self, seed: int) -> None:
        self.seeds.append(seed)

    def end_trials(self) -> None:
        self.ended = True


class FakeEnv:
    """Two worlds; an action takes five ticks and succeeds, and every third one ends the episode."""

    num_envs, physics_dt, device = 2, 0.02, "cpu"

    def __init__(self) -> None:
        self.scenes, self.cfg = FakeScenes(), SimpleNamespace(workspace=WORKSPACE, action_space=1)
        self.scene = SimpleNamespace(env_origins=torch.tensor([[0.0, 0.0, 0.0], [4.0, 0.0, 0.0]]))
        self.heightmaps, self.target_id = make_heightmaps(), torch.tensor([1, 1])
        self.tick_callback: Callable[[], None] | None = None
        self.actions: list[Action] = []
        self.resets = self.ticks = 0
        self.reward_buf = torch.tensor([0.25, 0.5])

    def reset(self) -> tuple[dict, dict]:
        self.resets += 1
        return {"policy": self.heightmaps.colour}, {}

    def observe(self) -> Observation:
        return Observation(self.heightmaps, self.target_id, WORKSPACE)

    def step(self, action: Action) -> tuple:
        self.actions.append(action)
        self.action = action
        for _ in range(TICKS):
            self.tick_callback()
            self.ticks += 1
        no, yes = torch.zeros(2, dtype=torch.bool), torch.ones(2, dtype=torch.bool)
        slots = torch.tensor([[False], [True]])
        self.outcome = Outcome(action.kind, yes, yes, no, no, no, ~slots[:, None], ~slots, slots)
        done = torch.full((2,), len(self.actions) % 3 == 0)
        return {"policy": self.heightmaps.colour}, self.reward_buf, done, no, {}
