"""Target-oriented push-grasping in clutter: one environment step is one whole push or grasp."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path

import gymnasium
import numpy as np
import torch
from isaaclab.envs import DirectRLEnv, VecEnvStepReturn

from pg_tasks.assets.objects import slot_name
from pg_tasks.physics.contact_depth import PadDepth
from pg_tasks.physics.mujoco_solver import SolverMuJoCoThreads
from pg_tasks.physics.physx_overflow import BufferWatch
from pushgrasp.decoding.decoder import DecoderCfg
from pushgrasp.interface.action import Action, Kind
from pushgrasp.interface.outcome import Outcome, lost_slots, moved_slots, push_succeeded, wrongly_lifted
from pushgrasp.interface.world import Arms, Observation, State
from pushgrasp.motion.plan import plan_action
from pushgrasp.motion.trajectory import Trajectory
from pushgrasp.perception.camera_noise import CameraNoise
from pushgrasp.perception.heightmap import Heightmaps
from pushgrasp.perception.isolation import isolate_rate
from pushgrasp.perception.masks import is_visible, object_mask, target_mask
from pushgrasp.perception.workspace import Workspace
from pushgrasp.physics.executor import Execution
from pushgrasp.physics.rig_protocol import Motion
from pushgrasp.policies.pg4da.action import decode_action
from pushgrasp.policies.pg4da.reward import fuzzy_reward
from pushgrasp.threads import threads_for

from .clutter import ObjectSlots
from .faults import write_dump
from .imagination import Imagination
from .observer import OverheadObserver
from .push_grasp_env_cfg import PushGraspEnvCfg
from .rigs import build_rig, place_rig
from .scenes import SceneSource
from .statistics import EpisodeStatistics

REST_SPEED = 0.01
"""Objects slower than this are at rest [m/s]."""

REST_TIME = 0.2
"""How long all objects must be slow before a scene counts as settled [s]: a block about to tip over is slow, too."""

SETTLE_PERIOD = 0.04
"""Time after which the CPU solver's worlds are looked at again while they settle [s]."""

NEIGHBOUR_HEIGHT = 0.01
"""Cells higher than this count as occupied in the isolate rate [m]."""

SCENE_TRIES = 20
"""Drops per reset; one that loses an object off the table, a cylinder that rolls away say, is drawn anew."""


class PushGraspEnv(DirectRLEnv):
    """Dual-arm or single-arm push-grasping with free grippers, or with arms that carry them.

    An action of numbers is ``[f_map (56 x 56), v_avh (360)]`` per world: it is decoded into a push or a grasp with the
    heightmaps of the last picture. A policy that plans by itself gives an :class:`Action`. Either is planned, carried
    out, and judged from the state and the pictures before and after.
    """

    cfg: PushGraspEnvCfg
    heightmaps: Heightmaps
    """Heightmaps of the last picture; there from the first reset on."""
    after: Heightmaps
    """Heightmaps of the last picture after an action, before any reset; there from the first action on."""
    action: Action
    """What was done last; there from the first action on."""
    motion: Motion
    """How the rig carried the last action out; there from the first action on."""
    outcome: Outcome
    """What the last action achieved; there from the first action on."""
    execution: Execution
    """The last action on its way; there from the first action on."""
    pad_penetration: torch.Tensor | None = None
    """Deepest that a finger pad sank into anything in the last action [m], shape (N,); None where the physics does not
    tell."""

    def __init__(self, cfg: PushGraspEnvCfg, render_mode: str | None = None, **kwargs: object) -> None:
        """Build the scene.

        Args:
            cfg: Configuration; its device and physics come from the preset.
            render_mode: As for gymnasium.
            **kwargs: Passed on.

        Raises:
            ValueError: If the configuration does not fit together, for example more objects than slots.
        """
        cfg.validate_config()
        self._layout = cfg.clutter.slot_layout()
        cfg.scene.add_slots(self._layout)
        place_rig(cfg)
        self.tick_callback: Callable[[], None] | None = None
        """Called after each physics step, for recordings."""
        self.end_rule: Callable[[Outcome], torch.Tensor] | None = None
        """Which episodes an action has ended, shape (N,), bool; None takes the rules of training."""
        self.clearing = False
        """Whether every object is to be taken, and the target is only the one that comes next."""
        self.scenes = SceneSource(cfg.clutter, self._layout, cfg.scene.num_envs)
        super().__init__(cfg, render_mode, **kwargs)
        if cfg.seed is not None:
            self.scenes.generator.manual_seed(cfg.seed)
        solver = getattr(self.sim.physics_manager, "_solver", None)
        self.rig = build_rig(cfg, self.scene, self.physics_dt, solver)
        origins = torch.as_tensor(self.scene.env_origins, device=self.device, dtype=torch.float32)
        colours = [self.scene[f"{slot_name(i)}_colour"] for i in range(len(self._layout.shapes))]
        self.objects = ObjectSlots(self.scene["objects"], colours, origins)
        camera = self.scene["camera"]
        self.observer = OverheadObserver(camera, origins, cfg.workspace, cfg.depth_filter, cfg.level_camera)
        self.buffer_watch = BufferWatch(cfg.sim.physics)
        self._pad_depth = PadDepth(solver) if isinstance(solver, SolverMuJoCoThreads) else None
        self.statistics = EpisodeStatistics(self.num_envs, self.device)
        self._outdated = torch.ones(self.num_envs, dtype=torch.bool, device=self.device)
        self._failed_grasps = torch.zeros(self.num_envs, dtype=torch.long, device=self.device)

    def _configure_gym_env_spaces(self) -> None:
        """Say what an observation is, colours from 0 to 1; an action may be any finite numbers."""
        super()._configure_gym_env_spaces()
        cells = self.cfg.workspace.cells
        picture = gymnasium.spaces.Box(0.0, 1.0, (3, cells, cells), np.float32)
        self.single_observation_space = gymnasium.spaces.Dict({"policy": picture})
        self.observation_space = gymnasium.vector.utils.batch_space(picture, self.num_envs)

    @property
    def max_episode_length(self) -> int:
        """Actions after which an episode is cut off."""
        return self.cfg.max_actions

    @property
    def num_worlds(self) -> int:
        """How many worlds there are."""
        return self.num_envs

    @property
    def workspace(self) -> Workspace:
        """Area that is seen."""
        return self.cfg.workspace

    @property
    def arms(self) -> Arms:
        """What carries actions out."""
        return self.rig

    @property
    def decoder(self) -> DecoderCfg:
        """What is possible for the grippers."""
        return self.cfg.decoder

    @property
    def target_id(self) -> torch.Tensor:
        """Id of the target in the id heightmap, shape (N,)."""
        return self.objects.target + 1

    @property
    def action_ticks(self) -> torch.Tensor:
        """Physics steps that the last action took in each world, shape (N,)."""
        return self.execution.ticks

    @property
    def isolate_rate(self) -> torch.Tensor:
        """Isolate rate of the target when the last action was chosen, shape (N,)."""
        return self._before[1]

    def get_rng_state(self) -> torch.Tensor:
        """Return the state of the generator that draws scenes and colours."""
        return self.scenes.generator.get_state()

    def set_rng_state(self, state: torch.Tensor) -> None:
        """Set the state of the generator that draws scenes and colours."""
        self.scenes.generator.set_state(state)

    def draw_scenes(self, words: str) -> None:
        """Draw scenes from these families and files from now on; all must be among those the worlds were made for."""
        self.scenes.draw_from(words)

    def observe(self) -> Observation:
        """Return what the camera sees now."""
        return Observation(self.heightmaps, self.target_id, self.cfg.workspace, self.clearing)

    @property
    def state(self) -> State:
        """Where everything is now."""
        objects = self.objects
        return State(objects.position, objects.quaternion, objects.active, objects.target, self._layout.shapes)

    @cached_property
    def imagine(self) -> Imagination:
        """What tells from a world and C actions what they would lead to; made when it is first asked for.

        Raises:
            UserError: If the physics cannot be copied.
        """
        return Imagination(self)

    def decode(self, numbers: torch.Tensor) -> Action:
        """Return what the published action, numbers (N, 3496), means in what is seen now.

        Raises:
            ValueError: If the shape is wrong, or a number is not finite.
        """
        with threads_for(self.num_envs):
            return decode_action(numbers, self.observe(), self.rig, self.cfg.decoder)

    def carry_out(self, action: Action) -> Outcome:
        """Do what an action says in every world, begin new episodes where one ends, return what it achieved.

        Raises:
            ValueError: For an action that cannot be planned; nothing has moved.
        """
        self.step(action)
        return self.outcome

    @torch.inference_mode(False)  # tensors kept from a call under inference mode would refuse changes in a later one
    @torch.no_grad()
    def step(self, action: torch.Tensor | Action) -> VecEnvStepReturn:
        """Carry out one action per world, numbers (N, 3496) or planned; worlds whose episode ends start a new one."""
        return super().step(action)  # pyright: ignore[reportArgumentType] - handed on to _pre_physics_step

    @torch.inference_mode(False)
    @torch.no_grad()
    def reset(self, seed: int | None = None, options: dict | None = None) -> tuple[dict, dict]:
        """Start new episodes in all worlds; with a seed, always the same ones."""
        if seed is not None:
            self.scenes.generator.manual_seed(seed)
        return super().reset(seed, options)

    # Action.

    def _pre_physics_step(self, actions: torch.Tensor | Action) -> None:
        action = actions if isinstance(actions, Action) else self.decode(actions)
        if action.kind.shape[0] != self.num_envs:
            raise ValueError(f"the action is for {action.kind.shape[0]} worlds; there are {self.num_envs}")
        self.trajectory = self.plan(action)
        self.action, self.motion = action, self.rig.plan(self.trajectory)
        self._poses = torch.cat((self.objects.position, self.objects.quaternion), dim=-1)
        self._before = (self.objects.position.clone(), *self._isolation(self.heightmaps))
        self.execution = self._begin()
        self.cfg.decimation = len(self.execution.stops)
        if self._pad_depth is not None:
            self._pad_depth.forget()

    def plan(self, action: Action) -> Trajectory:
        """Return how the grippers would carry an action out from where they stand at home; for any number of worlds.

        Raises:
            ValueError: For an action that cannot be planned.
        """
        rig = self.rig
        return plan_action(rig.home_position, rig.home_quaternion, action, rig.geometry, rig.limits)

    def _begin(self) -> Execution:
        """Begin what is planned; who looks on wants to see every tick."""
        picks, watched = self.action.picks, self.tick_callback is not None
        return Execution(self.rig, self.motion, self.physics_dt, lambda: self.objects.position, picks, watched)

    def _apply_action(self) -> None:
        """Carry the action out up to the next stop; the last tick is left to Isaac Lab, which then reads the state."""
        if self.tick_callback is not None:
            self.tick_callback()
        self.execution.look()
        self.execution.command()

    # Outcome.

    def _get_dones(self) -> tuple[torch.Tensor, torch.Tensor]:
        self.buffer_watch.check()
        self.pad_penetration = None if self._pad_depth is None else self._pad_depth.read()
        self._finite = torch.isfinite(self.objects.position).flatten(1).all(dim=1)
        if not bool(self._finite.all()):
            faulty = (~self._finite).nonzero()[:, 0]
            write_dump(Path(self.cfg.fault_folder), faulty, self._poses, self.action, self.objects.active)
        self.heightmaps = self.after = self._look()
        self.outcome = self._judge()
        outcome = self.outcome
        self._failed_grasps = torch.where(
            outcome.is_grasp, torch.where(outcome.success, 0, self._failed_grasps + 1), self._failed_grasps
        )
        gave_up = self._failed_grasps >= self.cfg.max_failed_grasps
        terminated = outcome.grasped | outcome.lost.any(dim=1) | gave_up | outcome.fault
        if self.end_rule is not None:
            terminated = self.end_rule(outcome)
        truncated = ~terminated & (self.episode_length_buf >= self.cfg.max_actions)
        self.statistics.add(outcome, terminated | truncated)
        self.extras["log"] = self.statistics.log(self.action, self._before[1])
        return terminated, truncated

    def _judge(self) -> Outcome:
        action, active, target_slot = self.action, self.objects.active, self.objects.target
        is_grasp, planned = action.does(Kind.GRASP), action.planned
        before, rate, visible = self._before
        lifted, grasps = self.execution.lifted(active), action.kind == Kind.GRASP
        target = torch.nn.functional.one_hot(target_slot, active.shape[1]).bool()
        lost = lost_slots(self.objects.position, active)
        after_rate, after_visible = self._isolation(self.heightmaps)
        pushed = planned & push_succeeded(rate, after_rate, visible, after_visible, self.cfg.isolation_gain)
        wanted = active if self.clearing else target
        wrong = wrongly_lifted(lifted, grasps, wanted)
        taken = (lifted & grasps[..., None] & wanted[:, None]).flatten(1).any(dim=1)
        return Outcome(
            kind=action.kind,
            executed=planned & self.motion.reachable,
            success=torch.where(is_grasp, taken & ~wrong, pushed) & self._finite,
            wrong_lifted=wrong,
            target_lost=(lost & target).any(dim=1),
            fault=~self._finite,
            lifted=lifted,
            moved=moved_slots(before, self.objects.position, active),
            lost=lost,
        )

    def _isolation(self, heightmaps: Heightmaps) -> tuple[torch.Tensor, torch.Tensor]:
        """Return the isolate rate (N,) and whether the target is visible (N,)."""
        target = target_mask(heightmaps.ids, self.target_id)
        occupied = object_mask(heightmaps.ids, heightmaps.height, NEIGHBOUR_HEIGHT)
        return isolate_rate(target, occupied, self.cfg.workspace.resolution), is_visible(target)

    def _look(self, worlds: torch.Tensor | None = None) -> Heightmaps:
        """Take a picture of all worlds or of those with given indices; RTX cameras need a rendered frame first."""
        if self.has_rtx_sensors:
            self.sim.render()
        return self.observer.heightmaps(worlds)

    def _get_rewards(self) -> torch.Tensor:
        outcome = self.outcome
        return fuzzy_reward(
            self._before[1], outcome.is_grasp, outcome.does(Kind.PUSH), outcome.success, self.cfg.reward
        )

    def _get_observations(self) -> dict[str, torch.Tensor]:
        if bool(self._outdated.all()):
            self.heightmaps = self._look()
        elif bool(self._outdated.any()):
            worlds = self._outdated.nonzero()[:, 0]
            self.heightmaps = self.heightmaps.replaced(worlds, self._look(worlds))
        self._outdated[:] = False
        return {"policy": self.heightmaps.colour}

    # Reset.

    def _reset_idx(self, env_ids: Sequence[int]) -> None:
        super()._reset_idx(env_ids)
        worlds = torch.as_tensor(env_ids, device=self.device, dtype=torch.long)
        self._failed_grasps[worlds] = 0
        self.rig.reset(worlds)
        generators = {world: self.scenes.begin_episode(world) for world in worlds.tolist()}
        self._lay_scenes(generators)
        if self.cfg.camera_noise.is_on:
            self.observer.noise.update({world: self._camera_noise(generators[world]) for world in generators})
        self._outdated[worlds] = True

    def _camera_noise(self, generator: torch.Generator) -> CameraNoise:
        """Noise of an episode whose scene ``generator`` has drawn."""
        seed = int(torch.randint(2**62, (), generator=generator))
        return CameraNoise(self.cfg.camera_noise, torch.Generator().manual_seed(seed))

    def _lay_scenes(self, generators: dict[int, torch.Generator]) -> None:
        """Drop a scene in each world until none has lost an object off the table while it settled."""
        pending = list(generators)
        for _ in range(SCENE_TRIES):
            for world in pending:
                generator = generators[world]
                poses = self.scenes.draw(generator, world)
                self.objects.place(torch.tensor([world], device=self.device), poses, generator)
            self._settle(pending)
            lost = lost_slots(self.objects.position, self.objects.active).any(dim=1)
            pending = [world for world in pending if lost[world]]
            if not pending:
                return
        raise ValueError(
            f"{SCENE_TRIES} drops in a row lost an object off the table; use fewer objects or another layout"
        )

    def _settle(self, worlds: Sequence[int]) -> None:
        """Step until in each world all objects have rested for :data:`REST_TIME`, at most ``settle_time``."""
        waited = round(SETTLE_PERIOD / self.physics_dt) - 1 if self.rig.is_direct else 0
        period = (1 + waited) * self.physics_dt
        rested = torch.zeros(self.num_envs, device=self.device)
        moving = torch.zeros(self.num_envs, dtype=torch.bool, device=self.device)
        moving[list(worlds)] = True
        for _ in range(math.ceil(self.cfg.clutter.settle_time / period)):
            self.rig.hold(moving)
            self.scene.write_data_to_sim()
            self.sim.step(render=False)
            self.scene.update(dt=self.physics_dt)
            slow = self.objects.speed.amax(dim=1) < REST_SPEED
            rested = torch.where(slow, rested + period, 0.0)
            moving = moving & (rested < REST_TIME)
            if not moving.any():
                return
            if waited:
                self.rig.hold(moving)
                self.rig.wait(waited)
