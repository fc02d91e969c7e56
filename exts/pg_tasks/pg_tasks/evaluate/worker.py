"""What a worker of an evaluation builds, and the trials that it runs there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from pg_tasks.app import session
from pg_tasks.app.policies import make_policy
from pg_tasks.app.trials import TrialRunner
from pushgrasp.evaluation.protocols import protocol_named
from pushgrasp.evaluation.records import TrialRecord
from pushgrasp.jobs.job import Work
from pushgrasp.program import UserError

from .arguments import parse
from .configuration import configure, named_content
from .pictures import TrialPictures
from .referee import ProtocolReferee

Result = tuple[TrialRecord, bytes | None]
"""Record of a trial, and its strip of pictures as a PNG file if there is one."""


@dataclass(frozen=True)
class Run:
    """What a worker has to know of a run; travels to it as a pickle."""

    words: tuple[str, ...]
    """Command line of :func:`pg_tasks.evaluate.arguments.parse`."""
    protocol: str
    seed: int
    num_envs: int
    pictures: int
    """Of how many trials a strip of pictures is made."""
    faults: Path
    """Folder for replayable dumps of faults."""
    provenance: Mapping[str, Any]


@contextmanager
def open_trials(run: Run) -> Iterator[Work]:
    """Build environment and policy, and give what runs trials there.

    Raises:
        UserError: If files of the run are not what they were when it was begun.
    """
    torch.set_num_threads(1)  # the number of threads changes the last bits of sums
    args, overrides = parse(list(run.words))
    protocol = protocol_named(run.protocol)
    env_cfg, chosen = configure(args, overrides, protocol)
    env_cfg.scene.num_envs, env_cfg.fault_folder = run.num_envs, str(run.faults)
    with session.environment(args, env_cfg) as env:
        policy = make_policy(chosen, env)
        _require_unchanged(run, named_content(env_cfg, chosen))
        runner = TrialRunner(env, policy, run.seed, ProtocolReferee(env, protocol))
        runner.provenance = run.provenance
        pictures = TrialPictures(env, runner, run.pictures)

        def work(numbers: Iterator[int]) -> Iterator[tuple[int, Result]]:
            for record in runner.run(numbers):
                yield record.trial, (record, pictures.strips.pop(record.trial, None))

        yield work


def _require_unchanged(run: Run, content: Mapping[str, str | None]) -> None:
    """Refuse files that are not those with which the evaluation was begun, here or on another machine."""
    for name, digest in content.items():
        if run.provenance[name] != digest:
            raise UserError(f"files of the run ({name}) are not those that it was begun with")
