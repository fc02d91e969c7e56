"""rsl-rl runner with this project's checkpoints, and with Gloo for distributed training on the CPU."""

from __future__ import annotations

import contextlib
import copy
import io
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol, cast, runtime_checkable

import torch
from rsl_rl.env import VecEnv
from rsl_rl.runners import OnPolicyRunner
from tensordict import TensorDict

from pushgrasp.files.torch_files import fingerprint
from pushgrasp.learning import distributed, state
from pushgrasp.learning.archive import CheckpointArchive
from pushgrasp.learning.checkpoint import CheckpointError, CheckpointInfo, load_checkpoint, save_checkpoint
from pushgrasp.learning.ppo import check_runner_config

logger = logging.getLogger(__name__)


class ResettableEnv(Protocol):
    """The part of an environment that rsl-rl's ``VecEnv`` does not declare."""

    @property
    def unwrapped(self) -> Any:  # noqa: ANN401 - any environment
        """The innermost environment; may have ``get_rng_state()`` and ``set_rng_state(state)``."""

    def reset(self) -> tuple[TensorDict, dict[str, Any]]:
        """Reset all worlds; return observations and extras."""
        ...


@runtime_checkable
class Actor(Protocol):
    """What the runner asks of a policy under training, beyond rsl-rl's interface."""

    method: str
    """Name in the registry of methods."""
    name: str
    """Name of the network among those of its method."""
    action_size: int
    input_group: str
    """Observation group of its picture."""

    @property
    def output_std(self) -> torch.Tensor:
        """Standard deviation of what it gives out."""
        ...

    def pop_kl(self) -> float:
        """Return the mean KL divergence since the last call [nat], NaN where none was measured."""
        ...


@contextlib.contextmanager
def prints_to_log() -> Iterator[None]:
    """Collect what is printed inside the block and log it at level DEBUG."""
    text = io.StringIO()
    try:
        with contextlib.redirect_stdout(text):
            yield
    finally:
        if text.getvalue().strip():
            logger.debug("%s", text.getvalue().rstrip())


class ResumableRunner(OnPolicyRunner):
    """Everything of the runner but the learning loop.

    The simulator's state is not stored. Instead the environment is reset after every checkpoint, whether the training
    goes on or is resumed later, so that both see the same worlds. Iterations count completed ones: ``model_40.pt``
    holds the networks after 40 updates.
    """

    def __init__(
        self, env: VecEnv, train_cfg: dict[str, Any], log_dir: str | Path | None = None, device: str = "cpu"
    ) -> None:
        """Build algorithm, log and archive.

        Args:
            env: rsl-rl environment with ``reset()``; ``env.unwrapped`` may offer ``get_rng_state()`` and
                ``set_rng_state(state)`` for the generators of its own.
            train_cfg: rsl-rl configuration, and "keep_checkpoints" (a number; None keeps all). Left unchanged.
            log_dir: Existing run folder; None writes nothing. Processes other than the first write nothing.
            device: Device of the learner.

        Raises:
            ValueError: When a setting has a value without a meaning.
        """
        check_runner_config(train_cfg)
        log_dir = None if log_dir is None or distributed.rank() != 0 else str(log_dir)
        with prints_to_log():
            super().__init__(env, copy.deepcopy(train_cfg), log_dir, device)
        self.logger.git_status_repos = []  # run_folder.write_git_state() stores the repositories
        interval = self.cfg["save_interval"] * self.cfg["num_steps_per_env"]
        folder = None if log_dir is None else Path(log_dir)
        self.archive = CheckpointArchive(folder, self.cfg.get("keep_checkpoints"), interval)
        self._resettable = cast("ResettableEnv", env)  # the argument's type is rsl-rl's, which has no reset
        backbone = getattr(env, "backbone", None)
        self._backbone = None if backbone is None else fingerprint(backbone)
        self._random_states: list[dict[str, Any]] | None = None
        self._reset_first = False

    @property
    def policy(self) -> Actor:
        """The policy under training.

        Raises:
            ValueError: When the configuration names a class that lacks something of :class:`Actor`.
        """
        policy = self.alg.get_policy()
        if not isinstance(policy, Actor):
            raise ValueError(f"the actor is a {type(policy).__name__}, which lacks something that the runner needs")
        return policy

    def save(self, path: str | Path | None, infos: dict[str, Any] | None = None) -> None:
        """Write a checkpoint; in a distributed run all processes call it and the first one writes (None: nothing).

        Raises:
            OSError: When the file cannot be written.
        """
        content = state.capture_state(self.alg, self.logger, self._resettable.unwrapped, self.device)
        if path is not None and self.gpu_global_rank == 0:
            content |= {"best_reward": self.archive.best_reward, "infos": infos}
            save_checkpoint(Path(path), self.info(), self.cfg, content)
            self.logger.save_model(str(path), self.current_learning_iteration)

    def load(
        self,
        path: str | Path,
        load_cfg: dict[str, bool] | None = None,
        strict: bool = True,
        map_location: str | None = None,
    ) -> dict[str, Any] | None:
        """Load a checkpoint; nothing in the file is executed.

        Args:
            path: Checkpoint file.
            load_cfg: rsl-rl's choice of parts, such as ``{"actor": True}`` to play; None prepares an exact resume.
            strict: Whether the weights must match name by name.
            map_location: Accepted for rsl-rl; tensors are read on the CPU and copied to the learner's device.

        Raises:
            FileNotFoundError: When there is no such file.
            IsADirectoryError: When the path is a folder.
            CheckpointError: When the file is damaged, of another schema, method, network or backbone.
        """
        policy = self.policy
        expected = (policy.method, policy.name, policy.action_size, policy.input_group, self._backbone)
        info, _, content = load_checkpoint(Path(path), *expected)
        try:
            state.restore_learner(self.alg, content, load_cfg, strict)
            if load_cfg is None:
                self.current_learning_iteration = info.iteration
                self.archive.loaded(Path(path), info.iteration, content["best_reward"])
                state.restore_log(self.logger, content)
                self._random_states, self._reset_first = content["rng"], True
            return content["infos"]
        except CheckpointError as error:
            raise CheckpointError(f"{path}: {error}") from error
        except (KeyError, TypeError, AttributeError) as error:
            raise CheckpointError(f"{path}: a part of its state is missing or of another kind: {error}") from error

    def info(self) -> CheckpointInfo:
        """Return what a checkpoint or an export made now is for."""
        policy = self.policy
        return CheckpointInfo(
            network=policy.name,
            action_size=policy.action_size,
            input_group=policy.input_group,
            iteration=self.current_learning_iteration,
            backbone=self._backbone,
            mean_reward=self.archive.mean_reward(),
            method=policy.method,
        )

    def checkpoint(self) -> None:
        """Write the numbered checkpoint, the best one when it is, and delete old ones.

        What follows begins with a reset of all worlds, as it does when the checkpoint is loaded.
        """
        reward = self.archive.mean_reward()
        if reward is not None:
            reward = distributed.mean_over_processes(reward, self.device)
        self.archive.store(self.current_learning_iteration, reward, self.save)
        self._random_states, self._reset_first = None, True

    def _first_observations(self) -> TensorDict:
        """Return the observations to start with: the present ones, or after a checkpoint those of a reset."""
        if not self._reset_first:
            return self.env.get_observations().to(self.device)
        states, self._random_states = self._random_states, None
        if states is not None and not state.restore_random(states, self._resettable.unwrapped, self.device):
            logger.warning("the number of processes has changed: the training continues, but not bit for bit")
        return self._reset()

    @torch.inference_mode()
    def _reset(self) -> TensorDict:
        """Reset all worlds and forget the running episodes."""
        self._reset_first = False
        state.clear_episodes(self.logger)
        return self._resettable.reset()[0].to(self.device)

    def _configure_multi_gpu(self) -> None:
        """Join the process group: Gloo on the CPU, rsl-rl's NCCL on GPUs."""
        if distributed.world_size() == 1 or torch.device(self.device).type != "cpu":
            super()._configure_multi_gpu()
            return
        self.cfg["multi_gpu"] = group = distributed.join_cpu_group()
        self.is_distributed = True
        self.gpu_world_size, self.gpu_global_rank = group["world_size"], group["global_rank"]
        self.gpu_local_rank = group["local_rank"]
