"""Checkpoints of a running training: numbered files, the best one, the last few."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from pushgrasp.files.atomic import atomic_link
from pushgrasp.learning.checkpoint_files import BEST_NAME, checkpoint_path, prune_checkpoints


class CheckpointArchive:
    """Knows what was written last and which mean reward is the best so far.

    The best checkpoint is the one with the highest mean reward *per action* since the checkpoint before it. The reward
    per episode would not do: all rewards are positive, so long episodes of useless pushes would win.
    """

    def __init__(self, folder: Path | None, keep: int | None, full_interval: int) -> None:
        """Write to ``folder``, or nowhere when it is None.

        Args:
            folder: Run folder.
            keep: Number of numbered checkpoints to keep; None keeps all.
            full_interval: Environment steps between two regular checkpoints. A shorter interval (an interruption, the
                end of training) becomes the best only when there is none yet.

        Raises:
            ValueError: When ``keep`` is smaller than one.
        """
        if keep is not None and keep < 1:
            raise ValueError(f"keep_checkpoints is {keep}; expected at least 1, or None to keep all")
        self.folder = folder
        self.keep = keep
        self.full_interval = full_interval
        self.best_reward = float("-inf")
        self.last_path: Path | None = None
        self.last_iteration: int | None = None
        self._rewards: list[float] = []

    def add_reward(self, reward: float) -> None:
        """Note the mean reward over the worlds of one environment step."""
        self._rewards.append(reward)

    def mean_reward(self, steps: int | None = None) -> float | None:
        """Return the mean reward per action over the last ``steps`` (None: since the last checkpoint), if any."""
        rewards = self._rewards if steps is None else self._rewards[-steps:]
        return sum(rewards) / len(rewards) if rewards else None

    def loaded(self, path: Path, iteration: int, best_reward: float) -> None:
        """Continue after a checkpoint."""
        self.last_path, self.last_iteration, self.best_reward = path, iteration, best_reward
        self._rewards.clear()

    def store(self, iteration: int, mean_reward: float | None, write: Callable[[Path | None], None]) -> None:
        """Write a numbered checkpoint, under the name of the best one, too, if it is that; delete old ones.

        The best one is written first: when a kill comes between the two, no other one counts as the best.

        Args:
            iteration: Completed iterations.
            mean_reward: Mean reward per action since the last checkpoint, over all processes.
            write: Writes the file; called with None where nothing is to be written, since the processes of a
                distributed run gather their random states in it.
        """
        best = self._is_best(mean_reward)
        if best and mean_reward is not None:
            self.best_reward = mean_reward
        if self.folder is None:
            write(None)
        else:
            self._write(self.folder, iteration, best, write)
        self.last_iteration = iteration
        self._rewards.clear()

    def _write(self, folder: Path, iteration: int, best: bool, write: Callable[[Path | None], None]) -> None:
        path, best_path = checkpoint_path(folder, iteration), folder / BEST_NAME
        write(best_path if best else path)
        if best:
            atomic_link(best_path, path)
        self.last_path = path
        prune_checkpoints(folder, self.keep)

    def _is_best(self, reward: float | None) -> bool:
        """Return whether a checkpoint with this mean reward is the best so far."""
        enough = len(self._rewards) >= self.full_interval or self.best_reward == float("-inf")
        return reward is not None and enough and reward > self.best_reward
