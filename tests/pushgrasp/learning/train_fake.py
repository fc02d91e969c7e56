"""Train on the fake environment: ``train_fake.py FOLDER TOTAL``, or :func:`train` in process."""

from __future__ import annotations

import argparse
import random
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
from training_fakes import FakeEnv, TinyBackbone, tiny_cfg

from pushgrasp.files.torch_files import fingerprint
from pushgrasp.learning import distributed
from pushgrasp.learning.runner import PushGraspRunner
from pushgrasp.policies.pg4da.training.features import FeatureEnv


class NoisyEnv(FakeEnv):
    """Uses NumPy's global generator too, as a simulator's libraries may; can be made slow."""

    delay = 0.0

    def step(self, actions: torch.Tensor) -> tuple[Any, torch.Tensor, torch.Tensor, dict[str, Any]]:
        time.sleep(self.delay)
        obs, reward, done, extras = super().step(actions)
        return obs, reward * (0.9 + 0.1 * float(np.random.rand())), done, extras


def train(folder: Path, total: int, checkpoint: Path | None = None, delay: float = 0.0) -> PushGraspRunner:
    """Train up to ``total`` iterations, from a checkpoint when one is given; return the runner."""
    seed = distributed.rank_seed(3)
    random.seed(seed)
    torch.manual_seed(seed)
    np.random.seed(seed)
    torch.set_num_threads(1)
    env = NoisyEnv(seed=seed)
    env.delay = delay
    folder.mkdir(parents=True, exist_ok=True)
    runner = PushGraspRunner(FeatureEnv(env, TinyBackbone()), tiny_cfg(), folder, resume_command="train.py -c {path}")
    if checkpoint is not None:
        runner.load(checkpoint)
    outcome = runner.learn_until(total)
    say(outcome.describe(runner.resume_command))
    return runner


def say(line: str) -> None:
    """Write a line to standard output in one piece: the lines of several processes must not mix."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def describe(runner: PushGraspRunner) -> str:
    """Return what identifies the result of a training in this process."""
    picture = float(runner.env.unwrapped.picture.double().sum())
    return f"rank {distributed.rank()} weights {fingerprint(runner.alg.actor)} picture {picture:.6f}"


def main() -> None:
    """Train as the command line says and describe the result; with --repeat once more, from ``model_2.pt``."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("total", type=int)
    parser.add_argument("--delay", type=float, default=0.0)
    parser.add_argument("--repeat", type=Path)
    options = parser.parse_args()
    say(describe(train(options.folder, options.total, delay=options.delay)))
    if options.repeat:
        say(describe(train(options.repeat, options.total, options.folder / "model_2.pt")))
    distributed.leave_group()


if __name__ == "__main__":
    main()
