"""Recordings of demonstrations: which episodes they are, and how they go on; no simulator is started."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import torch

from pg_tasks.training.pg4da import demonstrate
from pg_tasks.training.pg4da.demonstrate import enough
from pushgrasp.jobs.job import Finished, Job
from pushgrasp.program import UserError

WORDS = ["physics=mujoco", "--num_envs=2", "--teacher=heuristic", "--actions=5", "--out"]


def test_the_first_episodes_that_have_enough_actions_are_taken() -> None:
    assert enough({}, 1) is None
    assert enough({0: 3, 2: 9}, 4) is None  # the second one is not there yet
    assert enough({0: 3, 1: 1, 2: 9}, 4) == {0: 3, 1: 1}
    assert enough({2: 9, 1: 2, 0: 3}, 4) == {0: 3, 1: 2}


def test_recording_goes_on_with_the_same_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def work_on(job: Job, crew: object, tell: Callable[[str], None]) -> Iterator[Finished]:
        """Record the last four of the first five episodes that are asked for; each has two actions and a scene."""
        for number in reversed(job.numbers[1:5]):
            done.append(number)
            if len(done) == 4:
                raise KeyboardInterrupt
            shown = {"choices": np.array([[number]]), "worth": np.ones((1, 1), dtype=np.float32)}
            yield Finished(number, (2, shown), "")

    done: list[int] = []
    monkeypatch.setattr(demonstrate, "work_on", work_on)
    path = tmp_path / "a.pt"
    with pytest.raises(KeyboardInterrupt) as stopped:
        demonstrate.main("", [*WORDS, str(path)])
    assert stopped.value.__notes__ == [f"the same command goes on with {path}.episodes"]
    assert done == [4, 3, 2, 1]
    with pytest.raises(ValueError, match="holds demonstrations made with another seed; name another folder"):
        demonstrate.main("", ["--seed=9", *WORDS, str(path)])
    shown = {"choices": np.array([[7]]), "worth": np.ones((1, 1), dtype=np.float32)}
    monkeypatch.setattr(demonstrate, "work_on", lambda job, *_: (Finished(n, (2, shown), "") for n in job.numbers))
    demonstrate.main("", [*WORDS, str(path)])
    # five actions are in the first three episodes; 2 was recorded before, 0 and 1 are now
    assert torch.load(path, weights_only=True)["shown"]["choices"].tolist() == [[7], [7], [2]]
    assert not path.with_name("a.pt.episodes").exists()
    with pytest.raises(UserError, match=r"a\.pt is there already; give another file"):
        demonstrate.main("", [*WORDS, str(path)])
