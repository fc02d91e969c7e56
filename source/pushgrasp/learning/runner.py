"""rsl-rl runner that resumes exactly, stops cleanly and says how long it will take."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch
from rsl_rl.env import VecEnv
from tensordict import TensorDict
from torch import nn

from pushgrasp.console import Console
from pushgrasp.interrupt import StopRequest
from pushgrasp.learning import distributed
from pushgrasp.learning.ppo import check_batches
from pushgrasp.learning.progress import IterationStats, LearnOutcome, Progress, how_to_resume
from pushgrasp.learning.resumable import ResumableRunner, prints_to_log
from pushgrasp.program import advised


class NonFiniteError(FloatingPointError):
    """A loss or a parameter is NaN or infinite."""


class PushGraspRunner(ResumableRunner):
    """PPO training with checkpoints from which it continues bit for bit (see :class:`ResumableRunner`)."""

    def __init__(
        self,
        env: VecEnv,
        train_cfg: dict[str, Any],
        log_dir: str | Path | None = None,
        device: str = "cpu",
        console: Console | None = None,
        resume_command: str = "--checkpoint {path}",
        on_iteration: Callable[[int], None] | None = None,
    ) -> None:
        """Build the runner; see :class:`ResumableRunner` for the first four arguments.

        Args:
            env: rsl-rl environment.
            train_cfg: Configuration.
            log_dir: Run folder.
            device: Device of the learner.
            console: Where progress goes; None uses the log.
            resume_command: How to resume, told after an interruption; "{path}" stands for the checkpoint.
            on_iteration: Told how many iterations are completed, before the environment is reset or acts for the next
                one: what changes in the course of a training, such as its scenes, follows from that number.
        """
        super().__init__(env, train_cfg, log_dir, device)
        self.progress = Progress(console)
        self.resume_command = resume_command
        self._on_iteration = on_iteration or (lambda completed: None)

    def learn(self, num_learning_iterations: int, init_at_random_ep_len: bool = False) -> LearnOutcome:
        """Run a number of further iterations; see :meth:`learn_until`."""
        if init_at_random_ep_len:
            raise ValueError("init_at_random_ep_len=True is not supported: a resumed training could not repeat it")
        return self.learn_until(self.current_learning_iteration + num_learning_iterations)

    def learn_until(self, total: int) -> LearnOutcome:
        """Train until ``total`` iterations are completed, or until Ctrl-C or SIGTERM; then write a checkpoint.

        Raises:
            NonFiniteError: When a loss or parameter is NaN or infinite; no checkpoint is written then.
            ValueError: When the actions of an iteration do not divide into mini-batches, or the environment returns NaN
                or infinite numbers.
        """
        check_batches(self.cfg, self.env.num_envs)
        with StopRequest() as stop, advised(self.how_to_resume):
            obs: TensorDict | None = self._start()
            try:
                while obs is not None and self.current_learning_iteration < total:
                    obs = self._iterate(obs, total, stop)
                if self.archive.last_iteration != self.current_learning_iteration:
                    self.checkpoint()
                self._reset_first = True
            finally:
                self._close_log()
        done = self.current_learning_iteration
        outcome = LearnOutcome(done, done < total, self.archive.last_path)
        if self.gpu_global_rank == 0:
            self.progress.message(outcome.describe(self.resume_command))
        return outcome

    def how_to_resume(self) -> str:
        """Return where the last checkpoint is and how to go on from it."""
        return how_to_resume(self.archive.last_path, self.resume_command)

    def _start(self) -> TensorDict:
        """Prepare networks and log; return the first observations."""
        self.alg.train_mode()
        if self.is_distributed:
            self.alg.broadcast_parameters()
        with prints_to_log():
            self.logger.init_logging_writer()
        self._on_iteration(self.current_learning_iteration)
        return self._first_observations()

    def _iterate(self, obs: TensorDict, total: int, stop: StopRequest) -> TensorDict | None:
        """Run one iteration; return the next observations, or None when the training shall stop."""
        begin = time.perf_counter()
        next_obs = self._collect(obs, stop)
        if next_obs is None:
            return None
        middle = time.perf_counter()
        losses = self._update()
        self.current_learning_iteration += 1
        self._on_iteration(self.current_learning_iteration)
        self._record(losses, total, middle - begin, time.perf_counter() - middle)
        if self.current_learning_iteration % self.cfg["save_interval"] == 0:
            self.checkpoint()
            next_obs = self._reset()
        return None if distributed.any_process(stop.requested, self.device) else next_obs

    @torch.inference_mode()
    def _collect(self, obs: TensorDict, stop: StopRequest) -> TensorDict | None:
        """Fill the rollout; return the observations after it, or None when a stop was requested on the way."""
        for _ in range(self.cfg["num_steps_per_env"]):
            if stop.requested and not self.is_distributed:
                self.alg.storage.clear()
                return None
            actions = self.alg.act(obs)
            obs, rewards, dones, extras = self.env.step(actions.to(self.env.device))
            check_environment(obs, rewards)
            obs, rewards, dones = obs.to(self.device), rewards.to(self.device), dones.to(self.device)
            self.alg.process_env_step(obs, rewards, dones, extras)
            self.logger.process_env_step(rewards, dones, extras)
            self.archive.add_reward(float(rewards.mean()))
        self.alg.compute_returns(obs)
        return obs

    def _update(self) -> dict[str, float]:
        """Update the networks; return the losses and the mean KL divergence."""
        modules = {"actor": self.alg.actor, "critic": self.alg.critic}
        remedy = "Lower learning_rate or desired_kl"
        try:
            losses = self.alg.update()
        except RuntimeError:  # the action distribution refuses NaN
            require_finite({}, modules, remedy)
            raise
        kl = self.policy.pop_kl()
        if not math.isnan(kl):  # measured with the adaptive schedule only
            losses["kl"] = kl
        require_finite(losses, modules, remedy)
        return losses

    def _record(self, losses: dict[str, float], total: int, collect_time: float, learn_time: float) -> None:
        """Write TensorBoard scalars and the progress line."""
        iteration, rate = self.current_learning_iteration, self.alg.learning_rate
        std = self.policy.output_std.detach()
        reward = self.archive.mean_reward(self.cfg["num_steps_per_env"]) or 0.0
        with prints_to_log():
            self.logger.log(iteration, iteration - 1, total, collect_time, learn_time, losses, rate, std, None)
        if self.logger.writer is not None:
            self.logger.writer.add_scalar("Train/reward_per_action", reward, iteration)
            self.logger.writer.add_scalar("Train/actions", self._actions(iteration), iteration)
        if self.gpu_global_rank == 0:
            kl, value_loss, entropy = losses.get("kl", math.nan), losses["value"], losses["entropy"]
            times = (collect_time, learn_time)
            stats = IterationStats(iteration, total, reward, kl, rate, entropy, value_loss, *times)
            self.progress.update(stats)

    def _actions(self, iterations: int) -> int:
        """Return the actions carried out in a number of iterations, in all worlds of all processes."""
        return iterations * self.cfg["num_steps_per_env"] * self.env.num_envs * self.gpu_world_size

    def _close_log(self) -> None:
        """Flush and close the log."""
        self.logger.stop_logging_writer()
        close = getattr(self.logger.writer, "close", None)
        if close is not None:
            close()
        self.logger.writer = None


def require_finite(losses: Mapping[str, float], modules: Mapping[str, nn.Module], advice: str) -> None:
    """Raise NonFiniteError when a loss or a parameter is not finite.

    Args:
        losses: Losses of the last update by name.
        modules: Networks by name.
        advice: What the user can do, appended to the message.
    """
    bad_losses = [f"loss {name} = {value}" for name, value in losses.items() if not math.isfinite(value)]
    bad_parameters = [
        f"{owner}.{name} ({int((~torch.isfinite(tensor)).sum())} of {tensor.numel()} numbers)"
        for owner, module in modules.items()
        for name, tensor in module.named_parameters()
        if not torch.isfinite(tensor).all()
    ]
    bad = bad_losses + bad_parameters
    if bad:
        more = f" and {len(bad) - 5} more" if len(bad) > 5 else ""
        raise NonFiniteError(f"training diverged: {', '.join(bad[:5])}{more}. {advice}")


def check_environment(obs: TensorDict, rewards: torch.Tensor) -> None:
    """Raise ValueError when an observation (N, ...) or a reward (N,) is NaN or infinite, naming it and the worlds."""
    for name, tensor in [*obs.items(), ("rewards", rewards)]:
        finite = torch.isfinite(tensor).flatten(1).all(dim=1) if tensor.ndim > 1 else torch.isfinite(tensor)
        if not finite.all():
            worlds = (~finite).nonzero().flatten().tolist()
            raise ValueError(f"the environment returned NaN or infinite numbers: {name!r} of worlds {worlds[:10]}")
