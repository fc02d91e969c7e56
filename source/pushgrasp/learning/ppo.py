"""PPO of rsl-rl 5.5: its settings, which values they may have, and which go together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pushgrasp.settings import Count, NotNegative, Positive, Range, Settings, Share, check_value, declared_types


@dataclass(frozen=True)
class PpoCfg(Settings):
    """PPO for few, expensive actions, one of which is a push or grasp of several seconds."""

    num_steps_per_env: Count = 12  # actions per world and iteration
    num_learning_epochs: Count = 1  # passes over the actions of an iteration
    num_mini_batches: Count = 4
    gamma: Share = 0.8  # per action: a push pays when a grasp follows within a few actions
    lam: Share = 0.95
    clip_param: Positive = 0.5  # on the likelihood ratio, and on the change of the value
    schedule: Literal["fixed", "adaptive"] = "fixed"  # adaptive: the learning rate follows the KL
    desired_kl: Positive = 0.1  # nat, total over the action; for "adaptive"
    learning_rate: Positive = 1e-4  # where "adaptive" starts
    entropy_coef: NotNegative = 0.0
    value_loss_coef: NotNegative = 1.0
    max_grad_norm: Positive = 1.0
    init_std: Positive = 4.0  # of each number, for Gaussian policies
    std_range: tuple[Positive, Positive] = (1.0, 8.0)
    learn_std: bool = True
    max_iterations: Count = 1000
    save_interval: Count = 20  # iterations
    keep_checkpoints: Count | None = 5


TYPES: Mapping[str, Any] = {
    **declared_types(PpoCfg),
    "seed": Annotated[int, Range(least=0, below=2**63)],
    "std_type": Literal["scalar", "log"],
    "use_clipped_value_loss": bool,
    "normalize_advantage_per_mini_batch": bool,
    "share_cnn_encoders": bool,
}
"""Types, with their ranges, of the settings of a runner, in whatever group."""


def algorithm_config(ppo: PpoCfg, share_cnn_encoders: bool) -> dict[str, Any]:
    """Return rsl-rl's configuration of the algorithm; the critic may share the networks that the actor trains."""
    return {
        "class_name": "PPO",
        "num_learning_epochs": ppo.num_learning_epochs,
        "num_mini_batches": ppo.num_mini_batches,
        "gamma": ppo.gamma,
        "lam": ppo.lam,
        "clip_param": ppo.clip_param,
        "schedule": ppo.schedule,
        "desired_kl": ppo.desired_kl,
        "learning_rate": ppo.learning_rate,
        "entropy_coef": ppo.entropy_coef,
        "value_loss_coef": ppo.value_loss_coef,
        "use_clipped_value_loss": True,
        "max_grad_norm": ppo.max_grad_norm,
        "normalize_advantage_per_mini_batch": False,
        "share_cnn_encoders": share_cnn_encoders,
    }


def check_runner_config(cfg: Mapping[str, Any], where: str = "", types: Mapping[str, Any] = TYPES) -> None:
    """Refuse the first setting that has a value without a meaning; settings that are left out pass.

    Args:
        cfg: Settings, in groups.
        where: How a user addresses them: ``agent``.
        types: Types by name of the setting.

    Raises:
        ValueError: Naming the setting and what is allowed.
    """
    for name, value in cfg.items():
        address = _address(where, name)
        if isinstance(value, Mapping):
            check_runner_config(value, address, types)
        elif name in types:
            check_value(address, value, types[name])
            if name == "std_range" and value[0] >= value[1]:
                raise ValueError(f"{address}={value!r}: (low, high) with low < high is needed")


def _address(where: str, name: str) -> str:
    return f"{where}.{name}" if where else name


def check_batches(cfg: Mapping[str, Any], worlds: int, where: str = "") -> None:
    """Refuse mini-batches into which the actions of an iteration do not divide: those left over would teach nothing.

    Args:
        cfg: Settings.
        worlds: Worlds that act in one process.
        where: How a user addresses the settings: ``agent``.

    Raises:
        ValueError: Saying which numbers of mini-batches fit.
    """
    steps, batches = cfg["num_steps_per_env"], cfg["algorithm"]["num_mini_batches"]
    actions = worlds * steps
    made = f"{actions} actions per iteration ({worlds} worlds x num_steps_per_env={steps})"
    if actions < 2:
        raise ValueError(f"{made}: at least 2 are needed, as their advantages are compared")
    if actions % batches:
        fitting = [number for number in range(1, actions + 1) if actions % number == 0]
        near = [max(n for n in fitting if n < batches), *[n for n in fitting if n > batches][:1]]
        name = _address(where, "algorithm.num_mini_batches")
        raise ValueError(
            f"{name}={batches}: {made} do not make {batches} equal mini-batches; "
            f"{' or '.join(map(str, near))} would fit, or another number of worlds or steps"
        )
