"""Which values the configuration of a training may have, and which go together."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pushgrasp.settings import Index, Range, check_value, declared_types
from pushgrasp.training.config import PpoCfg

Seed = Annotated[int, Range(least=0, below=2**63)]

PLAYS = ("likeliest", "sample", "sharpened")
"""How a trained policy may act. A scene in which an action failed often looks as before: a policy that plays samples
tries something else. Sharpened samples have a lower temperature, for choices only."""

TYPES: Mapping[str, Any] = {
    **declared_types(PpoCfg),
    "seed": Seed,
    "grasp_iterations": Index,
    "play": Literal[PLAYS],
    "std_type": Literal["scalar", "log"],
    "frozen": bool,
    "use_clipped_value_loss": bool,
    "normalize_advantage_per_mini_batch": bool,
    "share_cnn_encoders": bool,
}
"""Types, with their ranges, of the settings in ``pushgrasp.training.config.runner_config``, in whatever group."""


def check_runner_config(cfg: Mapping[str, Any], where: str = "") -> None:
    """Refuse the first setting that has a value without a meaning; settings that are left out pass.

    Args:
        cfg: Settings, in groups.
        where: How a user addresses them: ``agent``.

    Raises:
        ValueError: Naming the setting and what is allowed.
    """
    for name, value in cfg.items():
        address = _address(where, name)
        if isinstance(value, Mapping):
            check_runner_config(value, address)
        elif name in TYPES:
            check_value(address, value, TYPES[name])
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
