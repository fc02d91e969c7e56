"""What trainings of any method have in common."""

from __future__ import annotations

import random
import shlex
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch

from pg_tasks.agents.cfg import AgentCfg
from pg_tasks.app.arguments import without
from pg_tasks.app.checkpoints import LOG_ROOT
from pg_tasks.envs.push_grasp_env import PushGraspEnv
from pushgrasp.console import Console
from pushgrasp.interface.world import Policy
from pushgrasp.learning.exported_policy import Cell
from pushgrasp.learning.progress import LearnOutcome
from pushgrasp.learning.run_folder import RunFolder, create_run_folder, write_git_state, write_params
from pushgrasp.policies.registry import loaded, trained_method

SOURCE = Path(__file__).resolve().parent


class Trainer(Protocol):
    """One training of a method, which its entry in the registry names."""

    def __init__(self, env_cfg: Any, agent_cfg: Any, checkpoint: Path | None) -> None:  # noqa: ANN401
        """Refuse settings that cannot work; ``checkpoint`` is what to go on from. Nothing is built yet."""

    def begin(self, env: PushGraspEnv, folder: Path | None, console: Console, words: Sequence[str]) -> int:
        """Build the networks and return how many iterations are completed.

        Args:
            env: Environment to learn in.
            folder: Run folder for checkpoints; None writes none.
            console: Where progress goes.
            words: Command line, which goes on with the training when a checkpoint is added.
        """
        ...

    def train(self) -> LearnOutcome:
        """Learn until the settings say that it is enough, or the user stops it."""
        ...

    def how_to_resume(self) -> str:
        """Return where the last checkpoint is and how to go on from it."""
        ...

    def policy(self) -> Policy | None:
        """Return the trained policy; None where only a part of it was trained."""
        ...

    def export(self, folder: Path) -> str:
        """Write the policy for deployment; return what to tell the user."""
        ...


def make_trainer(method: str, env_cfg: Any, agent_cfg: Any, checkpoint: Path | None) -> Trainer:  # noqa: ANN401
    """Return what trains a method; the arguments are those of :class:`Trainer`.

    Raises:
        ValueError: If the method is unknown or has nothing to train; the message lists those that can be trained.
    """
    return loaded(str(trained_method(method).trainer))(env_cfg, agent_cfg, checkpoint)


def resume_command(words: Sequence[str]) -> str:
    """Return the command line that goes on with a training begun with ``words``; "{path}" stands for a checkpoint."""
    kept = without(words, ("--checkpoint", "--load_run"), ("--resume",))
    return " ".join(("python scripts/train.py", *map(shlex.quote, kept), "--checkpoint {path}"))


def seed_everything(seed: int) -> None:
    """Seed the global generators of Python, NumPy and PyTorch."""
    random.seed(seed)
    np.random.seed(seed % 2**32)
    torch.manual_seed(seed)


def run_folder(agent_cfg: AgentCfg, env_cfg: Any) -> RunFolder:  # noqa: ANN401
    """Create the folder of a run and write down what is run."""
    folder = create_run_folder(LOG_ROOT, agent_cfg.experiment_name, agent_cfg.run_name)
    write_params(folder, env_cfg, agent_cfg)
    write_git_state(folder, SOURCE)
    return folder


@contextmanager
def removed_on_failure(folder: RunFolder | None) -> Iterator[None]:
    """Delete the folder of a run that fails while it is set up: it would pass for the newest run."""
    try:
        yield
    except BaseException:
        if folder is not None:
            shutil.rmtree(folder.root)
        raise


def described_cell(env: PushGraspEnv) -> Cell:
    """Return what an exported policy says of the table, arms and gripper that it was trained with."""
    area = env.cfg.workspace
    return Cell({**asdict(area), "cell_size": area.resolution}, env.cfg.num_arms, asdict(env.cfg.gripper))
