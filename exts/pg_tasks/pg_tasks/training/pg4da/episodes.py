"""Demonstrations by numbered episodes: what a teacher shows in one follows from the seed and its number alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
from tensordict import TensorDict

from pg_tasks.app import session
from pg_tasks.app.checkpoints import readable_checkpoint
from pg_tasks.app.identity import configuration_digest
from pg_tasks.app.trials import TrialRunner
from pg_tasks.envs.push_grasp_env import PushGraspEnv
from pg_tasks.envs.scene_sets import scene_set
from pushgrasp.evaluation.digests import content_digest, file_digest
from pushgrasp.evaluation.records import TrialRecord
from pushgrasp.files.typed_json import to_plain
from pushgrasp.interface.action import Action
from pushgrasp.interface.outcome import Outcome
from pushgrasp.interface.world import Observation
from pushgrasp.jobs.job import Work
from pushgrasp.program import UserError

from .recording import kept_scenes
from .teachers import Teacher, check_judge, checkpoint_judge, make_teacher
from .vec_env import ImageVecEnv

Episode = tuple[int, dict[str, np.ndarray]]
"""Number of actions, and what was shown in them: the groups of a ``Recording``'s scenes."""


@dataclass(frozen=True)
class Lesson:
    """Who shows what, and where."""

    teacher: str
    seed: int
    env_cfg: Any
    agent_cfg: Any
    checkpoint: Path | None
    """Policy whose choices the look-ahead tries."""

    @property
    def identity(self) -> dict[str, object]:
        """Return what the episodes follow from.

        The number of worlds is part of it: networks may see several worlds at once, which rounds otherwise.
        """
        words = self.env_cfg.clutter.scene_words()
        scenes = scene_set(words, self.env_cfg.clutter.skip_bad_scenes).content if words else []
        weights = self.checkpoint and self.agent_cfg.backbone_file()
        return {
            "teacher": self.teacher,
            "seed": self.seed,
            "worlds": self.env_cfg.scene.num_envs,
            "checkpoint": self.checkpoint and file_digest(self.checkpoint),
            "backbone": weights and file_digest(weights),
            "scenes": content_digest(scenes),
            "environment": configuration_digest(to_plain(self.env_cfg)),
        }


def make_lesson(args: Any, overrides: list[str]) -> Lesson:  # noqa: ANN401 - flags
    """Return what a command line asks for.

    Raises the errors of :func:`session.resolve` and :func:`readable_checkpoint`, and UserError if the teacher asks no
    checkpoint.
    """
    env_cfg, agent_cfg = session.resolve(args, overrides)
    session.lay_on_top(env_cfg)
    if args.checkpoint:
        check_judge(args.teacher, agent_cfg.head)
    checkpoint = readable_checkpoint(agent_cfg, args.checkpoint, None) if args.checkpoint else None
    return Lesson(args.teacher, agent_cfg.seed, env_cfg, agent_cfg, checkpoint)


@contextmanager
def open_episodes(parse: Callable[[], tuple[Any, list[str]]], identity: Mapping[str, object]) -> Iterator[Work]:
    """Build environment and teacher from the flags and overrides of ``parse``, and give what runs episodes there.

    Raises:
        UserError: If they are not those of an identity, as when files have changed.
    """
    torch.set_num_threads(1)  # the number of threads changes the last bits of sums
    args, overrides = parse()
    lesson = make_lesson(args, overrides)
    if differing := [name for name, value in lesson.identity.items() if identity[name] != value]:
        raise UserError(f"{', '.join(differing)} not as when the recording was begun")
    with session.environment(args, lesson.env_cfg) as env:
        judge = lesson.checkpoint and checkpoint_judge(env, lesson.agent_cfg, lesson.checkpoint)
        demonstrator = Demonstrator(env, ImageVecEnv(env), make_teacher(lesson.teacher, env, lesson.seed, judge))
        runner = TrialRunner(env, demonstrator, lesson.seed)
        runner.on_end = demonstrator.end

        def work(numbers: Iterator[int]) -> Iterator[tuple[int, Episode]]:
            for record in runner.run(numbers):
                yield record.trial, (len(record.actions), demonstrator.episodes.pop(record.trial))

        yield work


class Demonstrator:
    """A teacher as a policy; keeps what it shows."""

    def __init__(self, env: PushGraspEnv, vec_env: Any, teacher: Teacher) -> None:  # noqa: ANN401
        """Let ``teacher`` act in ``env``, which networks see through ``vec_env``."""
        self._vec_env, self._teacher = vec_env, teacher
        self._shown: list[list[TensorDict]] = [[] for _ in range(env.num_envs)]
        self.episodes: dict[int, dict[str, np.ndarray]] = {}
        """What was shown in the trials that have ended; whoever takes one removes it."""

    def begin(self, world: int, generator: torch.Generator) -> None:
        """A trial begins in a world."""
        self._vec_env.memory.forget(torch.tensor([world]))
        self._teacher.begin(world, generator)
        self._shown[world] = []

    def act(self, seen: Observation, running: torch.Tensor) -> Action:
        """Do what the teacher shows, and keep it where it is a choice."""
        observations = self._vec_env.observe()
        shown = self._teacher.show(observations, self._vec_env.choices, running)
        scenes, shows = kept_scenes(observations, shown), (shown.choices >= 0).any(dim=1).tolist()
        for world in running.nonzero()[:, 0].tolist():
            self._shown[world].append(scenes[world : world + shows[world]].clone())
        self._stroke = shown.stroke
        return shown.action

    def learn_of(self, action: Action, outcome: Outcome) -> None:
        """Remember what has failed, so that it is not chosen again."""
        self._vec_env.memory.learn_of(action, outcome, self._stroke)

    def end(self, world: int, record: TrialRecord) -> None:
        """The trial of a world has ended."""
        scenes = cast("TensorDict", torch.cat(self._shown[world]))
        self.episodes[record.trial] = {name: value.numpy() for name, value in scenes.items()}
