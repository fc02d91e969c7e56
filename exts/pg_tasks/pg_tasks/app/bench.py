"""The push-grasp environment as a bench: worlds with chosen scenes, in which motions are carried out one by one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import mujoco
import numpy as np
import torch
from isaaclab_tasks.utils import resolve_task_config

from pg_tasks.envs.push_grasp_env import PushGraspEnv
from pg_tasks.physics.contact_depth import deepest_contact, geoms_named
from pg_tasks.physics.mujoco_solver import SolverMuJoCoThreads
from pushgrasp.interface.action import Action, grasp_action
from pushgrasp.physics.executor import Execution
from pushgrasp.policies.pg4da.action import ACTION_SIZE
from pushgrasp.scenes.scene import Scene

from .session import simulator

TASK = "DualArmPushGrasp"


@dataclass(frozen=True)
class Grasp:
    """A grasp."""

    position: torch.Tensor
    """TCP when the jaws close [m], shape (3,)."""
    rotation: torch.Tensor
    """Gripper to world, shape (3, 3)."""
    width: float
    """Opening before closing [m]."""


class Bench:
    """N worlds of the presets ``mujoco`` or ``sapien`` with their rig, object slots and camera."""

    def __init__(self, env: PushGraspEnv) -> None:
        """Take over an environment; its policy side is not used."""
        self.env = env
        self.generator = torch.Generator().manual_seed(0)
        self._layout = env.cfg.clutter.slot_layout()

    @property
    def dt(self) -> float:
        """Duration of a tick [s]."""
        return self.env.physics_dt

    @property
    def worlds(self) -> int:
        """How many worlds there are."""
        return self.env.num_envs

    @property
    def solver(self) -> SolverMuJoCoThreads:
        """The physics solver."""
        return self.env.sim.physics_manager._solver

    def random_numbers(self) -> torch.Tensor:
        """Standard normal numbers of a published action (N, 3496), the same in every run."""
        return torch.randn(self.worlds, ACTION_SIZE, generator=self.generator).to(self.env.device)

    def place(self, scenes: Sequence[Scene]) -> torch.Tensor:
        """Put one scene into each world, grippers home; return the slot of each scene's target, shape (N,)."""
        worlds = torch.arange(self.worlds)
        poses = self._layout.assign(scenes)
        self.env.scene.reset()
        self.env.rig.reset(worlds)
        self.env.objects.place(worlds, poses, self.generator)
        return poses.target

    def slots(self, scene: Scene) -> list[int]:
        """Slot of each object of a scene that was placed."""
        targets = [Scene(scene.objects, i) for i in range(len(scene.objects))]
        return self._layout.assign(targets).target.tolist()

    def tick(self) -> None:
        """Step once with the set-points sent last."""
        self.env.scene.write_data_to_sim()
        self.env.sim.step(render=False)
        self.env.scene.update(dt=self.dt)

    def rest(self, seconds: float) -> None:
        """Step with the grippers held still."""
        for _ in range(round(seconds / self.dt)):
            self.env.rig.hold()
            self.tick()

    def grasps(self, grasps: Sequence[Grasp], arm: torch.Tensor | None = None) -> Action:
        """Return one grasp per world as an action, by given arms (N,), long, or by those that reach them best."""
        rig = self.env.rig
        position = torch.stack([grasp.position for grasp in grasps]).float()
        rotation = torch.stack([grasp.rotation for grasp in grasps]).float()
        width = torch.tensor([grasp.width for grasp in grasps])
        valid = torch.ones(len(grasps), dtype=torch.bool)
        arm = rig.choose_arm(position, rotation) if arm is None else arm
        return grasp_action(position, rotation, width, arm, valid, rig.num_arms, self.env.decoder.push.points)

    def plan(self, action: Action) -> Any:  # noqa: ANN401 - each rig has its own kind of motion
        """Return how the rig carries an action out."""
        return self.env.rig.plan(self.env.plan(action))

    def follow(self, motion: Any, after_tick: Callable[[float], None] | None = None) -> Execution:  # noqa: ANN401
        """Carry a motion out and return how it went; ``after_tick`` gets the time [s] after each tick."""
        watched, rig = after_tick is not None, self.env.rig
        execution = Execution(rig, motion, self.dt, lambda: self.env.objects.position, every_tick=watched)
        for stop in execution.stops:
            execution.look()
            execution.command()
            self.tick()
            if after_tick is not None:
                after_tick(stop * self.dt)
        return execution

    def object_poses(self, slots: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Positions (N, 3) [m], in the worlds' frames, and orientations (N, 4) of one slot per world."""
        worlds, objects = torch.arange(self.worlds), self.env.objects
        return objects.position[worlds, slots].double(), objects.quaternion[worlds, slots].double()

    def palm_poses(self, arms: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Positions (N, 3) [m], in the worlds' frames, and orientations (N, 4) of the palm of one arm per world."""
        grippers = [self.env.scene[name] for name in ("left_gripper", "right_gripper")]
        pose = torch.stack([g.data.body_link_pose_w.torch[:, g.find_bodies("palm")[0][0]] for g in grippers], dim=1)
        pose = pose[torch.arange(self.worlds), arms].double()
        origins = torch.as_tensor(self.env.scene.env_origins).double()
        return pose[:, :3] - origins, pose[:, 3:7]

    def geoms(self, part: str) -> np.ndarray:
        """Which MuJoCo geoms have ``part`` in their names, bool of shape (geoms,)."""
        return geoms_named(self.solver.models[0], part)

    def penetration(self, geoms: np.ndarray) -> np.ndarray:
        """Deepest contact [m] of any of ``geoms`` (geoms,) bool in each world now, shape (N,), at least 0."""
        return np.array([deepest_contact(data, geoms) for data in self.solver.datas])

    def resting_penetration(self, geoms: np.ndarray) -> np.ndarray:
        """As :meth:`penetration`, but all contacts are found, those between sleeping bodies too."""
        deepest = np.zeros(self.worlds)
        for world, (model, data) in enumerate(zip(self.solver.models, self.solver.datas, strict=True)):
            flags, model.opt.enableflags = model.opt.enableflags, 0
            copy = mujoco.MjData(model)
            copy.qpos, copy.mocap_pos, copy.mocap_quat = data.qpos, data.mocap_pos, data.mocap_quat
            mujoco.mj_forward(model, copy)
            model.opt.enableflags = flags
            deepest[world] = deepest_contact(copy, geoms)
        return deepest


@contextmanager
def open_bench(
    worlds: int, num_objects: int, overrides: Sequence[str] = (), physics: str = "mujoco"
) -> Iterator[Bench]:
    """Build the environment; one bench per process.

    Args:
        worlds: Number of worlds.
        num_objects: Blocks a world can hold.
        overrides: Further ``key=value`` overrides.
        physics: Preset, ``mujoco`` or ``sapien``.
    """
    cfg, _ = resolve_task_config(TASK, None, overrides=[f"physics={physics}", *overrides])
    cfg.scene.num_envs, cfg.clutter.num_objects, cfg.seed = worlds, num_objects, 0
    with simulator(cfg, lambda: PushGraspEnv(cfg)) as env:
        yield Bench(env)
