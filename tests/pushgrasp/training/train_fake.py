"""Train on the fake environment in a process of its own: ``train_fake.py FOLDER TOTAL [CHECKPOINT] [--slow]``."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import numpy as np
import torch
from training_fakes import FakeEnv, TinyBackbone, tiny_cfg

from pushgrasp.training import distributed
from pushgrasp.training.features import FeatureEnv
from pushgrasp.training.runner import PushGraspRunner


class NoisyEnv(FakeEnv):
    """Uses the global generators of NumPy too, as a simulator's libraries may; can be made slow."""

    delay = 0.0

    def step(self, actions: torch.Tensor) -> tuple:
        time.sleep(self.delay)
        obs, reward, done, extras = super().step(actions)
        return obs, reward * (0.9 + 0.1 * float(np.random.rand())), done, extras  # noqa: NPY002


def main() -> None:
    arguments = [argument for argument in sys.argv[1:] if argument != "--slow"]
    folder, total = Path(arguments[0]), int(arguments[1])
    seed = distributed.rank_seed(3)
    torch.manual_seed(seed)
    np.random.seed(seed)  # noqa: NPY002
    torch.set_num_threads(1)
    env = NoisyEnv(seed=seed)
    env.delay = 0.2 if "--slow" in sys.argv else 0.0
    runner = PushGraspRunner(FeatureEnv(env, TinyBackbone()), tiny_cfg(), folder)
    if len(arguments) > 2:
        runner.load(Path(arguments[2]))
    print("ready", flush=True)
    outcome = runner.learn_until(total)
    weights = torch.cat([p.detach().flatten() for p in runner.alg.get_policy().parameters()])
    print(f"rank {distributed.rank()} sum {weights.double().sum().item().hex()} "
          f"pictures {float(env.picture.sum()):.6f} {outcome}", flush=True)  # fmt: skip
    distributed.leave_group()


if __name__ == "__main__":
    main()
