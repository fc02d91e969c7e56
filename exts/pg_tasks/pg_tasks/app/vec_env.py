"""The environment as rsl-rl sees it."""

from __future__ import annotations

import torch
from isaaclab_rl.rsl_rl import RslRlVecEnvWrapper
from tensordict import TensorDict

from pushgrasp.decoding.readable import readable_cells
from pushgrasp.training.relevance import action_relevance


class ImageVecEnv(RslRlVecEnvWrapper):
    """Isaac Lab's wrapper with the observation groups that the networks and PPO read.

    ``rgb`` (N, 3, 224, 224): the picture; ``relevance`` (N, 3496), bool: which action numbers the decoders can read.
    """

    def get_observations(self) -> TensorDict:
        """Return the current observations."""
        return self._named(super().get_observations())

    def reset(self) -> tuple[TensorDict, dict]:
        """Reset all worlds."""
        observations, extras = super().reset()
        return self._named(observations), extras

    def step(self, actions: torch.Tensor) -> tuple[TensorDict, torch.Tensor, torch.Tensor, dict]:
        """Carry out one action per world."""
        observations, rewards, dones, extras = super().step(actions)
        return self._named(observations), rewards, dones, extras

    def _named(self, observations: TensorDict) -> TensorDict:
        env = self.unwrapped
        cells = readable_cells(env.heightmaps, env.target_id, env.cfg.workspace, env.cfg.decoder)
        groups = {"rgb": observations["policy"], "relevance": action_relevance(cells)}
        return TensorDict(groups, batch_size=[self.num_envs])
