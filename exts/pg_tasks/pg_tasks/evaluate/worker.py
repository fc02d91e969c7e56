"""One process of an evaluation: an environment, a policy, and trials taken from a list that all processes share."""

from __future__ import annotations

import fcntl
import multiprocessing
import os
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from pushgrasp.evaluation.protocols import protocol_named
from pushgrasp.program import UserError


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
    """Hands each of some numbers to one of several processes, of which each may end at any moment."""

    def __init__(self, numbers: Sequence[int], counter: Path) -> None:
        """Hand out ``numbers``; the file ``counter``, empty at first, counts those that are handed out."""
        self._numbers, self._counter = numbers, counter

    def __iter__(self) -> Iterator[int]:
        """Take the next number, until there is none left."""
        while (index := self._next()) < len(self._numbers):
            yield self._numbers[index]

    def _next(self) -> int:
        """Count one up. The lock on a file is gone with the process that holds it, other than a semaphore."""
        with self._counter.open("r+") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            index = int(file.read() or 0)
            file.seek(0)
            file.write(str(index + 1))
            file.flush()
        return index


def end_with_parent() -> None:
    """End this process when the one that started it does, however that ends."""
    parent = multiprocessing.parent_process()

    def wait() -> None:
        if parent is not None:
            parent.join()
            os._exit(1)

    threading.Thread(target=wait, daemon=True).start()


def work(job: Job, counter: Path, log: Path, errors: Connection) -> None:
    """Run trials until none is left. What is printed goes to a file; a mistake of the user is sent to ``errors``."""
    end_with_parent()
    try:
        with log.open("a", encoding="utf-8") as file:
            os.dup2(file.fileno(), 1)
            os.dup2(file.fileno(), 2)
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
    from .configuration import configure, named_content
    from .pictures import TrialPictures
    from .referee import ProtocolReferee

    args, overrides = parse(list(job.words))
    protocol = protocol_named(job.protocol)
    env_cfg, agent_cfg, chosen = configure(args, overrides, protocol)
    env_cfg.scene.num_envs, env_cfg.fault_folder = job.num_envs, str(job.folder / "faults")
    with session.environment(args, env_cfg) as env:
        policy = make_policy(chosen, env, agent_cfg)
        _require_unchanged(job, named_content(env_cfg, agent_cfg, chosen))
        runner = TrialRunner(env, policy, job.seed, ProtocolReferee(env, protocol))
        runner.provenance = job.provenance
        if job.pictures:
            TrialPictures(env, runner, job.folder / "pictures", job.pictures)
        for record in runner.run(numbers):
            append_record(records_path(job.folder), record)


def _require_unchanged(job: Job, content: Mapping[str, str | None]) -> None:
    """Refuse files that were edited between the start of the evaluation and now, when this process has read them."""
    for name, digest in content.items():
        if job.provenance[name] != digest:
            raise UserError(f"{job.protocol}: files of the run ({name}) were changed while it was starting")
