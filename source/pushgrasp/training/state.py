"""Everything that a training needs to continue exactly, as plain data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pushgrasp.training.checkpoint import CheckpointError
from pushgrasp.training.distributed import gather, rank
from pushgrasp.training.rng import capture_rng, restore_rng

if TYPE_CHECKING:
    from rsl_rl.algorithms import PPO
    from rsl_rl.utils.logger import Logger


def capture_state(alg: PPO, log: Logger, env: Any, device: str) -> dict[str, Any]:  # noqa: ANN401 - any environment
    """Return weights, optimiser, learning rate, statistics of the log and the random states of every process.

    All processes must call it.
    """
    return {
        **alg.save(),
        "learning_rate": float(alg.learning_rate),
        "log": {
            "rewards": [float(value) for value in log.rewbuffer],
            "lengths": [float(value) for value in log.lenbuffer],
            "timesteps": int(log.tot_timesteps),
            "time": float(log.tot_time),
        },
        "rng": gather(capture_rng(env, device)),
    }


def restore_learner(alg: PPO, state: dict[str, Any], load_cfg: dict[str, bool] | None, strict: bool) -> None:
    """Load weights and, unless ``load_cfg`` chooses parts, optimiser and learning rate.

    Raises:
        CheckpointError: When the weights do not fit the networks.
    """
    try:
        alg.load(state, load_cfg, strict)
    except (RuntimeError, ValueError, KeyError) as error:
        reason = " ".join(str(error).split())[:400]
        raise CheckpointError(f"the checkpoint's weights do not fit the configured networks: {reason}") from error
    if load_cfg is None:
        alg.learning_rate = state["learning_rate"]


def restore_log(log: Logger, state: dict[str, Any]) -> None:
    """Restore the statistics that the log averages over."""
    log.rewbuffer.extend(state["log"]["rewards"])
    log.lenbuffer.extend(state["log"]["lengths"])
    log.tot_timesteps = state["log"]["timesteps"]
    log.tot_time = state["log"]["time"]


def restore_random(states: list[dict[str, Any]], env: Any, device: str) -> bool:  # noqa: ANN401 - any environment
    """Restore this process's random state; return False when the number of processes has changed since."""
    if len(states) != len(gather(None)):
        return False
    restore_rng(states[rank()], env, device)
    return True


def clear_episodes(log: Logger) -> None:
    """Forget the running episodes, after the environment was reset."""
    log.cur_reward_sum.zero_()
    log.cur_episode_length.zero_()
