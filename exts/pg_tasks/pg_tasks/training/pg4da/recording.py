"""Demonstrations while they are recorded: after an interruption the recording goes on as if there had been none."""

from __future__ import annotations

import hashlib
import logging
import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import torch
from tensordict import TensorDict

from pg_tasks.app.trials import trial_generator
from pg_tasks.envs.push_grasp_env import PushGraspEnv
from pushgrasp.evaluation.digests import content_digest
from pushgrasp.files.typed_json import to_plain
from pushgrasp.interface.action import Action
from pushgrasp.interrupt import Interrupted, StopRequest
from pushgrasp.learning.state import capture_rng, restore_rng
from pushgrasp.policies.pg4da.training.config import SCENE_GROUPS

from .teachers import Shown, Teacher

logger = logging.getLogger(__name__)

HALF = ("maps", "grasps", "swaths", "profiles")
"""Groups that are kept in half precision; cells and numbers would not fit into it."""

EVERY = 32
"""Actions after which what was recorded so far is handed out."""


@dataclass
class Recording:
    """What a teacher has shown so far, and what it takes to go on.

    The state of the simulation is not kept. It comes about again when the same actions are carried out, which is
    quick: the teacher is not asked. Then its memory and all random states are restored.
    """

    settings: dict[str, Any] = field(default_factory=dict)
    """What it has to be continued with; see :func:`recording_settings`."""
    path: Path | None = None
    """File that it was read from."""
    scenes: list[TensorDict] = field(default_factory=list)
    """What was seen where something was shown, with ``choices`` (M, K) and ``worth`` (M, K); pictures as bytes."""
    done: list[Any] = field(default_factory=list)
    """What all worlds did in each step, as plain data: the fields of the action, and the number of the stroke."""
    state: dict[str, Any] = field(default_factory=dict)
    """After the last step: the teacher's memory, random states, and what identifies the pictures."""

    def add(self, observations: TensorDict, shown: Shown) -> None:
        """Take note of what a teacher has shown in N worlds."""
        self.scenes.append(kept_scenes(observations, shown)[(shown.choices >= 0).any(dim=1)])
        self.done.append({"stroke": shown.stroke, **dict(shown.action.cpu().items())})

    def remember(self, env: PushGraspEnv, teacher: Teacher, observations: TensorDict) -> None:
        """Keep what it takes to go on after the last step."""
        self.state = {"teacher": teacher.get_state(), "random": capture_rng(env), "seen": _digest(observations)}

    def recall(self, env: PushGraspEnv, teacher: Teacher, observations: TensorDict) -> None:
        """Take over where the recording was interrupted, its steps having been repeated."""
        teacher.set_state(self.state["teacher"])
        restore_rng(self.state["random"], env)
        if _digest(observations) != self.state["seen"]:
            logger.warning("this simulation does not repeat itself to the bit: the recording goes on with other scenes")

    def joined(self) -> TensorDict:
        """Return all that was shown."""
        self.scenes = [cast("TensorDict", torch.cat(self.scenes))]
        return self.scenes[0]


def recording_settings(teacher: str, actions: int, seed: int, env_cfg: Any) -> dict[str, Any]:  # noqa: ANN401
    """Return what a recording in the environment of a configclass depends on."""
    environment = content_digest(to_plain(env_cfg))
    return {"teacher": teacher, "actions": actions, "seed": seed, "environment": environment}


@torch.no_grad()
def demonstrate(
    env: PushGraspEnv,
    vec_env: Any,  # noqa: ANN401 - rsl-rl's type lacks what the wrappers have
    teacher: Teacher,
    actions: int,
    recording: Recording | None = None,
    on_part: Callable[[int], None] = lambda done: None,
) -> TensorDict:
    """Let a teacher act.

    Args:
        env: The environment, as new.
        vec_env: Gives its observations, with pictures.
        teacher: Who acts, as new.
        actions: Actions, at least; all worlds act together.
        recording: Goes on where it ends.
        on_part: Told now and then, and after an interruption, how many actions ``recording`` holds.

    Returns:
        All that was shown.

    Raises:
        Interrupted: After the step in which a signal has come.
    """
    recording = recording or Recording()
    repeated, steps = len(recording.done), math.ceil(actions / env.num_envs)
    if repeated >= steps:
        restore_rng(recording.state["random"], env)
        return recording.joined()
    observations, _ = vec_env.reset()
    _begin(teacher, range(env.num_envs), 0)
    everywhere = torch.ones(env.num_envs, dtype=torch.bool, device=env.device)
    with StopRequest() as stop:
        for step in range(steps):
            if step >= repeated:
                recording.add(observations, teacher.show(observations, vec_env.choices, everywhere))
            observations, ended = _carry_out(vec_env, recording.done[step])
            done = (step + 1) * env.num_envs
            _begin(teacher, ended, done)
            if step + 1 == repeated:
                recording.recall(env, teacher, observations)
            if step >= repeated and (stop.requested or step + 1 == steps or done % EVERY < env.num_envs):
                recording.remember(env, teacher, observations)
                on_part(min(done, actions))
            if stop.requested:
                raise Interrupted
    return recording.joined()


def _begin(teacher: Teacher, worlds: Iterable[int], number: int) -> None:
    """Let episodes begin in some worlds; ``number`` grows from call to call."""
    for world in worlds:
        teacher.begin(world, trial_generator(teacher.seed, number + world))


def _carry_out(vec_env: Any, done: dict[str, Any]) -> tuple[TensorDict, list[int]]:  # noqa: ANN401
    """Return the next observations and the worlds whose episodes have ended."""
    fields = {name: value.to(vec_env.device) for name, value in done.items() if name != "stroke"}
    action = Action(**fields, batch_size=fields["kind"].shape[:1])
    observations, _, dones, _ = vec_env.carry_out(action, done["stroke"])
    return observations, dones.bool().nonzero()[:, 0].tolist()


def _digest(observations: TensorDict) -> str:
    """Return what identifies the pictures of all worlds."""
    return hashlib.sha256(observations["rgb"].cpu().numpy().tobytes()).hexdigest()


def kept_scenes(observations: TensorDict, shown: Shown) -> TensorDict:
    """Return what is kept of N worlds where a teacher has shown something: pictures as bytes, what was shown."""
    packed = {name: observations[name].half() if name in HALF else observations[name].clone() for name in SCENE_GROUPS}
    rgb = (255.0 * observations["rgb"]).round().byte()
    return TensorDict({"rgb": rgb, **packed, "choices": shown.choices, "worth": shown.worth}, observations.shape).cpu()
