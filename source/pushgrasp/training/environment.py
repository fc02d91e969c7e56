"""What the training needs of an environment beyond rsl-rl's interface."""

from __future__ import annotations

from typing import Any, Protocol

from tensordict import TensorDict


class ResettableEnv(Protocol):
    """The part of an environment that rsl-rl's ``VecEnv`` does not declare."""

    @property
    def unwrapped(self) -> Any:  # noqa: ANN401 - any environment
        """The innermost environment; may have ``get_rng_state()`` and ``set_rng_state(state)``."""

    def reset(self) -> tuple[TensorDict, dict[str, Any]]:
        """Reset all worlds; return observations and extras."""
        ...
