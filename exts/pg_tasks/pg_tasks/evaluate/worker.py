"""One process of an evaluation: an environment, a policy, and trials taken from a list that all processes share."""

from __future__ import annotations

import multiprocessing
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from pushgrasp.evaluation.protocols import protocol_named


@dataclass(frozen=True)
class Job:
    """What a process does; travels to it as a pickle."""

    words: tuple[str, ...]
    """Command line of :func:`pg_tasks.evaluate.arguments.parse`."""
    protocol: str
    folder: Path
    """Run folder, which exists."""
    numbers: tuple[int, ...]
    """Trials that are left."""
    seed: int
    num_envs: int
    pictures: int
    """Of how many trials a strip of pictures is written."""
    provenance: Mapping[str, Any]


class SharedNumbers:
    """Hands each of some numbers to one of several processes."""

    def __init__(self, numbers: Sequence[int], counter: Any) -> None:  # noqa: ANN401 - multiprocessing's Value
        """Hand out ``numbers`` with a counter that all processes share."""
        self._numbers, self._counter = numbers, counter

    def __iter__(self) -> Iterator[int]:
        """Take the next number, until there is none left or the process that started this one is gone."""
        while parent_lives():
            with self._counter.get_lock():
                index = self._counter.value
                self._counter.value += 1
            if index >= len(self._numbers):
                return
            yield self._numbers[index]


def parent_lives() -> bool:
    """Return whether the process that started this one still runs; True in a process that no other one started."""
    parent = multiprocessing.parent_process()
    return parent is None or parent.is_alive()


def work(job: Job, counter: Any, log: Path, errors: Connection) -> None:  # noqa: ANN401 - multiprocessing's Value
    """Run trials until none is left. What is printed goes to a file; a mistake of the user is sent to ``errors``."""
    with log.open("a", encoding="utf-8") as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
    try:
        _run(job, SharedNumbers(job.numbers, counter))
    except SystemExit as error:
        if error.code not in (None, 0):
            errors.send(_last_error(log))
            raise
    except BaseException as error:
        errors.send(f"{type(error).__name__}: {error} (see {log})")
        raise


def _last_error(log: Path) -> str:
    """Return the line that a readable error has left in the log."""
    sys.stderr.flush()
    lines = [line for line in log.read_text(errors="replace").splitlines() if line.startswith("error: ")]
    return lines[-1].removeprefix("error: ") if lines else f"a process stopped (see {log})"


def _run(job: Job, numbers: SharedNumbers) -> None:
    import torch

    torch.set_num_threads(1)  # the number of threads changes the last bits of sums
    from pg_tasks.app import session
    from pg_tasks.app.policies import make_policy
    from pg_tasks.app.trials import TrialRunner
    from pushgrasp.evaluation.record_file import append_record
    from pushgrasp.evaluation.runs import records_path

    from .arguments import parse
    from .configuration import configure
    from .pictures import TrialPictures
    from .referee import ProtocolReferee

    args, overrides = parse(list(job.words))
    protocol = protocol_named(job.protocol)
    env_cfg, agent_cfg, chosen = configure(args, overrides, protocol)
    env_cfg.scene.num_envs, env_cfg.fault_folder = job.num_envs, str(job.folder / "faults")
    with session.environment(args, env_cfg) as env:
        policy = make_policy(chosen, env, agent_cfg)
        runner = TrialRunner(env, policy, job.seed, ProtocolReferee(env, protocol))
        runner.provenance = job.provenance
        if job.pictures:
            TrialPictures(env, runner, job.folder / "pictures", job.pictures)
        for record in runner.run(numbers):
            if not parent_lives():
                return
            append_record(records_path(job.folder), record)
