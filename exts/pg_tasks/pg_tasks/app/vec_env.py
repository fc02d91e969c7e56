"""The environment as rsl-rl sees it."""

from __future__ import annotations

from isaaclab_rl.rsl_rl import RslRlVecEnvWrapper
from tensordict import TensorDict


class ImageVecEnv(RslRlVecEnvWrapper):
    """Isaac Lab's wrapper with the picture under the name that the networks read: ``rgb`` (N, 3, 224, 224)."""

    def get_observations(self) -> TensorDict:
        """Return the current pictures."""
        return super().get_observations().rename_key_("policy", "rgb")

    def reset(self) -> tuple[TensorDict, dict]:
        """Reset all worlds."""
        observations, extras = super().reset()
        return observations.rename_key_("policy", "rgb"), extras

    def step(self, actions: object) -> tuple[TensorDict, object, object, dict]:
        """Carry out one action per world."""
        observations, *rest = super().step(actions)
        return observations.rename_key_("policy", "rgb"), *rest
