"""What the viewer does: begin scenes, act, play, pause. It draws nothing; front ends tell it what the user wants."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from queue import Empty, SimpleQueue

import torch

from pg_tasks.app.status import describe_outcome
from pg_tasks.app.trials import trial_generator
from pg_tasks.envs.push_grasp_env import PushGraspEnv
from pushgrasp.interface.action import KIND_NAMES, Action, in_words
from pushgrasp.interface.world import Policy

from .pace import Pace


def _nothing() -> None:
    """Do nothing."""


class _InterruptError(Exception):
    """The action in flight is given up for a new scene or because the viewer closes."""


class ViewerController:
    """Runs an environment as the user says. All methods but :meth:`submit` belong to the thread of :meth:`run`.

    An action is one whole motion. Pausing freezes the scene at once, in the middle of an action too.
    """

    def __init__(self, env: PushGraspEnv, policies: Mapping[str, Policy], seed: int) -> None:
        """Control ``env``.

        Args:
            env: Environment that nobody else steps.
            policies: What can choose actions, by name; the first one begins.
            seed: First scene's seed, as ``--trial_seed`` of the other scripts.
        """
        self._env, self._policies = env, policies
        self.policy = next(iter(policies))
        self.seed = seed
        """Decides the scenes from the last new one on."""
        self.speed = 1.0
        """Simulated over real time; infinite: as fast as it runs."""
        self.playing = False
        self.world = 0
        """Which world the status and the overlays are about."""
        self.action: Action | None = None
        """What is being done, or was done last, in the pictures shown."""
        self.on_change: Callable[[], None] = _nothing
        """Called when there is something new to show."""
        self.on_wait: Callable[[], None] = _nothing
        """Called over and over while the scene stands still; should draw a frame and take a little time."""
        self.on_tick: Callable[[], None] = _nothing
        """Called in every physics step of an action."""
        self._begun = False  # nothing is shown before the first scene
        self._commands: SimpleQueue[Callable[[], object]] = SimpleQueue()
        self._next_seed: int | None = seed
        self._steps = 0  # actions still to be done while not playing, the one in flight included
        self._acting = self._new_action = self._closed = False
        self._actions, self._last, self._pace = 0, "none yet", Pace()

    @property
    def policies(self) -> tuple[str, ...]:
        """Names of the policies."""
        return tuple(self._policies)

    @property
    def status(self) -> str:
        """One line on what is going on."""
        doing = ""
        if self._acting and self.action is not None:
            doing = f": {in_words(KIND_NAMES[kind] for kind in self.action.kind[self.world])}"
        state = "playing" if self.playing else "acting" if self._steps else "paused"
        trial = int(self._env.scenes.trial[self.world])
        return f"Seed {self.seed}, trial {trial}, action {self._actions + self._acting}{doing}, {state}"

    @property
    def result(self) -> str:
        """One line on the last action."""
        return f"Last action: {self._last}"

    def submit(self, command: Callable[[], object]) -> None:
        """Have a command carried out by the thread that runs the environment; any thread may call this."""
        self._commands.put(command)

    def new_scene(self, seed: int | None = None) -> None:
        """Begin the scene of ``seed``, or of the next seed, giving up the action in flight."""
        self._next_seed = self.seed + 1 if seed is None else seed
        if not self.playing:
            self._steps = 0

    def step(self) -> None:
        """Do one action, or finish the one in flight, then pause."""
        self.playing, self._steps = False, 1
        self._changed()

    def play(self) -> None:
        """Act until paused."""
        self.playing = True
        self._changed()

    def pause(self) -> None:
        """Freeze the scene."""
        self.playing, self._steps = False, 0
        self._changed()

    def toggle(self) -> None:
        """Pause if anything moves, else play."""
        (self.pause if self._moving else self.play)()

    def choose(self, policy: str) -> None:
        """Let another policy choose the next actions.

        Raises:
            ValueError: If there is none of this name.
        """
        if policy not in self._policies:
            raise ValueError(f"unknown policy {policy!r}; policies: {', '.join(self._policies)}")
        self.policy = policy
        self._changed()

    def set_speed(self, speed: float) -> None:
        """Set simulated over real time.

        Raises:
            ValueError: If it is not above 0.
        """
        if not speed > 0.0:
            raise ValueError(f"speed is {speed}; a number above 0 is needed")
        self.speed = speed

    def show_world(self, world: int) -> None:
        """Let the status and the overlays be about another world.

        Raises:
            ValueError: If there is none of this index.
        """
        if not 0 <= world < self._env.num_envs:
            raise ValueError(f"world {world}: worlds are 0 to {self._env.num_envs - 1}")
        self.world = world
        self._changed()

    def close(self) -> None:
        """End :meth:`run`."""
        self._closed = True

    def run(self) -> None:
        """Do what the user wants until :meth:`close`."""
        self._env.tick_callback = self._tick
        try:
            while not self._closed:
                self._advance()
        finally:
            self._env.tick_callback = None
            self._env.scenes.end_trials()

    @property
    def _moving(self) -> bool:
        return self.playing or self._steps > 0

    def _changed(self) -> None:
        if self._begun:
            self.on_change()

    def _advance(self) -> None:
        self._take_commands()
        if self._closed:
            return
        if self._next_seed is not None:
            self._begin_scene(self._next_seed)
        elif self._moving and self._begun:
            self._act()
        else:
            self.on_wait()

    def _begin_scene(self, seed: int) -> None:
        self.seed, self._next_seed = seed, None
        self._env.scenes.begin_trials(seed)
        self._env.reset()
        self._begun = True
        self._begin_trials(range(self._env.num_envs))
        self._actions, self._last, self.action = 0, "none yet", None
        self._changed()

    def _begin_trials(self, worlds: Iterable[int]) -> None:
        """Tell all policies that worlds show new scenes."""
        for world in worlds:
            number = int(self._env.scenes.trial[world])
            for policy in self._policies.values():
                policy.begin(world, trial_generator(self.seed, number))

    def _act(self) -> None:
        self._acting = self._new_action = True
        self._pace.begin()
        try:
            with torch.inference_mode():
                action = self._choose()
                _, _, terminated, truncated, _ = self._env.step(action)
                self._policies[self.policy].learn_of(action, self._env.outcome)
        except _InterruptError:
            return
        finally:
            self._acting = False
        done = terminated | truncated
        self._begin_trials(done.nonzero()[:, 0].tolist())
        self._finish(bool(done[self.world]))

    def _choose(self) -> Action:
        """Return the next action."""
        seen = self._env.observe()
        return self._policies[self.policy].act(seen, torch.ones_like(seen.target_id, dtype=torch.bool))

    def _finish(self, done: bool) -> None:
        """Count an action; one that ends the episode has brought a new scene with it."""
        self._steps = max(0, self._steps - 1)
        self._last = describe_outcome(self._env.outcome, self._env.reward_buf, self.world)
        self._actions += 1
        if done:
            self._actions, self.action, self._last = 0, None, f"{self._last}, episode over"
        self._changed()

    def _tick(self) -> None:
        """Run in every physics step of an action: show what is done, obey, keep pace with the clock."""
        if self._new_action:
            self._new_action, self.action = False, self._env.action
            self._changed()
        self.on_tick()
        self._take_commands()
        while not (self._moving or self._closed or self._next_seed is not None):
            self.on_wait()
            self._take_commands()
        if self._closed or self._next_seed is not None:
            raise _InterruptError
        self._pace.wait(self._env.physics_dt / self.speed)

    def _take_commands(self) -> None:
        while True:
            try:
                command = self._commands.get_nowait()
            except Empty:
                return
            command()
