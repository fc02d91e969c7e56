"""Everything that a training needs to continue exactly, as plain data: weights, statistics, all random states."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from pushgrasp.learning.checkpoint import CheckpointError
from pushgrasp.learning.distributed import gather, rank

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


def capture_rng(env: Any = None, device: str = "cpu") -> dict[str, Any]:  # noqa: ANN401 - any environment
    """Return the random states of Python, NumPy, torch, the device and the environment.

    Args:
        env: Environment; its optional method ``get_rng_state()`` returns tensors, numbers, text, lists or dicts.
        device: Device whose torch generator is captured too when it is a CUDA device.
    """
    version, words, gauss = random.getstate()
    name, keys, position, has_gauss, cached = np.random.get_state()
    state: dict[str, Any] = {
        "python": [version, list(words), gauss],
        "numpy": [str(name), torch.from_numpy(keys.astype(np.int64)), int(position), int(has_gauss), float(cached)],
        "torch": torch.get_rng_state(),
    }
    if torch.device(device).type == "cuda":
        state["cuda"] = torch.cuda.get_rng_state(device)
    if hasattr(env, "get_rng_state"):
        state["env"] = env.get_rng_state()
        _require_plain(state["env"], "env.get_rng_state()")
    return state


def restore_rng(state: dict[str, Any], env: Any = None, device: str = "cpu") -> None:  # noqa: ANN401
    """Set the random states that :func:`capture_rng` returned; ``env.set_rng_state(state)`` gets its own part.

    Raises:
        ValueError: When the environment's state was stored but this environment cannot take it.
    """
    version, words, gauss = state["python"]
    random.setstate((version, tuple(words), gauss))
    name, keys, position, has_gauss, cached = state["numpy"]
    np.random.set_state((name, keys.numpy().astype(np.uint32), position, has_gauss, cached))
    torch.set_rng_state(state["torch"])
    if "cuda" in state and torch.device(device).type == "cuda":
        torch.cuda.set_rng_state(state["cuda"], device)
    if "env" in state:
        if not hasattr(env, "set_rng_state"):
            raise ValueError(f"{type(env).__name__} has no set_rng_state(), but the checkpoint holds its random state")
        env.set_rng_state(state["env"])


def _require_plain(value: Any, where: str) -> None:  # noqa: ANN401 - recursion over a state of any shape
    """Raise ValueError unless a state can be stored without executable content."""
    if value is None or isinstance(value, bool | int | float | str | torch.Tensor):
        return
    if isinstance(value, dict):
        for key, item in value.items():
            _require_plain(item, f"{where}[{key!r}]")
    elif isinstance(value, list | tuple):
        for index, item in enumerate(value):
            _require_plain(item, f"{where}[{index}]")
    else:
        allowed = "tensor, number, text, None, list, tuple, dict"
        raise ValueError(f"{where} is a {type(value).__name__}, which a checkpoint cannot hold; allowed: {allowed}")
